"""What the built-in plugin writes of a measured center, and how it says it."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from crmbridge.centers import core
from crmbridge.centers.measuring import measure
from crmbridge.centers.properties import SPECS
from crmbridge.centers.summary import LONGEST, summary
from crmbridge.config import Centers
from crmbridge.context import RunContext
from crmbridge.model import BuyingCenter, Deal, Evidence, PropertySpec, Scalar, StanceProposal

from .made import TODAY, center, known, met, somebody

CONTEXT = RunContext(
    plugin="core", settings=core.CoreSettings(), log=logging.getLogger("t"), connection="m", run_id="1", today=TODAY
)


def _measured(*members: Any, **more: Any) -> BuyingCenter:
    of = center(members, [met(1, 0, 1, kind="meeting")], deal=Deal(id="9"), **more)
    word = StanceProposal(member_id="contact:1", evidence=(Evidence(source="statement", weight=0.6, text="t"),), by="r")
    return measure(of, [word], [], Centers(), TODAY)[0]


def _values(of: BuyingCenter) -> dict[tuple[str, str], Scalar]:
    return {(str(item.subject), item.property): item.value for item in core.derive_center(CONTEXT, of)}


CEO = somebody(1, rank="management", department="management", roles={"decider": 0.93, "user": 0.3}, facts=known(1))
BUYER = somebody(2, roles={"buyer": 0.61}, facts=known(2), is_external=True, labels=("Agentur",))


def test_members_get_what_is_known_of_them() -> None:
    values = _values(_measured(CEO, BUYER))
    assert {key[1]: value for key, value in values.items() if key[0] == "contact:1"} == {
        "is_external": False,
        "external_kind": None,
        "stance": "power_promoter",
        "influence": 100.0,
        "influence_reliability": "low",
        "engagement": 49.0,
        "last_two_way_at": TODAY,
    }
    assert values["contact:2", "external_kind"] == "agency"
    assert values["contact:2", "stance"] == "unknown"
    assert ("contact:2", "influence") not in values


def test_the_deal_gets_the_figures() -> None:
    values = _values(_measured(CEO, BUYER))
    assert {name: values["deal:9", name] for name in (
        "departments_engaged", "levels_engaged", "externals", "exec_backing", "key_roles_engaged", "group_engagement",
        "momentum", "influence_spread", "center_template", "center_completeness_hard",
    )} == {
        "departments_engaged": 1, "levels_engaged": 1, "externals": 1, "exec_backing": True, "key_roles_engaged": False,
        "group_engagement": 31.0, "momentum": "insufficient", "influence_spread": 1.0, "center_template": "complex",
        "center_completeness_hard": 50.0,
    }  # fmt: skip


@pytest.mark.parametrize(("hook", "unknown"), [
    ("propose_stances", {"stance"}),
    ("propose_relations", {"influence", "influence_reliability", "influence_spread"}),
    ("propose_personas", set()),
    ("propose_stages", set()),
])  # fmt: skip
def test_where_a_plugin_failed_only_what_rests_on_that_hook_is_left_out(hook: str, unknown: set[str]) -> None:
    # Kills: giving nothing wherever any plugin failed.
    whole = _measured(CEO, BUYER)
    values = _values(whole.model_copy(update={"unknown": ("other",), "failed_hooks": (hook,)}))
    assert values == {key: value for key, value in _values(whole).items() if key[1] not in unknown}


@pytest.mark.parametrize("hook", ["propose_titles", "propose_roles"])
def test_without_all_evidence_of_roles_only_what_touches_tell_is_given(hook: str) -> None:
    values = _values(_measured(CEO, BUYER).model_copy(update={"unknown": ("roles",), "failed_hooks": (hook,)}))
    assert {name for _, name in values} - {"external_kind"} == {
        "is_external", "engagement", "last_two_way_at", "members_known", "members_engaged", "coverage_benchmark",
        "threads_eff", "single_threaded", "center_template", "externals", "momentum",
    }  # fmt: skip


def test_all_that_rests_on_a_hook_is_a_property() -> None:
    # Kills: a name in the table that no property has.
    assert frozenset[str]().union(*core.RESTING.values()) <= {spec.name for spec in SPECS}


def test_without_a_deal_only_members_get_values() -> None:
    assert {key for key, _ in _values(_measured(CEO).model_copy(update={"deal": None}))} == {"contact:1"}


def test_every_value_is_registered_and_fits_its_property() -> None:
    specs: dict[tuple[str, str], PropertySpec] = {(spec.object, spec.name): spec for spec in SPECS}
    for item in core.derive_center(CONTEXT, _measured(CEO, BUYER)):
        spec = specs[item.subject.object, item.property]
        if spec.type == "enumeration" and item.value is not None:
            assert item.value in {option.value for option in spec.options}
        assert item.reason


def test_few_properties_are_written_by_default_and_a_stance_is_none_of_them() -> None:
    default = [spec for spec in SPECS if spec.core and not spec.stamp]
    assert len(default) <= 10
    assert {spec.object for spec in default} == {"deal"}


def test_labels_are_english_with_german() -> None:
    for spec in SPECS:
        assert spec.stamp or "(" in spec.label, spec.name
        assert all("(" in option.label for option in spec.options if option.value != "neutral"), spec.name


@pytest.mark.parametrize(("language", "lines"), [
    ("en", ["P 1: decider (0.95)", "P 2 (external): buyer (0.60)", "Missing: influencer, user"]),
    ("de", ["P 1: Entscheider (0.95)", "P 2 (extern): Einkäufer (0.60)", "Fehlt: Beeinflusser, Benutzer"]),
])  # fmt: skip
def test_the_summary_says_who_plays_what(language: Any, lines: list[str]) -> None:
    assert summary(_measured(BUYER, CEO), language).splitlines() == lines


def test_a_summary_of_many_fits_and_says_how_many_are_left_out() -> None:
    crowd = [somebody(n, facts=known(n, contact={"last_name": f"von und zu Musterfrau {n}"})) for n in range(200)]
    text = summary(_measured(CEO, *crowd[2:]), "de")
    assert len(text) <= LONGEST
    shown = sum("Musterfrau" in line for line in text.splitlines())
    assert f"… {198 - shown} weitere" in text
    assert text.splitlines()[0].startswith("P 1: Entscheider")


def test_a_summary_rests_while_confidence_ages_a_little() -> None:
    older = somebody(1, roles={"decider": 0.94}, facts=known(1))
    assert summary(_measured(older), "en") == summary(_measured(CEO), "en")
