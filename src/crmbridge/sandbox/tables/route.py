"""One line of a route table, and the words in which the tables are written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from crmbridge.sandbox.call import Answer, Call
from crmbridge.sandbox.scopes import record_scopes, schema_scopes

Handler = Callable[[Call], Answer]
Scopes = Callable[[Call], tuple[str, ...]]
DATED = ("2026-03", "2026-09")
V3 = ("v3", *DATED)
V4 = ("v4", *DATED)
ANY = ("v3", "v4", *DATED)


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: path without its version, where it is served, what it needs.

    Attributes:
        method: The HTTP verb.
        pattern: The path, with the version taken out: ``/crm/objects/{object}``.
        versions: Versions that have it.
        handler: What answers.
        scopes: The scopes of which one is needed; None asks for any token.
        search: Whether it spends the allowance of searches.
    """

    method: str
    pattern: re.Pattern[str]
    versions: tuple[str, ...]
    handler: Handler
    scopes: Scopes | None
    search: bool


def route(
    method: str,
    template: str,
    versions: tuple[str, ...],
    handler: Handler,
    scopes: Scopes | None,
    *,
    search: bool = False,
) -> Route:
    """Make one line of a table from a template such as ``/crm/objects/{object}``."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
    return Route(method, re.compile(pattern), versions, handler, scopes, search)


def needs(scopes: tuple[str, ...]) -> Scopes:
    """Ask for one of these scopes."""
    return lambda _call: scopes


def records(verb: str) -> Scopes:
    """Ask for the scope of the records of the object type in the path."""
    return lambda call: record_scopes(call.kind, verb)


def schemas(verb: str) -> Scopes:
    """Ask for the scope of the definitions of the object type in the path."""
    return lambda call: schema_scopes(call.kind, verb)


def either(verb: str) -> Scopes:
    """Ask for the scope of any one side of an association."""
    return lambda call: record_scopes(call.kind, verb) + record_scopes(call.named("to"), verb)
