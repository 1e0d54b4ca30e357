"""The other side of ``process``: makes a portal, serves it, and acts on it as asked. Run with ``python -m``."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from crmbridge.errors import CrmBridgeError
from crmbridge.sandbox.control import Control
from crmbridge.sandbox.dumps import load_portal
from crmbridge.sandbox.generator import generate, generate_bulk
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.server import serve
from crmbridge.sandbox.switches import Switches

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
    switches = Switches(**wanted.pop("switches", {}))
    portal = _portal(wanted)
    switches.set_on(portal)
    seconds = time.monotonic() - started
    with serve(portal, latency=switches.latency) as server, closing(Control(portal)) as control:
        reply({"base_url": server.base_url, "token": server.token, "seconds": seconds})
        _act(control, asked, reply)


def _portal(wanted: Json) -> Portal:
    """Load or generate a portal; a large one lies in a file without a name, which goes with this process."""
    load, bulk = wanted.pop("load", None), wanted.pop("bulk", False)
    with tempfile.TemporaryDirectory(prefix="crmbridge-sandbox-") as folder:
        path = Path(folder) / "portal.db"
        if load:
            return load_portal(Path(load), into=path)
        today = date.fromisoformat(wanted.pop("today"))
        if bulk:
            return generate_bulk(today=today, path=path, **wanted)
        return generate(today=today, **wanted)


def _act(control: Control, asked: Iterable[str], reply: Reply) -> None:
    for line in asked:
        try:
            answer = control.act(json.loads(line))
        except CrmBridgeError as error:
            reply(_told(error))
        else:
            reply(answer)


def _told(error: CrmBridgeError) -> Json:
    return {"error": type(error).__name__, "message": str(error)}


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
