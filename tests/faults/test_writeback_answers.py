"""What the platform answers to a batch of updates, if it answers at all: each row ends as it was dealt with."""

from __future__ import annotations

import json
import math
import random

import pytest

from crmbridge.sandbox.envelope import Request
from crmbridge.sandbox.merging import merge

from .sanity import CHANGES, CONTACTS, REJECTED, SCORE, UPDATE, Site, assert_sane


def batches(site: Site) -> int:
    return sum(call.endswith(UPDATE) for call in site.ledger.calls)


# T12: the write arrives, its answer does not


def test_t12_a_write_whose_answer_is_lost_is_read_back_and_not_repeated(site: Site) -> None:
    """Kills: sending again what a lost answer may have written."""
    site.portal.faults.named("lost_answer", UPDATE, times=2)
    assert site.apply().code == CHANGES
    assert site.states() == {"confirmed": 2 * CONTACTS}
    assert (batches(site), set(site.ledger.applied.values())) == (3, {1})
    assert_sane(site)


def test_t12_a_write_that_never_arrived_is_sent_once_more(site: Site) -> None:
    """Kills: counting a connection that broke off for a write that was done."""
    site.portal.faults.add(UPDATE, drop=True)
    assert site.apply().code == CHANGES
    assert site.values() == site.wanted()
    assert (batches(site), set(site.ledger.applied.values())) == (4, {1})
    assert_sane(site)


def test_t12_a_property_whose_creation_was_not_answered_is_created_once(
    fresh: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills: creating again what a lost answer may have created, and not owning it then."""
    monkeypatch.setattr("crmbridge.http.client._pause", lambda _: 0.0)
    fresh.portal.faults.named("lost_answer", "POST /crm/properties/2026-09/contacts", times=3)
    assert fresh.apply().code == CHANGES
    with fresh.bridge() as bridge, bridge.store.reading() as tx:
        assert {name for _, name in bridge.journal.manifest.owned(tx, "property")} == {SCORE, "crmb_level"}
    assert fresh.values() == fresh.wanted()
    assert_sane(fresh)


# T22: some of a batch fail


@pytest.mark.parametrize("failing", [1, 50, 99])
def test_t22_of_a_batch_that_is_answered_in_parts_each_row_ends_as_it_was_answered(site: Site, failing: int) -> None:
    """Kills: any success is success for all; joining answers in the order of the questions."""
    before = site.values()
    site.portal.faults.named("partial", UPDATE, count=failing)
    said = site.apply()
    failing = min(failing, len(site.ledger.batches[0]))  # the smallest batch may come first
    assert (said.code, said.document["rejected"]) == (REJECTED, 2 * failing)
    assert said.document["confirmed"] == 2 * (CONTACTS - failing)
    wanted, after = site.wanted(), site.values()
    assert sum(after[id_] == wanted[id_] for id_ in after) == CONTACTS - failing
    assert sum(after[id_] == before[id_] for id_ in after) == failing
    assert_refused(site, {id_ for id_ in after if after[id_] == before[id_]})
    assert_sane(site, left=2 * failing)


@pytest.mark.parametrize("failing", [1, 50])
def test_t22_rows_that_an_error_does_not_name_are_unknown_and_read_back(site: Site, failing: int) -> None:
    """Kills: believing that what is not named went through, or that it was refused."""
    site.portal.faults.named("partial", UPDATE, count=failing, named=0)
    said = site.apply()
    failing = min(failing, len(site.ledger.batches[0]))
    assert (said.document["confirmed"], said.document["unknown"]) == (2 * (CONTACTS - failing), 2 * failing)
    assert said.code == CHANGES
    assert site.apply().document["confirmed"] == 2 * failing
    assert (site.values(), set(site.ledger.applied.values())) == (site.wanted(), {1})
    assert_sane(site)


def assert_refused(site: Site, ids: set[str]) -> None:
    """The rows of just these records are among the rejects."""
    with site.bridge() as bridge:
        plan = bridge.journal.plans.find(site.plan)
        assert plan
        assert {row.change.record.id for row in bridge.refused(plan) if row.change.record} == ids


# T23: a batch is refused as a whole


@pytest.mark.parametrize("bad", [1, 2, 100])
def test_t23_the_bad_rows_of_a_refused_batch_are_found_and_the_others_are_written(site: Site, bad: int) -> None:
    """Kills: refusing all rows of a batch; sending them one by one."""
    ids = site.portal.ids("contacts")[:100]
    drawn = sorted((random.Random(f"bad {id_}").random(), id_) for id_ in ids)  # as the sandbox draws
    worst = {id_ for _, id_ in drawn[:bad]}
    everybody = site.portal.ids("contacts")
    limit = drawn[bad - 1][0] + 1e-9
    worst |= {id_ for id_ in everybody if random.Random(f"bad {id_}").random() < limit}
    site.portal.faults.named("bad_rows", UPDATE, failing=limit, times=0)
    said = site.apply()
    site.portal.faults.clear()
    assert (said.code, said.document["rejected"]) == (REJECTED, 2 * len(worst))
    wanted, after = site.wanted(), site.values()
    assert {id_ for id_ in after if after[id_] != wanted[id_]} == worst
    for batch in (everybody[:100], everybody[100:200], everybody[200:]):
        calls = [sent for sent in site.ledger.batches if set(sent) <= set(batch)]
        found = len(worst & set(batch))
        assert len(calls) <= 2 * found * math.ceil(math.log2(len(batch))) + 1
    assert set(site.ledger.applied.values()) == {1}
    assert_refused(site, worst)
    assert_sane(site, left=2 * len(worst))


# T24, T39: one record under several ids


@pytest.mark.parametrize("new_id", [False, True])
def test_t24_a_record_that_was_merged_since_the_plan_is_not_written_under_its_dead_id(
    site: Site, *, new_id: bool
) -> None:
    """Kills: sending to what the plan saw, without looking. Rows of the survivor and of the loser are in the plan."""
    one, other, *_ = site.portal.ids("contacts")
    merge(site.portal, "contacts", one, other, new_id=new_id)
    said = site.apply()
    gone = 2 if new_id else 1
    assert (said.code, said.document["invalid"], said.document["conflicts"]) == (REJECTED, 2 * gone, 0)
    assert site.reasons() == {("invalid", "record-missing"): 2 * gone}
    assert not {(id_, SCORE) for id_ in ((one, other) if new_id else (other,))} & site.ledger.applied.keys()
    assert_sane(site, left=2 if new_id else 0)  # the record that is new is planned


def test_t24_a_record_that_is_merged_while_it_is_sent_is_not_taken_for_written(site: Site) -> None:
    """Kills: taking an answer for another id for an answer."""
    one, *_, other = site.portal.ids("contacts")  # in two batches

    def merge_them(request: Request) -> None:
        ids = [item["id"] for item in json.loads(request.body)["inputs"]]
        if other in ids and (("contacts", other) not in site.portal.merged):
            merge(site.portal, "contacts", one, other)

    site.ledger.before = merge_them
    said = site.apply()
    assert (said.document["rejected"], said.document["unknown"]) == (2, 0)
    assert site.ledger.faults == []


def test_t24_a_record_that_is_archived_while_it_is_sent_is_refused_alone(site: Site) -> None:
    """Kills: refusing the batch for one record that is gone."""
    one = site.portal.ids("contacts")[0]

    def archive(request: Request) -> None:
        if one in request.body.decode() and site.portal.record("contacts", one)["archived"] is False:
            site.portal.archive("contacts", one)

    site.ledger.before = archive
    said = site.apply()
    assert (said.code, said.document["rejected"]) == (REJECTED, 2)
    assert site.values() == site.wanted()
    assert_sane(site, left=2)  # until a sync looks for what was archived
