"""From the touches and remarks of a center to the values of its members."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmbridge_values
from crmbridge import (
    BuyingCenter,
    ConsentDecision,
    Contact,
    Deal,
    Due,
    Member,
    PersonFacts,
    Portfolio,
    PropertyValue,
    Ref,
    Remark,
    RoleAssignment,
    RunContext,
    StageVisit,
    Touch,
)
from crmbridge_values.settings import ValuesSettings

TODAY = date(2026, 6, 1)
SHIPPED = ValuesSettings()
PAIN = "Ständig Dubletten."


def person(key: str, *remarks: Remark, **fields: Any) -> Member:
    contact = Contact(id=key, language=fields.pop("language", None))
    return Member(id=f"contact:{key}", facts=PersonFacts(contact=contact, remarks=remarks), joined_by="deal", **fields)


def touch(key: str, text: str | None = PAIN, *, days: int = 0, who: tuple[str, ...] = ("1",), **fields: Any) -> Touch:
    day = TODAY - timedelta(days=days)
    members = tuple(f"contact:{item}" for item in who)
    table = {
        "ref": Ref(fields.pop("object", "email"), key),
        "at": datetime(day.year, day.month, day.day, tzinfo=UTC),
        "on": day,
        "direction": "in",
        "member_ids": members,
        "responders": members,
        "text": text,
        "text_digest": f"digest of {text}",
        **fields,
    }
    return Touch.model_validate(table)


def center(*touches: Touch, members: tuple[Member, ...] | None = None, **fields: Any) -> BuyingCenter:
    people = members or (person("1"), person("2"))
    return BuyingCenter(id="deal:9", name="Deal", deal=Deal(id="9"), members=people, touches=touches, **fields)


def derived(
    found: BuyingCenter,
    today: date = TODAY,
    templates: frozenset[str] = frozenset(),
    wanted: frozenset[tuple[str, str]] | None = None,
    **settings: Any,
) -> list[PropertyValue | Due]:
    context = RunContext(
        plugin="values",
        settings=ValuesSettings.model_validate(settings) if settings else SHIPPED,
        log=logging.getLogger("test"),
        connection="c",
        run_id="r",
        today=today,
        stats=Portfolio(templates=templates),
        wanted=wanted,
    )
    return list(crmbridge_values.derive_center(context, found))


def values(found: BuyingCenter, **settings: Any) -> dict[tuple[str, str], Any]:
    items = (item for item in derived(found, **settings) if isinstance(item, PropertyValue))
    return {(str(item.subject), item.property): item.value for item in items}


def pain_topics(found: BuyingCenter, key: str = "1", **settings: Any) -> Any:
    return values(found, **settings).get((f"contact:{key}", "pain_topics"), "nothing said")


# Kills the mutants that count our own words, tasks, bots, exposures, crowds, and people who were only cc'd.
@pytest.mark.parametrize(
    ("fields", "is_own"),
    [
        ({}, True),
        ({"direction": "out"}, False),
        ({"direction": "both", "object": "meeting"}, True),
        ({"direction": "out", "object": "call"}, True),
        ({"direction": "internal", "object": "note", "responders": ()}, True),
        ({"direction": "internal", "object": "task", "responders": ()}, False),
        ({"is_bot": True}, False),
        ({"nature": "exposure"}, False),
        ({"responders": ("contact:2",)}, False),
        ({"responders": ()}, True),
        ({"responders": (), "member_ids": ("contact:1", "contact:2")}, False),
        ({"object": "meeting", "member_ids": tuple(f"contact:{item}" for item in range(6))}, False),
    ],
)
def test_a_pain_is_of_whoever_wrote_it_said_it_or_was_written_of(fields: dict[str, Any], *, is_own: bool) -> None:
    assert pain_topics(center(touch("1", **fields))) == (("data_quality",) if is_own else "nothing said")


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("Dubletten im System", ("data_quality",)),
        ("AW: Dubletten im System", "nothing said"),
        ("Re: duplicates", "nothing said"),
    ],
)
def test_a_subject_counts_unless_it_answers_ours(subject: str, found: object) -> None:
    assert pain_topics(center(touch("1", None, subject=subject))) == found
    assert pain_topics(center(touch("1", None, subject=subject, direction="both", object="meeting"))) == "nothing said"


def test_a_template_is_nobodys_pain() -> None:
    found = center(touch("1"))
    assert derived(found, templates=frozenset([f"digest of {PAIN}"])) == []


def test_tickets_and_notes_outside_the_case_count_for_their_person() -> None:
    remarks = (
        Remark(ref=Ref("ticket", "7"), on=TODAY, direction="in", text="Alles zu langsam", digest="a"),
        Remark(ref=Ref("email", "8"), on=TODAY, direction="out", text=PAIN, digest="b"),
        Remark(ref=Ref("note", "9"), on=TODAY, direction="internal", text=PAIN, digest="template"),
    )
    found = center(members=(person("1", *remarks), person("2")))
    assert pain_topics(found) == ("data_quality", "speed")
    assert pain_topics(found, templates=frozenset(["template"])) == ("speed",)
    assert pain_topics(found, "2") == "nothing said"


# Kills the mutant that counts a text twice, as touch and as remark, and the one that gives it to those who were cc'd.
def test_a_text_counts_once_and_for_its_author_only() -> None:
    remark = Remark(ref=Ref("email", "1"), on=TODAY, direction="in", text=PAIN, digest="a")
    both = center(touch("1"), members=(person("1", remark), person("2", remark)))
    (own, group, _) = derived(both)
    assert isinstance(own, PropertyValue)
    assert isinstance(group, PropertyValue)
    assert (str(own.subject), own.confidence) == ("contact:1", 0.5)
    assert str(group.subject) == "deal:9"


@pytest.mark.parametrize(
    ("ages", "strength"),
    [
        ([0], 0.5),
        ([179], 0.5),
        ([180], 0.29),
        ([0, 0], 0.75),
        ([0, 0, 0], 0.88),
        ([0, 180], 0.65),
        ([180, 180], 0.5),
        ([0, 719], 0.54),
        ([0, 720], 0.5),
    ],
)
def test_strength_saturates_and_halves_in_steps(ages: list[int], strength: float) -> None:
    found = center(*(touch(str(number), days=age) for number, age in enumerate(ages)))
    first = derived(found)[0]
    assert isinstance(first, PropertyValue)
    assert first.confidence == strength


# Kills the mutant that leaves a faded pain standing.
def test_a_pain_that_faded_is_taken_back() -> None:
    assert pain_topics(center(touch("1", days=359))) == ("data_quality",)
    faded = values(center(touch("1", days=360)))
    assert faded == {("contact:1", "pain_topics"): None, ("deal:9", "pain_topics"): None}


def test_the_group_has_the_pains_of_its_members() -> None:
    found = center(touch("1"), touch("2", "Alles von Hand", who=("2",)), touch("3", who=("2",)))
    items = {str(item.subject): item for item in derived(found) if isinstance(item, PropertyValue)}
    assert items["deal:9"].value == ("data_quality", "manual_work")
    assert items["deal:9"].reason == "data_quality: 2 members, up to 0.50; manual_work: 1 members, up to 0.50"


def test_the_reason_names_records_and_days_and_no_words() -> None:
    touches = [touch(str(number), days=number) for number in range(1, 5)]
    first = derived(center(*touches))[0]
    assert isinstance(first, PropertyValue)
    assert first.reason == "data_quality 0.94: email:1 on 2026-05-31, email:2 on 2026-05-30 and 2 more"


@given(
    st.lists(st.tuples(st.integers(0, 800), st.sampled_from([PAIN, "Zu teuer", "Zu langsam"])), min_size=1, max_size=5),
    st.integers(0, 400),
)
def test_nothing_changes_before_the_due_day(ages: list[tuple[int, str]], later: int) -> None:
    found = center(*(touch(str(number), text, days=age) for number, (age, text) in enumerate(ages)))
    now = derived(found)
    due = next((item.on for item in now if isinstance(item, Due)), date.max)
    then = TODAY + timedelta(days=later)
    if then < due:
        assert derived(found, then) == now
    else:
        assert due > TODAY


def test_the_due_day_is_the_next_step_of_any_mention() -> None:
    def due(*ages: int) -> int | None:
        items = derived(center(*(touch(str(number), days=age) for number, age in enumerate(ages))))
        return next(((item.on - TODAY).days for item in items if isinstance(item, Due)), None)

    assert (due(0), due(179), due(180), due(10, 170), due(719), due(720)) == (180, 1, 180, 10, 1, None)


@given(st.permutations(range(5)))
def test_the_order_of_records_does_not_matter(order: list[int]) -> None:
    texts = [PAIN, "Zu teuer", PAIN, "Zu langsam", "Thema Support"]
    touches = [touch(str(number), texts[number], days=number * 100, topic="support") for number in range(5)]
    assert derived(center(*(touches[number] for number in order))) == derived(center(*touches))


# Interest: 3 of 4 counts; (3+1)/(4+12) = 0.25 against (3+1)/(6+12) = 0.22 of the group.
def test_interest_counts_topics_of_what_somebody_opened_or_wrote() -> None:
    clicks = [
        touch("1", None, action="click", topic="Integration"),
        touch("2", None, action="page_view", content="https://example.com/api-integration"),
        touch("3", None, subject="Frage zur Schnittstelle"),
        touch("4", None, action="download", topic="data_quality"),
        touch("5", None, action="open", topic="cost"),
        touch("6", None, direction="out", action="outbound", topic="cost"),
        touch("7", None, nature="exposure", topic="cost"),
        touch("8", None, is_bot=True, topic="cost"),
        touch("9", None, subject="Re: Kosten"),
        touch("10", None, who=("2",), topic="support"),
        touch("11", None, who=("2",), topic="support"),
    ]
    found = values(center(*clicks))
    assert found["contact:1", "topic_interest"].splitlines() == [
        "Integration (Integration und Schnittstellen): 3 of 4, share 0.25, lift 1.12",
        "Data quality (Datenqualität): 1 of 4, share 0.12, lift 1.12",
    ]
    assert found["contact:2", "topic_interest"].startswith("Support (Service und Betreuung): 2 of 2")
    assert ("contact:1", "pain_topics") not in found


MATRIX = [
    {"id": "r1", "role": "decider", "pain": "data_quality", "solution": "s", "message": {"en": "hello", "de": "hallo"}}
]
MESSAGE = ("value_message", "value_row", "value_channel")
DECIDER = (RoleAssignment(role="decider", confidence=0.9, status="proposed"),)


def consent(word: Any) -> tuple[ConsentDecision, ...]:
    return (ConsentDecision(purpose="marketing", channel="email", decision=word, reason="WHY"),)


def test_a_message_is_written_with_its_row_and_channel() -> None:
    who = person("1", roles=DECIDER, consent=consent("allow"), language="de")
    found = values(center(touch("1"), members=(who,)), matrix=MATRIX)
    assert [found["contact:1", name] for name in ("value_message", "value_row", "value_channel")] == [
        "hallo",
        "r1",
        "email",
    ]


# Kills the mutant that yields nothing where nothing may be said: the message of yesterday would stand.
@pytest.mark.parametrize("word", ["deny", "review"])
def test_a_message_is_taken_back_where_consent_is_withdrawn(word: str) -> None:
    who = person("1", roles=DECIDER, consent=consent(word))
    found = values(center(touch("1"), members=(who,)), matrix=MATRIX)
    assert [found["contact:1", name] for name in MESSAGE] == [None] * 3


def test_without_a_matrix_no_message_is_written_nor_taken_back() -> None:
    who = person("1", roles=DECIDER, consent=consent("allow"))
    assert {name for _, name in values(center(touch("1"), members=(who,)))} == {"pain_topics"}


@pytest.mark.parametrize(
    ("stages", "phase"),
    [
        ([("contact:1", "purchase", None), ("deal:9", "awareness", None)], "purchase"),
        ([("deal:9", "awareness", None)], "awareness"),
        ([("contact:1", "purchase", TODAY), ("deal:9", "awareness", None)], "awareness"),
        ([], "unknown"),
    ],
)
def test_the_phase_is_the_members_own_else_that_of_the_center(stages: list[Any], phase: str) -> None:
    visits = tuple(
        StageVisit(subject=subject, stage=stage, entered_on=date(2026, 1, 1), left_on=left)
        for subject, stage, left in stages
    )
    who = person("1", roles=DECIDER, consent=consent("allow"))
    found = derived(center(touch("1"), members=(who,), visits=visits), matrix=MATRIX)
    reasons = [item.reason for item in found if isinstance(item, PropertyValue) and item.property == "value_row"]
    assert f"x phase {phase} 1 " in reasons[0]


def test_people_whom_the_crm_does_not_know_get_no_values() -> None:
    unknown = Member(id="address:x@example.com", address="x@example.com", joined_by="engagement")
    found = center(touch("1", member_ids=(unknown.id,), responders=(unknown.id,)), members=(unknown,))
    assert values(found, matrix=MATRIX) == {("deal:9", "pain_topics"): ("data_quality",)}


# Kills working out what nobody wants written, and forgetting the due day of what somebody does.
@pytest.mark.parametrize("name", ["pain_topics", "topic_interest", "value_message", "value_channel"])
def test_only_what_is_wanted_is_worked_out(name: str) -> None:
    found = center(touch("1", topic="Dubletten"), members=(person("1", consent=consent("allow")),))
    assert derived(found, wanted=frozenset(), matrix=MATRIX) == []
    everything = derived(found, matrix=MATRIX)
    wanted = [
        item
        for item in everything
        if isinstance(item, Due) or (item.subject.object, item.property) == ("contact", name)
    ]
    assert len(wanted) > 1
    assert derived(found, wanted=frozenset({("contact", name)}), matrix=MATRIX) == wanted


def test_nothing_is_written_by_default() -> None:
    context: Any = RunContext(
        plugin="values", settings=ValuesSettings(), log=logging.getLogger("t"), connection="c", run_id="r", today=TODAY
    )
    found = list(crmbridge_values.register_properties(context))
    assert {item.name for item in found} == {
        "pain_topics",
        "topic_interest",
        "value_message",
        "value_row",
        "value_channel",
    }
    assert not any(item.core for item in found)
    assert all("(" in option.label for item in found for option in item.options)


def test_texts_are_asked_for() -> None:
    assert all(item.texts for item in crmbridge_values.register_inputs())
    assert {"note", "call", "ticket"} <= {item.object for item in crmbridge_values.register_inputs()}
