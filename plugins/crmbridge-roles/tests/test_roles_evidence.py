from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from crmbridge import ROLES, BuyingCenter, Company, Deal, Evidence, Member, Role, Touch
from crmbridge_roles.rows import CAP, DEFAULTS
from crmbridge_roles.settings import RolesSettings

Person = Callable[..., Member]
Center = Callable[..., BuyingCenter]
MakeTouch = Callable[..., Touch]
Judge = Callable[..., dict[tuple[str, Role], tuple[Evidence, ...]]]


def weights(found: dict[tuple[str, Role], tuple[Evidence, ...]], member: str = "contact:1") -> dict[str, float]:
    """The strongest weight per role of one member."""
    return {role: max(item.weight for item in items) for (who, role), items in found.items() if who == member}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Geschäftsführer", {"decider": 0.65, "influencer": 0.2, "initiator": 0.15}),
        ("CFO", {"decider": 0.65, "influencer": 0.2, "initiator": 0.15}),
        ("Prokurist", {"decider": 0.5, "influencer": 0.3}),
        ("Bereichsleiter Produktion", {"decider": 0.4, "influencer": 0.45, "user": 0.2, "initiator": 0.2}),
        ("Leiter Einkauf", {"decider": 0.25, "buyer": 0.7, "influencer": 0.2}),
        ("Einkäufer", {"buyer": 0.65, "influencer": 0.1, "gatekeeper": 0.15}),
        ("Leiter IT", {"decider": 0.1, "influencer": 0.6, "user": 0.15, "gatekeeper": 0.1}),
        ("Fachkraft für Arbeitssicherheit", {"decider": 0.1, "influencer": 0.6, "user": 0.15, "gatekeeper": 0.1}),
        ("Leiter Controlling", {"decider": 0.3, "buyer": 0.15, "influencer": 0.45}),
        ("Datenschutzbeauftragter", {"influencer": 0.6, "gatekeeper": 0.25}),
        ("Produktionsleiter", {"decider": 0.1, "influencer": 0.25, "user": 0.6, "initiator": 0.25}),
        ("Assistenz der Geschäftsführung", {"influencer": 0.05, "gatekeeper": 0.7}),
        ("Buchhalter", {}),
        ("Werkstudent Einkauf", {}),
        ("Manager", {}),
        ("Astronaut", {}),
    ],
)
def test_a_title_gives_the_weights_of_its_row(
    title: str, expected: dict[str, float], person: Person, center: Center, judge: Judge
) -> None:
    assert weights(judge(center(person(title=title)))) == expected


def test_a_title_weighs_by_how_certain_its_reading_is(person: Person, center: Center, judge: Judge) -> None:
    assert weights(judge(center(person(title="Einkauf"))))["buyer"] == pytest.approx(0.65 * 0.8)


def test_a_works_council_influences_and_selects(person: Person, center: Center, judge: Judge) -> None:
    assert weights(judge(center(person(title="Betriebsrat")))) == {
        "influencer": pytest.approx(0.48),
        "gatekeeper": pytest.approx(0.2),
    }


def test_a_chief_procurement_officer_decides_and_buys(person: Person, center: Center, judge: Judge) -> None:
    found = weights(judge(center(person(title="Chief Procurement Officer"))))
    assert (found["decider"], found["buyer"]) == (0.65, 0.7)


def test_several_jobs_give_evidence_side_by_side(person: Person, center: Center, judge: Judge) -> None:
    found = judge(center(person(title="Leiter Einkauf / Prokurist")))
    assert [item.weight for item in found["contact:1", "decider"]] == [0.25, 0.5]
    assert weights(found)["buyer"] == 0.7


def test_title_evidence_says_how_the_title_reads(person: Person, center: Center, judge: Judge) -> None:
    (evidence,) = judge(center(person(title="Leiter Einkauf")))["contact:1", "buyer"]
    assert evidence.text == 'title "Leiter Einkauf" reads as lead, purchasing'
    assert (evidence.source, evidence.on) == ("title", None)


def test_title_evidence_says_a_word_once(person: Person, center: Center, judge: Judge) -> None:
    (evidence,) = judge(center(person(title="CEO")))["contact:1", "decider"]
    assert evidence.text == 'title "CEO" reads as management'


def test_a_very_long_title_is_cut_in_the_evidence(person: Person, center: Center, judge: Judge) -> None:
    (evidence,) = judge(center(person(title="Leiter Einkauf " + "x" * 5000)))["contact:1", "buyer"]
    assert len(evidence.text) <= 300
    assert "…" in evidence.text


# Kills a routine row that ignores what the case is.
@pytest.mark.parametrize("routine", [True, False])
def test_a_buyer_decides_alone_only_in_a_routine_case(
    person: Person, center: Center, judge: Judge, *, routine: bool
) -> None:
    found = weights(judge(center(person(title="Einkäufer"), is_routine=routine)))
    assert found.get("decider") == (0.5 if routine else None)
    assert found["buyer"] == 0.65


def test_a_consultant_from_outside_influences(person: Person, center: Center, judge: Judge) -> None:
    outside = weights(judge(center(person(title="Senior Consultant", is_external=True))))
    inside = weights(judge(center(person(title="Senior Consultant"))))
    assert outside == {"influencer": 0.6, "gatekeeper": 0.1, "initiator": 0.15}
    assert inside["user"] == 0.6


def test_nobody_from_outside_decides_by_title(person: Person, center: Center, judge: Judge) -> None:
    assert judge(center(person(title="Geschäftsführer", is_external=True))) == {}


def test_a_data_protection_officer_from_outside_still_counts(person: Person, center: Center, judge: Judge) -> None:
    found = weights(judge(center(person(title="Externer Datenschutzbeauftragter", is_external=True))))
    assert found == {"influencer": 0.6, "gatekeeper": 0.25}


def test_settings_replace_single_weights(person: Person, center: Center, judge: Judge) -> None:
    settings = RolesSettings.model_validate({"weights": {"management": {"decider": 0.3, "influencer": 0}}})
    assert weights(judge(center(person(title="CEO")), settings)) == {"decider": 0.3, "initiator": 0.15}


@pytest.mark.parametrize(
    ("weights_table", "place"),
    [
        ({"management": {"decider": 0.71}}, ("weights", "management", "decider")),
        ({"boss": {"decider": 0.5}}, ("weights", "boss")),
        ({"management": {"king": 0.5}}, ("weights", "management", "king")),
    ],
)
def test_bad_weights_are_refused_by_name(weights_table: dict[str, Any], place: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        RolesSettings.model_validate({"weights": weights_table})
    assert caught.value.errors()[0]["loc"][: len(place)] == place


def test_the_settings_in_the_readme_are_valid() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    section = tomllib.loads(readme.split("```toml")[1].split("```")[0])["plugins"]["roles"]
    assert RolesSettings.model_validate(section).weights == {"management": {"decider": 0.6}}


def test_no_default_weight_exceeds_what_a_title_may_say() -> None:
    assert max(weight for row in DEFAULTS.values() for weight in row.values()) == CAP


@pytest.mark.parametrize(
    ("label", "roles"),
    [
        ("Decision maker", {"decider"}),
        ("Entscheiderin", {"decider"}),
        ("Budget holder", {"decider"}),
        ("Economic Buyer", {"decider"}),
        ("Einkauf", {"buyer"}),
        ("Einkäufer:in", {"buyer"}),
        ("Champion", {"influencer"}),
        ("Technical buyer", {"influencer"}),
        ("Beeinflusser", {"influencer"}),
        ("End user", {"user"}),
        ("Anwender", {"user"}),
        ("Gatekeeper", {"gatekeeper"}),
        ("Informationsselektierer", {"gatekeeper"}),
        ("Initiator", {"initiator"}),
        ("Entscheider / Einkäufer", {"decider", "buyer"}),
        ("Billing contact", set()),
        ("Primary", set()),
    ],
)
def test_an_association_label_is_evidence(
    label: str, roles: set[str], person: Person, center: Center, judge: Judge
) -> None:
    found = judge(center(person(labels=(label,))))
    assert {role for _, role in found} == roles
    assert all(item.source == "crm" and item.weight == 0.9 for items in found.values() for item in items)


@pytest.mark.parametrize("label", ["Kein Entscheider", "Not the decision maker", "Former decision maker"])
def test_a_label_that_denies_a_role_speaks_against_it(label: str, person: Person, center: Center, judge: Judge) -> None:
    (evidence,) = judge(center(person(labels=(label,))))["contact:1", "decider"]
    assert evidence.against


def test_labels_of_the_account_are_learned_from_the_settings(person: Person, center: Center, judge: Judge) -> None:
    settings = RolesSettings.model_validate({"labels": {"Fachlicher Ansprechpartner": "user"}})
    found = judge(center(person(labels=("fachlicher ansprechpartner",))), settings)
    assert set(found) == {("contact:1", "user")}


@pytest.mark.parametrize(
    ("value", "roles"),
    [
        ("DECISION_MAKER", {"decider"}),
        ("BUDGET_HOLDER;END_USER", {"decider", "user"}),
        ("CHAMPION; INFLUENCER", {"influencer"}),
        ("EXECUTIVE_SPONSOR", {"decider"}),
        ("LEGAL_AND_COMPLIANCE", {"influencer"}),
        ("BLOCKER;OTHER", set()),
        ("", set()),
        (None, set()),
    ],
)
def test_hubspots_buying_role_is_evidence(
    value: str | None, roles: set[str], person: Person, center: Center, judge: Judge
) -> None:
    found = judge(center(person(properties={"hs_buying_role": value})))
    assert {role for _, role in found} == roles
    assert all(item.weight == 0.9 and item.on is None for items in found.values() for item in items)


# Kills reading the property of the person as if it were about this very purchase.
def test_a_label_that_names_a_role_stands_before_the_property(person: Person, center: Center, judge: Judge) -> None:
    told = {"hs_buying_role": "DECISION_MAKER"}
    assert set(judge(center(person(labels=("Anwender",), properties=told)))) == {("contact:1", "user")}
    assert set(judge(center(person(labels=("Primary",), properties=told)))) == {("contact:1", "decider")}


def test_the_property_is_no_evidence_where_it_is_written(person: Person, center: Center, judge: Judge) -> None:
    member = person(properties={"hs_buying_role": "DECISION_MAKER"})
    assert judge(center(member), RolesSettings(buying_role="write")) == {}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"hs_seniority": "executive"}, {"decider": 0.5, "influencer": 0.2, "initiator": 0.15}),
        ({"hs_seniority": "manager", "hs_role": "purchasing"}, {"decider": 0.25, "buyer": 0.5, "influencer": 0.2}),
        ({"hs_seniority": "wizard", "hs_role": "purchasing"}, {}),
        ({"hs_role": "purchasing"}, {}),
    ],
)
def test_bought_rank_and_work_speak_for_a_person_without_a_title(
    properties: dict[str, str], expected: dict[str, float], person: Person, center: Center, judge: Judge
) -> None:
    found = judge(center(person(properties=properties)))
    assert weights(found) == expected
    assert {item.source for items in found.values() for item in items} <= {"vendor"}
    titled = judge(center(person(title="Assistenz der Geschäftsführung", properties=properties)))
    assert {item.source for items in titled.values() for item in items} == {"title"}


def initiator(found: dict[tuple[str, Role], tuple[Evidence, ...]], member: str) -> Evidence | None:
    items = found.get((member, "initiator"), ())
    return next((item for item in items if item.source == "behaviour"), None)


def test_who_writes_first_began_the_case(person: Person, center: Center, touch: MakeTouch, judge: Judge) -> None:
    members = (person("1", joined_by="engagement"), person("2", joined_by="engagement"))
    touches = (
        touch(1, 9, "out", "contact:1", number="1"),
        touch(3, 9, "in", "contact:2", number="2"),
        touch(9, 9, "in", "contact:1", number="3"),
    )
    found = judge(center(*members, touches=touches, opened_on=date(2026, 1, 2)))
    evidence = initiator(found, "contact:2")
    assert evidence is not None
    assert (evidence.weight, evidence.on) == (0.45, date(2026, 1, 3))
    assert evidence.ref is not None
    assert evidence.ref.id == "2"
    assert initiator(found, "contact:1") is None


@pytest.mark.parametrize("direction", ["out", "both", "internal"])
def test_without_an_inbound_touch_nobody_is_the_initiator(
    direction: str, person: Person, center: Center, touch: MakeTouch, judge: Judge
) -> None:
    assert judge(center(person(), touches=(touch(3, 9, direction, "contact:1"),))) == {}


def test_a_link_to_the_deal_makes_the_initiator_more_certain(
    person: Person, center: Center, touch: MakeTouch, judge: Judge
) -> None:
    evidence = initiator(judge(center(person(), touches=(touch(3, 9, "in", "contact:1"),))), "contact:1")
    assert evidence is not None
    assert evidence.weight == 0.6


# Kills the mutants `<` for `<=` on the day, and counting the person's own second mail as another's.
@pytest.mark.parametrize(
    ("day", "hour", "by", "weight"),
    [(4, 9, "contact:2", 0.45), (4, 10, "contact:2", 0.6), (3, 10, "contact:1", 0.6)],
)
def test_another_person_within_a_day_makes_the_initiator_less_certain(
    day: int, hour: int, by: str, weight: float, person: Person, center: Center, touch: MakeTouch, judge: Judge
) -> None:
    touches = (touch(3, 9, "in", "contact:1"), touch(day, hour, "in", by, number="2"))
    evidence = initiator(judge(center(person("1"), person("2"), touches=touches)), "contact:1")
    assert evidence is not None
    assert evidence.weight == weight


@pytest.mark.parametrize(("opened", "counts"), [(date(2026, 1, 3), True), (date(2026, 1, 2), False)])
def test_a_first_touch_long_after_opening_began_nothing(
    opened: date, person: Person, center: Center, touch: MakeTouch, judge: Judge, *, counts: bool
) -> None:
    found = judge(center(person(), touches=(touch(10, 9, "in", "contact:1"),), opened_on=opened))
    assert (initiator(found, "contact:1") is not None) is counts


@pytest.mark.parametrize(("opened", "counts"), [(date(2027, 1, 10), True), (date(2027, 1, 11), False)])
def test_a_touch_long_before_opening_began_another_case(
    opened: date, person: Person, center: Center, touch: MakeTouch, judge: Judge, *, counts: bool
) -> None:
    found = judge(center(person(), touches=(touch(10, 9, "in", "contact:1"),), opened_on=opened))
    assert (initiator(found, "contact:1") is not None) is counts


# Kills taking a page view, a mass mail's open or a machine for somebody who wants something.
@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({"action": "form"}, True),
        ({"action": "inbound_call"}, True),
        ({"action": "inbound_message"}, True),
        ({"direction": "internal", "channel": "referral"}, True),
        ({"action": "page_view"}, False),
        ({"action": "event_attended"}, False),
        ({"action": "inbound_message", "is_bot": True}, False),
        ({"action": "inbound_message", "nature": "exposure"}, False),
    ],
)
def test_who_asks_us_for_something_began_the_case(
    fields: dict[str, Any], person: Person, center: Center, touch: MakeTouch, judge: Judge, *, counts: bool
) -> None:
    made = touch(3, 9, "in", "contact:1").model_copy(update=fields)
    assert (initiator(judge(center(person(), touches=(made,))), "contact:1") is not None) is counts


@pytest.mark.parametrize(
    ("subject", "deal", "weight"),
    [
        ("Frage zur Förderanlage", "Muster GmbH: Förderanlage Halle 3", 0.75),
        ("Frage an Muster", "Muster GmbH: Förderanlage", 0.6),  # the company's name is no topic
        ("Anfrage", "Anfrage Förderanlage", 0.6),  # nor is what every subject says
    ],
)
def test_a_first_touch_about_what_the_deal_is_about_says_more(
    subject: str, deal: str, weight: float, person: Person, center: Center, touch: MakeTouch, judge: Judge
) -> None:
    made = touch(3, 9, "in", "contact:1").model_copy(update={"subject": subject})
    case = center(person(), touches=(made,), company=Company(id="5", name="Muster GmbH"))
    case = case.model_copy(update={"deal": Deal(id="9", name=deal)})
    evidence = initiator(judge(case), "contact:1")
    assert evidence is not None
    assert evidence.weight == weight


def test_a_first_touch_by_somebody_unnamed_is_not_given_to_the_next(
    person: Person, center: Center, touch: MakeTouch, judge: Judge
) -> None:
    touches = (touch(3, 9, "in"), touch(5, 9, "in", "contact:1", number="2"))
    assert judge(center(person(), touches=touches)) == {}


def test_a_person_the_crm_does_not_know_can_be_the_initiator(center: Center, touch: MakeTouch, judge: Judge) -> None:
    unknown = Member(id="address:x@example.com", address="x@example.com", joined_by="engagement")
    found = judge(center(unknown, touches=(touch(3, 9, "in", unknown.id),)))
    assert set(found) == {(unknown.id, "initiator")}


def test_a_persons_word_makes_the_set_exactly_that(person: Person, center: Center, judge: Judge) -> None:
    member = person(title="Leiter Einkauf", labels=("Entscheider",), decided=[("user;buyer", "crm")])
    found = judge(center(member))
    human = {role: item for (_, role), items in found.items() for item in items if item.source == "human"}
    assert {role for role, item in human.items() if not item.against} == {"user", "buyer"}
    assert {role for role, item in human.items() if item.against} == {"decider", "influencer"}
    assert all(item.weight == 1.0 and item.text == "set by a person in the CRM" for item in human.values())
    assert {role for _, role in found} == set(human)


def test_a_person_who_empties_the_roles_denies_all_of_them(person: Person, center: Center, judge: Judge) -> None:
    found = judge(center(person(title="CEO", decided=[(None, "local")])))
    for items in found.values():
        assert [(item.against, item.text) for item in items if item.source == "human"] == [
            (True, "set by a person in crmbridge")
        ]


def test_the_same_center_gives_the_same_proposals(
    person: Person, center: Center, touch: MakeTouch, judge: Judge
) -> None:
    members = (person("1", "Leiter Einkauf / Prokurist", labels=("Entscheider", "Anwender")), person("2", "CEO"))
    built = center(*members, touches=(touch(3, 9, "in", "contact:1", "contact:2"),))
    first = list(judge(built).items())
    assert first == list(judge(built).items())
    order = [(who, ROLES.index(role)) for (who, role), _ in first]
    assert order == sorted(order)
