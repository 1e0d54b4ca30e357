"""kill -9 in the middle of a sync costs at most the page under way: nothing is lost, nothing doubled."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from crmbridge import Bridge
from crmbridge.sandbox import Portal, generate, serve

SYNC = """
import sys
from crmbridge import Bridge
with Bridge.from_config(sys.argv[1]) as bridge:
    bridge.sync()
    bridge.judge()
"""


def _configure(folder: Path, base_url: str, token: str) -> Path:
    folder.mkdir()
    (folder / "token").write_text(token)
    (folder / "token").chmod(0o600)
    path = folder / "crmbridge.toml"
    path.write_text(
        f'[connections.main]\nconnector = "hubspot"\ntoken = "file:token"\nbase_url = "{base_url}"\n'
        '[privacy]\nprocessing = "legitimate-interest"\n'
    )
    return path


def _mirrored(config: Path) -> dict[str, list[str]]:
    with Bridge.from_config(config) as bridge:
        groups = (bridge.companies(), bridge.contacts(), bridge.deals(), bridge.engagements())
        names = ("companies", "contacts", "deals", "engagements")
        found = {name: [item.model_dump_json() for item in group] for name, group in zip(names, groups, strict=True)}
        found["centers"] = [center.model_dump_json() for center in bridge.buying_centers()]
    return found


def _portal() -> Portal:
    portal = generate(seed=5, companies=20, contacts=220, deals=25, engagements=250)
    portal.limits.off()
    return portal


def test_a_killed_sync_goes_on_where_it_was_and_loses_nothing(tmp_path: Path) -> None:
    # kills the mutants "cursor before rows" and "links marked read before they are stored"
    chance = random.Random(1)
    portal = _portal()
    with serve(portal, latency=0.02) as sandbox:
        whole = _configure(tmp_path / "whole", sandbox.base_url, sandbox.token)
        with Bridge.from_config(whole) as bridge:
            bridge.sync()
        killed = _configure(tmp_path / "killed", sandbox.base_url, sandbox.token)
        kills = 0
        for _ in range(6):
            process = subprocess.Popen([sys.executable, "-c", SYNC, str(killed)], stderr=subprocess.DEVNULL)
            before = portal.calls.count()
            stop_after = chance.randint(1, 12)
            while process.poll() is None and portal.calls.count() < before + stop_after:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.002)
            if process.poll() is None:
                process.kill()
                kills += 1
            process.wait()
        with Bridge.from_config(killed) as bridge:
            bridge.sync()
        assert kills >= 3
        assert _mirrored(killed) == _mirrored(whole)
