"""From HubSpot's rows to records. Pure: a bad value leaves its field empty, only a row that is no record is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from crmbridge.connectors.hubspot import values, wire
from crmbridge.connectors.hubspot.fields import reading_of
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.errors import FixRequest
from crmbridge.model.base import ENGAGEMENTS, ObjectName
from crmbridge.model.records import Owner, Pipeline, Record, Stage, Team, record_model

_TEXT_OR_NULL = frozenset({str, type(None)})


def record(name: ObjectName, row: Json, asked: Sequence[str]) -> Record:
    """Make a record of a row.

    Args:
        name: What the row is.
        row: As listed or read in a batch.
        asked: Properties to keep as they came. HubSpot sends null for empty ones, and leaves out those that it does
            not know.

    Raises:
        FixRequest: The row has no id, or is an engagement without any time.
    """
    # This runs a million times in a first sync: what is empty is not converted, and the model validates all at once.
    sent = _texts(wire.child(row, "properties"))
    reading = reading_of(name)
    fields = _frame(name, row)
    fields.update(reading.fixed)
    for key, convert, prop in reading.single:
        if value := sent.get(prop):
            fields[key] = convert(value)
    for key, convert, properties in reading.joined:
        found = [sent.get(prop) for prop in properties]
        if any(found):
            fields[key] = convert(*found)
    if fields["id"] in fields.get("merged_ids", ()):
        fields["merged_ids"] = tuple(id_ for id_ in fields["merged_ids"] if id_ != fields["id"])
    if name in ENGAGEMENTS and fields.get("at") is None:
        fields["at"] = _logged_at(fields)
    fields["properties"] = {prop: sent.get(prop) for prop in asked}
    return record_model(name).model_validate(fields)


def _texts(properties: Json) -> Json:
    """Return properties as texts and nulls, which is how HubSpot sends them."""
    if _TEXT_OR_NULL.issuperset(map(type, properties.values())):
        return properties
    return {key: values.raw(value) for key, value in properties.items()}


def owner(row: Json) -> Owner:
    """Make an owner of a row; the user's id differs from the owner's and survives deactivation elsewhere."""
    return Owner(
        **_frame("owner", row),
        email=values.address(values.raw(row.get("email"))),
        first_name=values.text(values.raw(row.get("firstName"))),
        last_name=values.text(values.raw(row.get("lastName"))),
        user_id=values.text(values.raw(row.get("userId") or row.get("userIdIncludingInactive"))),
        teams=tuple(_team(team) for team in wire.children(row, "teams")),
    )


def _team(row: Json) -> Team:
    id_ = wire.identity(row)
    name = values.text(values.raw(row.get("name")))
    return Team(id=id_, name=name or id_, primary=row.get("primary") is True)


def pipeline(row: Json, of: Literal["deal", "ticket"] = "deal") -> Pipeline:
    """Make a pipeline of a row, its stages in their order."""
    stages = [_stage(stage) for stage in wire.children(row, "stages")]
    frame = _frame("pipeline", row)
    label = values.text(values.raw(row.get("label"))) or frame["id"]
    return Pipeline(**frame, of=of, label=label, stages=tuple(sorted(stages, key=lambda stage: stage.order)))


def _stage(row: Json) -> Stage:
    metadata = wire.child(row, "metadata")  # its values are texts, whatever they mean
    id_ = wire.identity(row)
    return Stage(
        id=id_,
        label=values.text(values.raw(row.get("label"))) or id_,
        order=values.count(values.raw(row.get("displayOrder"))) or 0,
        is_closed=values.flag(values.raw(metadata.get("isClosed"))),
        probability=values.share(values.raw(metadata.get("probability"))),
    )


def _frame(name: ObjectName, row: Json) -> dict[str, Any]:
    created, updated, url = row.get("createdAt"), row.get("updatedAt"), row.get("url")
    return {
        "object": name,
        "id": wire.identity(row),
        "created_at": values.moment(created if isinstance(created, str) else values.raw(created)),
        "updated_at": values.moment(updated if isinstance(updated, str) else values.raw(updated)),
        "archived": row.get("archived") is True,
        "url": url if isinstance(url, str) and url.startswith("https://") else None,
    }


def _logged_at(frame: dict[str, Any]) -> datetime:
    at: datetime | None = frame["created_at"] or frame["updated_at"]
    if at is None:
        raise FixRequest(f"{frame['object']} {frame['id']} has neither a time nor a creation date: delete or mend it")
    return at
