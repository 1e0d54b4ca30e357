"""Generated notes and calls tell what the generator has in mind, and disorder does what its knob says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crmbridge.errors import FixConfig
from crmbridge.sandbox import Portal, generate
from crmbridge.sandbox.generator.phrases import DENIALS, ROLES

SMALL: dict[str, Any] = {"seed": 3, "companies": 20, "contacts": 120, "deals": 30, "engagements": 300}


@pytest.fixture(scope="module")
def tidy() -> Portal:
    return generate(**SMALL)


@pytest.fixture(scope="module")
def told() -> Portal:
    return generate(**SMALL, talk=True)


def rows(portal: Portal, *kinds: str) -> list[Any]:
    return [portal.record(kind, one)["properties"] for kind in kinds for one in portal.ids(kind)]


def texts(portal: Portal) -> list[tuple[str, str, set[str], set[str]]]:
    """Text, kind, deals and contacts of each note and call."""
    return [
        (
            portal.record(kind, one)["properties"][name],
            kind,
            {*portal.links.of((kind, "deals"), one)},
            {*portal.links.of((kind, "contacts"), one)},
        )
        for kind, name in (("notes", "hs_note_body"), ("calls", "hs_call_body"))
        for one in portal.ids(kind)
    ]


def test_talk_leaves_everything_else_as_it_is(tidy: Portal, told: Portal) -> None:
    kinds = ("companies", "contacts", "deals", "emails", "meetings")
    assert rows(told, *kinds) == rows(tidy, *kinds)  # mutant: talk throws the same dice
    assert told.truth == tidy.truth
    assert not tidy.ids("notes")


def test_notes_and_calls_belong_to_a_deal_and_one_of_its_cast(told: Portal) -> None:
    found = texts(told)
    assert {kind for _, kind, *_ in found} == {"notes", "calls"}
    for _, _, deals, people in found:
        (deal,), (person,) = deals, people
        assert person in told.truth[deal]


def test_what_is_told_of_somebodys_role_is_true(told: Portal) -> None:
    sentences = {
        sentence.split("}")[-1]: role
        for role, by_language in ROLES.items()
        for found in by_language.values()
        for sentence in found
        if sentence.startswith("{who}")
    }
    seen = set()
    for text, _, (deal,), (person,) in texts(told):
        for end, role in sentences.items():
            if end in text:
                seen.add(role)
                assert role in told.truth[deal][person]  # mutant: any role is told of anybody
    assert {"decider", "user"} <= seen


def test_nobody_who_decides_is_said_not_to(told: Portal) -> None:
    ends = [sentence.split("{bo")[0].removeprefix("{who}") for found in DENIALS.values() for sentence in found]
    denied = [(deal, person) for text, _, (deal,), (person,) in texts(told) if any(end in text for end in ends)]
    assert denied
    assert all("decider" not in told.truth[deal][person] for deal, person in denied)


def test_a_share_of_contacts_has_no_title(tidy: Portal) -> None:
    portal = generate(**SMALL, untitled=0.5)
    titled, before = (sum("jobtitle" in row for row in rows(one, "contacts")) for one in (portal, tidy))
    assert 0.3 * before < titled < 0.7 * before
    assert portal.truth == tidy.truth


def test_what_is_misfiled_hangs_on_somebody_else(told: Portal) -> None:
    portal = generate(**SMALL, talk=True, misfiled=1.0)
    wrong, right = ([people for *_, people in texts(one)] for one in (portal, told))
    assert len(wrong) == len(right)
    assert not any(one & other for one, other in zip(wrong, right, strict=True))


def test_lost_copies_are_lost_in_the_headers_and_the_links(tidy: Portal) -> None:
    portal = generate(**SMALL, uncopied=1.0)
    assert any(row.get("hs_email_cc_email") for row in rows(tidy, "emails"))
    for one in portal.ids("emails"):
        row = portal.record("emails", one)["properties"]
        assert not row.get("hs_email_cc_email")
        assert json.loads(row["hs_email_headers"])["cc"] == []  # mutant: only the derived property is emptied
        assert len(portal.links.of(("emails", "contacts"), one)) == 1


def test_a_merged_contact_lives_on_in_a_colleague_with_its_roles(tidy: Portal) -> None:
    portal = generate(**SMALL, merged=0.2)
    gone = {one: survivor for (kind, one), survivor in portal.merged.items() if kind == "contacts"}
    assert len(gone) > 10
    assert {*portal.ids("contacts")} == {*tidy.ids("contacts")} - {*gone}
    for deal, cast in tidy.truth.items():
        for person, roles in cast.items():
            assert roles <= portal.truth[deal][gone.get(person, person)]  # mutant: the truth keeps the loser
    assert not any(person in gone for cast in portal.truth.values() for person in cast)


def test_disorder_is_the_same_each_time() -> None:
    knobs: dict[str, Any] = {"talk": True, "untitled": 0.3, "misfiled": 0.3, "uncopied": 0.3, "merged": 0.1}
    kinds = ("contacts", "notes", "calls", "emails", "meetings")
    one, other = (rows(generate(**SMALL, **knobs), *kinds) for _ in range(2))
    assert one == other  # mutant: merges carry the present


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_what_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(FixConfig, match="misfiled"):
        generate(**SMALL, misfiled=share)
