from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roles_cast import KOHL, MAIER, PEOPLE, SHORT, WEBER, center_of, said_in, somebody, statements

from crmbridge import Contact, Member, PersonFacts, Ref, Touch
from crmbridge.centers.confidence import confidence
from crmbridge_roles.proposals import role_proposals
from crmbridge_roles.relations import relation_proposals
from crmbridge_roles.role_statements import statement_evidence
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.stances import stance_proposals
from crmbridge_roles.statements import heard
from crmbridge_roles.statements.phrases import Phrase, groups

DECIDES = [
    ("Frau Maier entscheidet.", "Maier+decider"),
    ("Entscheidet Frau Maier allein.", "Maier+decider"),
    ("Das entscheidet am Ende Frau Maier.", "Maier+decider"),
    ("Am Ende entscheidet Frau Dr. Maier.", "Maier+decider"),
    ("Herr Kohl ist der Entscheider.", "Kohl+decider"),
    ("Entscheider ist Herr Kohl.", "Kohl+decider"),
    ("Entscheiderin: Frau Maier", "Maier+decider"),
    ("Entscheiderin: Anna Maier", "Maier+decider"),
    ("Termin mit Entscheiderin Frau Maier.", "Maier+decider"),
    ("Frau Maier (Entscheiderin) war dabei.", "Maier+decider"),
    ("Frau Maier trifft die Entscheidung.", "Maier+decider"),
    ("Die Entscheidung trifft Frau Maier.", "Maier+decider"),
    ("Die Entscheidung liegt bei Frau Maier.", "Maier+decider"),
    ("Das letzte Wort hat Frau Maier.", "Maier+decider"),
    ("Herr Kohl hat die Budgetverantwortung.", "Kohl+decider"),
    ("Das Budget liegt bei Frau Maier.", "Maier+decider"),
    ("Frau Maier muss das noch freigeben.", "Maier+decider"),
    ("Freigabe durch Frau Maier.", "Maier+decider"),
    ("Das muss der Geschäftsführer freigeben.", "Maier+decider"),
    ("Unser Einkaufsleiter entscheidet das.", "Kohl+decider"),
    ("Laut Frau Maier entscheidet Herr Kohl.", "Kohl+decider"),
    ("Anna Maier entscheidet, ob wir kaufen.", "Maier+decider"),
    ("Max entscheidet das.", "Weber+decider"),
    ("Herr von der Heide entscheidet.", "Heide+decider"),
    ("Herrn Kohl angerufen. Er entscheidet.", "Kohl+decider"),
    ("Er entscheidet selbst.", "Kohl+decider"),
    ("Der Ansprechpartner entscheidet.", "Kohl+decider"),
    ("Frau Maier und Herr Kohl entscheiden gemeinsam.", "Kohl+decider Maier+decider"),
    ("Entscheider sind Frau Maier und Herr Kohl.", "Kohl+decider Maier+decider"),
    ("Anna Maier (Geschäftsführerin) entscheidet.", "Maier+decider"),
    ("Frau Maier kann das allein entscheiden.", "Maier+decider"),
    ("frau maier entscheidet", "Maier+decider"),
    ("Mr Kohl decides.", "Kohl+decider"),
    ("Final sign-off is with Anna Maier.", "Maier+decider"),
    ("Ms Maier has the final say.", "Maier+decider"),
    ("Anna Maier has budget authority.", "Maier+decider"),
    ("The decision maker is Mrs. Maier.", "Maier+decider"),
    ("Decision maker: Anna Maier", "Maier+decider"),
    ("Mr. Kohl is the decision-maker.", "Kohl+decider"),
    ("He is the decision maker.", "Kohl+decider"),
    ("She's the decision maker.", "Kohl+decider"),
    ("The contact decides.", "Kohl+decider"),
    ("Anna is the one who decides.", "Maier+decider"),
    ("Mrs Maier signs off everything above 50k.", "Maier+decider"),
    ("Approval must come from Mrs Maier.", "Maier+decider"),
    ("Anna Maier approves the budget.", "Maier+decider"),
    ("Our purchasing manager Peter Kohl makes the decision.", "Kohl+decider"),
    ("The decision is up to Anna.", "Maier+decider"),
    ("Anna Maier and Peter Kohl decide together.", "Kohl+decider Maier+decider"),
    ("Anna Maier decides whether they buy.", "Maier+decider"),
    ("The head of IT decides.", "Heide+decider"),
]

DENIED = [
    ("Herr Kohl ist nicht der Entscheider.", "Kohl-decider"),
    ("Herr Kohl ist kein Entscheider.", "Kohl-decider"),
    ("Herr Kohl entscheidet das nicht.", "Kohl-decider"),
    ("Er entscheidet nicht.", "Kohl-decider"),
    ("Herr Kohl ist nicht der Entscheider, sondern Frau Maier.", "Kohl-decider Maier+decider"),
    ("Er entscheidet nicht, das macht Frau Maier.", "Kohl-decider Maier+decider"),
    ("Nicht Herr Kohl, sondern Frau Maier entscheidet.", "Kohl-decider Maier+decider"),
    ("Es entscheidet nicht Herr Kohl, sondern Frau Maier.", "Kohl-decider Maier+decider"),
    ("Frau Maier entscheidet, nicht Herr Kohl.", "Kohl-decider Maier+decider"),
    ("Herr Kohl darf nicht entscheiden.", "Kohl-decider"),
    ("Er hat keine Budgetverantwortung.", "Kohl-decider"),
    ("Weder Frau Maier noch Herr Kohl entscheidet.", "Kohl-decider Maier-decider"),
    ("Neither Mr. Kohl nor Ms. Maier decides.", "Kohl-decider Maier-decider"),
    ("Herr Kohl ist nicht mehr der Entscheider.", "Kohl-decider"),
    ("Nicht er entscheidet, sondern Frau Huber.", "Kohl-decider"),
    ("Mr Kohl is not the decision maker.", "Kohl-decider"),
    ("He isn't the decision maker.", "Kohl-decider"),
    ("She has no budget authority.", "Kohl-decider"),
    ("He does not decide.", "Kohl-decider"),
    ("He can't decide.", "Kohl-decider"),
    ("Peter Kohl isn't the decision maker, Anna Maier is.", "Kohl-decider Maier+decider"),
    ("Peter Kohl is not the decision maker but Anna Maier.", "Kohl-decider Maier+decider"),
    ("Not Peter Kohl but Anna Maier decides.", "Kohl-decider Maier+decider"),
    ("Mr Kohl no longer decides.", "Kohl-decider"),
    ("He is not the decision maker; the CEO signs off.", "Kohl-decider Maier+decider"),
    ("Peter Kohl doesn\u2019t decide.", "Kohl-decider"),
    ("Er nutzt die Software nicht.", "Kohl-user"),
]

OTHERS = [
    ("Zuständig für den Einkauf ist Herr Kohl.", "Kohl+buyer"),
    ("Ansprechpartner im Einkauf: Herr Kohl", "Kohl+buyer"),
    ("Herr Kohl verhandelt die Preise.", "Kohl+buyer"),
    ("Der Einkauf läuft über Herrn Kohl.", "Kohl+buyer"),
    ("Procurement contact is Mr Kohl.", "Kohl+buyer"),
    ("Peter Kohl negotiates the contract.", "Kohl+buyer"),
    ("The buyer is Peter Kohl.", "Kohl+buyer"),
    ("Herr Weber nutzt die Software täglich.", "Weber+user"),
    ("Hauptanwender ist Max Weber.", "Weber+user"),
    ("Er arbeitet täglich mit der Anlage.", "Kohl+user"),
    ("Max Weber uses the tool every day.", "Weber+user"),
    ("The key user is Max Weber.", "Weber+user"),
    ("Empfohlen hat uns Frau Maier.", "Maier+initiator"),
    ("Herr Weber hat das Projekt angestoßen.", "Weber+initiator"),
    ("Max Weber brought us in.", "Weber+initiator"),
    ("We were recommended by Anna Maier.", "Maier+initiator"),
    ("Frau von der Heide prüft die Lösung technisch.", "Heide+influencer"),
    ("Die technische Bewertung macht Frau von der Heide.", "Heide+influencer"),
    ("Julia evaluates the solution.", "Heide+influencer"),
    ("Max Weber writes the specification.", "Weber+influencer"),
    ("Herr Weber koordiniert die Termine.", "Weber+gatekeeper"),
    ("Alles läuft über Herrn Weber.", "Weber+gatekeeper"),
    ("Herr Weber stellt nicht durch.", "Weber+gatekeeper"),
    ("Mr Weber screens all calls.", "Weber+gatekeeper"),
]

NOTHING = [
    "",
    "Frau Huber entscheidet.",  # no member
    "Paul Schmidt entscheidet das.",
    "Gesprochen mit Frau Huber. Sie entscheidet.",  # "she" is somebody else than the one linked
    "Telefonat mit Paul Schmidt. Er entscheidet.",
    "Spoke with Paul Schmidt. He decides.",
    "Schmidt sagt, er entscheidet.",
    "Frau Maier war dabei. Er entscheidet.",  # "he" may be either
    "Frau Anna Kohl entscheidet.",  # neither Anna Maier nor Peter Kohl
    "Anna Schmidt decides.",
    "Entscheidet Frau Maier?",
    "Falls Frau Maier entscheidet, rufen wir an.",
    "Unklar, ob Frau Maier entscheidet.",
    "Wenn Herr Kohl entscheidet, geht es schnell.",
    "Vielleicht entscheidet Frau Maier.",
    "Angeblich entscheidet Frau Maier.",
    "Frau Maier könnte der Entscheider sein, Herr Kohl würde entscheiden.",
    "Frau Maier wird entscheiden.",
    "Frau Maier oder Herr Kohl entscheidet.",
    "Frau Maier entscheidet nicht allein.",
    "Herr Kohl kann noch nicht entscheiden.",
    "Nicht nur Frau Maier entscheidet.",
    "Die Assistentin von Frau Maier entscheidet.",
    "Der Preis entscheidet.",
    "Früher war Frau Maier die Entscheiderin.",
    "Wer entscheidet: Frau Maier oder Herr Kohl",
    "Frage: entscheidet Frau Maier das selbst",
    "Zu klären: entscheidet Frau Maier.",
    "Is Anna Maier the decision maker?",
    "If Anna Maier decides, call her.",
    "Should ask whether Anna Maier decides.",
    "Maybe Anna Maier is the decision maker.",
    "Anna Maier would be the decision maker.",
    "Anna Maier will be the decision maker.",
    "Apparently Anna Maier decides.",
    "I think Anna Maier decides.",
    "Anna Maier used to be the decision maker.",
    "Anna Maier was the decision maker.",
    "He can't decide yet.",
    "Not only Anna Maier decides.",
    "Anna's boss decides.",
    "Decision maker: unknown",
    "They decide.",
    "We decide.",
    "I decide.",  # ours wrote the note
    "Ich entscheide das.",
    "The plant manager decides.",  # nobody has that title
    "Der Vorstand entscheidet am Montag, wer kommt.",
    "Herr Kohl entscheidet nur über Büromaterial.",  # not about the purchase
    "Herr Kohl entscheidet über das Mittagessen.",
    "Mr. Kohl decides where to have lunch.",
    "Frau Maier entscheidet sich für die Konkurrenz.",
    "Im anderen Projekt entscheidet Herr Kohl.",
    "Ms. Maier is the decision maker for the Berlin site, not for this project.",
    "Beim Wettbewerber ist Herr Kohl der Entscheider gewesen.",
    "Ohne Herrn Kohl entscheidet Frau Maier nichts.",
    "Herrn Kohl angerufen. Sie entscheidet.",  # "she" is not Mr Kohl
    "Met Ms. Maier and Mr. Kohl. She decides.",
]


@pytest.mark.parametrize(("text", "expected"), [*DECIDES, *DENIED, *OTHERS])
def test_what_is_said_of_whom(text: str, expected: str) -> None:
    assert statements(text) == set(expected.split())


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_fact_about_a_member_says_nothing(text: str) -> None:
    assert statements(text) == set()


# Kills dropping what is about the purchase along with the rest.
@pytest.mark.parametrize(
    "text",
    [
        "Herr Kohl entscheidet über das Budget.",
        "Herr Kohl entscheidet allein über die Anschaffung.",
        "Herr Kohl entscheidet über alles ab 50.000 Euro.",
        "Mr. Kohl decides on the vendor.",
        "Mr. Kohl decides whether they buy.",
    ],
)
def test_what_is_decided_may_be_named(text: str) -> None:
    assert statements(text) == {"Kohl+decider"}


# Kills giving a woman's words to a man of the same name.
@pytest.mark.parametrize(
    ("text", "salutation", "expected"),
    [
        ("Frau Kohl entscheidet.", "Herr", set()),
        ("Sie entscheidet.", "Herr", set()),
        ("She decides.", "Mr.", set()),
        ("Herr Kohl entscheidet.", "Herr", {KOHL}),
        ("Er entscheidet.", "Dr.", {KOHL}),
        ("Frau Kohl entscheidet.", None, {KOHL}),
    ],
)
def test_what_contradicts_the_salutation_is_somebody_else(
    text: str, salutation: str | None, expected: set[str]
) -> None:
    contact = Contact(id="2", first_name="Peter", last_name="Kohl", properties={"salutation": salutation})
    kohl = Member(id=KOHL, facts=PersonFacts(contact=contact), joined_by="deal")
    found = heard(center_of(said_in(text), members=(kohl,)), frozenset(), mail=False)
    assert {item.who for item in found} == expected


# Kills looking for a phrase only where letters stand that it does not need.
@given(st.sampled_from([phrase for group in groups() for phrase in group.phrases]), st.data())
def test_what_a_phrase_needs_stands_wherever_it_does(phrase: Phrase, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(phrase.source.replace("(?= |$)", " ")))
    assert [item.span() for item in phrase.found_in(text)] == [item.span() for item in phrase.pattern.finditer(text)]


def test_members_with_new_facts_are_heard_anew() -> None:
    center = center_of(said_in("Herr Kohl entscheidet."))
    assert [item.who for item in heard(center, frozenset(), mail=False)] == [KOHL]
    others = center.model_copy(update={"members": PEOPLE[:1]})
    assert heard(others, frozenset(), mail=False) == ()


# Kills reading every mail: what we wrote to people is no word of theirs, and "I" in a note is one of us.
def test_in_a_mail_of_its_own_a_person_speaks_for_itself() -> None:
    mail = {"ref": Ref(object="email", id="1"), "responders": (KOHL,), "member_ids": (KOHL, MAIER)}
    assert statements("Das entscheide nicht ich. Ich entscheide das nicht, Frau Maier entscheidet.", **mail) == set()
    assert statements("I don't decide that, Anna Maier does.", direction="in", **mail) == {
        "Kohl-decider",
        "Maier+decider",
    }
    assert statements("He decides.", direction="in", **mail) == set()


# Kills taking the "I" of our own note for the one who called.
def test_in_the_note_of_an_inbound_call_i_is_one_of_us() -> None:
    call = {"ref": Ref(object="call", id="1"), "direction": "in", "responders": (KOHL,)}
    assert statements("I decide. Ich entscheide das. I don't decide.", **call) == set()
    assert statements("He decides.", **call) == {"Kohl+decider"}


def test_mails_are_read_only_if_wanted() -> None:
    mail = said_in("Frau Maier entscheidet.", ref=Ref(object="email", id="1"), direction="in", responders=(KOHL,))
    assert heard(center_of(mail), frozenset(), mail=False) == ()
    assert len(heard(center_of(mail), frozenset(), mail=True)) == 1


@pytest.mark.parametrize("linked", [(), (KOHL, WEBER)])
def test_he_is_nobody_unless_exactly_one_member_is_linked(linked: tuple[str, ...]) -> None:
    assert statements("Er entscheidet.", member_ids=linked) == set()


def test_two_people_of_one_name_are_nobody() -> None:
    twins = (*PEOPLE, somebody("5", "Karl", "Kohl", "Meister"))
    found = heard(
        center_of(said_in("Herr Kohl entscheidet. Karl Kohl nutzt die Software."), members=twins),
        frozenset(),
        mail=False,
    )
    assert [(item.who, item.says) for item in found] == [("contact:5", "user")]


def weights(*touches: Touch, settings: RolesSettings | None = None) -> dict[tuple[str, str], float]:
    found = statement_evidence(center_of(*touches), settings or RolesSettings(), frozenset())
    return {(SHORT[who], role): item.weight for who, items in found.items() for role, item in items}


# Kills weighing every statement alike.
@pytest.mark.parametrize(
    ("touch", "weight"),
    [
        (said_in("Herr Kohl entscheidet."), 0.60),
        (said_in("Herr Kohl hat bestätigt: er entscheidet."), 0.80),
        (said_in("Herr Kohl entscheidet.", ref=Ref(object="call", id="1")), 0.80),
        (said_in("Herr Kohl entscheidet.", ref=Ref(object="call", id="1"), member_ids=(MAIER,)), 0.60),
        (said_in("Er entscheidet.", ref=Ref(object="call", id="1")), 0.60),
    ],
)
def test_what_a_person_said_itself_weighs_more(touch: Touch, weight: float) -> None:
    assert weights(touch) == {("Kohl", "decider"): weight}


def test_what_was_said_on_the_day_of_a_meeting_with_the_person_weighs_more() -> None:
    note = said_in("Frau Maier entscheidet.")
    meeting = note.model_copy(update={"ref": Ref(object="meeting", id="2"), "text": None, "responders": (MAIER,)})
    assert weights(note, meeting) == {("Maier", "decider"): 0.80}
    later = meeting.model_copy(update={"on": date(2026, 1, 6)})
    assert weights(note, later) == {("Maier", "decider"): 0.60}


def test_weights_are_settings() -> None:
    assert weights(said_in("Herr Kohl entscheidet."), settings=RolesSettings(stated=0.5)) == {("Kohl", "decider"): 0.5}
    assert weights(said_in("Herr Kohl entscheidet."), settings=RolesSettings(statements=False)) == {}


# Kills taking the one on the telephone for the decider.
@pytest.mark.parametrize(
    "text",
    ["Gesprochen mit Frau Maier.", "Mit Frau Maier telefoniert.", "Spoke with Anna Maier.", "Call with Anna Maier"],
)
def test_whom_we_spoke_with_is_hinted_to_be_a_gatekeeper(text: str) -> None:
    assert weights(said_in(text)) == {("Maier", "gatekeeper"): 0.15}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Der Vertrag wurde von Frau Maier unterschrieben.", ("Maier", "decider")),
        ("Frau Maier hat den Vertrag unterschrieben.", ("Maier", "decider")),
        ("Contract signed by Anna Maier.", ("Maier", "decider")),
        ("Herr Kohl hat die Bestellung unterzeichnet.", ("Kohl", "buyer")),
        ("Peter Kohl signed the order.", ("Kohl", "buyer")),
        ("Vertrag unterschrieben.", ("Kohl", "buyer")),
        ("Contract signed.", ("Kohl", "buyer")),
    ],
)
def test_who_signs_decides_and_who_signs_for_purchasing_buys(text: str, expected: tuple[str, str]) -> None:
    found = statement_evidence(center_of(said_in(text)), RolesSettings(), frozenset())
    ((who, ((role, evidence),)),) = found.items()
    assert (SHORT[who], role) == expected
    assert (evidence.source, evidence.weight) == ("signature", 0.90)


@pytest.mark.parametrize(
    "text",
    [
        "Frau Maier hat den Vertrag noch nicht unterschrieben.",
        "Frau Maier wird den Vertrag unterschreiben.",
        "The contract will be signed by Anna Maier.",
        "Contract not signed.",
        "Contract signed by Paul Schmidt.",
    ],
)
def test_what_is_not_signed_is_no_signature(text: str) -> None:
    assert weights(said_in(text)) == {}


# Kills counting a template as often as it is pasted, and taking the newest of it.
def test_a_template_counts_once_where_it_stands_first() -> None:
    def note(day: int) -> Touch:
        ref = Ref(object="note", id=str(day))
        at = datetime(2026, 1, day, tzinfo=UTC)
        return said_in("Frau Maier entscheidet.", ref=ref, at=at, on=date(2026, 1, day), text_digest="t")

    center = center_of(note(9), note(7), note(8))
    assert [item.touch.on.day for item in heard(center, frozenset({"t"}), mail=False)] == [7]
    assert [item.touch.on.day for item in heard(center, frozenset(), mail=False)] == [7, 8, 9]
    (evidence,) = (item for _, item in statement_evidence(center, RolesSettings(), frozenset())[MAIER])
    assert evidence.on == date(2026, 1, 9)


def test_evidence_quotes_the_phrase_and_names_nobody() -> None:
    touch = said_in("Gestern: Herr Kohl ist leider nicht der Entscheider. Tel. 123")
    ((_, evidence),) = statement_evidence(center_of(touch), RolesSettings(), frozenset())[KOHL]
    assert evidence.text == 'note says "X ist leider nicht der Entscheider"'
    assert (evidence.against, evidence.ref, evidence.on) == (True, touch.ref, touch.on)


def test_what_a_machine_wrote_says_nothing() -> None:
    assert weights(said_in("Herr Kohl entscheidet.", is_bot=True)) == {}


def test_what_is_said_both_ways_in_one_text_says_nothing() -> None:
    assert statements("Herr Kohl entscheidet. Herr Kohl entscheidet nicht.") == set()


def test_wrapped_lines_are_one_sentence() -> None:
    assert statements("Herr Kohl entscheidet\nnicht.") == {"Kohl-decider"}


@given(
    st.permutations(
        [said_in(text, ref=Ref(object="note", id=str(i))) for i, (text, _) in enumerate(DECIDES[:9] + DENIED[:5])]
    )
)
def test_the_order_of_engagements_does_not_matter(touches: list[Touch]) -> None:
    ordered, shuffled = center_of(*sorted(touches, key=lambda item: item.ref.id)), center_of(*touches)
    for proposals in (role_proposals, stance_proposals, relation_proposals):
        assert list(proposals(ordered, RolesSettings(), frozenset())) == list(
            proposals(shuffled, RolesSettings(), frozenset())
        )


CONFIRMING = [
    said_in(text, ref=Ref(object="note", id=str(number)), on=date(2026, 1, 1 + number))
    for number, (text, said) in enumerate(DECIDES)
    if said == "Maier+decider" and number < 28
]


@given(st.sets(st.integers(0, len(CONFIRMING) - 1)), st.integers(0, len(CONFIRMING) - 1))
def test_more_evidence_for_a_role_never_lowers_its_confidence(some: set[int], another: int) -> None:
    def certain(numbers: set[int]) -> float:
        touches = (CONFIRMING[number] for number in sorted(numbers))
        proposals = role_proposals(center_of(*touches), RolesSettings(), frozenset())
        found = [
            item
            for proposal in proposals
            if proposal.role == "decider"
            for item in proposal.evidence
            if proposal.member_id == MAIER
        ]
        return confidence(found, date(2026, 6, 1), {"statement": 365})

    assert certain(some | {another}) >= certain(some)


HOSTILE = {
    "long": "Frau Maier entscheidet nicht " * 40_000,
    "at signs": "@0 entscheidet @1 " * 50_000,
    "fillers": "Frau Maier " + "auch " * 200_000 + "entscheidet",
    "right to left": "\u202efrau maier entscheidet\u202c \u05d0\u05d1 " * 20_000,
    "emoji": "\U0001f600 Frau Maier \U0001f44d entscheidet " * 20_000,
    "zero bytes": "\0Frau\0Maier\0entscheidet" * 40_000,
    "capitals": "Aa Bb Cc Dd Ee Ff Gg Hh entscheidet " * 25_000,
    "particles": "Frau " + "von der " * 100_000 + "entscheidet",
    "hyphens": "a-" * 400_000 + "entscheidet",
    "titles": "der Leiter der Leiter der Leiter entscheidet " * 20_000,
    "names": "Frau " * 150_000 + "entscheidet",
    "surrogates": "\ud800 Frau Maier entscheidet \udfff" * 20_000,
    "negations": "nicht nicht nicht Frau Maier nicht nicht entscheidet nicht nicht " * 10_000,
}


# Texts come cleaned, at most 8,000 characters; this is more than that, and must not stop a run.
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(20)
def test_hostile_texts_are_read_without_harm(name: str) -> None:
    text = plain_cut(HOSTILE[name])
    found = list(heard(center_of(said_in(text)), frozenset(), mail=False))
    assert all(len(item.text) <= 300 for item in found)


def plain_cut(text: str) -> str:
    return text[:8_000]


@given(st.text(max_size=400))
def test_any_text_is_read_without_failing(text: str) -> None:
    list(heard(center_of(said_in(f"Frau Maier entscheidet {text}")), frozenset(), mail=False))
