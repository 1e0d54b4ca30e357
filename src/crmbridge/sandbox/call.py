"""One routed call: what a handler gets to see, and the small reads that all handlers share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from crmbridge.sandbox.envelope import ApiError, Json, validation
from crmbridge.sandbox.grants import Grant
from crmbridge.sandbox.kinds import Kind
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.records import Record, Source, record_json
from crmbridge.sandbox.rows import reply
from crmbridge.sandbox.times import iso

Answer = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A call after routing.

    Attributes:
        portal: The state to answer from.
        version: ``v3``, ``v4``, ``2026-03`` or ``2026-09``.
        url: Base address and path, for paging links.
        path: Values of the placeholders in the path.
        query: Query parameters with all their values.
        body: The decoded JSON body, or None.
        grant: What the caller's token may do; None where no token is asked for.
    """

    portal: Portal
    version: str
    url: str
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: Any
    grant: Grant | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """Return what the caller may do."""
        return self.grant.scopes if self.grant else frozenset()

    @property
    def kind(self) -> Kind:
        """Return the object type named in the path."""
        return self.named("object")

    def named(self, place: str) -> Kind:
        """Return the object type named at a place of the path.

        Raises:
            ApiError: 400 when the account has none of this name.
        """
        return self.kind_of(self.path[place])

    def kind_of(self, alias: str) -> Kind:
        """Return the object type of this name, or refuse."""
        kind = self.portal.kind(alias)
        if kind is None:
            raise validation(f"Unable to infer object type from: {alias}")
        return kind

    @property
    def pair(self) -> tuple[str, str]:
        """Return the (from, to) object types named in the path, for which associations are known."""
        pair = self.named("object").name, self.named("to").name
        if pair not in self.portal.links.types:
            raise validation(f"There are no associations between {pair[0]} and {pair[1]}")
        return pair

    @property
    def source(self) -> Source:
        """Return what the history shows for writes of this token."""
        return Source("INTEGRATION", str(self.grant.app_id if self.grant else self.portal.app_id))

    def one(self, name: str, default: str = "") -> str:
        """Return one query parameter."""
        return self.query.get(name, [default])[-1]

    def many(self, name: str) -> list[str]:
        """Return a query parameter that is given as a comma list, repeatedly, or both."""
        return [part for value in self.query.get(name, []) for part in value.split(",") if part]

    def flag(self, name: str) -> bool:
        """Return a query parameter that is ``true`` or absent."""
        return self.one(name).lower() == "true"

    def number(self, name: str, default: int) -> int:
        """Return a query parameter that must be a whole number."""
        return whole(self.one(name, str(default)), name)

    def limit(self, most: int, default: int = 10) -> int:
        """Return the page size."""
        return page_size(self.number("limit", default), most)

    def inputs(self, most: int) -> list[Json]:
        """Return the inputs of a batch call.

        Raises:
            ApiError: 400 when there are none, too many, or one is no object.
        """
        items = self.field("inputs", list, None)
        if items is None:
            raise validation("Invalid input JSON: inputs is required")
        if len(items) > most:
            raise validation(f"The maximum number of inputs supported in a batch request is {most}, got {len(items)}")
        if not all(isinstance(item, dict) for item in items):
            raise validation("Invalid input JSON: inputs must be objects")
        return list(items)

    def field(self, name: str, type_: type, default: Any) -> Any:
        """Return a field of the body; a wrong type is refused, null counts as absent."""
        if not isinstance(self.body, dict):
            raise validation("Invalid input JSON: the body must be an object")
        value = self.body.get(name)
        if value is None:
            return default
        if not isinstance(value, type_):
            raise validation(f"Invalid input JSON: {name} has the wrong type")
        return value

    def holding(self, body: Any) -> Call:
        """Return the same call with one input of a batch as its body."""
        return replace(self, body=body)

    def next_page(self, after: str) -> Json:
        """Return the ``paging`` object that leads to the next page."""
        query = {**self.query, "after": [after]}
        return {"next": {"after": after, "link": f"{self.url}?{urlencode(query, doseq=True)}"}}


def whole(text: Any, name: str) -> int:
    """Read a whole number that is not negative, or refuse."""
    if not str(text).isdigit():
        raise validation(f"{name} must be a whole number")
    return int(text)


def page_size(asked: int, most: int) -> int:
    """Return the asked page size, or refuse one that is too large."""
    if not 0 < asked <= most:
        raise validation(f"limit must be between 1 and {most}")
    return asked


def shown_names(call: Call, kind: Kind, asked: Sequence[str], history: Iterable[str] = ()) -> list[str]:
    """Return the properties that a reply carries: the asked ones that exist, and those that always come."""
    known = call.portal.properties[kind.name]
    names = asked or kind.default
    found = [name for name in (*names, *history) if name in known and not known[name]["archived"]]
    return [*dict.fromkeys((*found, *kind.always))]


def shown_history(call: Call, kind: Kind, asked: Sequence[str]) -> list[str]:
    """Return the properties of which history is shown."""
    known = call.portal.properties[kind.name]
    return [name for name in asked if name in known]


def show(call: Call, kind: Kind, record: Record, asked: Sequence[str] = (), history: Sequence[str] = ()) -> Json:
    """Render one record for a reply."""
    past = shown_history(call, kind, history)
    return record_json(kind, record, shown_names(call, kind, asked, past), past, call.portal.portal_id)


def batch_reply(call: Call, results: list[Json], errors: list[Json], status: int = 200) -> Answer:
    """Wrap the results of a batch; with errors it is a 207, and they count as groups."""
    return 207 if errors else status, {"results": results, **_outcome(call, errors)}


def rendered_batch(call: Call, results: list[str], errors: list[str]) -> Answer:
    """Wrap the results and errors of a batch that are JSON texts already."""
    if not errors:
        return 200, reply({"results": results}, _outcome(call, []))
    return 207, reply({"results": results, "errors": errors}, {**_outcome(call, []), "numErrors": len(errors)})


def _outcome(call: Call, errors: list[Json]) -> Json:
    now = iso(call.portal.clock())
    body: Json = {"status": "COMPLETE", "startedAt": now, "completedAt": now}
    return {**body, "numErrors": len(errors), "errors": errors} if errors else body


def text_field(item: Mapping[str, Any], name: str) -> str:
    """Return a text of a batch input, e.g. its id; numbers pass as their digits."""
    value = item.get(name)
    if value is None or isinstance(value, dict | list | bool):
        raise validation(f"Invalid input JSON: {name} is required")
    return str(value)


def missing(kind: Kind, record_id: str) -> ApiError:
    """Return the 404 for one record."""
    return ApiError(
        404, "resource not found", "OBJECT_NOT_FOUND", context={"objectType": [kind.singular], "id": [record_id]}
    )
