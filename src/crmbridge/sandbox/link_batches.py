"""Associations in batches: read, create, associate by default, archive.

Limits: https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from json.encoder import encode_basestring_ascii as quoted

from crmbridge.sandbox.associations import (
    asked_types,
    both_exist,
    cursor_of,
    default_json,
    end_of,
    last_id,
    link_json,
    named_page,
)
from crmbridge.sandbox.call import Answer, Call, batch_reply, rendered_batch, text_field
from crmbridge.sandbox.envelope import Json, group_error, validation
from crmbridge.sandbox.link_types import Pair
from crmbridge.sandbox.links import LinkType

READ_MOST = 1000
WRITE_MOST = 2000
ARCHIVE_MOST = 100


def batch_read(call: Call) -> Answer:
    """Read the links of up to 1,000 records; those without any are an error group, which makes a 207."""
    pair, limit, items = call.pair, call.portal.association_page, call.inputs(READ_MOST)
    ids = [text_field(item, "id") for item in items]
    found = call.portal.linked(pair, ids)
    shown = _TypeTexts(call.portal.links.types[pair])
    results, absent = [], []
    for from_id, item in zip(ids, items, strict=True):
        rows, after = found.get(from_id, []), item.get("after")
        if after:
            last = last_id(after)
            rows = [row for row in rows if row[0] > last]
        elif not rows:
            absent.append(from_id)
            continue
        targets = ",".join([f'{{"toObjectId":{to},"associationTypes":{shown[types]}}}' for to, types in rows[:limit]])
        page = _paging(call, cursor_of(rows[limit - 1])) if len(rows) > limit else {}
        more = f",{json.dumps(page)[1:-1]}" if page else ""
        results.append(f'{{"from":{{"id":{quoted(from_id)}}},"to":[{targets}]{more}}}')
    form = json.dumps(_no_links(call, pair, "\0"), separators=(",", ":"))
    return rendered_batch(call, results[::-1], [form.replace("\\u0000", quoted(one)[1:-1]) for one in absent])


class _TypeTexts(dict[tuple[int, ...], str]):
    """Association types of links as JSON text, rendered once for each set of type ids."""

    def __init__(self, types: Mapping[int, LinkType]) -> None:
        super().__init__()
        self._types = types

    def __missing__(self, numbers: tuple[int, ...]) -> str:
        found = [self._types[number] for number in numbers]
        self[numbers] = json.dumps([{"category": one.category, "typeId": one.id, "label": one.label} for one in found])
        return self[numbers]


def batch_read_named(call: Call) -> Answer:
    """Read links as v3 shows them, by type name; it has no page after the first."""
    pair, results, errors = call.pair, [], []
    for item in call.inputs(READ_MOST):
        from_id = text_field(item, "id")
        targets, after = named_page(call, pair, from_id, "", call.portal.association_page)
        if targets:
            results.append({"from": {"id": from_id}, "to": targets} | _paging(call, after))
        else:
            errors.append(_no_links(call, pair, from_id))
    return batch_reply(call, results[::-1], errors)


def batch_create(call: Call) -> Answer:
    """Create labelled links; 201 in v4 and 2026-03, 200 in 2026-09."""

    def one(pair: Pair, from_id: str, to_id: str, item: Json) -> Json:
        types = asked_types(call, pair, item.get("types"))
        call.portal.connect(pair, from_id, to_id, [found.id for found in types])
        return link_json(call, pair, from_id, to_id, types)

    return _each(call, one, 200 if call.version == "2026-09" else 201)


def batch_create_named(call: Call) -> Answer:
    """Create links by v3 type name."""

    def one(pair: Pair, from_id: str, to_id: str, item: Json) -> Json:
        found = _named(call, pair, text_field(item, "type"))
        call.portal.connect(pair, from_id, to_id, [found.id])
        return {"from": {"id": from_id}, "to": {"id": to_id}, "type": found.name}

    return _each(call, one, 201)


def batch_default(call: Call) -> Answer:
    """Create unlabelled links."""

    def one(pair: Pair, from_id: str, to_id: str, _item: Json) -> Json:
        call.portal.connect(pair, from_id, to_id)
        return default_json(call, pair, from_id, to_id)

    return _each(call, one, 200)


def batch_archive(call: Call) -> Answer:
    """Remove every link between the named records; 204 up to v4, a batch body in dated versions."""
    pair, items = call.pair, call.inputs(WRITE_MOST)
    if len({end_of(item, "from") for item in items}) > ARCHIVE_MOST:
        raise validation(f"a batch archive takes at most {ARCHIVE_MOST} records to archive from")
    for from_id, to_id in _targets(items):
        call.portal.disconnect(pair, from_id, to_id)
    return _archived(call)


def batch_archive_labels(call: Call) -> Answer:
    """Take labels from links; without its plain type a link is gone."""
    pair = call.pair
    for item in call.inputs(WRITE_MOST):
        types = asked_types(call, pair, item.get("types"))
        call.portal.unlabel(pair, end_of(item, "from"), end_of(item, "to"), [found.id for found in types])
    return _archived(call)


def _each(call: Call, one: Callable[[Pair, str, str, Json], Json], status: int) -> Answer:
    """Carry each input out whose records exist; the others are errors."""
    pair, results, errors = call.pair, [], []
    for item in call.inputs(WRITE_MOST):
        from_id, to_id = end_of(item, "from"), end_of(item, "to")
        if both_exist(call, pair, from_id, to_id):
            results.append(one(pair, from_id, to_id, item))
        else:
            errors.append(_gone(call, pair, from_id, to_id))
    return batch_reply(call, results, errors, status)


def _targets(items: Iterable[Json]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of ids to part; v3 names one target, later versions a list."""
    for item in items:
        targets = item.get("to")
        for target in targets if isinstance(targets, list) else [targets]:
            yield end_of(item, "from"), end_of({"to": target}, "to")


def _archived(call: Call) -> Answer:
    return (204, None) if call.version in {"v3", "v4"} else batch_reply(call, [], [])


def _named(call: Call, pair: Pair, name: str) -> LinkType:
    found = next((known for known in call.portal.links.types[pair].values() if known.name == name), None)
    if found is None:
        raise validation(f"There is no association type {name} between these objects")
    return found


def _paging(call: Call, after: str) -> Json:
    return {"paging": {"next": {"after": after, "link": f"{call.url}?after={after}"}}} if after else {}


def _no_links(call: Call, pair: Pair, from_id: str) -> Json:
    one, other = (call.portal.kinds[name].singular for name in pair)
    context = {"fromObjectId": [from_id], "fromObjectType": [one], "toObjectType": [other]}
    words = f"No {other} is associated with {one} {from_id}."
    return group_error("OBJECT_NOT_FOUND", words, context, "crm.associations.NO_ASSOCIATIONS_FOUND")


def _gone(call: Call, pair: Pair, from_id: str, to_id: str) -> Json:
    one, other = (call.portal.kinds[name].singular for name in pair)
    context = {"fromObjectId": [from_id], "toObjectId": [to_id]}
    words = f"Could not associate {one} {from_id} with {other} {to_id}."
    return group_error("OBJECT_NOT_FOUND", words, context, "crm.associations.INVALID_OBJECT_IDS")
