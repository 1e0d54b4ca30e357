"""The receiver behind a socket, by uvicorn."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from crmbridge.errors import FixConfig

if TYPE_CHECKING:
    import uvicorn

    from crmbridge.webhooks.app import WebhookApp

NEEDS_EXTRA: Final = 'the webhook receiver needs a server: pip install "crmbridge[webhooks]"'

MOST_CALLS: Final = 200
"""Connections at once beyond which callers get 503; HubSpot opens 10 unless its app says otherwise.
https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide"""

LAST_SECONDS: Final = 10
"""How long calls under way may take when the server ends."""


def listen(host: str, port: int) -> socket.socket:
    """Open the socket.

    Args:
        host: An address of this machine.
        port: 0 lets the system choose.

    Raises:
        FixConfig: It cannot be opened.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise FixConfig(f"cannot listen on {host} port {port}: choose another --host or --port") from error
    return listener


def make_server(app: WebhookApp) -> uvicorn.Server:
    """Make the server; its ``run(sockets=[...])`` ends with Ctrl-C or SIGTERM, after the calls under way.

    It believes no header about where a call came from: the address is the setting's.

    Raises:
        FixConfig: uvicorn is not installed.
    """
    try:
        import uvicorn
    except ImportError:
        raise FixConfig(NEEDS_EXTRA) from None
    return uvicorn.Server(
        uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            limit_concurrency=MOST_CALLS,
            timeout_graceful_shutdown=LAST_SECONDS,
        )
    )
