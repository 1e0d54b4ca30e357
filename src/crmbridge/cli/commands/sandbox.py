"""``crmbridge sandbox``: serve a generated portal on this machine."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Final

import typer

from crmbridge.cli.options import AsJson, AsOf, Verbose
from crmbridge.cli.screen import Screen, emit

if TYPE_CHECKING:
    from crmbridge.sandbox import Portal


class Size(StrEnum):
    """How large a portal is; the two larger ones are plain, see ``generate_bulk``."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    HUGE = "huge"


FIGURES: Final = {
    Size.SMALL: {"companies": 300, "contacts": 2_000, "deals": 400, "engagements": 10_000},
    Size.MEDIUM: {"companies": 2_000, "contacts": 20_000, "deals": 3_000, "engagements": 50_000},
    Size.LARGE: {"companies": 10_000, "contacts": 100_000, "deals": 15_000, "engagements": 60_000},
    Size.HUGE: {"companies": 100_000, "contacts": 1_000_000, "deals": 150_000, "engagements": 600_000},
}
PLAIN: Final = {Size.LARGE, Size.HUGE}


def seconds(text: str) -> float:
    """Read a duration: ``150ms``, ``20s`` or plain seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|)", text)
    if found is None:
        raise typer.BadParameter("write 150ms, 20s or a number of seconds")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 lets the system choose.")]
Seed = Annotated[int, typer.Option("--seed", help="Another seed is another portal.")]
PortalSize = Annotated[
    Size,
    typer.Option(
        "--portal", help="2,000, 20,000, 100,000 or 1,000,000 contacts; in the last two nobody plays a role in a deal."
    ),
]
Companies = Annotated[int | None, typer.Option("--companies", min=0, show_default=False)]
Contacts = Annotated[int | None, typer.Option("--contacts", min=0, show_default=False)]
Deals = Annotated[int | None, typer.Option("--deals", min=0, show_default=False)]
Engagements = Annotated[
    int | None, typer.Option("--engagements", min=0, show_default=False, help="E-mails, meetings and so on, together.")
]
Rate = Annotated[int, typer.Option("--rate", min=0, help="Calls in any 10 seconds; 0 switches every limit off.")]
Searches = Annotated[int, typer.Option("--searches", min=1, help="Searches a second.")]
Latency = Annotated[str, typer.Option("--latency", metavar="TIME", help="Wait before every answer, e.g. 150ms.")]
IndexLag = Annotated[
    str, typer.Option("--index-lag", metavar="TIME", help="Let searches see writes this much later, e.g. 20s.")
]
InPool = Annotated[bool, typer.Option("--search-in-pool", help="Count searches among the calls too.")]
FaultList = Annotated[
    list[str] | None,
    typer.Option("--fault", metavar="NAME[:key=value,…]", help="Add a fault, e.g. latency:seconds=2,share=0.1."),
]
Load = Annotated[Path | None, typer.Option("--load", help="Serve the portal that was saved into this file.")]
Save = Annotated[Path | None, typer.Option("--save", help="Save the portal into this file at the end.")]


def sandbox(  # noqa: PLR0913 - one option per figure and switch of the portal
    *,
    port: Port = 8765,
    seed: Seed = 7,
    portal_size: PortalSize = Size.SMALL,
    companies: Companies = None,
    contacts: Contacts = None,
    deals: Deals = None,
    engagements: Engagements = None,
    rate: Rate = 190,
    searches: Searches = 5,
    latency: Latency = "0s",
    index_lag: IndexLag = "0s",
    search_in_pool: InPool = False,
    fault: FaultList = None,
    load: Load = None,
    save: Save = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    verbose: Verbose = 0,  # noqa: ARG001 - read where logging starts
) -> None:
    """Serve a HubSpot-compatible portal with invented people on this machine until Ctrl-C."""
    from crmbridge.sandbox import Switches, dump_portal, serve

    screen = Screen.make(as_json=as_json)
    today = (as_of or datetime.now(UTC)).date()
    asked = {"companies": companies, "contacts": contacts, "deals": deals, "engagements": engagements}
    figures = FIGURES[portal_size] | {name: number for name, number in asked.items() if number is not None}
    switches = Switches(seconds(latency), rate, searches, seconds(index_lag), search_in_pool, fault or ())
    with screen.err.status("Inventing a portal…") as status, made(load, portal_size, seed, today, figures) as portal:
        switches.set_on(portal)
        status.stop()
        with serve(portal, port=port, latency=switches.latency) as server:
            _greet(screen, portal, server.base_url, as_json=as_json, saved=save is not None)
            try:
                wait()
            except KeyboardInterrupt:
                screen.note(f"The sandbox has ended after {portal.calls.count():,} calls.")
        if save is not None:
            dump_portal(portal, save)


@contextmanager
def made(load: Path | None, size: Size, seed: int, today: date, figures: dict[str, int]) -> Iterator[Portal]:
    """Load or generate a portal; a plain one lies in a file that goes with the block."""
    from crmbridge.sandbox import generate, generate_bulk, load_portal

    if load is None and size not in PLAIN:
        yield generate(
            seed,
            today,
            companies=figures["companies"],
            contacts=figures["contacts"],
            deals=figures["deals"],
            engagements=figures["engagements"],
        )
        return
    with TemporaryDirectory(prefix="crmbridge-sandbox-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "portal.db"
        yield load_portal(load, into=path) if load else generate_bulk(seed, today, path=path, **figures)


def _greet(screen: Screen, portal: Portal, base_url: str, *, as_json: bool, saved: bool) -> None:
    if as_json:
        emit({"base_url": base_url, "token": portal.token, "account": str(portal.portal_id)}, indent=None)
    counts = portal.truth_counts()[0]
    companies, contacts, deals = (counts.get(name, 0) for name in ("companies", "contacts", "deals"))
    screen.say(f"A portal of {companies:,} companies, {contacts:,} contacts and {deals:,} deals at {base_url}")
    screen.say(f"\n  export SANDBOX_TOKEN={portal.token}\n")
    screen.say("and in crmbridge.toml\n")
    screen.say('  [connections.sandbox]\n  connector = "hubspot"\n  token = "env:SANDBOX_TOKEN"')
    screen.say(f'  base_url = "{base_url}"\n')
    screen.say(f"Ctrl-C ends it; what was written is {'saved' if saved else 'gone'} then.")


def wait() -> None:
    """Wait for Ctrl-C."""
    threading.Event().wait()
