"""Judging what changed gives, byte for byte, what judging everything gives."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmbridge import Bridge
from crmbridge.config import Config
from crmbridge.connector import Connector
from crmbridge.sandbox import Portal, SandboxTransport, generate
from crmbridge.store.schema import failures, members, proposals, units

TODAY = date(2026, 11, 21)
CONFIG = """
[connections.main]
connector = "hubspot"
token = "env:UNUSED"
[privacy]
processing = "legitimate-interest"
"""


def _connector(portal: Portal) -> Connector:
    from pydantic import SecretStr

    from crmbridge.connectors.hubspot.connector import HubSpotConnector
    from crmbridge.connectors.hubspot.settings import HubSpotSettings
    from crmbridge.http import HttpClient, Throttle

    settings = HubSpotSettings(token=SecretStr(portal.token))
    throttle = Throttle(100_000, search_limit=100_000)
    http = HttpClient(settings.base_url, settings.token, throttle=throttle, transport=SandboxTransport(portal))
    return HubSpotConnector(settings, http)


@pytest.fixture
def portal() -> Portal:
    made = generate(seed=11, today=TODAY, companies=8, contacts=36, deals=10, engagements=110)
    made.limits.off()
    return made


def _bridge(folder: Path, portal: Portal, as_of: date) -> Bridge:
    folder.mkdir(exist_ok=True)
    (folder / "crmbridge.toml").write_text(CONFIG)
    return Bridge(Config.load(folder / "crmbridge.toml"), connector=_connector(portal), as_of=as_of)


def _concluded(bridge: Bridge) -> dict[str, list[tuple[object, ...]]]:
    with bridge.store.reading() as tx:
        return {
            table.name: sorted((tuple(row) for row in tx.execute(sa.select(table))), key=repr)
            for table in (units, members, proposals, failures)
        }


def _days() -> Iterator[date]:
    for days in (0, 1, 7, 40, 46, 120):
        yield TODAY + timedelta(days)


def _live(portal: Portal, chance: random.Random, day: date) -> None:
    """Let a few things happen in the CRM."""
    contacts, deals, companies = portal.ids("contacts"), portal.ids("deals"), portal.ids("companies")
    portal.edit(
        "contacts", chance.choice(contacts), {"jobtitle": chance.choice(["CFO", "Einkäufer", "", "Werkstudent"])}
    )
    portal.edit("contacts", chance.choice(contacts), {"hs_buying_role": "DECISION_MAKER"})
    portal.edit("companies", chance.choice(companies), {"name": f"Firma {day}"})
    portal.edit(
        "deals", chance.choice(deals), {"dealstage": chance.choice(["closedwon", "closedlost", "contractsent"])}
    )
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=chance.choice([-1, 0, 3]))
    mail = portal.add(
        "emails",
        {
            "hs_timestamp": noon.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "hs_email_direction": "INCOMING_EMAIL",
            "hs_email_subject": "Angebot",
        },
    )
    portal.link("emails", mail, "contacts", chance.choice(contacts))
    portal.link("emails", mail, "deals", chance.choice(deals))
    person = portal.add("contacts", {"email": f"new{day:%m%d}@neu.example", "jobtitle": "Geschäftsführer"})
    portal.link("contacts", person, "companies", chance.choice(companies))


@pytest.mark.parametrize("seed", [1, 2])
def test_incremental_equals_full(tmp_path: Path, portal: Portal, seed: int) -> None:
    chance = random.Random(seed)
    for number, day in enumerate(_days()):
        with _bridge(tmp_path / "incremental", portal, day) as bridge:
            bridge.sync()
            judged = bridge.judge()
            incremental = _concluded(bridge)
        with _bridge(tmp_path / f"full-{number}", portal, day) as bridge:
            bridge.sync()
            everything = bridge.judge()
            full = _concluded(bridge)
        for table, rows in full.items():
            assert set(rows) ^ set(incremental[table]) == set()
        if number:
            assert judged.judged < everything.judged
        _live(portal, chance, day)
