"""The canary: the first records of a plan are written and read back before the rest follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from crmbridge.model.canonical import same
from crmbridge.model.changes import PropertyChange
from crmbridge.model.plan import Finding
from crmbridge.store import Row
from crmbridge.writeback.desk import Desk


def first_records(rows: Iterator[Row], records: int) -> Iterator[Row]:
    """Pass on the rows of the first so many records, and what belongs to the account before them."""
    seen = set()
    for row in rows:
        if row.change.record is not None:
            seen.add(row.change.record)
        if len(seen) > records:
            return
        yield row


def check(desk: Desk, rows: Sequence[Row]) -> tuple[Finding, ...]:
    """Read the canary back: say what was refused, or does not stand there as it was written."""
    refused = desk.counts["rejected"] + desk.counts["invalid"] + desk.counts["unknown"]
    differing = _differing(desk, rows)
    if not refused and not differing:
        return ()
    message = (
        f"of the first rows {refused} were refused and {differing} do not read back as written: look at "
        "`crmbridge rejects list`; apply the plan again to write the rest, or mend the cause and plan again"
    )
    return (Finding(severity="warning", code="canary-failed", message=message),)


def _differing(desk: Desk, rows: Sequence[Row]) -> int:
    """Count values that the platform confirmed and does not show."""
    numbers = {row.number for row in rows}
    confirmed = [
        row.change
        for page in desk.journal.rows(desk.plan_id, {"confirmed"})
        for row in page
        if row.number in numbers and isinstance(row.change, PropertyChange)
    ]
    count = 0
    for name, group in groupby(confirmed, key=lambda change: change.subject.object):
        values = list(group)
        found = _present(desk, name, values)
        kinds = desk.definitions(name)
        for change in values:
            kind = kinds[change.property].type if change.property in kinds else "string"
            present = found.get(change.subject.id, {})
            count += not same(kind, present.get(change.property), change.after)
    return count


def _present(desk: Desk, name: str, values: Sequence[PropertyChange]) -> dict[str, dict[str, str | None]]:
    ids = list(dict.fromkeys(change.subject.id for change in values))
    names = sorted({change.property for change in values})
    most = desk.connector.capabilities.read_batch
    found: dict[str, dict[str, str | None]] = {}
    for start in range(0, len(ids), most):
        records = desk.connector.read_records(name, ids[start : start + most], names)
        found |= {record.id: dict(record.properties) for record in records}
    return found
