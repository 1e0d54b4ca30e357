"""Drafts companies: names with legal forms, industries, sizes, domains."""

from __future__ import annotations

import random

from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.generator.drafts import Company, chance, in_office
from crmbridge.sandbox.generator.names import Pool, phone, slug
from crmbridge.sandbox.generator.words import INDUSTRIES, LEGAL_FORMS, STEMS
from crmbridge.sandbox.times import DAY

_RANGES = ((10, "1-10"), (50, "11-50"), (200, "51-200"), (500, "201-500"), (1000, "501-1000"), (5000, "1001-5000"))
_REVENUES = ((1, "0-1M"), (10, "1M-10M"), (50, "10M-50M"), (100, "50M-100M"), (500, "100M-500M"))
_STAGES = ("lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "customer")


def draft_companies(
    dice: random.Random, number: int, languages: tuple[str, ...], pools: dict[str, Pool], owners: list[Json], end: int
) -> list[Company]:
    """Draft companies, each with a domain of its own."""
    taken: set[str] = set()
    made = []
    for _ in range(number):
        language = languages[0] if chance(dice, 0.65) else dice.choice(languages)
        made.append(_draft(dice, language, pools[language], taken, owners, end))
    return made


def _draft(dice: random.Random, language: str, pool: Pool, taken: set[str], owners: list[Json], end: int) -> Company:
    industry, group, *branch = dice.choice(INDUSTRIES)
    name = _name(dice, language, pool, branch[0] if language == "de" else branch[1])
    legal = dice.choice(LEGAL_FORMS[language])
    domain = _domain(name, taken)
    employees = max(3, round(dice.lognormvariate(4.9, 1.25)))
    revenue = round(employees * dice.uniform(0.09, 0.35) * 1e6, -4)
    created = in_office(dice, end - dice.randrange(200 * DAY, 1500 * DAY))
    owner = dice.randrange(len(owners))
    values = {
        "name": f"{name} {legal}",
        "domain": domain,
        "website": f"https://www.{domain}",
        "phone": phone(dice, language),
        "address": f"{dice.choice(pool.streets)} {dice.randrange(1, 180)}",
        "city": dice.choice(pool.cities),
        "zip": f"{dice.randrange(1067, 99998):05d}" if language == "de" else f"SW{dice.randrange(1, 20)} 1AA",
        "country": "Germany" if language == "de" else "United Kingdom",
        "industry": industry,
        "hs_industry_group": group,
        "numberofemployees": str(employees),
        "hs_employee_range": _range(employees, _RANGES, "5001+"),
        "annualrevenue": f"{revenue:.0f}",
        "hs_revenue_range": _range(revenue / 1e6, _REVENUES, "500M+"),
        "lifecyclestage": dice.choice(_STAGES),
        "type": "PARTNER" if chance(dice, 0.05) else "PROSPECT",
        "hubspot_owner_id": owners[owner]["id"],
    }
    if chance(dice, 0.15):
        values |= {"hs_is_target_account": "true", "hs_target_account": dice.choice(("tier_1", "tier_2", "tier_3"))}
    return Company(values, created, created, language=language, domain=domain, employees=employees, owner=owner)


def _name(dice: random.Random, language: str, pool: Pool, branch: str) -> str:
    match dice.randrange(4):
        case 0:
            return f"{dice.choice(pool.last)} {branch}"
        case 1:
            return f"{dice.choice(STEMS[language])}{branch.lower() if language == 'de' else f' {branch}'}"
        case 2:
            return f"{dice.choice(pool.last)} & {dice.choice(pool.last)} {branch}"
        case _:
            return (
                f"{branch} {dice.choice(pool.cities)}" if language == "de" else f"{dice.choice(pool.cities)} {branch}"
            )


def _domain(name: str, taken: set[str]) -> str:
    base, number = slug(name), 2
    domain = f"{base}.example"
    while domain in taken:
        domain, number = f"{base}-{number}.example", number + 1
    taken.add(domain)
    return domain


def _range(size: float, ranges: tuple[tuple[int, str], ...], above: str) -> str:
    return next((text for most, text in ranges if size <= most), above)
