"""Send what ``requests`` would send to HubSpot to the sandbox: for programs that have its address built in."""

from __future__ import annotations

import importlib
from typing import Any, Final

HUBSPOT: Final = "https://api.hubapi.com"


def redirect(base_url: str) -> None:
    """Rewrite the address of every request that any session of this process sends."""
    sessions = importlib.import_module("requests").Session
    send = sessions.send

    def sent(session: Any, request: Any, **how: Any) -> Any:
        request.url = request.url.replace(HUBSPOT, base_url)
        return send(session, request, **how)

    sessions.send = sent
