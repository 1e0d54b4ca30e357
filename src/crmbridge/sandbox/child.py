"""The other side of ``process``: generates a portal, serves it, and edits it as asked. Run with ``python -m``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TextIO

from crmbridge.errors import CrmBridgeError
from crmbridge.sandbox.generator import generate
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.server import serve

Json = dict[str, Any]
Reply = Callable[[Json], None]


def main(asked: TextIO, answers: TextIO) -> None:
    """Serve one portal until ``asked`` ends."""

    def reply(document: Json) -> None:
        print(json.dumps(document), file=answers, flush=True)

    try:
        _serve(asked, reply)
    except CrmBridgeError as error:
        reply(_told(error))
    except BrokenPipeError:
        return  # nobody listens any more


def _serve(asked: TextIO, reply: Reply) -> None:
    wanted, started = json.loads(asked.readline()), time.monotonic()
    portal = generate(today=date.fromisoformat(wanted.pop("today")), **wanted)
    seconds = time.monotonic() - started
    with serve(portal) as server:
        reply({"base_url": server.base_url, "token": server.token, "seconds": seconds})
        _edit(portal, asked, reply)


def _edit(portal: Portal, asked: Iterable[str], reply: Reply) -> None:
    for line in asked:
        try:
            portal.edit(**json.loads(line))
        except CrmBridgeError as error:
            reply(_told(error))
        else:
            reply({})


def _told(error: CrmBridgeError) -> Json:
    return {"error": type(error).__name__, "message": str(error)}


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
