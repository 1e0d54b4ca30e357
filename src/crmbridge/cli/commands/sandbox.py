"""``crmbridge sandbox``: serve a generated portal on this machine."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Annotated

import typer

from crmbridge.cli.options import AsJson, AsOf, Verbose
from crmbridge.cli.screen import Screen, emit

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 lets the system choose.")]
Seed = Annotated[int, typer.Option("--seed", help="Another seed is another portal.")]
Companies = Annotated[int, typer.Option("--companies", min=0)]
Contacts = Annotated[int, typer.Option("--contacts", min=0)]
Deals = Annotated[int, typer.Option("--deals", min=0)]
Engagements = Annotated[int, typer.Option("--engagements", min=0, help="E-mails and meetings together.")]


def sandbox(  # noqa: PLR0913 - one option per figure of the portal
    *,
    port: Port = 8765,
    seed: Seed = 7,
    companies: Companies = 300,
    contacts: Contacts = 2000,
    deals: Deals = 400,
    engagements: Engagements = 10_000,
    as_of: AsOf = None,
    as_json: AsJson = False,
    verbose: Verbose = 0,  # noqa: ARG001 - read where logging starts
) -> None:
    """Serve a HubSpot-compatible portal with invented people on this machine until Ctrl-C."""
    from crmbridge.sandbox import generate, serve

    screen = Screen.make(as_json=as_json)
    today = (as_of or datetime.now(UTC)).date()
    with screen.err.status("Inventing a portal…"):
        portal = generate(seed, today, companies=companies, contacts=contacts, deals=deals, engagements=engagements)
    with serve(portal, port=port) as server:
        if as_json:
            emit({"base_url": server.base_url, "token": server.token, "account": str(portal.portal_id)}, indent=None)
        screen.say(
            f"A portal of {companies:,} companies, {contacts:,} contacts and {deals:,} deals at {server.base_url}"
        )
        screen.say(f"\n  export SANDBOX_TOKEN={server.token}\n")
        screen.say("and in crmbridge.toml\n")
        screen.say('  [connections.sandbox]\n  connector = "hubspot"\n  token = "env:SANDBOX_TOKEN"')
        screen.say(f'  base_url = "{server.base_url}"\n')
        screen.say("Ctrl-C ends it; what was written is gone then.")
        try:
            wait()
        except KeyboardInterrupt:
            screen.note(f"The sandbox has ended after {portal.calls.count():,} calls.")


def wait() -> None:
    """Wait for Ctrl-C."""
    threading.Event().wait()
