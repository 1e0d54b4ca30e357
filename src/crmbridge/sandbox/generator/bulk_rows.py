"""The values of the plain records of a large portal."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from crmbridge.sandbox.derived import deal_values as derived_deal_values
from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.generator.names import Pool, phone, slug
from crmbridge.sandbox.generator.words import INDUSTRIES, LEGAL_FORMS, TOPICS
from crmbridge.sandbox.times import DAY, iso

TITLES: Final = (
    "Geschäftsführer",
    "Einkaufsleiterin",
    "IT-Leiter",
    "Produktionsleiter",
    "Sachbearbeiterin",
    "Head of Procurement",
    "Chief Financial Officer",
    "Plant Manager",
    "Engineer",
    "Assistant",
)
_LIFECYCLE: Final = ("subscriber", "lead", "lead", "marketingqualifiedlead", "opportunity", "customer")
_SOURCES: Final = ("ORGANIC_SEARCH", "PAID_SEARCH", "EMAIL_MARKETING", "REFERRALS", "DIRECT_TRAFFIC", "OFFLINE")
_COUNTRIES: Final = {"de": ("Germany", "DE"), "en": ("United Kingdom", "GB")}


class Cast:
    """What values are drawn from: names, owners, dice."""

    def __init__(self, dice: random.Random, pools: Mapping[str, Pool], owners: Sequence[str]) -> None:
        self.dice, self.pools, self.owners = dice, pools, owners
        self._slugs: dict[str, str] = {}

    def pick(self, options: Sequence[str]) -> str:
        """Return one of the options."""
        return options[int(self.dice.random() * len(options))]

    def number(self, most: int) -> str:
        """Return a whole number below ``most``."""
        return str(int(self.dice.random() * most))

    def slug(self, text: str) -> str:
        """Fold a name to what stands in an address."""
        if text not in self._slugs:
            self._slugs[text] = slug(text)
        return self._slugs[text]

    def company(self, place: int) -> tuple[str, str, str, str]:
        """Return language, name, domain and industry of a company: always the same for the same place."""
        language = "en" if place % 5 == 0 else "de"
        pool, industry = self.pools[language], INDUSTRIES[place % len(INDUSTRIES)]
        last = pool.last[place % len(pool.last)]
        form = LEGAL_FORMS[language][place % len(LEGAL_FORMS[language])]
        name = f"{last} {industry[2 if language == 'de' else 3]} {form}"
        return language, name, f"{self.slug(last)}-{place}.example", industry[0]


def company_values(cast: Cast, place: int, people: int) -> dict[str, str]:
    """Return the values of a company with so many contacts."""
    language, name, domain, industry = cast.company(place)
    pool = cast.pools[language]
    return {
        "name": name,
        "domain": domain,
        "website": f"https://{domain}",
        "industry": industry,
        "numberofemployees": str(10 + people * 20),
        "city": pool.cities[place % len(pool.cities)],
        "country": _COUNTRIES[language][0],
        "hubspot_owner_id": cast.pick(cast.owners),
        "lifecyclestage": cast.pick(_LIFECYCLE),
        "num_associated_contacts": str(people),
    }


def contact_values(cast: Cast, place: int, company: int | None, company_id: int) -> dict[str, str]:
    """Return the values of a contact; ``company`` is the place of the company, ``company_id`` its id."""
    language, firm, domain, industry = cast.company(place if company is None else company)
    pool = cast.pools[language]
    woman = cast.dice.random() < 0.5  # noqa: PLR2004 - a share
    first, last = cast.pick(pool.women if woman else pool.men), cast.pick(pool.last)
    country, code = _COUNTRIES[language]
    views, mails = int(cast.dice.random() * 30), int(cast.dice.random() * 12)
    values = {
        "firstname": first,
        "lastname": last,
        "email": f"{cast.slug(first)}.{cast.slug(last)}.{place}@{domain}",
        "hs_email_domain": domain,
        "salutation": ("Frau" if woman else "Herr") if language == "de" else ("Ms" if woman else "Mr"),
        "jobtitle": cast.pick(TITLES),
        "phone": phone(cast.dice, language),
        "mobilephone": phone(cast.dice, language),
        "company": firm,
        "website": f"https://{domain}",
        "industry": industry,
        "address": f"{cast.pick(pool.streets)} {1 + place % 90}",
        "city": cast.pick(pool.cities),
        "zip": f"{10_000 + place % 89_000}",
        "country": country,
        "hs_country_region_code": code,
        "hs_language": language,
        "hubspot_owner_id": cast.pick(cast.owners),
        "lifecyclestage": cast.pick(_LIFECYCLE),
        "hs_lead_status": "NEW" if place % 3 else "CONNECTED",
        "hs_marketable_status": "true" if place % 4 else "false",
        "hs_analytics_source": cast.pick(_SOURCES),
        "hs_analytics_num_page_views": str(views),
        "hs_email_open": str(mails),
        "num_contacted_notes": str(mails // 3),
        "hs_email_optout": "true" if place % 50 == 0 else "false",
    }
    if company is not None:
        values["associatedcompanyid"] = str(company_id)
    if place % 97 == 0:
        values["hs_buying_role"] = "DECISION_MAKER"
    return values


def deal_values(cast: Cast, place: int, pipelines: Iterable[Json], created: int) -> dict[str, str]:
    """Return the values of a deal in the first pipeline, the calculated ones among them."""
    first = next(iter(pipelines))
    topic, price = TOPICS["de"][place % len(TOPICS["de"])]
    values = {
        "dealname": f"{topic} {place}",
        "pipeline": first["id"],
        "dealstage": cast.pick([stage["id"] for stage in first["stages"]]),
        "amount": str(price // 2 + int(cast.dice.random() * price)),
        "createdate": iso(created),
        "closedate": iso(created + (30 + place % 200) * DAY),
        "hubspot_owner_id": cast.pick(cast.owners),
        "dealtype": "newbusiness" if place % 3 else "existingbusiness",
        "deal_currency_code": "EUR",
    }
    found = derived_deal_values(values, values, "", pipelines, created)
    return values | found


def engagement_values(cast: Cast, name: str, place: int, moment: str) -> dict[str, str]:
    """Return the values of an engagement that took place at a moment."""
    topic = TOPICS["de"][place % len(TOPICS["de"])][0]
    values = {"hs_timestamp": moment, "hubspot_owner_id": cast.pick(cast.owners)}
    match name:
        case "emails":
            direction = "INCOMING_EMAIL" if place % 3 == 0 else "EMAIL"
            values |= {"hs_email_direction": direction, "hs_email_subject": topic, "hs_email_status": "SENT"}
        case "calls":
            values |= {"hs_call_title": topic, "hs_call_duration": cast.number(900_000), "hs_call_status": "COMPLETED"}
        case "meetings":
            values |= {"hs_meeting_title": topic, "hs_meeting_start_time": moment, "hs_meeting_outcome": "COMPLETED"}
        case "notes":
            values |= {"hs_note_body": f"<p>{topic}</p>"}
        case _:
            values |= {"hs_task_subject": topic, "hs_task_status": "COMPLETED", "hs_task_priority": "MEDIUM"}
    return values
