"""The search endpoint: filters, one sort, offset paging up to 10,000 hits, and an index that may lag.

Limits: https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from crmbridge.sandbox.call import Answer, Call, page_size, shown_names, whole
from crmbridge.sandbox.envelope import Json, validation
from crmbridge.sandbox.filters import compile_filter, sort_key, token_match
from crmbridge.sandbox.index import Index
from crmbridge.sandbox.kinds import Kind
from crmbridge.sandbox.narrowing import Narrowed, narrow
from crmbridge.sandbox.rows import render, reply, unpack

PAGE = 200
WINDOW = 10_000
MAX_GROUPS, MAX_FILTERS, MAX_TOTAL = 5, 6, 18
MAX_BODY = 3_000
Hit = tuple[str, dict[str, str]]
Match = Callable[[Hit], bool]


def search(call: Call) -> Answer:
    """Search records of one type; of many hits, ``total`` is an upper bound (see ``Index.page``)."""
    kind = call.kind
    limit = page_size(whole(call.field("limit", object, 10), "limit"), PAGE)
    after = whole(call.field("after", object, 0) or 0, "after")
    if after + limit > WINDOW:
        raise validation(f"Paging past {WINDOW} results is not supported: narrow the filters")
    index = call.portal.index(kind)
    total, ids = _found(call, kind, index, after, limit)
    names = shown_names(call, kind, call.field("properties", list, []))
    body: Json = {"total": total}
    if after + limit < total:
        body["paging"] = {"next": {"after": str(after + limit)}}
    return 200, reply({"results": render(kind, index.shown(ids), names, call.portal.portal_id)}, body)


def _found(call: Call, kind: Kind, index: Index, after: int, limit: int) -> tuple[int, list[int]]:
    """Return the number of hits and the ids of one page of them."""
    rules, words = _groups(call), call.field("query", str, "").lower()
    groups = [[_match(call, kind, rule) for rule in group] for group in rules]
    name, down = _sort(call, kind)
    asked = narrow(call.portal, kind, rules)
    column = {"hs_object_id": "id", kind.modified: "updated", "hs_lastmodifieddate": "updated"}.get(name)
    if asked.exact and not words and column:
        if not asked.where and column == "id":
            return index.slice(*asked.bounds, after, limit, down=down)
        order = f"{column} {'DESC' if down else 'ASC'}"
        return index.page(asked.where or "TRUE", asked.given, asked.bounds, order, after, limit)
    hits = list(_matching(kind, index, asked, groups, words))
    return len(hits), [int(hit[0]) for hit in _sorted(call, kind, hits, name, down=down)[after : after + limit]]


def _matching(kind: Kind, index: Index, asked: Narrowed, groups: list[list[Match]], words: str) -> Iterator[Hit]:
    for number, body in index.walk(asked.where or "TRUE", asked.given, asked.bounds):
        hit = str(number), unpack(body)
        if groups and not any(all(test(hit) for test in group) for group in groups):
            continue
        if words and not any(token_match(hit[1].get(name, ""), f"*{words}*") for name in kind.query):
            continue
        yield hit


def _groups(call: Call) -> list[list[Json]]:
    given = call.field("filterGroups", list, [])
    groups: list[Any] = [group.get("filters") if isinstance(group, dict) else None for group in given]
    if shorthand := call.field("filters", list, []):
        groups.append(shorthand)
    if not all(isinstance(group, list) for group in groups):
        raise validation("Invalid input JSON: filters must be a list")
    if len(groups) > MAX_GROUPS:
        raise validation(f"a search takes at most {MAX_GROUPS} filter groups")
    if any(len(group) > MAX_FILTERS for group in groups):
        raise validation(f"a filter group takes at most {MAX_FILTERS} filters")
    if sum(map(len, groups)) > MAX_TOTAL:
        raise validation(f"a search takes at most {MAX_TOTAL} filters")
    return [group for group in groups if group]


def _match(call: Call, kind: Kind, rule: Any) -> Match:
    if not isinstance(rule, dict) or not isinstance(rule.get("propertyName"), str):
        raise validation("Invalid input JSON: a filter needs a propertyName")
    name = rule["propertyName"]
    if name.startswith("associations."):
        return _linked(call, kind, name.removeprefix("associations."), rule)
    definitions = call.portal.properties[kind.name]
    if name not in definitions or definitions[name]["archived"] or name in kind.unfilterable:
        raise validation(f"There was a problem with the request: property {name} cannot be filtered")
    test = compile_filter(rule, definitions)
    return lambda hit: test(hit[1])


def _linked(call: Call, kind: Kind, alias: str, rule: Json) -> Match:
    """Match records by what they are linked to; labels cannot be asked for."""
    other = call.portal.kind(alias)
    pair = (kind.name, other.name if other else "")
    if pair not in call.portal.links.types or rule.get("operator") not in {"EQ", "IN"}:
        raise validation(f"cannot filter {kind.name} by associations.{alias} with {rule.get('operator')}")
    wanted = {str(value) for value in rule.get("values") or [rule.get("value")]}
    return lambda hit: not wanted.isdisjoint(call.portal.links.of(pair, hit[0]))


def _sort(call: Call, kind: Kind) -> tuple[str, bool]:
    """Return the property of the one sort and whether it descends; without one, the oldest come first."""
    sorts = call.field("sorts", list, [])
    if len(sorts) > 1:
        raise validation("a search takes one sort")
    if not sorts:
        return "hs_object_id", False
    rule = sorts[0] if isinstance(sorts[0], dict) else {"propertyName": sorts[0]}
    name = str(rule.get("propertyName"))
    if name not in call.portal.properties[kind.name]:
        raise validation(f"cannot sort by {name}")
    return name, rule.get("direction") == "DESCENDING"


def _sorted(call: Call, kind: Kind, hits: Iterable[Hit], name: str, *, down: bool) -> list[Hit]:
    """Sort hits that come by ascending id; records without the value come last."""
    key, found = sort_key(call.portal.properties[kind.name][name]), list(hits)
    if name == "hs_object_id":
        return found[::-1] if down else found
    known = [hit for hit in found if name in hit[1]]
    known.sort(key=lambda hit: key(hit[1][name]), reverse=down)
    return known + [hit for hit in found if name not in hit[1]]
