"""How many roles of the generated portal are found, and how that changes with the account's disorder.

``python -m benchmarks.recall --help`` from the repository's root. The portal's truth is what its generator had in mind:
the figures compare versions of this project and kinds of disorder, and say nothing about real accounts.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import SecretStr

from benchmarks.table import table
from benchmarks.titles import ROLES, Score, macro_f1
from crmbridge import Bridge
from crmbridge.config import Config
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.http import HttpClient, Throttle
from crmbridge.sandbox import Portal, SandboxTransport, generate

TODAY: Final = date(2026, 11, 2)
LABEL: Final = "Generator results, never accuracy."
NOISES: Final[Mapping[str, Mapping[str, Any]]] = {
    "tidy": {},
    "tidy, notes and calls": {"talk": True},
    "20 % without title": {"talk": True, "untitled": 0.2},
    "50 % without title": {"talk": True, "untitled": 0.5},
    "nobody has a title": {"talk": True, "untitled": 1.0},
    "20 % filed wrongly": {"talk": True, "misfiled": 0.2},
    "50 % filed wrongly": {"talk": True, "misfiled": 0.5},
    "50 % of copies lost": {"talk": True, "uncopied": 0.5},
    "all copies lost": {"talk": True, "uncopied": 1.0},
    "5 % merged": {"talk": True, "merged": 0.05},
    "15 % merged": {"talk": True, "merged": 0.15},
    "some of all": {"talk": True, "untitled": 0.2, "misfiled": 0.2, "uncopied": 0.2, "merged": 0.05},
    "much of all": {"talk": True, "untitled": 0.5, "misfiled": 0.5, "uncopied": 0.5, "merged": 0.15},
}
"""What is wrong with the account → the generator's knobs."""
CONFIG: Final = """
[connections.main]
connector = "hubspot"
token = "env:UNUSED"
[privacy]
processing = "legitimate-interest"
[store]
path = "store.db"
[sync]
engagements = ["email", "meeting", "call", "note"]
since_months = 0
"""

Cast = Mapping[str, frozenset[str]]
"""Contact id → roles."""


@dataclass(frozen=True)
class Found:
    """What was found under one kind of disorder, by role."""

    noise: str
    roles: Mapping[str, Score]


def main(
    *,
    contacts: Annotated[int, typer.Option(min=50, help="Contacts of the portal.")] = 1_000,
    seed: Annotated[int, typer.Option(help="Another seed is another portal.")] = 7,
    only: Annotated[str, typer.Option(help="Kinds of disorder, with semicolons; empty for all.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the tables to a file too.")] = None,
) -> None:
    """Generate portals, sync and judge them, and compare the roles with those that the generator had in mind."""
    names = [name.strip() for name in only.split(";") if name.strip()] or [*NOISES]
    if unknown := set(names) - NOISES.keys():
        raise typer.BadParameter(f"there is no {', '.join(sorted(unknown))}: there are {'; '.join(NOISES)}")
    found = []
    for name in names:
        found.append(Found(name, found_in(_portal(seed, contacts, NOISES[name]))))
        typer.echo(" | ".join(_row(found[-1])), err=True)
    shown = "\n".join([f"{LABEL}\n", _f1(found), _precision_recall(found)])
    if output is not None:
        output.write_text(shown, encoding="utf-8")
    typer.echo(json.dumps([asdict(one) for one in found], indent=2) if as_json else shown)


def found_in(portal: Portal) -> dict[str, Score]:
    """Sync and judge a portal with all plugins; count the assigned roles of contacts in the centers of deals."""
    with tempfile.TemporaryDirectory(prefix="crmbridge-benchmark-") as name:
        path = Path(name) / "crmbridge.toml"
        path.write_text(CONFIG)
        with Bridge(Config.load(path), connector=_connector(portal), as_of=TODAY) as bridge:
            bridge.sync()
            bridge.judge()
            centers = {
                center.deal.id: {
                    member.facts.contact.id: frozenset(
                        item.role for item in member.roles if item.status not in ("candidate", "dismissed")
                    )
                    for member in center.members
                    if member.facts
                }
                for center in bridge.buying_centers()
                if center.deal
            }
    return compared(portal.truth, centers)


def compared(truth: Mapping[str, Cast], found: Mapping[str, Cast]) -> dict[str, Score]:
    """Count each role over all deals and contacts; who or what was not found at all counts as missed."""
    counts = {role: [0, 0, 0] for role in ROLES}
    for deal in truth.keys() | found.keys():
        right, read = truth.get(deal, {}), found.get(deal, {})
        for contact in right.keys() | read.keys():
            one, other = right.get(contact, frozenset()), read.get(contact, frozenset())
            for place, roles in enumerate((one & other, other - one, one - other)):
                for role in roles:
                    counts[role][place] += 1
    return {role: Score(*each) for role, each in counts.items()}


def _portal(seed: int, contacts: int, noise: Mapping[str, Any]) -> Portal:
    portal = generate(
        seed,
        TODAY,
        companies=contacts // 8,
        contacts=contacts,
        deals=contacts // 5,
        engagements=contacts * 5,
        **noise,
    )
    portal.limits.off()
    return portal


def _connector(portal: Portal) -> HubSpotConnector:
    settings = HubSpotSettings(token=SecretStr(portal.token))
    throttle = Throttle(100_000, search_limit=100_000)
    transport = SandboxTransport(portal)
    return HubSpotConnector(
        settings, HttpClient(settings.base_url, settings.token, throttle=throttle, transport=transport)
    )


def _row(one: Found) -> list[str]:
    return [one.noise, *(f"{one.roles[role].f1:.2f}" for role in ROLES), f"{macro_f1(one.roles):.2f}"]


def _f1(found: Sequence[Found]) -> str:
    return table(("F1", *ROLES, "mean"), map(_row, found))


def _precision_recall(found: Sequence[Found]) -> str:
    rows = (
        [one.noise, *(f"{score.precision:.2f} / {score.recall:.2f}" for score in (one.roles[role] for role in ROLES))]
        for one in found
    )
    return table(("precision / recall", *ROLES), rows)


if __name__ == "__main__":
    sys.argv[0] = "python -m benchmarks.recall"
    typer.run(main)
