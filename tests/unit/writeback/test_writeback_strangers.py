"""A plan file from elsewhere does here what this config would do, shows all that it does, and takes nothing away."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from crmbridge.config import Writeback
from crmbridge.errors import RemakePlan
from crmbridge.model import (
    Change,
    DefinitionChange,
    GroupChange,
    LabelChange,
    MembershipChange,
    Plan,
    PropertyChange,
    PropertyDefinition,
    PropertySpec,
    Ref,
    SegmentChange,
)
from crmbridge.store import Store
from crmbridge.writeback import Allowed, read_plan, select, write_plan

from .conftest import Portal

SCORE = PropertySpec(object="contact", name="score", label="Score", type="number")
STAGE = PropertyDefinition(object="contact", name="stage", label="Stage", type="string", group="theirs")
ONE = Ref("contact", "1")


def row(after: str | None = "customer", name: str = "stage", **more: Any) -> PropertyChange:
    facts: dict[str, Any] = {"before": "lead", "policy": "own", "by": "judge"} | more
    return PropertyChange(subject=ONE, property=name, after=after, **facts)


@pytest.fixture
def file(portal: Portal, tmp_path: Path) -> Path:
    """A plan that another store made: one score."""
    return planned(portal, tmp_path)


def planned(portal: Portal, folder: Path) -> Path:
    portal.register(SCORE)
    portal.define(STAGE)
    portal.contacts("1", stage="lead")
    portal.judge({"1": 2}, "score")
    write_plan(portal.plan(), folder / "their.plan")
    return folder / "their.plan"


@pytest.fixture
def here(tmp_path: Path) -> Portal:
    """Our store, which never saw that plan."""
    store = Store.open(tmp_path / "ours.db")
    portal = Portal(store)
    portal.register(SCORE)
    portal.define(STAGE)
    portal.contacts("1", stage="lead")
    return portal


def doctored(file: Path, rows: Sequence[Change] = (), **header: Any) -> None:
    """Write a file anew with further rows and another header, everything that seals it recomputed."""
    from crmbridge.writeback.tally import Tally

    plan = read_plan(file)
    changes = [*plan, *rows]
    tally = Tally(plan.header.model_copy(update=header))
    for _ in tally.watch(changes):
        pass
    found = tally.complete().model_copy(update=header)
    write_plan(Plan(found, lambda: iter(changes)), file)


def allowed(portal: Portal, **config: Any) -> Allowed:
    settings = Writeback(**config)
    targets, _ = select(portal.plugins.properties(), settings, portal.plugins.versions())
    return Allowed.by(settings, targets)


def apply(portal: Portal, file: Path, **config: Any) -> Any:
    plan = read_plan(file)
    return portal.apply(plan, approve=plan.hash, allowed=allowed(portal, **config))


def test_a_plan_from_elsewhere_is_applied_if_this_config_writes_the_same(here: Portal, file: Path) -> None:
    assert apply(here, file).confirmed == 3
    assert here.value("1", "crmb_score") == "2"


@pytest.mark.parametrize(
    "smuggled",
    [
        row(),
        row(name="crmb_score", policy="restore"),
        row(name="crmb_score", stamp=True),
        row(None, name="crmb_score"),
        DefinitionChange(before=STAGE, after=None),
        DefinitionChange(after=STAGE),
        GroupChange(object="contact", name="theirs", label="x", remove=True),
        GroupChange(object="contact", name="other", label="x"),
        SegmentChange(object="contact", title="theirs", remove=True),
        MembershipChange(subject=ONE, segment="theirs", before=True, after=False),
        LabelChange(subject=ONE, target=Ref("deal", "1"), label="Decider", before=False, after=True),
    ],
    ids=lambda change: f"{change.kind} {change.place[1]} {getattr(change, 'policy', '')}",
)
def test_a_row_that_this_config_would_not_write_is_refused(here: Portal, file: Path, smuggled: Change) -> None:
    """Kills: believing a file that its rows are ours to write."""
    doctored(file, [smuggled])
    calls = here.crm.calls
    with pytest.raises(RemakePlan, match="as this config does not"):
        apply(here, file)
    assert here.crm.calls == calls
    assert here.journal.plans.headers(9) == []


def test_a_plan_that_takes_back_belongs_to_the_store_that_wrote(here: Portal, file: Path) -> None:
    doctored(file, origin="uninstall")
    with pytest.raises(RemakePlan, match="made by another store"):
        apply(here, file)


def test_a_row_that_claims_to_be_a_stamp_changes_the_hash(file: Path) -> None:
    """Kills: leaving stamps out of the hash: an approval of the honest plan would let the row pass."""
    honest = read_plan(file).hash
    lines = file.read_bytes().splitlines(keepends=True)
    header = json.loads(lines[0])
    header["header"]["rows"] += 1
    body = [json.dumps(header).encode() + b"\n", *lines[1:-1], row(stamp=True).model_dump_json().encode() + b"\n"]
    seal = json.dumps({"sha256": hashlib.sha256(b"".join(body)).hexdigest()}).encode() + b"\n"
    file.write_bytes(b"".join([*body, seal]))
    with pytest.raises(RemakePlan, match="altered"):
        read_plan(file)
    assert honest


def test_the_figures_that_are_shown_are_those_of_the_rows(here: Portal, file: Path) -> None:
    """Kills: showing the counts that a file claims, and taking them for approved."""
    counts = read_plan(file).header.counts
    doctored(file, counts=(counts[0].model_copy(update={"property": "crmb_other", "filled": 500}),))
    assert read_plan(file).header.counts == counts
    apply(here, file)
    with here.store.reading() as tx:
        assert here.journal.manifest.released(tx) == {}, "what was approved elsewhere is not approved here"


def test_a_plan_whose_rows_are_gone_is_not_taken_for_done(here: Portal, file: Path) -> None:
    """Kills: storing fewer rows than the header was made of."""
    plan = read_plan(file)
    with pytest.raises(RemakePlan, match="no longer has the rows"):
        here.apply(Plan(plan.header, lambda: iter(())), approve=plan.hash)


def test_only_what_crmbridge_created_is_removed(portal: Portal) -> None:
    """Kills: removing a property because a plan says so, without a look into the manifest."""
    portal.define(STAGE)
    portal.crm.create_segment("contact", "theirs")
    portal.contacts("1", stage="lead")
    portal.register(SCORE)
    made = portal.plan()
    rows: list[Change] = [
        DefinitionChange(before=STAGE, after=None),
        GroupChange(object="contact", name="theirs", label="x", remove=True),
        SegmentChange(object="contact", title="theirs", remove=True),
    ]
    header = made.header.model_copy(update={"id": "mine", "hash": "h" * 64, "rows": 3, "findings": ()})
    with portal.store.locking() as tx:
        portal.journal.plans.save(tx, header, rows)
    result = portal.apply(Plan(header, lambda: iter(rows)))
    assert (result.invalid, result.confirmed) == (3, 0)
    assert ("contact", "stage") in portal.crm.definitions
    assert ("contact", "theirs") in portal.crm.segments


def test_a_group_that_was_there_is_not_ours(portal: Portal) -> None:
    """Kills: taking somebody's empty group into the manifest, from where an uninstall would remove it."""
    portal.crm.create_group("contact", "crmbridge", "theirs")
    portal.register(SCORE)
    portal.contacts("1")
    portal.judge({"1": 2}, "score")
    assert portal.apply(portal.plan()).confirmed == 3
    with portal.store.reading() as tx:
        assert portal.journal.manifest.owned(tx, "group") == set()
        assert portal.journal.manifest.owned(tx, "property") == {("contact", "crmb_score")}
