"""``crmbridge webhooks serve``: let the platform tell which records to read again."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from crmbridge.cli.opening import plugins_for
from crmbridge.cli.options import AllConnections, Hosting, spread
from crmbridge.cli.screen import Screen, emit

if TYPE_CHECKING:
    from crmbridge.config import Config
    from crmbridge.webhooks import Desk

Host = Annotated[str, typer.Option("--host", help="Address of this machine to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 lets the system choose.")]
OnlyCheck = Annotated[bool, typer.Option("--check", help="Say what the platform must be given, and end.")]


@spread
def serve_webhooks(
    options: Hosting,
    *,
    everywhere: AllConnections = False,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    check: OnlyCheck = False,
) -> None:
    """Receive webhooks until Ctrl-C: the records they name are read again by the next sync.

    It speaks plain HTTP: put a proxy before it that ends TLS and keeps the path.
    """
    from crmbridge.config import Config
    from crmbridge.webhooks import open_desks

    if everywhere and options.connection is not None:
        raise typer.BadParameter("give --connection NAME or --all, not both")
    screen = Screen.make(as_json=options.as_json)
    config = Config.load(options.config)
    plugins = plugins_for(options, config, screen)
    desks = open_desks(config, plugins.connectors(), options.connection, every=everywhere)
    if check:
        _tell(screen, desks, as_json=options.as_json)
    else:
        _serve(screen, config, desks, (host, port), as_json=options.as_json)


def _tell(screen: Screen, desks: list[Desk], *, as_json: bool) -> None:
    """A connection whose secret is missing comes not so far: reading its settings said what to do."""
    if as_json:
        emit(
            {"webhooks": [{"connection": desk.connection, "url": desk.receiver.url, "secret": True} for desk in desks]}
        )
    for desk in desks:
        screen.say(f"{desk.connection}: give the app this target URL: {desk.receiver.url}")
        screen.say(f"{desk.connection}: the client secret is set")


def _serve(screen: Screen, config: Config, desks: list[Desk], place: tuple[str, int], *, as_json: bool) -> None:
    from crmbridge.store import Store
    from crmbridge.webhooks import WebhookApp, listen, make_server, routes

    with closing(Store.open(config.store_path)) as store, listen(*place) as listener:
        server = make_server(WebhookApp(routes(desks, store)))
        port = listener.getsockname()[1]
        if as_json:
            emit({"host": place[0], "port": port, "paths": [desk.path for desk in desks]}, indent=None)
        for desk in desks:
            screen.say(f"{desk.connection}: {desk.receiver.url} must lead to {place[0]} port {port}{desk.path}")
        screen.say("Ctrl-C ends it; what was received is kept for the next sync.")
        with suppress(KeyboardInterrupt):  # uvicorn passes Ctrl-C on once it has ended
            server.run(sockets=[listener])
        screen.note("The receiver has ended.")
