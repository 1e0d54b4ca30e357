"""Asks a plugin in another process, where texts hash otherwise: answers that hang on the order of a set differ there.

The process prints one hash of all answers; run it as ``python -m crmbridge.quality.probes_elsewhere``.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from importlib import import_module, metadata
from importlib.util import find_spec

from crmbridge.errors import FixPlugin
from crmbridge.hookspecs import PROJECT
from crmbridge.plugins import HookCall
from crmbridge.plugins.sources import Source

_SEEDS = ("1", "2")


def digest(calls: Iterable[HookCall]) -> str:
    """Hash what was said, in the order in which it was said."""
    text = "\n".join(f"{call.hook} {call.unit} {call.failure or call.answer!r}" for call in calls)
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()


def digests_elsewhere(source: Source, settings: str) -> list[str]:
    """Hash a plugin's answers in processes of their own, each with another hash seed; empty where it does not load.

    Args:
        source: Where the plugin comes from.
        settings: Its settings as JSON.
    """
    command = [sys.executable, "-P", "-m", "crmbridge.quality.probes_elsewhere", source.name, source.distribution]
    path = os.pathsep.join(filter(None, sys.path))
    with ExitStack() as open_ones:
        processes = [
            open_ones.enter_context(
                subprocess.Popen(  # noqa: S603 - our own module
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
                    text=True,
                )
            )
            for seed in _SEEDS
        ]
        return [process.communicate(settings)[0].strip() for process in processes]


def is_found_elsewhere(source: Source) -> bool:
    """True if another process finds the plugin as well: it is installed, or a module that can be imported."""
    if any(metadata.entry_points(group=PROJECT, name=source.name)):
        return True
    try:
        return find_spec(source.distribution) is not None
    except (ImportError, ValueError):
        return False


def main() -> None:
    """Print the hash of the answers of the plugin that the arguments name."""
    from crmbridge.quality.probes_ask import ask, load_plugin
    from crmbridge.quality.probes_cases import make_cases

    name, module = sys.argv[1:]
    settings = json.loads(sys.stdin.read())
    try:
        plugin = load_plugin(name, settings)
    except FixPlugin:
        plugin = load_plugin(import_module(module), settings)
    print(digest(ask(plugin, make_cases(plugin.inputs, "7"))))  # noqa: T201 - the parent reads it


if __name__ == "__main__":
    main()
