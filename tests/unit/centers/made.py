"""Members, touches and centers in a few words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from crmbridge.model import BuyingCenter, Contact, Evidence, Member, Part, PersonFacts, Ref, TitleReading, Touch

TODAY = date(2026, 11, 21)
PROOF = Evidence(source="title", weight=0.5, text="t")


def somebody(
    number: int, *, rank: str | None = None, department: str | None = None, roles: Any = None, **more: Any
) -> Member:
    """A member with a title and roles; ``roles`` is role → confidence."""
    key = f"contact:{number}"
    titles = [TitleReading.model_validate({
        "member_id": key, "text": "t", "seniority": rank, "department": department, "confidence": 0.8
    })] if rank or department else []  # fmt: skip
    assigned = [
        {"role": role, "confidence": value, "status": "proposed" if value >= 0.5 else "candidate", "evidence": (PROOF,)}
        for role, value in (roles or {}).items()
    ]
    values = {"id": key, "joined_by": "deal", "titles": titles, "roles": assigned, **more}
    return Member.model_validate(values)


def known(number: int, **more: Any) -> PersonFacts:
    """Facts of a contact."""
    contact = {"id": str(number), "first_name": "P", "last_name": str(number), **more.pop("contact", {})}
    return PersonFacts.model_validate({"contact": Contact.model_validate(contact), **more})


def met(number: int, days: int, *people: int | str, kind: str = "email", **more: Any) -> Touch:
    """A touch so many days ago in which these people took part, and acted unless told otherwise."""
    at = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC) - timedelta(days)
    ids = tuple(item if isinstance(item, str) else f"contact:{item}" for item in people)
    actions = {"meeting": "meeting", "call": "inbound_call", "email": "inbound_message", "form_submission": "form"}
    values = {
        "ref": Ref(kind, str(number)),
        "at": at,
        "on": at.date(),
        "direction": "in",
        "member_ids": ids,
        "responders": ids,
        "action": actions.get(kind, "other"),
        **more,
    }
    return Touch.model_validate(values)


def mail(
    number: int, days: int, sender: int | str, to: Iterable[int | str] = (), cc: Iterable[int | str] = ()
) -> Touch:
    """A message of the thread ``t``; numbers are members, texts are other ids such as ``us``."""

    def key(item: int | str) -> str:
        return item if isinstance(item, str) else f"contact:{item}"

    named = [("from", sender), *(("to", item) for item in to), *(("cc", item) for item in cc)]
    parts = [Part.model_validate({"id": key(item), "part": part}) for part, item in named]
    ids = tuple(part.id for part in parts if part.id.startswith(("contact:", "address:")))
    acted = tuple(part.id for part in parts if part.part == "from" and part.id in ids)
    more: dict[str, Any] = {"member_ids": ids, "responders": acted, "parts": tuple(parts), "thread": "t"}
    action = "inbound_message" if acted else "outbound"
    return met(number, days, action=action, direction="in" if acted else "out", **more)


def center(members: Iterable[Member] = (), touches: Iterable[Touch] = (), **more: Any) -> BuyingCenter:
    """A buying center of a deal."""
    values = {"id": "deal:9", "name": "Drehbank", "members": tuple(members), "touches": tuple(touches), **more}
    return BuyingCenter.model_validate(values)
