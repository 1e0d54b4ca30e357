"""Four people of one buying center, and what is said of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from crmbridge import BuyingCenter, Contact, Member, PersonFacts, Ref, Touch
from crmbridge_roles.statements import heard
from crmbridge_roles.title_evidence import readings

ROLES_SAID = {"initiator", "influencer", "user", "buyer", "decider", "gatekeeper"}

MAIER, KOHL, HEIDE, WEBER = "contact:1", "contact:2", "contact:3", "contact:4"
SHORT = {MAIER: "Maier", KOHL: "Kohl", HEIDE: "Heide", WEBER: "Weber"}


def somebody(number: str, given: str, surname: str, title: str, **fields: Any) -> Member:
    contact = Contact(id=number, first_name=given, last_name=surname, job_title=title)
    member = Member(id=f"contact:{number}", facts=PersonFacts(contact=contact), **{"joined_by": "deal", **fields})
    return member.model_copy(update={"titles": tuple(readings(member))})


PEOPLE = (
    somebody("1", "Anna", "Maier", "Geschäftsführerin"),
    somebody("2", "Peter", "Kohl", "Leiter Einkauf"),
    somebody("3", "Julia", "von der Heide", "Leiterin IT"),
    somebody("4", "Max", "Weber", "Sachbearbeiter"),
)


def said_in(text: str, **fields: Any) -> Touch:
    """A note about Peter Kohl, unless told otherwise."""
    values: dict[str, Any] = {
        "ref": Ref(object="note", id="1"),
        "at": datetime(2026, 1, 5, 9, tzinfo=UTC),
        "on": date(2026, 1, 5),
        "direction": "internal",
        "member_ids": (KOHL,),
        "text": text,
        **fields,
    }
    return Touch(**values)


def center_of(*touches: Touch, members: tuple[Member, ...] = PEOPLE) -> BuyingCenter:
    return BuyingCenter(id="deal:9", name="Deal", members=members, touches=touches)


def statements(text: str, **fields: Any) -> set[str]:
    """``Maier+decider`` for what is said of Anna Maier, ``Kohl-decider`` for what is denied of Peter Kohl."""
    found = heard(center_of(said_in(text, **fields)), frozenset(), mail=True)
    return {f"{SHORT[item.who]}{'-' if item.against else '+'}{item.says}" for item in found if item.says in ROLES_SAID}
