"""Opening connections for a command, and ending it with what was found."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from crmbridge.cli.exitcodes import ExitCode, worst
from crmbridge.cli.faults import code_of, described
from crmbridge.cli.options import CONFIG, Basic, Hosting, Judging, Working
from crmbridge.cli.screen import Screen, emit
from crmbridge.errors import CrmBridgeError, FixConfig

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.config import Config
    from crmbridge.plugins import Plugins


@dataclass(frozen=True)
class Answer:
    """What a command found on one connection.

    Attributes:
        document: For ``--json``.
        codes: Exit codes that apply.
    """

    document: dict[str, Any]
    codes: tuple[ExitCode, ...] = ()


Work = Callable[["Bridge"], Answer]


@contextmanager
def one_bridge(options: Hosting, screen: Screen) -> Iterator[Bridge]:
    """Open the connection that the options name.

    Raises:
        FixConfig: The config is wrong, or does not say which connection.
    """
    from crmbridge.app import Bridge
    from crmbridge.config import Config

    config = Config.load(options.config)
    loaded = plugins_for(options, config, screen)
    with Bridge(config, options.connection, plugins=loaded, as_of=_day(options)) as bridge:
        yield bridge


def find_plugins(path: Path, *, no_plugins: bool = False) -> Plugins:
    """Load the plugins of a config; where there is no such file, those that are installed.

    Raises:
        FixConfig: The config is wrong.
    """
    from crmbridge.app import load_plugins
    from crmbridge.centers import core
    from crmbridge.config import Config
    from crmbridge.plugins import Plugins, Switches

    if path.exists():
        return load_plugins(Config.load(path), no_plugins=no_plugins)
    beside = path.with_name("bridgefile.py")
    return Plugins.load({}, switches=Switches(no_plugins=no_plugins), builtins={"core": core}, bridgefile=beside)


def plugins_for(options: Hosting, config: Config, screen: Screen) -> Plugins:
    """Load the plugins as the options of a command say, and tell which were refused."""
    from crmbridge.app import load_plugins
    from crmbridge.plugins import log_call

    observe = log_call if options.trace_hooks else None
    loaded = load_plugins(config, no_plugins=options.no_plugins, observe=observe)
    warn_of_refused(loaded, screen)
    return loaded


def warn_of_refused(plugins: Plugins, screen: Screen) -> None:
    """Say which plugins do not run although they should."""
    for status in plugins.statuses:
        if not status.ok:
            screen.note(f"crmbridge: plugin {status.name} does not run: {status.problem}; {status.remedy}", "yellow")


def on_connections(options: Working, screen: Screen, work: Work, *, everywhere: bool = False) -> list[Answer]:
    """Do the work on the connection that the options name, or on all; there one that fails does not stop the others.

    Raises:
        FixConfig: The config is wrong, or does not say which connection.
        typer.BadParameter: Both one and all connections are asked for.
    """
    if not everywhere:
        with one_bridge(options, screen) as bridge:
            return [_finished(bridge, work)]
    if options.connection is not None:
        raise typer.BadParameter("give --connection NAME or --all, not both")
    from crmbridge.app import Bridge
    from crmbridge.config import Config

    config = Config.load(options.config)
    loaded = plugins_for(options, config, screen)
    answers = []
    for name in sorted(config.connections):
        screen.say(f"== {name}", "bold")
        try:
            with Bridge(config, name, plugins=loaded, as_of=_day(options)) as bridge:
                answers.append(_finished(bridge, work))
        except CrmBridgeError as error:
            screen.note(f"crmbridge: {name}: {error}", "red")
            fault = described(type(error).__name__, str(error))
            answers.append(Answer({"connection": name, **fault}, (code_of(error),)))
    return answers


def end(options: Working, answers: list[Answer], *, everywhere: bool = False) -> None:
    """Print the document if one is asked for, and end with the code that weighs most.

    Raises:
        typer.Exit: Always.
    """
    documents = [answer.document for answer in answers]
    if options.as_json:
        emit({"connections": documents} if everywhere else documents[0])
    raise typer.Exit(worst((code for answer in answers for code in answer.codes), detailed=options.exit_code))


def check_output(path: Path, *, makes_folders: bool = False) -> None:
    """See that a file can be written there, before anything is worked out.

    Args:
        path: Of the file.
        makes_folders: Whether folders that are missing are made.

    Raises:
        FixConfig: A folder is there, or none to write into.
    """
    if path.is_dir():
        raise FixConfig(f"{path} is a folder: name a file in it")
    nearest = next(folder for folder in path.absolute().parents if folder.exists())
    folder = nearest if makes_folders else path.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise FixConfig(f"{path}: {folder} is no folder that can be written to; make it one, or name another file")


def again(bridge: Bridge, options: Basic) -> str:
    """The words that lead a further command to the same connection; none where it finds it by itself."""
    words = [] if options.config == CONFIG else ["-c", os.fspath(options.config)]
    if len(bridge.config.connections) > 1:
        words += ["--connection", bridge.connection]
    return "".join(f" {shlex.quote(word)}" for word in words)


def plugin_codes(bridge: Bridge) -> tuple[ExitCode, ...]:
    """The exit code for plugins that were refused, failed just now, or whose earlier failures stand."""
    refused = any(not status.ok for status in bridge.plugins.statuses)
    return (ExitCode.PLUGIN_FAILED,) if refused or bridge.failed or bridge.judgements.has_failures() else ()


def _finished(bridge: Bridge, work: Work) -> Answer:
    answer = work(bridge)
    return Answer({"connection": bridge.connection, **answer.document}, (*answer.codes, *plugin_codes(bridge)))


def _day(options: Basic) -> date | None:
    return options.day if isinstance(options, Judging) else None
