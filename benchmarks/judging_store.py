"""The rows of a store that ``judging`` judges: people of companies, a case in five of six, ten engagements each.

Rows are made as a sync would have left them, without a portal: that would take an hour. Everything follows from the
place of a person or a company, so that who is in which center can be said without reading the store.
"""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

TODAY: Final = date(2026, 3, 2)
"""A Monday."""
CONNECTION: Final = "main"
OWNERS: Final = 8
VENDOR: Final = "vendor.example"
FIRST: Final = {"contact": 10**10, "company": 2 * 10**10, "deal": 3 * 10**10, "engagement": 4 * 10**10}
"""Ids have eleven digits, as in large accounts."""
NO_DEAL: Final = 6
"""Each so-many-th company has no deal: its center is the company's own."""
ADVISED: Final = 40
"""In each so-many-th company's case takes part somebody of the company before it."""
LATEST: Final = 540
"""Days that engagements go back."""

TITLES: Final = (
    "Geschäftsführer",
    "Geschäftsführerin",
    "Einkaufsleiter (m/w/d)",
    "Strategische Einkäuferin",
    "Leiter IT",
    "Systemadministrator:in",
    "Produktionsleiter",
    "Qualitätsmanagementbeauftragter",
    "Assistenz der Geschäftsführung",
    "Sachbearbeiter/in Vertriebsinnendienst",
    "Head of Procurement",
    "Chief Financial Officer",
    "Plant Manager",
    "Senior Project Manager",
    "Maintenance Engineer",
    "Prokurist / Leiter Controlling",
    "Responsable achats",
    "Datenschutzbeauftragte",
    "Werkstudent",
    "",
)
SAID: Final = (
    "Telefonat mit Frau Keller: sie entscheidet über das Budget, die Freigabe kommt aber erst im Mai.",
    "Er ist nicht der Entscheider, das muss er mit dem Einkauf abstimmen.",
    "Kurz mit dem Sekretariat gesprochen, Rückruf nächste Woche vereinbart.",
    "Die IT sieht die Schnittstellen kritisch, der Produktionsleiter ist sehr überzeugt von der Lösung.",
    "Bitte nicht mehr anrufen, Kontakt nur noch per E-Mail.",
    "Angebot besprochen. Der Preis ist das Thema, zwei Wettbewerber sind noch im Rennen.",
    "Termin verschoben, das Projekt liegt bis zum dritten Quartal auf Eis.",
    "Spoke with the plant manager. She likes the demo and will bring a colleague from quality.",
    "He is not the decision maker; the CFO signs off anything above 50k.",
    "Needs to check with procurement before he can move on.",
    "Left a voicemail, no news.",
    "They worry about downtime and about the cost of the migration. Follow up in June.",
)
QUOTED: Final = "\n\nAm 3.2. schrieb Frau Keller:\n> vielen Dank für Ihr Angebot.\n> Wir melden uns."
SUBJECTS: Final = (
    "Angebot ERP-Einführung",
    "Rückfragen zur Schnittstelle",
    "Demo",
    "Pricing",
    "Terminvorschlag",
    "Besuch im Werk",
)
KINDS: Final = (*("email",) * 11, *("call",) * 3, *("meeting",) * 3, "note", "note", "task")
"""In turn, over 20 engagements: 10 % are notes with a text."""

Row = dict[str, Any]
_NOON: Final = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Layout:
    """Who works where, and what belongs to whom.

    Attributes:
        people: How many there are.
        firms: How many companies: each is one center.
        each: Engagements of each person.
        spread: How far the size of a company may be from the mean, as a share of it.
    """

    people: int
    firms: int
    each: int = 10
    spread: float = 0.6
    ends: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Spread the people over the companies."""
        dice = random.Random(self.firms)  # noqa: S311 - a benchmark is to be the same each time
        weights = [1 + self.spread * (2 * dice.random() - 1) for _ in range(self.firms)]
        total = sum(weights)
        ends = [round(self.people * weight / total) for weight in accumulate(weights)]
        object.__setattr__(self, "ends", ends)

    def staff(self, firm: int) -> range:
        """Places of the people of a company."""
        return range(self.ends[firm - 1] if firm else 0, self.ends[firm])

    def firm_of(self, person: int) -> int:
        """Place of a person's company."""
        return bisect_right(self.ends, person)

    def has_deal(self, firm: int) -> bool:
        """True if the company's center is that of a deal."""
        return firm % NO_DEAL != NO_DEAL - 1

    def center(self, firm: int) -> str:
        """Id of a company's center."""
        name = "deal" if self.has_deal(firm) else "company"
        return f"{name}:{FIRST[name] + firm}"

    def adviser(self, firm: int) -> int | None:
        """Place of the one from another company who takes part in a case."""
        if firm % ADVISED or not self.has_deal(firm) or not firm or not self.staff(firm - 1):
            return None
        return self.staff(firm - 1)[0]

    def advised_by(self, person: int) -> list[int]:
        """Companies whose case a person from elsewhere takes part in."""
        after = self.firm_of(person) + 1
        return [after] if after < self.firms and self.adviser(after) == person else []

    def kind(self, number: int) -> str:
        """What kind of engagement one is."""
        return KINDS[(number * 7 + number // self.each) % len(KINDS)]

    def with_deal(self, number: int) -> bool:
        """True if an engagement is linked to the deal of its company, if that has one."""
        return (number % self.each) % 2 == 0

    def present(self, number: int) -> list[int]:
        """Places of the people in an engagement: its own, and in some a colleague or the adviser."""
        person = number // self.each
        staff = self.staff(firm := self.firm_of(person))
        if number % 4:
            return [person]
        adviser = self.adviser(firm)
        other = staff[(number * 13 + 1) % len(staff)] if adviser is None or number % 8 else adviser
        return list(dict.fromkeys((person, other)))


def owner_rows() -> Iterator[Row]:
    """Yield the users of the account, and the one pipeline."""
    for place in range(OWNERS):
        body = {"id": str(place + 1), "email": f"owner{place}@{VENDOR}", "first_name": "Owner", "last_name": str(place)}
        yield _record("owner", str(place + 1), body)
    names = (("s1", "Bedarf", 0.2), ("s2", "Angebot", 0.6), ("s3", "Gewonnen", 1.0), ("s4", "Verloren", 0.0))
    stages = [
        {"id": key, "label": label, "order": place, "is_closed": share in (0.0, 1.0), "probability": share}
        for place, (key, label, share) in enumerate(names)
    ]
    yield _record("pipeline", "p1", {"id": "p1", "label": "Sales", "stages": stages})


def firm_rows(firm: int, layout: Layout) -> Iterator[Row]:
    """Yield a company and its deal."""
    key = str(FIRST["company"] + firm)
    german = firm % 4
    yield _record(
        "company",
        key,
        {
            "id": key,
            "properties": {"industry": "MACHINERY", "numberofemployees": str(20 + firm % 900)},
            "name": f"Werk {firm} GmbH" if german else f"Works {firm} Ltd",
            "domains": [domain(firm)],
            "industry": ("MACHINERY", "CHEMICALS", "LOGISTICS_AND_SUPPLY_CHAIN")[firm % 3],
            "employees": 20 + firm % 900,
            "country": "Germany" if german else "United Kingdom",
            "owner_id": str(firm % OWNERS + 1),
        },
    )
    if layout.has_deal(firm):
        yield _record("deal", deal := str(FIRST["deal"] + firm), deal_body(deal, firm))


def deal_body(key: str, firm: int) -> Row:
    """Make a deal: two of three are open."""
    stage = ("s1", "s2", "s1", "s2", "s3", "s4")[firm % 13 % 6]
    closed = stage in ("s3", "s4")
    body = {
        "id": key,
        "properties": {"dealtype": "newbusiness"},
        "created_at": _time(30 + firm % 300),
        "name": f"ERP-Einführung {firm}",
        "amount": str(5_000 + firm * 37 % 200_000),
        "currency": "EUR",
        "pipeline_id": "p1",
        "stage_id": stage,
        "probability": 0.4,
        "owner_id": str(firm % OWNERS + 1),
    }
    return body | ({"close_at": _time(firm % 30), "is_closed": True, "is_won": stage == "s3"} if closed else {})


def person_row(person: int, layout: Layout) -> Row:
    """Make a contact."""
    firm = layout.firm_of(person)
    key = str(FIRST["contact"] + person)
    native = {"hs_buying_role": "DECISION_MAKER"} if person % 97 == 0 else {}
    body = {
        "id": key,
        "properties": {"numemployees": "50", "city": "Bremen"} | native,
        "created_at": _time(LATEST + 5),
        "email": address(person, firm),
        "emails": [address(person, firm)],
        "first_name": "Kim",
        "last_name": f"Beispiel {person}",
        "company_name": f"Werk {firm} GmbH",
        "language": "de" if firm % 4 else "en",
        "lifecycle_stage": ("lead", "opportunity", "customer")[person % 3],
        "owner_id": str(person % OWNERS + 1),
    }
    title = TITLES[person * 7 % len(TITLES)]
    return _record("contact", key, body | ({"job_title": title} if title else {}))


def engagement_row(number: int, layout: Layout) -> Row:
    """Make an engagement, with its direction, participants and, for a note and some calls, a text."""
    kind, people = layout.kind(number), layout.present(number)
    firms = [layout.firm_of(one) for one in people]
    outside = [{"address": address(one, firm)} for one, firm in zip(people, firms, strict=True)]
    ours = {"address": f"owner{number % OWNERS}@{VENDOR}", "owner_id": str(number % OWNERS + 1)}
    key = str(FIRST["engagement"] + number)
    days = (number * 7919 + number // layout.each * 31) % LATEST + 1
    body: Row = {"id": key, "object": kind, "at": _time(days), "owner_id": str(number % OWNERS + 1)}
    body["created_at"] = body["at"]
    if kind == "email":
        inbound = number % 5 in (0, 1)
        sender, others = (outside[0], [ours]) if inbound else (ours, outside[:1])
        parts = [sender | {"part": "from"}, *(one | {"part": "to"} for one in others)]
        body |= {
            "direction": "in" if inbound else "out",
            "subject": SUBJECTS[number % len(SUBJECTS)],
            "participants": [*parts, *(one | {"part": "cc"} for one in outside[1:])],
        }
    elif kind == "meeting":
        parts = [one | {"part": "attendee"} for one in (ours, *outside)]
        body |= {"direction": "both", "subject": SUBJECTS[number % len(SUBJECTS)], "participants": parts}
        body["duration_seconds"] = 3600
    elif kind == "call":
        body |= {"direction": "in" if number % 3 == 0 else "out", "subject": "Telefonat", "duration_seconds": 420}
        if number % 3 == 1:
            body["properties"] = {"hs_call_body": f"<p>{said(number)}</p>"}
    elif kind == "note":
        text = said(number) + (QUOTED if number % 3 == 0 else "")
        body["properties"] = {"hs_note_body": f"<p>{text}</p>"}
    else:
        body["subject"] = "Nachfassen"
    return _record(kind, key, body)


def said(number: int) -> str:
    """Two or three sentences; no two notes are quite the same."""
    first, second = SAID[number % len(SAID)], SAID[number // 12 % len(SAID)]
    return f"{first} {second} (Vorgang {number})"


def firm_links(firm: int, layout: Layout) -> Iterator[Row]:
    """Yield the links of a company's people and of its deal; two of three people are linked to it, some labelled."""
    company = ("company", str(FIRST["company"] + firm))
    deal = ("deal", str(FIRST["deal"] + firm))
    for person in layout.staff(firm):
        contact = ("contact", str(FIRST["contact"] + person))
        yield _link(contact, company, "1", primary=True)
        if layout.has_deal(firm) and person % 3:
            yield _link(contact, deal, "4")
            if person % 25 == 1:
                yield _link(contact, deal, "7", label="Decision maker" if person % 2 else "Einkauf")
    if layout.has_deal(firm):
        yield _link(deal, company, "5", primary=True)
        if (adviser := layout.adviser(firm)) is not None:
            yield _link(("contact", str(FIRST["contact"] + adviser)), deal, "4")


def engagement_links(number: int, layout: Layout) -> Iterator[Row]:
    """Yield the links of an engagement: to its people, its company, and half of them to the deal."""
    source = (layout.kind(number), str(FIRST["engagement"] + number))
    firm = layout.firm_of(number // layout.each)
    for person in layout.present(number):
        yield _link(source, ("contact", str(FIRST["contact"] + person)), "9")
    yield _link(source, ("company", str(FIRST["company"] + firm)), "10")
    if layout.has_deal(firm) and layout.with_deal(number):
        yield _link(source, ("deal", str(FIRST["deal"] + firm)), "11")


def touched(layout: Layout, number: int) -> list[tuple[str, int]]:
    """Choose records to change, as (object, place): of ten, four people, three engagements, two deals, one company."""
    dice = random.Random(number)  # noqa: S311 - as above
    parts = {"contact": number * 4 // 10, "deal": number * 2 // 10, "company": number // 10}
    dealt = [firm for firm in range(layout.firms) if layout.has_deal(firm)]
    places = {"contact": range(layout.people), "deal": dealt, "company": range(layout.firms)}
    found = [(name, place) for name, count in parts.items() for place in dice.sample(places[name], count)]
    happened = dice.sample(range(layout.people * layout.each), number - len(found))
    return [*found, *((layout.kind(one), one) for one in happened)]


def holding(layout: Layout, name: str, place: int) -> set[str]:
    """Ids of the centers that hold a record: as their case, their company, a member or a touch."""
    if name == "contact":
        firms = [layout.firm_of(place), *layout.advised_by(place)]
    elif name in ("company", "deal"):
        firms = [place]
    else:
        firm = layout.firm_of(place // layout.each)
        firms = [firm] if layout.with_deal(place) or not layout.has_deal(firm) else []
    return {layout.center(firm) for firm in firms}


def near(layout: Layout, name: str, place: int) -> set[str]:
    """Ids of the centers that may rest on a record beside: by a member whose company it is, or who was there."""
    if name == "company":
        people = list(layout.staff(place))[:1]
    elif name in ("contact", "deal"):
        people = []
    else:
        people = layout.present(place)
    firms = [firm for one in people for firm in (layout.firm_of(one), *layout.advised_by(one))]
    return {layout.center(firm) for firm in firms}


def domain(firm: int) -> str:
    """Domain of a company."""
    return f"werk-{firm}.example"


def address(person: int, firm: int) -> str:
    """Address of a person."""
    return f"kim.{person}@{domain(firm)}"


def _time(days: int) -> str:
    return (_NOON - timedelta(days=days)).isoformat().replace("+00:00", "Z")


def _record(name: str, key: str, body: Row) -> Row:
    return {
        "connection": CONNECTION,
        "object": name,
        "id": key,
        "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        "property_set": 1,
        "content_hash": key,
        "listing": 1,
        "archived": False,
    }


def _link(
    source: tuple[str, str], target: tuple[str, str], type_id: str, *, label: str | None = None, primary: bool = False
) -> Row:
    return {
        "connection": CONNECTION,
        "source_object": source[0],
        "source_id": source[1],
        "target_object": target[0],
        "target_id": target[1],
        "type_id": type_id,
        "label": label,
        "is_primary": primary,
    }
