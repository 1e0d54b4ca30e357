"""The account's properties change between plan and apply, or while it runs; and plugins that say what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crmbridge.sandbox.envelope import Request
from crmbridge.sandbox.times import iso

from .sanity import CHANGES, CONTACTS, LEVEL, PLUGIN, REJECTED, SCORE, Site, assert_sane

Json = dict[str, Any]


def archive(shown: Json) -> None:
    shown.update(archived=True, archivedAt=iso(1_700_000_000_000))


def make_read_only(shown: Json) -> None:
    shown["modificationMetadata"]["readOnlyValue"] = True


def drop_option(shown: Json) -> None:
    shown["options"] = [option for option in shown["options"] if option["value"] != "low"]


def make_text(shown: Json) -> None:
    shown.update(type="string", fieldType="text", options=[])


def make_number(shown: Json) -> None:
    shown.update(type="number", fieldType="number", options=[])


# T19, T20


@pytest.mark.parametrize(
    ("change", "reason", "rows"),
    [
        (archive, "property-missing", CONTACTS),
        (make_read_only, "read-only", CONTACTS),
        (drop_option, "option-missing", CONTACTS // 2),
    ],
)
def test_t20_what_the_account_takes_no_more_is_never_sent_and_the_rest_is_written(
    site: Site, change: Callable[[Json], None], reason: str, rows: int
) -> None:
    """Kills: trusting the definitions of the plan; refusing a record for one of its values."""
    change(site.portal.properties["contacts"][LEVEL])
    said = site.apply()
    assert (said.code, said.document["invalid"], said.document["rejected"]) == (REJECTED, rows, 0)
    assert said.document["confirmed"] == 2 * CONTACTS - rows
    assert site.reasons() == {("invalid", reason): rows}
    assert site.values(SCORE) == site.wanted(SCORE)
    assert sum(name == LEVEL for _, name in site.ledger.applied) == CONTACTS - rows
    assert len(site.ledger.batches) == 3
    if reason == "option-missing":
        assert [option["value"] for option in site.portal.properties["contacts"][LEVEL]["options"]] == ["high"]
    assert site.ledger.faults == []


def test_t20_a_property_whose_type_changed_refuses_its_own_rows_only(site: Site) -> None:
    """Kills: a value of the old type that makes the platform refuse the record's other values too."""
    make_number(site.portal.properties["contacts"][LEVEL])
    said = site.apply()
    assert said.code == REJECTED
    assert site.values(SCORE) == site.wanted(SCORE)
    assert len(site.ledger.batches) == 3
    assert site.ledger.faults == []


def test_t20_a_type_that_takes_the_values_still_is_written(site: Site) -> None:
    make_text(site.portal.properties["contacts"][LEVEL])
    assert site.apply().code == CHANGES
    assert site.values(LEVEL) == site.wanted(LEVEL)


@pytest.mark.parametrize("change", [archive, make_read_only])
def test_t19_a_property_that_goes_while_an_apply_runs_takes_no_other_value_with_it(
    site: Site, change: Callable[[Json], None]
) -> None:
    """Kills: halving batch after batch where every record is refused for the same property."""

    def go(_: Request) -> None:
        if not site.portal.properties["contacts"][LEVEL]["archived"]:
            change(site.portal.properties["contacts"][LEVEL])

    site.ledger.before = go
    said = site.apply()
    assert said.code == REJECTED
    assert site.states()["confirmed"] + site.states()["rejected"] + site.states()["invalid"] == 2 * CONTACTS
    assert site.values(SCORE) == site.wanted(SCORE)
    assert len(site.ledger.batches) < 30
    assert site.ledger.faults == []


# T21


def test_t21_properties_that_appear_or_are_renamed_leave_a_plan_unharmed(site: Site) -> None:
    """Kills: comparing whole definitions, labels and all."""
    portal = site.portal
    portal.define("contacts", "somebodys", "number", "number")
    portal.define("contacts", "calculated", "number", "calculation_equation")
    portal.properties["contacts"]["calculated"]["modificationMetadata"]["readOnlyValue"] = True
    portal.properties["contacts"][SCORE].update(label="Points", description="renamed")
    portal.properties["contacts"][LEVEL]["options"] += [{"value": "mid", "label": "Mid", "hidden": False}]
    portal.properties["contacts"][LEVEL]["options"][0]["label"] = "Lowest"
    assert site.apply().code == CHANGES
    assert site.values() == site.wanted()
    assert portal.properties["contacts"][SCORE]["label"] == "Points"
    assert_sane(site)


# T45

GARBAGE = (
    'value("score", float("nan"))',
    'value("score", float("inf"))',
    'value("score", "many")',
    'value("score", [1])',
    'value("score", 10**400)',
    'value("score", None, subject=None)',
    'value("score", 1, subject=ref.model_copy(update={"id": "404404"}))',
    'value("other", 1)',
    'value("level", "middle")',
    'value("level", "x" * 10_000_000)',
    '"nothing of the kind"',
)


def test_t45_garbage_of_a_plugin_is_refused_record_by_record_and_the_rest_is_written(site: Site) -> None:
    """Kills: a batch that the platform refuses for one plugin's value; writing the other values of such a record."""
    text = PLUGIN.replace(
        '    yield PropertyValue(subject=ref, property="score"',
        "    value = lambda name, what, subject=ref: PropertyValue.model_construct(\n"
        '        subject=subject, property=name, value=what, confidence=None, reason="", on=None, by="")\n'
        f"    if number < 1_001 + {len(GARBAGE)}:\n"
        f"        yield [{', '.join(f'lambda: {item}' for item in GARBAGE)}][number - 1_001]()\n        return\n"
        '    yield PropertyValue(subject=ref, property="score"',
    )
    (site.folder / "bridgefile.py").write_text(text)
    with site.bridge() as bridge:
        site.plan = bridge.plan().hash
    before, site.plugin_failed = site.values(), True
    said = site.apply()
    bad = site.portal.ids("contacts")[: len(GARBAGE)]
    assert said.document["confirmed"] == 2 * (CONTACTS - len(bad))
    assert (said.document["rejected"], said.document["invalid"]) == (0, 0)
    assert {id_: site.value(id_) for id_ in bad} == {id_: before[id_] for id_ in bad}
    assert len(site.ledger.batches) == 3
    assert_sane(site)
