"""Drafts contacts: staff of the companies, and a few consultants from outside."""

from __future__ import annotations

import random
from collections.abc import Sequence

from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.generator.drafts import Company, Person, chance, in_office
from crmbridge.sandbox.generator.names import Pool, phone, slug
from crmbridge.sandbox.generator.titles import job_at, title
from crmbridge.sandbox.generator.words import ADVISERS
from crmbridge.sandbox.records import Source, Version, person
from crmbridge.sandbox.times import DAY

EXTERNAL = 0.012
_BASES = (
    "Legitimate interest \u2013 prospect/lead",
    "Legitimate interest \u2013 existing customer",
    "Freely given consent from contact",
    "Performance of a contract",
    "Not applicable",
)
_STAGES = ("subscriber", "lead", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")
_NATIVE = {  # what a person would enter in hs_buying_role, by kind of work
    "ceo": "DECISION_MAKER;EXECUTIVE_SPONSOR",
    "purchasing_lead": "BUDGET_HOLDER",
    "line_lead": "CHAMPION",
    "legal": "LEGAL_AND_COMPLIANCE",
    "works_council": "BLOCKER",
    "line_staff": "END_USER",
}


def draft_people(
    dice: random.Random, companies: Sequence[Company], number: int, pools: dict[str, Pool], owners: list[Json], end: int
) -> list[Person]:
    """Draft exactly this many contacts and give the companies their people."""
    outside = round(number * EXTERNAL) if companies else number
    taken: set[str] = set()
    people = []
    for company, count in zip(companies, _shares(dice, companies, number - outside), strict=True):
        for place in range(count):
            one = _employee(dice, company, job_at(dice, place), pools[company.language], taken, end)
            company.people.append(one)
            people.append(one)
        _add_strangers(dice, company, pools[company.language])
    people += [_adviser(dice, pools, taken, owners, end) for _ in range(outside)]
    for one in people:
        _finish(dice, one, owners, end)
    return people


def _shares(dice: random.Random, companies: Sequence[Company], number: int) -> list[int]:
    """Spread contacts over companies: one each as far as they go, more where more people work."""
    counts = [int(place < number) for place in range(len(companies))]
    weights = [min(dice.paretovariate(1.3), 15) * company.employees**0.35 for company in companies]
    left = number - sum(counts)
    for place in dice.choices(range(len(companies)), weights, k=left) if left > 0 else ():
        counts[place] += 1
    return counts


def _employee(dice: random.Random, company: Company, job: str, pool: Pool, taken: set[str], end: int) -> Person:
    one = _person(dice, company.language, job, pool, company.domain, taken)
    one.company, one.owner = company, company.owner
    one.created = in_office(dice, dice.randrange(company.created, end - 2 * DAY))
    one.created = max(one.created, company.created)
    one.values["company"] = company.values["name"]
    one.values["city"] = company.values["city"]
    return one


def _adviser(dice: random.Random, pools: dict[str, Pool], taken: set[str], owners: list[Json], end: int) -> Person:
    """Draft a consultant who works for somebody that is no company of this portal."""
    language = dice.choice([*pools])
    firm = f"{dice.choice(pools[language].last)} {dice.choice(ADVISERS[language])}"
    one = _person(dice, language, "consultant", pools[language], f"{slug(firm)}.example", taken)
    one.created = in_office(dice, end - dice.randrange(60 * DAY, 700 * DAY))
    one.owner = dice.randrange(len(owners))
    one.values["company"] = firm
    return one


def _person(dice: random.Random, language: str, job: str, pool: Pool, domain: str, taken: set[str]) -> Person:
    woman = chance(dice, 0.75 if job == "assistant" else 0.42)
    first, last = dice.choice(pool.women if woman else pool.men), dice.choice(pool.last)
    email = "" if chance(dice, 0.05) else _address(first, last, domain, taken)
    greeting = ("Frau", "Herr") if language == "de" else ("Ms", "Mr")
    values = {
        "firstname": first,
        "lastname": last,
        "salutation": greeting[0 if woman else 1],
        "email": email,
        "jobtitle": title(dice, job, language, woman=woman),
        "phone": phone(dice, language) if chance(dice, 0.7) else "",
        "hs_language": language if chance(dice, 0.85) else "",
        "country": "Germany" if language == "de" else "United Kingdom",
        "hs_country_region_code": "DE" if language == "de" else "GB",
    }
    return Person(values, 0, language=language, job=job, first=first, last=last, email=email)


def _address(first: str, last: str, domain: str, taken: set[str]) -> str:
    base, number = f"{slug(first)}.{slug(last)}", 2
    email = f"{base}@{domain}"
    while email in taken:
        email, number = f"{base}{number}@{domain}", number + 1
    taken.add(email)
    return email


def _add_strangers(dice: random.Random, company: Company, pool: Pool) -> None:
    """Give a company addresses that turn up in emails but are no contacts: mailboxes and unknown people."""
    box = ("einkauf", "info", "vertrieb") if company.language == "de" else ("purchasing", "info", "office")
    company.strangers.append(("", f"{dice.choice(box)}@{company.domain}"))
    first, last = dice.choice(pool.women + pool.men), dice.choice(pool.last)
    company.strangers.append((f"{first} {last}", f"{slug(first)[0]}.{slug(last)}@{company.domain}"))


def _finish(dice: random.Random, one: Person, owners: list[Json], end: int) -> None:
    """Add what hangs on the address and on people: consent, bounces, lifecycle, native roles."""
    values = one.values
    values["hubspot_owner_id"] = owners[one.owner]["id"]
    values["lifecyclestage"] = dice.choice(_STAGES)
    values["hs_marketable_status"] = str(chance(dice, 0.6)).lower()
    if one.email:
        values["hs_email_domain"] = one.email.partition("@")[2]
        _deliverability(dice, values)
    if chance(dice, 0.5):
        values["hs_legal_basis"] = dice.choices(_BASES, (5, 4, 3, 2, 1))[0]
    one.touch(one.created)
    user = person(owners[one.owner]["userId"])
    if one.job in _NATIVE and chance(dice, 0.015):
        moment = in_office(dice, dice.randrange(one.created, end))
        _set_by_hand(one, "hs_buying_role", _NATIVE[one.job], Version("", one.created, one.source), moment, user)
    if values["jobtitle"] and chance(dice, 0.02):
        moment = in_office(dice, dice.randrange(one.created, end))
        _set_by_hand(one, "jobtitle", values["jobtitle"], Version("Trainee", one.created, one.source), moment, user)
    for name in [name for name, value in values.items() if not value]:
        del values[name]


def _deliverability(dice: random.Random, values: dict[str, str]) -> None:
    if chance(dice, 0.06):
        values["hs_email_optout"] = "true"
    if chance(dice, 0.03):
        reason = dice.choice(("UNKNOWN_USER", "UNKNOWN_USER", "MAILBOX_FULL", "POLICY"))
        values |= {"hs_email_hard_bounce_reason_enum": reason, "hs_email_bad_address": "true"}


def _set_by_hand(one: Person, name: str, value: str, before: Version, moment: int, user: Source) -> None:
    moment = max(moment, one.created)
    one.values[name] = value
    versions = [before] if before.value else []
    one.history[name] = [*versions, Version(value, moment, user)]
    one.touch(moment)
