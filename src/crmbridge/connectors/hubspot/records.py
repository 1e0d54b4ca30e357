"""From HubSpot's rows to records. Pure: a bad value leaves its field empty, only a row that is no record is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crmbridge.connectors.hubspot import values, wire
from crmbridge.connectors.hubspot.fields import FIELDS, MODELS
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.errors import FixRequest
from crmbridge.model.base import ENGAGEMENTS, ObjectName
from crmbridge.model.records import Owner, Pipeline, Record, Stage


def record(name: ObjectName, row: Json, asked: Sequence[str]) -> Record:
    """Make a record of a row.

    Args:
        name: What the row is.
        row: As listed or read in a batch.
        asked: Properties to keep as they came. HubSpot leaves out those that it does not know, and sends null for
            empty ones.

    Raises:
        FixRequest: The row has no id, or is an engagement without any time.
    """
    found = {str(key): values.raw(value) for key, value in wire.child(row, "properties").items()}
    fields = {key: field.convert(*map(found.get, field.properties)) for key, field in FIELDS[name].items()}
    frame = _frame(name, row)
    if name in ENGAGEMENTS and fields["at"] is None:
        fields["at"] = _logged_at(frame)
    return MODELS[name](**frame, **fields, properties={prop: found[prop] for prop in asked if prop in found})


def owner(row: Json) -> Owner:
    """Make an owner of a row; the user's id differs from the owner's and survives deactivation elsewhere."""
    return Owner(
        **_frame("owner", row),
        email=values.address(values.raw(row.get("email"))),
        first_name=values.text(values.raw(row.get("firstName"))),
        last_name=values.text(values.raw(row.get("lastName"))),
        user_id=values.text(values.raw(row.get("userId") or row.get("userIdIncludingInactive"))),
    )


def pipeline(row: Json) -> Pipeline:
    """Make a pipeline of a row, its stages in their order."""
    stages = [_stage(stage) for stage in wire.children(row, "stages")]
    frame = _frame("pipeline", row)
    label = values.text(values.raw(row.get("label"))) or frame["id"]
    return Pipeline(**frame, label=label, stages=tuple(sorted(stages, key=lambda stage: stage.order)))


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
    url = row.get("url")
    return {
        "object": name,
        "id": wire.identity(row),
        "created_at": values.moment(values.raw(row.get("createdAt"))),
        "updated_at": values.moment(values.raw(row.get("updatedAt"))),
        "archived": row.get("archived") is True,
        "url": url if isinstance(url, str) and url.startswith("https://") else None,
    }


def _logged_at(frame: dict[str, Any]) -> datetime:
    at: datetime | None = frame["created_at"] or frame["updated_at"]
    if at is None:
        raise FixRequest(f"{frame['object']} {frame['id']} has neither a time nor a creation date: delete or mend it")
    return at
