"""A whole project for a test: a configuration, a served account, chosen plugins, and the commands around them."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from importlib import metadata
from io import BytesIO, TextIOWrapper
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import pytest

from crmbridge.hookspecs import PROJECT
from crmbridge.model.base import Ref
from crmbridge.model.changes import PropertyChange

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.plugins import HookCall
    from crmbridge.sandbox.server import Sandbox

TOKEN: Final = "CRMBRIDGE_TEST_TOKEN"  # noqa: S105 - the name of a variable
_PRIVACY: Final = '[privacy]\nprocessing = "legitimate-interest"\nassessment = "invented people"\n'


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it printed.

    Attributes:
        code: Its exit code.
        out: Standard output.
        err: Standard error.
    """

    code: int
    out: str
    err: str

    @cached_property
    def document(self) -> Any:
        """What it printed with ``--json``."""
        return json.loads(self.out)

    def done(self) -> Result:
        """Fail the test unless the command ended with 0."""
        assert self.code == 0, f"the command ended with {self.code}:\n{self.err}{self.out}"
        return self


class BridgeProject:
    """A folder with ``crmbridge.toml`` for a served account; make one with the fixture ``bridge_project``.

    Attributes:
        path: The folder; it is the current one.
        served: Where the account is served.
    """

    def __init__(self, path: Path, served: Sandbox, plugins: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, self.served = path, served
        self._plugins, self._patch = tuple(plugins), monkeypatch
        self._failed: list[str] = []

    def run(self, *words: str) -> Result:
        """Run a command in this process, e.g. ``run("plan", "--json")``."""
        self._choose()
        streams = [TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]), pytest.raises(SystemExit) as ended:
            _program()(list(words), prog_name=PROJECT)
        out, err = (stream.buffer.getvalue().decode() for stream in streams)
        code = ended.value.code
        return Result(code if isinstance(code, int) else 0, out, err)

    def bridge(self, *, as_of: date | None = None) -> Bridge:
        """Open the connection, as a script does, to judge for a day; use it as a context manager."""
        from crmbridge.app import Bridge, load_plugins
        from crmbridge.config import Config

        self._choose()
        config = Config.load(self.path / "crmbridge.toml")
        return Bridge(config, "main", plugins=load_plugins(config, observe=self._note), as_of=as_of)

    def plan(self) -> dict[tuple[Ref, str], PropertyChange]:
        """Sync, and tell each value that would be written, by record and the platform's name of the property.

        A plugin that fails, or is refused, fails the test. Stamps are left out.
        """
        with self.bridge() as bridge:
            bridge.sync()
            rows = [row for row in bridge.plan() if isinstance(row, PropertyChange) and not row.stamp]
            self._check(bridge)
        return {(row.subject, row.property): row for row in rows}

    def write_back(self) -> Result:
        """Sync, plan, approve the plan and apply it; the result is that of ``crmbridge apply --json``.

        A plugin that fails, or is refused, fails the test.
        """
        from crmbridge.cli.commands.apply import outcome

        with self.bridge() as bridge:
            bridge.sync()
            plan = bridge.plan()
            applied = bridge.apply(plan, approve=plan.hash)
            self._check(bridge)
            document = {"connection": bridge.connection, **outcome(bridge, plan, applied)}
        return Result(0 if applied.status == "done" else 1, json.dumps(document, indent=2), "")

    def _note(self, call: HookCall) -> None:
        if call.failure is not None:
            self._failed.append(_told(call.unit, call.failure))

    def _check(self, bridge: Bridge) -> None:
        refused = [f"{item.name} {item.problem}; {item.remedy}" for item in bridge.plugins.statuses if not item.ok]
        standing = [_told(unit, failure) for unit, failure in bridge.judgements.failures()]
        failed, self._failed = self._failed, []
        faults = dict.fromkeys([*refused, *failed, *standing])
        assert not faults, "\n".join(faults)

    def _choose(self) -> None:
        own = ["bridgefile"] if (self.path / "bridgefile.py").exists() else []
        self._patch.setenv("CRMBRIDGE_PLUGINS", ",".join([*self._plugins, *own]))


def _told(unit: str, failure: Any) -> str:
    return f"{failure.plugin} failed in {failure.hook} on {unit}: {failure.message}"


@lru_cache(maxsize=1)
def _program() -> Callable[..., Any]:
    """The command line; putting it together takes longer than most commands."""
    from typer.main import get_command

    from crmbridge.cli.program import app

    return get_command(app)


def write_config(path: Path, base_url: str, more: str) -> None:
    """Write ``crmbridge.toml``: one connection to the account, and what a test adds.

    Args:
        path: The folder.
        base_url: Where the account is served.
        more: TOML; tables that stand here are not written otherwise.
    """
    own = tomllib.loads(more)
    connection = (
        f'[connections.main]\nconnector = "hubspot"\ntoken = "env:{TOKEN}"\n'
        f'base_url = "{base_url}"\nindex_lag_seconds = 0\n'
    )
    parts = [connection, "" if "privacy" in own else _PRIVACY, more]
    (path / "crmbridge.toml").write_text("\n".join(filter(None, parts)), encoding="utf-8")


def install(plugins: Iterable[str | ModuleType], folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let crmbridge find these plugins as it finds any: by entry points. Return their names.

    A module that an installed distribution names is that plugin; any other is put under the name of its module,
    without ``crmbridge_``.

    Args:
        plugins: Names of installed plugins, or modules.
        folder: An empty one, for what stands in place of their distributions.
        monkeypatch: Takes it all back when the test ends.
    """
    homes = {entry.value: entry.name for entry in metadata.entry_points(group=PROJECT)}
    names, made = [], {}
    for plugin in plugins:
        if isinstance(plugin, str):
            names.append(plugin)
        elif plugin.__name__ in homes:
            names.append(homes[plugin.__name__])
        else:
            name = plugin.__name__.rpartition(".")[2].removeprefix(f"{PROJECT}_")
            monkeypatch.setitem(sys.modules, plugin.__name__, plugin)
            made[name] = plugin.__name__
            names.append(name)
    if made:
        _distribute(made, folder)
        monkeypatch.syspath_prepend(os.fspath(folder))
    return names


def _distribute(modules: Mapping[str, str], folder: Path) -> None:
    """Write what an installer would leave of a distribution for each plugin: its name and its entry point."""
    for name, module in modules.items():
        info = folder / f"{PROJECT}_sample_{name.replace('-', '_')}-0.0.dist-info"
        info.mkdir(parents=True)
        about = f"Metadata-Version: 2.1\nName: {PROJECT}-sample-{name}\nVersion: 0.0\n"
        (info / "METADATA").write_text(about, encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[{PROJECT}]\n{name} = {module}\n", encoding="utf-8")
