"""``crmbridge doctor``: say what is wrong, and how to mend it."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from crmbridge.cli.exitcodes import ExitCode, worst
from crmbridge.cli.options import Hosting, spread
from crmbridge.cli.screen import Screen, emit
from crmbridge.connector import Check
from crmbridge.errors import CrmBridgeError, FixConfig, FixCredential, ReplaceStore

if TYPE_CHECKING:
    from crmbridge.config import Config
    from crmbridge.plugins import Plugins

T = TypeVar("T")

REMEDIES: dict[type[CrmBridgeError], str] = {
    FixConfig: "edit the file as the message says; `crmbridge init` makes a new one",
    FixCredential: "put the token where crmbridge.toml reads it, or with OAuth run `crmbridge connect`",
    ReplaceStore: "move the file away and sync again, or name another in [store] path",
}


class Mistake(Check):
    """A check that failed because the command line or the configuration is wrong."""


@spread
def doctor(options: Hosting) -> None:
    """Check configuration, plugins, store, credential, scopes and reachability; each by itself. Nothing is written."""
    screen = Screen.make(as_json=options.as_json)
    found = []
    for check in examine(options):
        found.append(check)
        screen.say(f"{'ok    ' if check.ok else 'not ok'}  {check.name}: {check.message}", "" if check.ok else "red")
        if not check.ok and check.remedy:
            screen.say(f"        → {check.remedy}")
    healthy = all(check.ok for check in found)
    if options.as_json:
        emit({"ok": healthy, "checks": [check.model_dump(mode="json") for check in found]})
    raise typer.Exit(worst(map(_code, found), detailed=False))


def examine(options: Hosting) -> Iterator[Check]:
    """Look at one part after the other; a part that needs a broken one is left out."""
    from crmbridge.app import load_plugins
    from crmbridge.config import Config

    config, check = _tried("configuration", lambda: Config.load(options.config), f"{options.config} is valid")
    yield check
    if config is None:
        return
    yield _store(config.store_path)
    plugins, check = _tried(
        "plugins",
        lambda: load_plugins(config, no_plugins=options.no_plugins),
        "their tables in the configuration are valid",
    )
    yield check
    if plugins is None:
        return
    yield from _plugins(plugins)
    names, check = _tried("connections", lambda: _names(config, options.connection), "named in the configuration")
    yield check
    for name in names or ():
        yield from _connection(config, plugins, name)


def _code(check: Check) -> ExitCode:
    if check.ok:
        return ExitCode.DONE
    return ExitCode.USAGE if isinstance(check, Mistake) else ExitCode.FAILED


def _tried(name: str, look: Callable[[], T], message: str) -> tuple[T | None, Check]:
    try:
        return look(), Check(name=name, ok=True, message=message)
    except CrmBridgeError as error:
        kind = Mistake if isinstance(error, FixConfig) else Check
        return None, kind(name=name, ok=False, message=str(error), remedy=REMEDIES.get(type(error), ""))
    except OSError as error:
        remedy = "check that path and its permissions"
        return None, Check(name=name, ok=False, message=f"{error.filename}: {error.strerror}", remedy=remedy)


def _store(path: Path) -> Check:
    """Open the store if there is one, as a run would, and have it read through."""
    if not path.exists():
        return Check(name="store", ok=True, message=f"{path} is not there yet: the first sync makes it")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        message = f"{path} holds personal data, but others can open it (mode {mode:04o})"
        return Check(name="store", ok=False, message=message, remedy=f"chmod 600 {path}")
    _, check = _tried("store", lambda: _read_through(path), f"{path} opens, and is sound")
    return check


def _read_through(path: Path) -> None:
    from crmbridge.store import Store

    with closing(Store.open(path)) as store:
        fault = store.damaged()
    if fault:
        raise ReplaceStore(f"{path} is damaged: {fault}")


def _plugins(plugins: Plugins) -> Iterator[Check]:
    for item in plugins.statuses:
        state = "runs" if item.enabled else "is switched off"
        message = f"{item.version} from {item.distribution} {state if item.ok else f'is refused: {item.problem}'}"
        yield Check(name=f"plugin {item.name}", ok=item.ok, message=message, remedy=item.remedy)


def _names(config: Config, name: str | None) -> list[str]:
    return sorted(config.connections) if name is None else [config.connection(name).name]


def _connection(config: Config, plugins: Plugins, name: str) -> Iterator[Check]:
    """Open the connector as a run would, and let it look at its platform."""
    from crmbridge.app import connector_of, open_connector, use_of

    try:
        spec = connector_of(config.connection(name), plugins.connectors())
    except FixConfig as error:
        remedy = "install its package, or correct the name"
        yield Mistake(name=name, ok=False, message=str(error), remedy=remedy)
        return
    connector, check = _tried(
        f"{name} settings", lambda: open_connector(config, name, spec), "valid, and their secrets are there"
    )
    yield check
    if connector is None:
        return
    for kind in config.sync.engagements if "engagements" in config.sync.model_fields_set else ():
        if kind not in connector.capabilities.objects:
            message = f"[sync] engagements names {kind}, which this connector does not read"
            yield Mistake(name=f"{name} engagements", ok=False, message=message, remedy=f"take {kind} out of the list")
    try:
        for found in connector.check(use_of(config, name, plugins)):
            yield found.model_copy(update={"name": f"{name} {found.name}"})
    finally:
        connector.close()
