"""Who talks with whom and who asks whom for advice follows from the touches, whatever their order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.centers.relations import relations
from crmbridge.config import Centers
from crmbridge.model import BuyingCenter, Contact, Evidence, Member, PersonFacts, Relation, RelationProposal

from .made import TODAY, center, mail, met, somebody

PEOPLE = [somebody(number) for number in range(1, 5)]


def _ties(of: BuyingCenter, *proposals: RelationProposal, **settings: Any) -> dict[tuple[str, str, str], Relation]:
    found = relations(of, proposals, Centers.model_validate({"relations": settings}))
    return {(item.kind, item.source, item.target): item for item in found}


def _weights(of: BuyingCenter, kind: str = "communication") -> dict[str, float]:
    named = {key: item.weight for key, item in _ties(of).items() if key[0] == kind}
    return {f"{one[-1]}{other[-1]}": weight for (_, one, other), weight in named.items()}


def _said(
    source: int, target: int, weight: float, *, by: str = "roles", text: str = "t", **more: Any
) -> RelationProposal:
    evidence = Evidence.model_validate({"source": "statement", "weight": weight, "text": text, **more})
    return RelationProposal(
        kind="advice", source=f"contact:{source}", target=f"contact:{target}", evidence=(evidence,), by=by
    )


@pytest.mark.parametrize(("kind", "people", "weight"), [
    ("meeting", (1, 2), 1.0), ("meeting", (1, 2, 3), 0.5), ("call", (1, 2), 0.8), ("note", (1, 2), None),
])  # fmt: skip
def test_a_talk_among_few_binds_more(kind: str, people: tuple[int, ...], weight: float | None) -> None:
    assert _weights(center(PEOPLE, [met(1, 5, *people, kind=kind)])).get("12") == weight


def test_a_message_joins_its_writer_with_its_readers_and_no_readers_with_each_other() -> None:
    assert _weights(center(PEOPLE, [mail(1, 5, 1, to=["us", 2], cc=[3])])) == {"12": 0.3, "13": 0.15}


def test_a_message_of_ours_joins_nobody() -> None:
    assert _weights(center(PEOPLE, [mail(1, 5, "owner:77", to=[1, 2])])) == {}


def test_where_nobody_says_who_wrote_the_one_who_acted_did() -> None:
    touch = met(1, 5, 1, 2, 3, responders=("contact:1",))
    assert _weights(center(PEOPLE, [touch])) == {"12": 0.3, "13": 0.3}


def test_weights_age_to_the_last_touch_and_not_to_today() -> None:
    # kills the mutant that counts ages from the as-of date: then every weight would change every day
    now = center(PEOPLE, [met(1, 95, 1, 2, kind="meeting"), met(2, 5, 3)])
    assert _weights(now) == {"12": 0.5}


def test_mass_mail_joins_nobody() -> None:
    crowd = [somebody(number) for number in range(13)]
    assert not _ties(center(crowd, [met(1, 5, *range(13), kind="meeting")]))
    assert _ties(center(crowd, [met(1, 5, *range(12), kind="meeting")]))


def test_machines_join_nobody() -> None:
    assert not _ties(center(PEOPLE, [met(1, 5, 1, 2, kind="meeting", is_bot=True)]))


@pytest.mark.parametrize("who", [
    Member(id="address:einkauf@mueller.example", address="einkauf@mueller.example", joined_by="engagement"),
    somebody(7, facts=PersonFacts(contact=Contact(id="7", email="einkauf@mueller.example"))),
])  # fmt: skip
def test_an_address_that_many_read_is_a_mailbox(who: Member) -> None:
    ties = _ties(center([*PEOPLE, who], [met(1, 5, 1, who.id, kind="meeting")]))
    assert set(ties) == {("communication", "contact:1", "mailbox:einkauf@mueller.example")}


def test_somebody_with_a_name_is_no_mailbox() -> None:
    member = somebody(7, facts=PersonFacts(contact=Contact(id="7", email="info@solo.example", last_name="Solo")))
    ties = _ties(center([*PEOPLE, member], [met(1, 5, 1, 7, kind="meeting")]))
    assert set(ties) == {("communication", "contact:1", "contact:7")}


def test_whoever_answers_us_and_brings_somebody_in_asks_for_advice() -> None:
    tie = _ties(center(PEOPLE, [mail(1, 9, "us", to=[1]), mail(2, 8, 1, to=["us"], cc=[2])]))
    advice = tie["advice", "contact:1", "contact:2"]
    assert (advice.weight, advice.by, advice.last_on) == (0.5, ("core",), TODAY - timedelta(8))
    assert advice.evidence[0].ref is not None


@pytest.mark.parametrize("asked", [{"rank": "director"}, {"department": "it"}])
def test_asking_upwards_or_a_specialist_weighs_more(asked: dict[str, str]) -> None:
    people = [somebody(1, rank="lead"), somebody(2, **asked)]
    assert _weights(center(people, [mail(1, 9, "us", to=[1]), mail(2, 9, 1, to=["us"], cc=[2])]), "advice") == {
        "12": 0.7
    }


@pytest.mark.parametrize("thread", [
    [mail(2, 8, 1, to=["us"], cc=[2])],  # nobody of us wrote before
    [mail(1, 9, "us", to=[1], cc=[2]), mail(2, 8, 1, to=["us"], cc=[2])],  # it was us who brought B in
    [mail(1, 9, "us", to=[3]), mail(2, 8, 1, to=["us"], cc=[2])],  # we wrote to another
    [mail(1, 7, "us", to=[1]), mail(2, 8, 1, to=["us"], cc=[2])],  # we wrote after it
    [mail(1, 9, "contact:99", to=[1]), mail(2, 8, 1, to=["us"], cc=[2])],  # who wrote is no member, and not us
])  # fmt: skip
def test_no_advice_is_read_into_other_threads(thread: list[Any]) -> None:
    assert _weights(center(PEOPLE, thread), "advice") == {}


def test_signs_of_one_tie_add_up_as_independent_and_age_from_the_last_touch() -> None:
    last = center(PEOPLE, [met(1, 5, 1)])
    half = _said(1, 2, 0.8, on=TODAY - timedelta(185))
    assert _ties(last, half)["advice", "contact:1", "contact:2"].weight == 0.4
    both = _ties(last, half, _said(1, 2, 0.5, by="crm", on=TODAY))["advice", "contact:1", "contact:2"]
    assert both.weight == 0.7
    assert both.by == ("crm", "roles")
    assert _ties(last, half, half)["advice", "contact:1", "contact:2"].weight == 0.4


def test_evidence_against_a_tie_lowers_it() -> None:
    against = _said(1, 2, 0.5, text="no", against=True)
    assert _ties(center(PEOPLE), _said(1, 2, 0.8), against)["advice", "contact:1", "contact:2"].weight == 0.4


@given(st.permutations([
    met(1, 95, 1, 2, 3, kind="meeting"), met(2, 5, 1, 2, kind="meeting"), met(3, 33, 2, 3, kind="call"),
    mail(4, 40, "us", to=[1]), mail(5, 30, 1, to=["us"], cc=[2]), mail(6, 20, 2, to=[1, 3], cc=[4]),
]))  # fmt: skip
def test_the_order_of_engagements_does_not_matter(touches: list[Any]) -> None:
    ordered = sorted(touches, key=lambda item: item.at)
    assert relations(center(PEOPLE, touches), (), Centers()) == relations(center(PEOPLE, ordered), (), Centers())
