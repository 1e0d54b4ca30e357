"""Between plan and apply the world goes on: edits, newer plans, other accounts, other plugins, altered files."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest

from crmbridge.errors import RemakePlan
from crmbridge.sandbox.records import IMPORT, Source, person

from .sanity import CHANGES, CONFLICTS, FAILED, PLUGIN, SCORE, Site, Template, assert_sane

PEOPLE = (person(7), Source("FORM", "form-1"))
PROGRAMS = (Source("INTEGRATION", "4711"), IMPORT, Source("WORKFLOWS", "w1"))


def saved(site: Site) -> Path:
    """The plan that waits, as a file."""
    path = site.folder / "p.plan"
    with site.bridge() as bridge:
        bridge.save_plan(bridge.open_plan(), path)
    return path


# What was edited (T28)


def test_t28_what_people_wrote_since_the_plan_stays_and_what_programs_wrote_does_not(site: Site) -> None:
    """Kills: no look right before sending; taking every foreign value for a person's."""
    ids = iter(site.portal.ids("contacts"))
    people = {id_: source for source in PEOPLE for id_ in islice(ids, 10)}
    programs = {id_: source for source in PROGRAMS for id_ in islice(ids, 10)}
    for id_, source in (people | programs).items():
        site.portal.edit("contacts", id_, {SCORE: "-5"}, source=source)
    said = site.apply()
    assert (said.code, said.document["conflicts"]) == (CONFLICTS, len(people))
    assert site.reasons() == {("conflict", "edited-by-person"): len(people)}
    assert site.values() == site.wanted() | dict.fromkeys(people, "-5")
    assert not {(id_, SCORE) for id_ in people} & site.ledger.applied.keys()
    assert_sane(site)  # a person's word is a decision: it is not planned again


def test_t28_the_same_value_that_somebody_else_wrote_is_not_sent(site: Site) -> None:
    one = site.portal.ids("contacts")[0]
    site.portal.edit("contacts", one, {SCORE: site.wanted()[one]})
    assert site.apply().code == CHANGES
    assert (one, SCORE) not in site.ledger.applied
    assert_sane(site)


# Which plans are refused (T28)


def refused(site: Site, *words: str) -> str:
    """Apply, see that it is refused without a single call, and return the message."""
    before = site.portal.calls.count()
    said = site.run(*(words or site.words))
    assert (said.code, said.error) == (FAILED, "RemakePlan")
    assert site.portal.calls.count() == before
    assert site.ledger.calls == []
    return str(said.document["error"]["message"])


def test_t28_a_plan_is_refused_once_a_newer_one_was_applied(site: Site) -> None:
    """Kills: comparing nothing but the hash."""
    old = saved(site)
    for id_ in site.portal.ids("contacts")[:5]:
        site.portal.edit("contacts", id_, {"lastname": "77"})
    with site.bridge() as bridge:
        bridge.sync()
        newer = bridge.plan()
        bridge.apply(newer, approve=newer.hash)
    site.ledger.calls.clear()
    words = ["apply", str(old), *site.words[1:]]
    assert "older than" in refused(site, *words)
    site.plan = newer.hash
    assert_sane(site, known=["p.plan"])


def test_t28_a_plan_of_another_account_is_refused(site: Site, first_plan: Template, tmp_path: Path) -> None:
    """Kills: looking at the connection's name only."""
    with Site.of(first_plan, tmp_path / "other") as other:
        site.config.write_text(site.config.read_text().replace("main", "other"))
        file = saved(other)
        assert "name that connection" in refused(site, "apply", str(file), *site.words[1:])


def test_t28_a_plan_is_refused_if_the_token_is_another_account_s(site: Site, tmp_path: Path) -> None:
    """Kills: trusting the account that was synced."""
    site.portal.portal_id += 1
    said = site.apply()
    assert (said.code, said.error) == (FAILED, "RemakePlan")
    assert site.ledger.calls == []


def test_t28_a_plan_file_with_one_altered_byte_is_refused(site: Site) -> None:
    """Kills: a seal over part of the file, or that is not looked at before the first row is sent."""
    path = saved(site)
    whole, dice = path.read_bytes(), random.Random(1)
    places = [*range(3), *dice.sample(range(len(whole)), 30), *range(len(whole) - 70, len(whole))]
    with site.bridge() as bridge:
        for place in places:
            altered = bytearray(whole)
            altered[place] ^= 1 << dice.randrange(7)
            path.write_bytes(altered)
            with pytest.raises(RemakePlan):
                bridge.open_plan(path)
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(RemakePlan):
            bridge.open_plan(path)
    refused(site, "apply", str(path), *site.words[1:])
    path.write_bytes(whole)
    assert site.apply("apply", str(path), *site.words[1:]).code == CHANGES
    assert_sane(site, known=["p.plan"])


def test_t28_a_plan_of_a_plugin_that_was_changed_since_is_refused(site: Site) -> None:
    """Kills: applying what a plugin would not say any more."""
    (site.folder / "bridgefile.py").write_text(PLUGIN.replace("int(person", "1 + int(person"))
    assert "bridgefile" in refused(site)
    with site.bridge() as bridge:
        site.plan = bridge.plan().hash
    assert site.apply().code == CHANGES
    assert_sane(site)


def test_t28_a_plan_of_a_plugin_that_is_gone_is_refused(site: Site) -> None:
    (site.folder / "bridgefile.py").unlink()
    assert "make a new plan" in refused(site)
