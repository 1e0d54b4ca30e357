"""Carries out the first rows of a plan: groups, properties, options."""

from __future__ import annotations

from crmbridge.errors import FixRequest, NotSupported
from crmbridge.model.changes import DefinitionChange, GroupChange, PropertyChange, RowOutcome
from crmbridge.model.properties import PropertyDefinition
from crmbridge.store import Row
from crmbridge.writeback.canonical import compatible
from crmbridge.writeback.desk import CONFIRMED, NOT_SENT, SENDING, Desk
from crmbridge.writeback.verdicts import THERE


def define(desk: Desk) -> set[tuple[str, str]]:
    """Create what the values need; give (object, property) of what failed."""
    failed: set[tuple[str, str]] = set()
    for page in desk.journal.rows(desk.plan_id, {"planned"}):
        for row in page:
            if isinstance(row.change, PropertyChange):  # definitions come first
                return failed
            outcome = _carry_out(desk, row.change, row)
            if outcome.state == "rejected" and isinstance(row.change, DefinitionChange):
                failed.add((row.change.after.object, row.change.after.name))
    return failed


def settle(desk: Desk, row: Row) -> None:
    """Decide a definition that an earlier run may have sent: what is there now is ours, the rest is done again."""
    change = row.change
    if isinstance(change, DefinitionChange) and _stands(
        desk.definitions(change.after.object).get(change.after.name), change.after
    ):
        _end(desk, row, RowOutcome(state="confirmed", reason="read-back"))
    else:
        desk.record([(row, NOT_SENT)])


def _carry_out(desk: Desk, change: GroupChange | DefinitionChange, row: Row) -> RowOutcome:
    desk.record([(row, SENDING)])
    try:
        outcome = _create_group(desk, change) if isinstance(change, GroupChange) else _create(desk, change)
    except FixRequest as error:
        outcome = RowOutcome(state="rejected", reason=error.category or "REFUSED")
    except NotSupported:
        outcome = RowOutcome(state="rejected", reason="not-supported")
    _end(desk, row, outcome)
    return outcome


def _create_group(desk: Desk, change: GroupChange) -> RowOutcome:
    desk.connector.create_group(change.object, change.name, change.label)
    return CONFIRMED


def _create(desk: Desk, change: DefinitionChange) -> RowOutcome:
    """Create a property, or add the options it lacks now, whatever it lacked when the plan was made."""
    wanted = change.after
    existing = desk.definitions(wanted.object).get(wanted.name)
    if existing is None:
        if change.before is not None:
            return RowOutcome(state="rejected", reason="property-missing")
        desk.connector.create_definition(wanted)
        return CONFIRMED
    if existing.group != wanted.group or not compatible(wanted.type, existing.type):
        return RowOutcome(state="rejected", reason="name-clash")
    known = {option.value for option in existing.options}
    lacking = tuple(option for option in wanted.options if option.value not in known)
    if not lacking:
        return THERE
    desk.connector.add_options(existing.model_copy(update={"options": (*existing.options, *lacking)}))
    return CONFIRMED


def _stands(there: PropertyDefinition | None, wanted: PropertyDefinition) -> bool:
    """True if the platform has all of a definition."""
    return (
        there is not None
        and there.group == wanted.group
        and compatible(wanted.type, there.type)
        and {option.value for option in wanted.options} <= {option.value for option in there.options}
    )


def _end(desk: Desk, row: Row, outcome: RowOutcome) -> None:
    """Journal what came of a row; what we created goes into the manifest, what is there into the mirror."""
    change = row.change
    created = outcome.state == "confirmed" and outcome != THERE
    with desk.store.writing(desk.run.lease) as tx:
        desk.journal.record(tx, desk.run, desk.plan_id, [(row, outcome)])
        if created and isinstance(change, GroupChange):
            desk.journal.own(tx, "group", change.object, change.name, desk.plan_id)
        if created and isinstance(change, DefinitionChange) and change.before is None:
            desk.journal.own(tx, "property", change.after.object, change.after.name, desk.plan_id)
        if outcome.state == "confirmed" and isinstance(change, DefinitionChange):
            desk.mirror.add_definitions(tx, [change.after])
            desk.definitions(change.after.object)[change.after.name] = change.after
    desk.count([(row, outcome)])
