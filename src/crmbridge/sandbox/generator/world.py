"""What stands around the records: owners, pipelines and association labels."""

from __future__ import annotations

import random
from typing import Final

from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.generator.names import Pool, slug
from crmbridge.sandbox.generator.words import VENDOR
from crmbridge.sandbox.pipelines import DEFAULT_PIPELINES, pipeline
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.times import iso

OWNERS: Final = 10
PROJECT: Final = "74110233"
PIPELINES: Final = [
    *DEFAULT_PIPELINES,
    pipeline(
        PROJECT,
        "Projektgeschäft",
        [
            ("152300411", "Bedarf geklärt", "0.2"),
            ("152300412", "Konzept vorgestellt", "0.4"),
            ("152300413", "Angebot abgegeben", "0.6"),
            ("152300414", "Verhandlung", "0.8"),
            ("152300415", "Gewonnen", "1.0"),
            ("152300416", "Verloren", "0.0"),
        ],
        order=1,
    ),
]
# Label of a contact in a deal, by the role that a person would give it for.
DEAL_LABELS: Final = {
    "decider": "Decision maker",
    "buyer": "Einkauf",
    "user": "Fachanwender",
    "influencer": "Champion",
    "gatekeeper": "Vorzimmer",
}
COMPANY_LABEL: Final = "Decision maker"


def make_owners(dice: random.Random, pool: Pool, founded: int) -> list[Json]:
    """Return the sales people; the last one has left. Owner id and user id differ."""
    owners = []
    for number in range(OWNERS):
        first = dice.choice(pool.women if number % 2 else pool.men)
        last = pool.last[number]
        owners.append(
            {
                "id": str(21_400_000 + number * 137_911 + dice.randrange(90_000)),
                "email": f"{slug(first)}.{slug(last)}@{VENDOR}",
                "type": "PERSON",
                "firstName": first,
                "lastName": last,
                "userId": 9_500_000 + number * 1_117 + dice.randrange(900),
                "createdAt": iso(founded),
                "updatedAt": iso(founded),
                "archived": number == OWNERS - 1,
                "teams": [{"id": str(410_771 + number % 2), "name": f"Team {number % 2 + 1}", "primary": True}],
            }
        )
        owners[-1]["userIdIncludingInactive"] = owners[-1]["userId"]
    return owners


def furnish(portal: Portal, owners: list[Json]) -> None:
    """Give a portal its owners, pipelines and labels."""
    portal.owners = owners
    portal.set_pipelines(PIPELINES)
    for label in DEAL_LABELS.values():
        portal.links.define(("contacts", "deals"), label)
    portal.links.define(("contacts", "companies"), COMPANY_LABEL)
