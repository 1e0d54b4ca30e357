"""Runs a plugin under the probes, in a process of its own: a broken one harms nobody, a hanging one is ended."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import EntryPoint
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Final

from crmbridge.errors import CrmBridgeError, FixConfig
from crmbridge.hookspecs import PROJECT
from crmbridge.plugins.registration import Plugin, register
from crmbridge.plugins.sources import find
from crmbridge.quality.package import Package
from crmbridge.quality.rules import RULES, Verified
from crmbridge.quality.scale import UNTRIED, Fault

PROBES_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pure": ("pure", "unchanged"),
        "deterministic": ("repeats", "order"),
        "valid-answers": ("answers", "wants"),
        "reasons": ("reasons",),
        "due-told": ("due",),
    }
)
"""The probes that verify a rule."""

HEAVY: Final = frozenset(
    (
        *("aiohttp", "alembic", "httpx", "hubspot", "jinja2", "numpy", "pandas", "pyarrow", "requests", "rich"),
        *("sqlalchemy", "starlette", "tenacity", "typer", "uvicorn"),
    )
)
"""Libraries that every command would wait for if a plugin loaded them when it is imported."""

SECONDS: Final = 120.0
"""Longest trial; the slowest of the plugins that crmbridge ships takes four."""

_KEPT: Final = ("HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "SYSTEMROOT", "TMPDIR", "TZ", "VIRTUAL_ENV")

Faults = dict[str, tuple[Fault, ...]]


@dataclass(frozen=True)
class Job:
    """What a trial loads.

    Attributes:
        paths: Folders to import from, before all others.
        entries: Name and value of its entry point.
        file: Of a plugin without a package.
        settings: Its section of the configuration.
        name: Of its distribution, or of the file.
    """

    paths: tuple[str, ...] = ()
    entries: tuple[tuple[str, str], ...] = ()
    file: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    name: str = "it"


def in_own_process(package: Package, seconds: float = SECONDS) -> Faults:
    """Run a plugin, and tell the faults by rule. It sees no environment but what Python needs.

    Args:
        package: The plugin as it was read.
        seconds: After which it is ended.
    """
    with TemporaryDirectory(prefix="crmbridge-check-") as folder:
        answer = Path(folder, "answer.json")
        words = [sys.executable, "-m", __name__, json.dumps(asdict(job_of(package))), str(answer)]
        environment = {name: value for name, value in os.environ.items() if name in _KEPT}
        try:
            done = subprocess.run(  # noqa: S603 - this module, with a plugin that the user names
                words, cwd=folder, env=environment, capture_output=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            return _all(f"it did not end within {seconds:.0f} seconds", "look for an endless loop in what hooks call")
        if not answer.is_file():
            return _all(f"it ended the process with code {done.returncode}", "a plugin must not end the program")
        told = json.loads(answer.read_text(encoding="utf-8"))
    return {rule: tuple(Fault(**fault) for fault in faults) for rule, faults in told.items()}


def job_of(package: Package) -> Job:
    """Say what to load; the settings are those with which the package's own tests run ``PluginContract``."""
    if package.alone:
        return Job(file=str((package.folder / package.name).absolute()), name=package.name)
    folder = package.folder.absolute()
    paths = (str(folder / "src"), str(folder)) if package.tests is not None else (str(folder),)
    return Job(paths, tuple(package.entries.items())[:1], None, _settings(package), package.name)


def _settings(package: Package) -> Mapping[str, Any]:
    for module in package.tests or ():
        for node in module.classes.values():
            if "PluginContract" in module.bases(node):
                for item in node.body:
                    targets = item.targets if isinstance(item, ast.Assign) else [getattr(item, "target", None)]
                    if any(isinstance(target, ast.Name) and target.id == "settings" for target in targets):
                        return _literal(getattr(item, "value", None))
    return {}


def _literal(node: ast.expr | None) -> Mapping[str, Any]:
    try:
        found = ast.literal_eval(node) if node is not None else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def run(job: Job) -> Faults:
    """Load a plugin into this process and put it to the probes."""
    before = set(sys.modules)
    entries = [EntryPoint(name, value, PROJECT) for name, value in job.entries]
    try:
        (source,) = find({}, entries, Path(job.file) if job.file else None)
        plugin = register(replace(source, distribution=job.name), job.settings)
    except FixConfig as error:
        return _all(str(error), "give the settings to the test class that derives from PluginContract")
    except CrmBridgeError as error:
        return _all(str(error), "nothing else can be tried before")
    return {"light-import": tuple(_loaded(set(sys.modules) - before)), **probed(plugin)}


def probed(plugin: Plugin) -> Faults:
    """Put a plugin to the probes."""
    from crmbridge.quality.probes import observe

    remedy = "mend the hook; PluginContract in its tests shows the traceback, and so does `crmbridge plugins trace -vv`"
    return {
        rule: tuple(Fault(seen.probe, seen.message, remedy) for seen in observe(plugin, names) if not seen.ok)
        for rule, names in PROBES_OF.items()
    }


def _loaded(modules: Iterable[str]) -> Iterable[Fault]:
    for name in sorted(HEAVY & {module.partition(".")[0] for module in modules}):
        yield Fault("import", f"importing the plugin loads {name}", "import it inside the function that needs it")


def _all(problem: str, remedy: str) -> Faults:
    fault = Fault(UNTRIED, problem, remedy)
    return {rule.name: (fault,) for rule in RULES if Verified.PROBED in rule.verified}


def _main() -> None:
    """Do the job of the first argument, and write the faults to the file of the second."""
    job = Job(**json.loads(sys.argv[1]))
    sys.path[:0] = job.paths
    faults = {rule: [asdict(fault) for fault in found] for rule, found in run(job).items()}
    Path(sys.argv[2]).write_text(json.dumps(faults), encoding="utf-8")


if __name__ == "__main__":
    _main()
