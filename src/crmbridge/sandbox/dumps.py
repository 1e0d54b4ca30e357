"""Dump a portal into one file, and load it again: the database, and beside it what is kept in memory."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from crmbridge.errors import FixConfig
from crmbridge.sandbox.kinds import KINDS, Kind
from crmbridge.sandbox.links import LinkType
from crmbridge.sandbox.portal import Portal

FORMAT: Final = 1
_PLAIN: Final = (
    "token",
    "portal_id",
    "app_id",
    "time_zone",
    "currency",
    "search_lag",
    "association_page",
    "max_url",
    "properties",
    "groups",
    "owners",
    "pipelines",
    "ticket_pipelines",
    "schemas",
    "privacy_mode",
    "validations",
)
"""Attributes of a portal that are JSON as they are."""
_LIMITS: Final = ("calls", "window", "searches", "search_window", "daily", "search_in_pool", "enabled")


def dump_portal(portal: Portal, path: Path) -> None:
    """Write a portal into a file that only its owner reads; a file of this name is replaced.

    Lists, subscriptions, forms, tokens beside the first, faults and counters are not part of it.
    """
    with portal.lock:
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(part, isolation_level=None)) as file:
            portal.database.backup(file)
            file.execute("DROP TABLE IF EXISTS state")
            file.execute("CREATE TABLE state (format INTEGER NOT NULL, body TEXT NOT NULL)")
            file.execute("INSERT INTO state VALUES (?, ?)", (FORMAT, json.dumps(_state(portal), default=sorted)))
        part.replace(path)


def load_portal(path: Path, *, into: Path | None = None) -> Portal:
    """Read a portal from a file that ``dump_portal`` wrote; the file itself stays as it is.

    Args:
        path: The file.
        into: The file of the new portal's database; without one it is in memory.

    Raises:
        FixConfig: There is no such file, or it holds no portal of this version.
    """
    if not path.is_file():
        raise FixConfig(f"there is no file {path.name} to load a portal from: dump one with --save")
    portal = Portal(path=into)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
            found = file.execute("SELECT format, body FROM state").fetchone()
            if found is None or found[0] != FORMAT:
                raise FixConfig(f"{path.name} was written by another version: dump the portal again")
            file.backup(portal.database)
    except sqlite3.DatabaseError:
        raise FixConfig(f"{path.name} holds no portal: dump one with --save") from None
    _restore(portal, json.loads(found[1]))
    return portal


def _state(portal: Portal) -> dict[str, Any]:
    state: dict[str, Any] = {name: getattr(portal, name) for name in _PLAIN}
    state["scopes"] = sorted(portal.scopes)
    state["rules"] = portal.rules
    state["blocked"] = sorted(portal.blocked)
    state["merged"] = [[*key, survivor] for key, survivor in portal.merged.items()]
    state["kinds"] = [asdict(kind) for name, kind in portal.kinds.items() if name not in KINDS]
    state["truth"] = {
        deal: {contact: sorted(roles) for contact, roles in cast.items()} for deal, cast in portal.truth.items()
    }
    state["next_type"] = portal.links.next_type
    state["link_types"] = [
        [*pair, [asdict(one) for one in types.values()]] for pair, types in portal.links.types.items()
    ]
    state["limits"] = {name: getattr(portal.limits, name) for name in _LIMITS}
    return state


def _restore(portal: Portal, state: Mapping[str, Any]) -> None:
    for name in _PLAIN:
        setattr(portal, name, state[name])
    portal.scopes, portal.blocked = set(state["scopes"]), set(state["blocked"])
    portal.rules = [(name, prop, when, equals) for name, prop, when, equals in state["rules"]]
    portal.merged = {(name, gone): survivor for name, gone, survivor in state["merged"]}
    portal.kinds = {**KINDS, **{found["name"]: _kind(found) for found in state["kinds"]}}
    portal.truth = {
        deal: {contact: frozenset(roles) for contact, roles in cast.items()} for deal, cast in state["truth"].items()
    }
    portal.links.next_type = state["next_type"]
    portal.links.types = {
        (one, other): {found["id"]: LinkType(**found) for found in types} for one, other, types in state["link_types"]
    }
    for name, value in state["limits"].items():
        setattr(portal.limits, name, value)


def _kind(found: Mapping[str, Any]) -> Kind:
    """Return an object type of the account's own; JSON knows lists only."""
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    values |= {"required": tuple(map(tuple, found["required"])), "unfilterable": frozenset(found["unfilterable"])}
    return Kind(**values)
