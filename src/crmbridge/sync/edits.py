"""A person's edit of a property that crmbridge owns is a decision: finding such edits among the records just read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmbridge.connector import Connector, Version
from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.canonical import same
from crmbridge.model.persons import Decision
from crmbridge.model.properties import PropertySpec
from crmbridge.model.records import Record
from crmbridge.store import Journal, Judgements, Store

Place = tuple[str, str]
"""Record id and platform property."""


@dataclass(frozen=True)
class Edits:
    """What people did to our properties.

    Attributes:
        decided: Their words.
        withdrawn: Places where they put our own value back, or a program overwrote theirs.
    """

    decided: tuple[Decision, ...] = ()
    withdrawn: tuple[tuple[Ref, str], ...] = ()


def find_edits(
    store: Store, connection: str, connector: Connector, batch: Sequence[Record], owned: Mapping[str, PropertySpec]
) -> Edits:
    """Compare our properties with what the platform last confirmed; where they differ, ask who set them.

    A value that means the same as the last one confirmed is ours, however it is spelt, and whatever the history says.
    ``owned`` maps platform names to what was registered.
    """
    if not batch or not owned:
        return Edits()
    name = batch[0].object
    ids = [record.id for record in batch]
    with store.reading() as tx:
        confirmed: Mapping[Place, Any] = Journal(store, connection).manifest.confirmed(tx, name, ids)
        standing = Judgements(store, connection).decisions(tx, name, ids)
    known = {(key, item.property): item.value for key, items in standing.items() for item in items}
    suspects: dict[Place, str | None] = {}
    withdrawn: list[tuple[Ref, str]] = []
    for record in batch:
        for platform_name, spec in owned.items():
            if platform_name not in record.properties:
                continue
            value = record.properties[platform_name]
            place = (record.id, spec.name)
            if same(spec.type, value, confirmed.get((record.id, platform_name))):
                withdrawn += [(record.ref, spec.name)] if place in known else []
            elif place not in known or not same(spec.type, value, known[place]):
                suspects[record.id, platform_name] = value
    authors = _authors(connector, name, suspects)
    decided = [
        Decision(
            subject=Ref(object=name, id=record_id),
            property=owned[item].name,
            value=suspects[record_id, item],
            source="crm",
            author=version.author_id,
            at=version.at,
        )
        for (record_id, item), version in authors.items()
        if version.author == "person"
    ]
    overwritten = [
        (Ref(object=name, id=record_id), owned[item].name)
        for (record_id, item), version in authors.items()
        if version.author == "system" and (record_id, owned[item].name) in known
    ]
    return Edits(tuple(decided), (*withdrawn, *overwritten))


def _authors(connector: Connector, name: ObjectName, places: Mapping[Place, object]) -> dict[Place, Version]:
    if not places or not connector.capabilities.history:
        return {}
    ids = sorted({record_id for record_id, _ in places})
    items = sorted({item for _, item in places})
    found = connector.read_authors(name, ids, items)
    return {place: found[place[0]][place[1]] for place in places if place[1] in found.get(place[0], {})}
