"""``crmbridge demo``: the whole way, on a portal that is invented for it."""

from __future__ import annotations

import os
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.options import Verbose
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.cli.demo import Folder
    from crmbridge.plugins import Plugins
    from crmbridge.sandbox.process import Address

SIZE: Final = {"companies": 180, "contacts": 1200, "deals": 240, "engagements": 6_000}
PLUGINS: Final = frozenset(("consent", "journey", "personas", "roles", "values"))

Dir = Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where to work; a folder of an older demo gives way.")]
Seed = Annotated[int, typer.Option("--seed", help="Another seed is another portal.")]
Keep = Annotated[bool, typer.Option("--keep/--no-keep", help="Keep the folder when the demo ends.")]


def demo(
    *,
    dir_: Dir = Path("crmbridge-demo"),
    seed: Seed = 7,
    keep: Keep = True,
    verbose: Verbose = 0,  # noqa: ARG001 - read where logging starts
) -> None:
    """See the whole way on an invented portal: sync, buying centers, plan, apply, report. It needs no CRM account."""
    from crmbridge.cli.demo import Folder

    screen, folder = Screen.make(), Folder(dir_)
    folder.check()
    try:
        empty = _play(screen, folder, seed, keep=keep)
    finally:
        if not keep:
            folder.remove()
    if not empty:
        raise typer.Exit(ExitCode.FAILED)


def _play(screen: Screen, folder: Folder, seed: int, *, keep: bool) -> bool:
    """Serve the portal, tell the story, and say how to go on."""
    from crmbridge.sandbox import serve_apart

    started, today = time.monotonic(), datetime.now(UTC).date()
    screen.say("1. A portal: companies, people and deals that do not exist", "bold")
    with serve_apart(seed, today, figures=SIZE) as sandbox:
        from crmbridge.app import Bridge, load_plugins  # while the other process generates the portal
        from crmbridge.cli.demo import Story
        from crmbridge.config import Config

        address = sandbox.address
        folder.make(address.base_url, address.token)
        _say_what_is_served(screen, folder, address)
        config = Config.load(folder.config)
        plugins = load_plugins(config)
        _say_what_is_missing(screen, plugins)
        with Bridge(config, plugins=plugins, as_of=today) as bridge:
            story = Story(screen, sandbox, bridge)
            empty = story.tell()
            calls = bridge.connector.calls
    screen.say(f"\nDone in {time.monotonic() - started:.0f} s with {calls:,} calls.", "bold")
    if empty and keep:
        _next(screen, folder, story.example)
    return empty


def _say_what_is_served(screen: Screen, folder: Folder, address: Address) -> None:
    figures = ", ".join(f"{count:,} {name}" for name, count in SIZE.items())
    screen.say(f"   {figures}, in German and English; made in {address.seconds:.1f} s")
    screen.say(f"   served at {address.base_url}, with HubSpot's rate limits; settings in {folder.config}")


def _say_what_is_missing(screen: Screen, plugins: Plugins) -> None:
    missing = sorted(PLUGINS - plugins.versions().keys())
    if missing:
        screen.note(f'   without the plugins {", ".join(missing)}: pip install "crmbridge[demo]" brings them', "yellow")


def _next(screen: Screen, folder: Folder, example: str) -> None:
    """Name commands that work when the demo has ended, and its portal with it."""
    program, config = _program(), os.fspath(folder.config)
    screen.say(f"The report: {os.fspath(folder.path / 'report.html')}\n")
    screen.say("Try next")
    screen.say(f"  {program} centers show {example} -c {config}")
    screen.say(f"  {program} centers list --open --missing decider -c {config}")
    screen.say(f"  {program} report --redact -o {os.fspath(folder.path / 'redacted.html')} -c {config}")


def _program() -> str:
    """How to call this program from here: in an environment that is not activated its name alone is not found."""
    if shutil.which("crmbridge"):
        return "crmbridge"
    called = Path(sys.argv[0])
    return os.path.relpath(called) if called.name == "crmbridge" else f"{os.path.relpath(sys.executable)} -m crmbridge"
