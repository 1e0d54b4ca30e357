"""Drafts emails and meetings: around deals with pauses and new starts, and elsewhere as cold outreach."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from crmbridge.sandbox.derived import addresses
from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.generator.drafts import HOUR, Activity, Company, Deal, Person, chance, in_office
from crmbridge.sandbox.generator.words import COLD, FIRST, GREETING, INBOUND, MEETINGS, OUTBOUND, SUBJECTS
from crmbridge.sandbox.records import Source
from crmbridge.sandbox.times import DAY, iso

DEAL_SHARE, MEETING_SHARE = 0.72, 0.2
LONGEST = 5
_LOGGED = Source("EMAIL_INTEGRATION")
# Where in the life of a deal (0 start, 1 end) each role is heard most.
_HEYDAY = {"initiator": 0.05, "gatekeeper": 0.15, "user": 0.35, "influencer": 0.5, "decider": 0.75, "buyer": 0.85}


@dataclass(slots=True)
class Thread:
    """A conversation by email: same subject, changing direction, sometimes a new person in copy."""

    number: int
    subject: str
    partner: Person
    copies: list[Person] = field(default_factory=list)
    stranger: tuple[str, str] | None = None
    replied: bool = True
    length: int = 0


@dataclass(slots=True)
class Desk:
    """What every activity needs: chance, the sales people, the as-of moment, thread numbers."""

    dice: random.Random
    owners: list[Json]
    end: int
    threads: int = 4_100_000


def draft_activity(
    dice: random.Random, deals: Sequence[Deal], people: Sequence[Person], number: int, owners: list[Json], end: int
) -> list[Activity]:
    """Draft exactly this many emails and meetings."""
    desk = Desk(dice, owners, end)
    writers = [one for one in people if one.email]
    staffed = [deal for deal in deals if deal.cast]
    made: list[Activity] = []
    budget = round(number * DEAL_SHARE) if writers else number
    for deal, share in zip(staffed, _budgets(dice, staffed, budget), strict=True):
        made += _around(desk, deal, share)
    while len(made) < number:
        made += _outreach(desk, dice.choice(writers or people))
    return made[:number]


def _budgets(dice: random.Random, deals: Sequence[Deal], number: int) -> list[int]:
    """Spread activities over deals by their length and the number of people in them."""
    weights = [(len(deal.cast) + 1) * (max(deal.end - deal.created, DAY) / DAY) ** 0.6 for deal in deals]
    counts = [0] * len(deals)
    for place in dice.choices(range(len(deals)), weights, k=number) if deals else ():
        counts[place] += 1
    return counts


def _around(desk: Desk, deal: Deal, number: int) -> Iterator[Activity]:
    """Yield a deal's activities in order of time, the first inquiry before the deal itself."""
    starter = next((one for one, roles in deal.cast.items() if "initiator" in roles and one.email), None)
    if number and starter:
        yield _inquiry(desk, deal, starter)
        number -= 1
    if number and deal.open and chance(desk.dice, 0.2):
        yield _planned(desk, deal)
        number -= 1
    thread: Thread | None = None
    for moment in _moments(desk.dice, deal, number):
        partner = _partner(desk.dice, deal, moment)
        if chance(desk.dice, MEETING_SHARE) or not partner.email:
            yield _meeting(desk, deal, partner, moment)
            continue
        if thread is None or thread.length >= LONGEST or chance(desk.dice, 0.4):
            thread = _open(desk, deal, partner)
        yield _mail(desk, thread, deal, moment)


def _moments(dice: random.Random, deal: Deal, number: int) -> list[int]:
    """Return moments in the life of a deal; nearly half of the long ones pause and start again."""
    start, end = deal.created, deal.end
    spans = [(start, end)]
    if end - start > 125 * DAY and chance(dice, 0.45):
        pause = dice.randrange(60 * DAY, 90 * DAY)
        split = dice.randrange(start + 15 * DAY, end - pause - 10 * DAY)
        spans = [(start, split), (split + pause, end)]
    elif deal.open and end - start > 100 * DAY and chance(dice, 0.3):
        spans = [(start, end - dice.randrange(50 * DAY, 80 * DAY))]
    found = []
    for low, high in dice.choices(spans, [high - low + 1 for low, high in spans], k=number):
        found.append(max(low, in_office(dice, dice.randrange(low, max(high, low + 1)))))
    return sorted(found)


def _partner(dice: random.Random, deal: Deal, moment: int) -> Person:
    """Choose whom to talk to: each role has its time."""
    passed = (moment - deal.created) / max(deal.end - deal.created, 1)
    members = [*deal.cast]
    weights = [max(1.05 - abs(_HEYDAY[role] - passed) for role in deal.cast[one]) ** 3 for one in members]
    return dice.choices(members, weights)[0]


def _open(desk: Desk, deal: Deal, partner: Person) -> Thread:
    desk.threads += desk.dice.randrange(1, 9)
    company = deal.company
    subject = desk.dice.choice(SUBJECTS[partner.language]).format(topic=deal.topic)
    thread = Thread(desk.threads, subject, partner, replied=chance(desk.dice, 0.8))
    if company and company.strangers and chance(desk.dice, 0.15):
        thread.stranger = desk.dice.choice(company.strangers)
    return thread


def _inquiry(desk: Desk, deal: Deal, starter: Person) -> Activity:
    moment = in_office(desk.dice, deal.created - desk.dice.randrange(DAY, 9 * DAY))
    thread = _open(desk, deal, starter)
    thread.replied = False
    made = _mail(desk, thread, deal, moment)
    text = FIRST[starter.language].format(topic=deal.topic)
    made.values["hs_email_text"] = made.values["hs_body_preview"] = GREETING[starter.language].format(text=text)
    return made


def _planned(desk: Desk, deal: Deal) -> Activity:
    """Make a meeting that is in the calendar but has not taken place."""
    moment = in_office(desk.dice, desk.end + desk.dice.randrange(2 * DAY, 14 * DAY))
    made = _meeting(desk, deal, _partner(desk.dice, deal, desk.end), moment)
    made.values["hs_meeting_outcome"] = "SCHEDULED"
    made.created = made.updated = max(deal.created, in_office(desk.dice, desk.end - desk.dice.randrange(DAY, 5 * DAY)))
    return made


def _mail(desk: Desk, thread: Thread, deal: Deal, moment: int) -> Activity:
    """Write the next email of a thread; a reply may bring a new person in."""
    inbound = not thread.replied and "hs_email_hard_bounce_reason_enum" not in thread.partner.values
    thread.replied = inbound or chance(desk.dice, 0.3)
    newcomers = [one for one in deal.cast if one.email and one is not thread.partner and one not in thread.copies]
    if inbound and newcomers and chance(desk.dice, 0.25):
        thread.copies.append(desk.dice.choice(newcomers))
    boss = next((one for one, roles in deal.cast.items() if "decider" in roles), thread.partner)
    lines = INBOUND if inbound else OUTBOUND
    text = desk.dice.choice(lines[thread.partner.language]).format(boss=_polite(boss))
    return _email(desk, thread, moment, text, inbound=inbound, owner=deal.owner, company=deal.company, deal=deal)


def _polite(one: Person) -> str:
    return f"{one.values['salutation']} {one.last}"


def _outreach(desk: Desk, one: Person) -> Iterator[Activity]:
    """Yield one cold email, sometimes an answer to it; people without an address are met instead."""
    dice = desk.dice
    moment = in_office(dice, dice.randrange(max(one.created, desk.end - 540 * DAY), desk.end))
    if not one.email:
        yield _meeting(desk, None, one, moment)
        return
    desk.threads += dice.randrange(1, 9)
    thread = Thread(desk.threads, dice.choice(COLD[one.language]), one)
    text = dice.choice(OUTBOUND[one.language])
    yield _email(desk, thread, moment, text, inbound=False, owner=one.owner, company=one.company)
    later = in_office(dice, moment + dice.randrange(DAY, 4 * DAY))
    if chance(dice, 0.12) and moment < later < desk.end and "hs_email_hard_bounce_reason_enum" not in one.values:
        text = INBOUND[one.language][0]
        yield _email(desk, thread, later, text, inbound=True, owner=one.owner, company=one.company)


def _email(
    desk: Desk,
    thread: Thread,
    moment: int,
    text: str,
    *,
    inbound: bool,
    owner: int,
    company: Company | None,
    deal: Deal | None = None,
) -> Activity:
    """Make the record of one email."""
    partner = thread.partner
    headers = _headers(thread, desk.owners[owner], inbound=inbound)
    sender, receiver, copies = headers["from"], headers["to"][0], headers["cc"]
    bounced = not inbound and "hs_email_hard_bounce_reason_enum" in partner.values
    body = GREETING[partner.language].format(text=text)
    reply = "AW: " if partner.language == "de" else "Re: "
    thread.length += 1
    values = {
        "hs_timestamp": iso(moment),
        "hs_email_direction": "INCOMING_EMAIL" if inbound else "EMAIL",
        "hs_email_status": "BOUNCED" if bounced else "SENT",
        "hs_email_subject": f"{reply if thread.length > 1 else ''}{thread.subject}",
        "hs_email_text": body,
        "hs_body_preview": body,
        "hs_email_headers": json.dumps(headers, ensure_ascii=False),
        "hs_email_from_email": sender["email"],
        "hs_email_to_email": receiver["email"],
        "hs_email_cc_email": addresses(copies),
        "hs_email_thread_id": str(thread.number),
        "hs_email_message_id": f"{thread.number}.{thread.length}@mail.example",
        "hubspot_owner_id": desk.owners[owner]["id"],
        "hs_engagement_source": "EMAIL_INTEGRATION",
    }
    # Mail clients log what they see some minutes later, and not always with the deal.
    created = min(moment + desk.dice.randrange(1, 20) * 60_000, desk.end - 1)
    found = deal if deal is not None and chance(desk.dice, 0.9) else None
    return Activity(values, created, created, _LOGGED, people=[partner, *thread.copies], company=company, deal=found)


def _headers(thread: Thread, sales: Json, *, inbound: bool) -> Json:
    us = _entry(sales["email"], sales["firstName"], sales["lastName"])
    them = _entry(thread.partner.email, thread.partner.first, thread.partner.last)
    copies = [_entry(one.email, one.first, one.last) for one in thread.copies]
    if thread.stranger:
        first, _, last = thread.stranger[0].partition(" ")
        copies.append(_entry(thread.stranger[1], first, last))
    sender, receiver = (them, us) if inbound else (us, them)
    return {"from": sender, "to": [receiver], "cc": copies, "bcc": [], "sender": {"email": sender["email"]}}


def _entry(email: str, first: str, last: str) -> dict[str, str]:
    return {"email": email, "firstName": first, "lastName": last}


def _meeting(desk: Desk, deal: Deal | None, partner: Person, moment: int) -> Activity:
    """Make the record of a meeting; in deals, others of the buying center join."""
    dice = desk.dice
    guests = [partner]
    others = [one for one in deal.cast if one is not partner] if deal else []
    guests += dice.sample(others, min(len(others), dice.choice((0, 0, 1, 1, 2, 3))))
    sales = desk.owners[deal.owner if deal else partner.owner]
    topic = deal.topic if deal else ""
    start = moment - moment % (HOUR // 2)
    title = dice.choice(MEETINGS[partner.language]).format(topic=topic).strip(" :")
    values = {
        "hs_timestamp": iso(start),
        "hs_meeting_title": title,
        "hs_meeting_body": title,
        "hs_body_preview": title,
        "hs_meeting_start_time": iso(start),
        "hs_meeting_end_time": iso(start + dice.choice((HOUR // 2, HOUR, 2 * HOUR))),
        "hs_meeting_outcome": dice.choices(("COMPLETED", "NO_SHOW", "CANCELED", "RESCHEDULED"), (84, 5, 6, 5))[0],
        "hs_meeting_location": dice.choice(("Microsoft Teams", "Zoom", partner.values.get("city", "Zoom"))),
        "hs_attendee_owner_ids": sales["id"],
        "hubspot_owner_id": sales["id"],
        "hs_engagement_source": "CRM_UI",
    }
    created = max(start - dice.randrange(DAY, 9 * DAY), deal.created if deal else partner.created)
    created = min(created, start)
    company = deal.company if deal else partner.company
    updated = min(start + 2 * HOUR, desk.end - 1)
    source = Source("CRM_UI", f"userId:{sales['userId']}", sales["userId"])
    return Activity(values, created, updated, source, kind="meetings", people=guests, company=company, deal=deal)
