"""Uninstalling: all that crmbridge put into the CRM is taken away, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from crmbridge.errors import FixRequest
from crmbridge.model import (
    ActivityChange,
    Change,
    Contact,
    Deal,
    DefinitionChange,
    GroupChange,
    LabelChange,
    MembershipChange,
    Plan,
    PlanHeader,
    PropertyChange,
    PropertyDefinition,
    Ref,
    SegmentChange,
)
from crmbridge.writeback import plan_uninstall
from crmbridge.writeback.planning.assembling import Planning
from crmbridge.writeback.tally import Tally

from .conftest import AT, TODAY, Portal

ROLES = PropertyDefinition(object="contact", name="crmb_roles", label="Roles", type="string", group="crmbridge")
POSITION = PropertyDefinition(object="contact", name="Position", label="Position", type="string")
ONE, TWO, DEAL = Ref("contact", "1"), Ref("contact", "2"), Ref("deal", "9")
LIST = "crmbridge 2026-03-01"


@dataclass
class Site:
    """Two contacts and a deal, linked and labelled by people, and what a plan of all kinds of rows makes of them."""

    portal: Portal

    def __post_init__(self) -> None:
        crm, portal = self.portal.crm, self.portal
        records = [
            Contact(id="1", job_title="chief", created_at=AT, updated_at=AT),
            Contact(id="2", created_at=AT, updated_at=AT),
            Deal(id="9", created_at=AT, updated_at=AT),
        ]
        for record in records:
            crm.add(record)
        for contact in (ONE, TWO):
            crm.connect(contact, DEAL)
        crm.connect(TWO, DEAL, "Champion")
        crm.create_label("contact", "deal", "Decision maker")
        with portal.store.locking() as tx:
            for item in records:
                portal.mirror.put(tx, [item], 1, 1)
            portal.mirror.add_definitions(tx, [POSITION])

    def plan(self, changes: Iterable[Change]) -> Plan:
        """A plan of these rows."""
        header = PlanHeader(
            id=f"plan{next(self.portal.runs)}",
            connection="main",
            account_id="memory",
            as_of=TODAY,
            created_at=datetime.now(UTC),
            serial=0,
            plugins={},
        )
        tally = Tally(header)
        rows = list(tally.watch(changes))
        with self.portal.store.locking() as tx:
            self.portal.journal.plans.save(tx, tally.complete(), rows)
        return Plan(tally.complete(), lambda: iter(rows))

    def install(self) -> None:
        """Write a row of every kind."""
        changes: list[Change] = [
            GroupChange(object="contact", name="crmbridge", label="crmbridge"),
            DefinitionChange(after=ROLES),
            SegmentChange(object="contact", title=LIST),
            self.value(ONE, "crmb_roles", "decider"),
            self.value(TWO, "crmb_roles", "user"),
            self.value(TWO, "Position", "buyer"),
            LabelChange(subject=ONE, target=DEAL, label="Decision maker", before=False, after=True),
            ActivityChange(subject=ONE, object="note", key="crmb-1", day=TODAY, after="see crmb-1"),
            ActivityChange(subject=TWO, object="task", key="crmb-2", day=TODAY, title="T", after="see crmb-2"),
            MembershipChange(subject=ONE, segment=LIST, before=False, after=True),
        ]
        result = self.portal.apply(self.plan(changes))
        assert (result.confirmed, result.rejected, result.invalid) == (len(changes), 0, 0)

    @staticmethod
    def value(subject: Ref, name: str, after: str | None, before: str | None = None) -> PropertyChange:
        return PropertyChange(subject=subject, property=name, before=before, after=after, policy="fill-empty")

    def uninstall(self, *, removes: bool = True) -> Plan:
        """Plan it."""
        portal = self.portal
        with portal.run() as run:
            session = portal.plugins.bind("main", run.id, TODAY)
            where = (portal.store, "main", portal.config, portal.plugins.versions())
            return plan_uninstall(Planning(*where, session, run, TODAY, "memory"), removes=removes)

    def remove(self) -> Plan:
        """Plan it and apply it."""
        plan = self.uninstall()
        result = self.portal.apply(plan, approve=plan.hash)
        assert (result.status, result.rejected, result.invalid, result.unknown) == ("done", 0, 0, 0)
        return plan

    def stands(self) -> tuple[object, ...]:
        """Everything in the CRM that a person can see."""
        crm = self.portal.crm
        records = {
            ref: {name: value for name, value in record.properties.items() if value}
            for ref, record in crm.records.items()
            if not record.archived
        }
        links = {
            (link.source, link.target, link.label) for link in crm.links if {link.source, link.target} <= {*records}
        }
        return records, links, dict(crm.definitions), set(crm.groups), set(crm.segments)

    def left(self) -> tuple[int, int, int]:
        """How much of ours the store still knows: things, values, approvals."""
        manifest = self.portal.journal.manifest
        with self.portal.store.reading() as tx:
            released = manifest.released(tx)
        return len(list(manifest.everything())), len(list(manifest.all_confirmed())), len(released)


@pytest.fixture
def site(portal: Portal) -> Site:
    return Site(portal)


def test_after_an_uninstall_the_crm_is_as_it_was(site: Site) -> None:
    before = site.stands()
    site.install()
    assert site.stands() != before
    site.remove()
    assert site.stands() == before
    assert site.left() == (0, 0, 0)
    assert site.uninstall().is_empty
    assert site.uninstall().parked == ()
    assert site.portal.journal.verify().faults == ()


def test_what_others_made_stays(site: Site) -> None:
    site.install()
    site.portal.crm.connect(ONE, DEAL, "Champion")
    site.portal.crm.definitions["contact", "theirs"] = ROLES.model_copy(update={"name": "theirs", "group": "other"})
    site.remove()
    labels = {(link.source, link.label) for link in site.portal.crm.links if link.target == DEAL}
    assert labels == {(ONE, None), (ONE, "Champion"), (TWO, None), (TWO, "Champion")}
    assert ("contact", "theirs") in site.portal.crm.definitions


def test_the_plan_says_what_goes_and_waits(site: Site) -> None:
    """Values of a property, and members of a list, go with it: they are no rows."""
    site.install()
    plan = site.uninstall()
    assert [change.kind for change in plan] == [
        "property", "label", "activity", "activity", "segment", "definition", "group",
    ]  # fmt: skip
    assert plan.header.origin == "uninstall"
    assert [finding.code for finding in plan.parked] == ["uninstall"]
    assert "2 records lose values" in plan.parked[0].message
    assert site.portal.apply(plan).status == "parked"
    activities = [change for change in plan if isinstance(change, ActivityChange)]
    assert [(change.object, change.before, change.after) for change in activities] == [
        ("note", "see crmb-1", None), ("task", "see crmb-2", None),
    ]  # fmt: skip


def test_a_platform_that_removes_nothing_blocks_it(site: Site) -> None:
    site.install()
    plan = site.uninstall(removes=False)
    assert [finding.code for finding in plan.blocked] == ["not-supported"]


def test_a_native_value_edited_since_stays(site: Site) -> None:
    site.install()
    site.portal.crm.edit(TWO, {"Position": "theirs"})
    plan = site.uninstall()
    result = site.portal.apply(plan, approve=plan.hash)
    assert result.conflicts == 1
    assert site.portal.value("2", "Position") == "theirs"
    assert site.left() == (0, 0, 0)


def test_a_native_value_goes_back_to_what_it_was_before_all_runs(site: Site) -> None:
    """Kills: putting back what stood there before the last run only."""
    site.install()
    site.portal.apply(site.plan([site.value(TWO, "Position", "second", "buyer")]))
    site.remove()
    assert site.portal.value("2", "Position") is None


def test_what_the_platform_keeps_can_be_tried_again(site: Site) -> None:
    """Kills: forgetting what is ours although it could not be removed."""
    site.install()
    crm = site.portal.crm
    real, crm.remove_definition = crm.remove_definition, _refuse  # type: ignore[method-assign, assignment]  # a workflow uses it
    plan = site.uninstall()
    result = site.portal.apply(plan, approve=plan.hash)
    assert result.rejected == 2
    assert site.left() == (2, 1, 1)
    crm.remove_definition = real  # type: ignore[method-assign]  # no longer
    assert [change.kind for change in site.remove()] == ["definition", "group"]
    assert site.left() == (0, 0, 0)


def test_a_property_that_is_gone_already_does_no_harm(site: Site) -> None:
    site.install()
    site.portal.crm.remove_definition("contact", "crmb_roles")
    with site.portal.store.locking() as tx:
        site.portal.mirror.put_definitions(tx, "contact", [POSITION])
    site.remove()
    assert site.left() == (0, 0, 0)


def test_planning_an_uninstall_calls_nothing(site: Site) -> None:
    site.install()
    before = site.portal.crm.calls
    site.uninstall()
    assert site.portal.crm.calls == before


def _refuse(*_: str) -> None:
    raise FixRequest("a workflow uses it", status=400, category="CANNOT_DELETE_PROPERTY_IN_USE")
