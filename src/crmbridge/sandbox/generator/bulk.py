"""Generates a large portal quickly: plain but plausible rows, streamed straight into the database.

It has the shape of a large account, not its stories: uneven companies, one with very many contacts, one contact with
very many emails, ids in blocks. For buying centers with roles and histories there is ``generate``.
"""

from __future__ import annotations

import random
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice, pairwise
from pathlib import Path
from typing import Final

from crmbridge.errors import FixConfig
from crmbridge.sandbox.generator.build import TODAY
from crmbridge.sandbox.generator.bulk_rows import Cast, company_values, contact_values, deal_values, engagement_values
from crmbridge.sandbox.generator.names import make_pools
from crmbridge.sandbox.generator.world import furnish, make_owners
from crmbridge.sandbox.kinds import KINDS
from crmbridge.sandbox.portal import FOUNDED, Portal
from crmbridge.sandbox.records import IMPORT, Record
from crmbridge.sandbox.rows import moment_of, to_row
from crmbridge.sandbox.shelf import Batch
from crmbridge.sandbox.times import DAY, iso, midnight_ms

CHUNK: Final = 5_000
CROWD: Final = 1_500
"""Contacts of the largest company, where a tenth of all contacts is as many."""
BUSY: Final = 600
"""Emails of the busiest contact, where a tenth of all emails is as many."""
SHARES: Final = {"emails": 0.5, "calls": 0.15, "meetings": 0.15, "notes": 0.1, "tasks": 0.1}
YEARS: Final = 6


@dataclass(frozen=True, slots=True)
class _Plan:
    """Who is where: ids by object type, the contacts of each company as a range, the company of each deal."""

    ids: dict[str, array[int]]
    starts: array[int]
    deal_companies: array[int]
    end: int

    def company_of(self, contact: int) -> int | None:
        """Return the place of a contact's company."""
        place = bisect_right(self.starts, contact) - 1
        return place if place < len(self.starts) - 1 else None

    def people_of(self, company: int) -> range:
        """Return the places of a company's contacts."""
        return range(self.starts[company], self.starts[company + 1])


def generate_bulk(
    seed: int = 7,
    today: date = TODAY,
    *,
    contacts: int = 100_000,
    companies: int = 10_000,
    deals: int = 15_000,
    engagements: int = 60_000,
    engagements_per_contact: float | None = None,
    path: Path | None = None,
) -> Portal:
    """Generate a large portal whose last entry lies before ``today``.

    Args:
        seed: Another seed is another portal.
        today: The as-of date.
        contacts: Number of contacts; one in ten has no company.
        companies: Number of companies.
        deals: Number of deals, each with some contacts of its company.
        engagements: Number of emails, calls, meetings, notes and tasks together.
        engagements_per_contact: Instead of ``engagements``, how many a contact has on average, all alike.
        path: The file of the database; without one it is in memory, where a contact takes about 2 kB.

    Raises:
        FixConfig: The numbers do not fit each other, or Faker is missing.
    """
    logged = engagements if engagements_per_contact is None else round(contacts * engagements_per_contact)
    if min(contacts, companies, deals, logged) < 0 or (deals and not companies) or (logged and not contacts):
        raise FixConfig("counts must not be negative; deals need companies, engagements need contacts")
    dice = random.Random(f"bulk {seed} {today}")  # noqa: S311 - no secret hangs on it
    pools = make_pools(seed, ("de", "en"))
    owners = make_owners(dice, pools["de"], FOUNDED)
    portal, cast = Portal(seed, path=path), Cast(dice, pools, [owner["id"] for owner in owners[:-1]])
    furnish(portal, owners)
    numbers = {name: round(logged * share) for name, share in SHARES.items()}
    numbers["emails"] += logged - sum(numbers.values())
    plan = _plan(dice, {"contacts": contacts, "companies": companies, "deals": deals, **numbers}, midnight_ms(today))
    with portal.lock:
        portal.database.execute("BEGIN")
        _load_records(portal, plan, dice, cast)
        _load_links(portal, plan, dice, even=engagements_per_contact is not None)
        portal.database.execute("COMMIT")
    return portal


def _plan(dice: random.Random, numbers: dict[str, int], end: int) -> _Plan:
    ids = {name: block_ids(dice, number) for name, number in numbers.items()}
    companies, employed = numbers["companies"], numbers["contacts"] * 9 // 10
    crowd = min(CROWD, employed // 10)
    cuts = sorted(crowd + int(dice.random() * (employed - crowd)) for _ in range(companies - 2))
    starts = array("q", [0, crowd, *cuts, employed] if companies > 1 else [0, employed] if companies else [0])
    chosen = array("q", (int(dice.random() * companies) for _ in range(numbers["deals"])))
    return _Plan(ids, starts, chosen, end)


def block_ids(dice: random.Random, number: int) -> array[int]:
    """Return ids as old portals have them: 1 to 51, then 11 digits in blocks with wide gaps between."""
    ids = array("q", range(1, min(number, 51) + 1))
    current = 20_000_000_000 + dice.randrange(10**9)
    jumps = {number // 3, number * 7 // 10}
    for place in range(len(ids), number):
        current += 1 + int(dice.random() * (30 * 10**9 if place in jumps else 900))
        ids.append(current)
    return ids


def _load_records(portal: Portal, plan: _Plan, dice: random.Random, cast: Cast) -> None:
    def people() -> Iterator[dict[str, str]]:
        for place in range(len(plan.ids["contacts"])):
            company = plan.company_of(place)
            yield contact_values(cast, place, company, 0 if company is None else plan.ids["companies"][company])

    firms = (company_values(cast, place, len(plan.people_of(place))) for place in range(len(plan.ids["companies"])))
    cases = (
        deal_values(cast, place, portal.pipelines, _created(plan, "deals", place))
        for place in range(len(plan.ids["deals"]))
    )
    _load(portal, plan, dice, "companies", firms)
    _load(portal, plan, dice, "contacts", people())
    _load(portal, plan, dice, "deals", cases)
    for name in SHARES:
        number = len(plan.ids[name])
        made = (engagement_values(cast, name, place, iso(_created(plan, name, place))) for place in range(number))
        _load(portal, plan, dice, name, made)


def _load(portal: Portal, plan: _Plan, dice: random.Random, name: str, values: Iterable[dict[str, str]]) -> None:
    kind, rows = KINDS[name], enumerate(values)

    def batches() -> Iterator[Batch]:
        while chunk := list(islice(rows, CHUNK)):
            records = [_record(plan, dice, name, place, found) for place, found in chunk]
            times = [(int(one.id), one.updated, moment_of(one.properties)) for one in records]
            keys = [(int(one.id), "email", one.properties["email"]) for one in records if name == "contacts"]
            yield [to_row(one) for one in records], times, keys

    portal.shelf(kind).load(batches())


def _record(plan: _Plan, dice: random.Random, name: str, place: int, values: dict[str, str]) -> Record:
    kind, number, created = KINDS[name], str(plan.ids[name][place]), _created(plan, name, place)
    updated = created + int(dice.random() * (plan.end - created))
    values |= {kind.created: iso(created), kind.modified: iso(updated), "hs_object_id": number}
    values |= {"hs_lastmodifieddate": values[kind.modified], "hs_object_source": IMPORT.type}
    return Record(number, values, created, updated)


def _created(plan: _Plan, name: str, place: int) -> int:
    """Return when a record was made: the higher the id, the later."""
    span = YEARS * 365 * DAY
    return plan.end - span + span * place // (len(plan.ids[name]) + 1)


def _load_links(portal: Portal, plan: _Plan, dice: random.Random, *, even: bool) -> None:
    ids, links = plan.ids, portal.links
    employed = (
        (ids["contacts"][contact], ids["companies"][place], (1,))
        for place, (first, end) in enumerate(pairwise(plan.starts))
        for contact in range(first, end)
    )
    links.load(("contacts", "companies"), employed)
    with_company = zip(ids["deals"], plan.deal_companies, strict=True)
    links.load(("deals", "companies"), ((deal, ids["companies"][place], (5,)) for deal, place in with_company))
    links.load(("deals", "contacts"), _deal_people(plan, dice))
    turn = 0
    for name in SHARES:
        people, deals = _logged_with(plan, dice, name, turn if even else None)
        turn += len(ids[name])
        links.load((name, "contacts"), ((made, one, ()) for made, one in zip(ids[name], people, strict=True)))
        links.load((name, "deals"), ((made, one, ()) for made, one in zip(ids[name], deals, strict=True) if one))


def _deal_people(plan: _Plan, dice: random.Random) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Yield (deal, contact, no labels): up to five contacts of the deal's company."""
    for deal, company in zip(plan.ids["deals"], plan.deal_companies, strict=True):
        people = plan.people_of(company)
        for contact in dice.sample(people, min(len(people), dice.randrange(1, 6))):
            yield deal, plan.ids["contacts"][contact], ()


def _logged_with(plan: _Plan, dice: random.Random, name: str, turn: int | None) -> tuple[array[int], array[int]]:
    """Return the contact and the deal (0 for none) of each engagement.

    Args:
        plan: Who is where.
        dice: Decides.
        name: The object type.
        turn: Take the contacts in turn from this place on; None leaves it to the dice, and makes one contact busy.
    """
    contacts, deals = plan.ids["contacts"], plan.ids["deals"]
    busy = name == "emails" and turn is None and len(plan.ids[name]) >= 10 * BUSY
    people, cases = array("q"), array("q")
    for place in range(len(plan.ids[name])):
        deal = int(dice.random() * len(deals)) if deals and dice.random() < 0.4 else None  # noqa: PLR2004 - a share
        members = plan.people_of(plan.deal_companies[deal]) if deal is not None else range(0)
        if turn is not None:
            contact = (turn + place) % len(contacts)
        elif busy and place % (len(plan.ids[name]) // BUSY) == 0:
            contact = len(contacts) // 2
        else:
            found = members or range(len(contacts))
            contact = found[int(dice.random() * len(found))]
        people.append(contacts[contact])
        cases.append(deals[deal] if deal is not None and contact in members else 0)
    return people, cases
