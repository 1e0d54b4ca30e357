"""The search endpoint: filters, one sort, offset paging up to 10,000 hits, and an index that may lag.

Limits: https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from crmbridge.sandbox.call import Answer, Call, page_size, shown_names, whole
from crmbridge.sandbox.envelope import Json, validation
from crmbridge.sandbox.filters import compile_filter, sort_key, token_match
from crmbridge.sandbox.kinds import Kind, find_kind
from crmbridge.sandbox.records import Record, record_json

PAGE = 200
WINDOW = 10_000
MAX_GROUPS, MAX_FILTERS, MAX_TOTAL = 5, 6, 18
MAX_BODY = 3_000
Hit = tuple[Record, dict[str, str]]
Match = Callable[[Hit], bool]


def search(call: Call) -> Answer:
    """Search records of one type."""
    kind = call.kind
    limit = page_size(whole(call.field("limit", object, 10), "limit"), PAGE)
    after = whole(call.field("after", object, 0) or 0, "after")
    if after + limit > WINDOW:
        raise validation(f"Paging past {WINDOW} results is not supported: narrow the filters")
    found = _sorted(call, kind, _matching(call, kind))
    page = found[after : after + limit]
    names = shown_names(call, kind, call.field("properties", list, []))
    results = [_show(call, kind, hit, names) for hit in page]
    body: Json = {"total": len(found), "results": results}
    if after + limit < len(found):
        body["paging"] = {"next": {"after": str(after + limit)}}
    return 200, body


def _matching(call: Call, kind: Kind) -> Iterator[Hit]:
    rules = _groups(call)
    groups = [[_match(call, kind, rule) for rule in group] for group in rules]
    words = call.field("query", str, "").lower()
    for hit in _index(call, kind, *_id_range(rules)):
        if groups and not any(all(test(hit) for test in group) for group in groups):
            continue
        if words and not any(token_match(hit[1].get(name, ""), f"*{words}*") for name in kind.query):
            continue
        yield hit


def _id_range(groups: list[list[Json]]) -> tuple[int, int | None]:
    """Return the ids between which a search for a range of ids has to look: keyset paging stays quick."""
    low, high = 0, None
    for rule in groups[0] if len(groups) == 1 else ():
        bound = rule.get("value") if rule["propertyName"] == "hs_object_id" else None
        if str(bound).isdigit() and rule["operator"] in {"GT", "GTE"}:
            low = max(low, int(str(bound)))
        elif str(bound).isdigit() and rule["operator"] in {"LT", "LTE"}:
            high = min(int(str(bound)), high or int(str(bound)))
    return low, high


def _index(call: Call, kind: Kind, low: int, high: int | None) -> Iterator[Hit]:
    """Yield what the index shows: the values of a while ago, and nothing that is archived."""
    moment = call.portal.clock() - call.portal.search_lag
    for record in call.portal.walk(kind, low, high):
        if record.archived is None:
            values = record.seen_at(moment) if record.past else record.properties
            if values is not None:
                yield record, values


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
    other = find_kind(alias)
    pair = (kind.name, other.name if other else "")
    if pair not in call.portal.links.types or rule.get("operator") not in {"EQ", "IN"}:
        raise validation(f"cannot filter {kind.name} by associations.{alias} with {rule.get('operator')}")
    wanted = {str(value) for value in rule.get("values") or [rule.get("value")]}
    return lambda hit: not wanted.isdisjoint(call.portal.links.of(pair, hit[0].id))


def _sorted(call: Call, kind: Kind, hits: Iterable[Hit]) -> list[Hit]:
    """Sort by the one rule; without one, the oldest come first. Records without the value come last."""
    sorts = call.field("sorts", list, [])
    if len(sorts) > 1:
        raise validation("a search takes one sort")
    if not sorts:
        return list(hits)
    rule = sorts[0] if isinstance(sorts[0], dict) else {"propertyName": sorts[0]}
    name = str(rule.get("propertyName"))
    definition = call.portal.properties[kind.name].get(name)
    if definition is None:
        raise validation(f"cannot sort by {name}")
    key, found = sort_key(definition), list(hits)
    down = rule.get("direction") == "DESCENDING"
    if name == "hs_object_id":
        return found[::-1] if down else found
    known = [hit for hit in found if name in hit[1]]
    known.sort(key=lambda hit: key(hit[1][name]), reverse=down)
    return known + [hit for hit in found if name not in hit[1]]


def _show(call: Call, kind: Kind, hit: Hit, names: list[str]) -> Json:
    record, values = hit
    body = record_json(kind, record, (), (), call.portal.portal_id)
    body["properties"] = {name: values.get(name) for name in names}
    body["updatedAt"] = values[kind.modified]
    return body
