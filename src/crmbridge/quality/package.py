"""A plugin as it lies in a folder, in a file of its own, or among the installed packages: read, never imported."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from crmbridge.errors import FixPlugin
from crmbridge.hookspecs import PROJECT
from crmbridge.quality.rules import Trait
from crmbridge.quality.scale import FILE
from crmbridge.quality.source import Function, Module, keyword

JUDGING: Final = ("transform_", "decide_", "propose_", "derive_", "check_")
"""What the names of hooks begin with that are pure."""

SHIPPED: Final = f"extra_metadata/{FILE}"
"""Where a wheel keeps the claims: hatchling's ``extra-metadata`` puts them there, beside the metadata."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """What there is to read of a plugin.

    Attributes:
        folder: Its folder; of an installed one the folder that its package lies in.
        name: Of the distribution, or of the file.
        project: The table ``[project]``.
        modules: Of its import package.
        tests: The modules of its tests; None where they are not shipped.
        files: Other files of the folder, with slashes.
        readme: Text of the README, empty if there is none.
        changelog: Text of the change log; None where it is not shipped.
        claims: Text of ``quality.toml``; None if there is none.
        alone: True for a file without a package.
    """

    folder: Path
    name: str
    project: Mapping[str, Any] = field(default_factory=dict)
    modules: tuple[Module, ...] = ()
    tests: tuple[Module, ...] | None = None
    files: frozenset[str] = frozenset()
    readme: str = ""
    changelog: str | None = None
    claims: str | None = None
    alone: bool = False

    @property
    def entries(self) -> Mapping[str, str]:
        """Its entry points in crmbridge's group: name to what they lead to."""
        found = self.project.get("entry-points", {}).get(PROJECT, {})
        return found if isinstance(found, dict) else {}

    @cached_property
    def home(self) -> Module:
        """The module that the entry point leads to, or the first of all."""
        wanted = next(iter(self.entries.values()), "").partition(":")[0]
        return next((module for module in self.modules if module.name == wanted), self.modules[0])

    @cached_property
    def hooks(self) -> Mapping[str, Function]:
        """The hooks of that module."""
        return self.home.hooks

    @cached_property
    def traits(self) -> frozenset[Trait]:
        """What the plugin has, told by its hooks; only a connector is read whole."""
        found = {
            Trait.JUDGES: any(name.startswith(JUDGING) for name in self.hooks),
            Trait.PROPOSES: any(name.startswith("propose_") for name in self.hooks),
            Trait.READS: "register_inputs" in self.hooks,
            Trait.WRITES: "register_properties" in self.hooks,
            Trait.SETTINGS: bool(self.hooks.keys() & {"register_settings", "register_connectors"}),
            Trait.CONNECTS: "register_connectors" in self.hooks,
        }
        if found[Trait.CONNECTS]:
            found[Trait.REMOTE] = any(whole.startswith("crmbridge.http") for _, whole in self._imported())
            specs = [call for module in self.modules for call in module.calls("ConnectorSpec")]
            found[Trait.LISTENS] = any(keyword(call, "webhooks") is not None for call in specs)
        return frozenset(trait for trait, there in found.items() if there)

    def _imported(self) -> Iterator[tuple[int, str]]:
        for module in self.modules:
            yield from ((line, whole) for line, _, whole in module.imports)


def read_file(path: Path) -> Package:
    """Read a plugin without a package, as a ``bridgefile.py``."""
    text = _read(path)
    module = Module(path.name, path.stem, text)
    return Package(folder=path.parent, name=path.name, modules=(module,), alone=True)


def read_folder(folder: Path) -> Package:
    """Read a plugin's folder: the one with its ``pyproject.toml``.

    Raises:
        FixPlugin: There is no plugin, or its ``pyproject.toml`` cannot be read.
    """
    try:
        project = tomllib.loads(_read(folder / "pyproject.toml")).get("project", {})
    except FileNotFoundError:
        remedy = "name a plugin's folder, a bridgefile.py, or an installed plugin"
        raise FixPlugin(f"{folder} has no pyproject.toml", remedy=remedy) from None
    except tomllib.TOMLDecodeError as error:
        raise FixPlugin(f"{folder / 'pyproject.toml'}: {error}", remedy="mend it") from None
    name = str(project.get("name", folder.name))
    home = _home(folder, project, name)
    return Package(
        folder=folder,
        name=name,
        project=project,
        modules=tuple(_modules(home, folder, home.parent)),
        tests=tuple(_modules(folder / "tests", folder, folder)),
        files=frozenset(_files(folder, ("src", "tests", home.name))),
        readme=_text(folder / "README.md") or "",
        changelog=_text(folder / "CHANGELOG.md") or "",
        claims=_text(folder / FILE),
    )


def read_installed(distribution: Distribution) -> Package:
    """Read an installed plugin: its folder where it is installed as editable, else what its wheel brought."""
    if folder := source_folder(distribution):
        return read_folder(folder)
    meta = distribution.metadata
    project = {
        "name": distribution.name,
        "version": distribution.version,
        "dependencies": distribution.requires or [],
        "authors": [{"name": meta[key]} for key in ("Author", "Author-email", "Maintainer-email") if key in meta],
        "entry-points": {PROJECT: {item.name: item.value for item in _entries(distribution)}},
    }
    site = Path(str(distribution.locate_file("")))
    home = _home(site, project, distribution.name)
    return Package(
        folder=site,
        name=distribution.name,
        project=project,
        modules=tuple(_modules(home, site, site)),
        files=frozenset(_files(site, (home.name,))),
        readme=str(meta.get_payload()),  # type: ignore[attr-defined]  # metadata is a message; its protocol hides that
        claims=distribution.read_text(SHIPPED),
    )


def source_folder(distribution: Distribution) -> Path | None:
    """The folder that a distribution is installed from as editable (PEP 610); None if it is not."""
    told = json.loads(distribution.read_text("direct_url.json") or "{}")
    if not told.get("dir_info", {}).get("editable"):
        return None
    folder = Path(unquote(urlsplit(told.get("url", "")).path))
    return folder if (folder / "pyproject.toml").is_file() else None


def _entries(distribution: Distribution) -> list[Any]:
    return [item for item in distribution.entry_points if item.group == PROJECT]


def _home(folder: Path, project: Mapping[str, Any], name: str) -> Path:
    """The import package, or the one module, that the entry point leads into."""
    led = next(iter(project.get("entry-points", {}).get(PROJECT, {}).values()), "")
    top = re.split(r"[.:]", str(led))[0] or re.sub(r"[-.]+", "_", name)
    for parent in (folder / "src", folder):
        for path in (parent / top, parent / f"{top}.py"):
            if path.exists():
                return path
    raise FixPlugin(f"{name} has no package {top}", remedy=f"put it in src/{top}, or mend the entry point")


def _modules(home: Path, folder: Path, above: Path) -> Iterator[Module]:
    """Read the modules of a package, its own first."""
    paths = [home] if home.is_file() else sorted(home.rglob("*.py"), key=lambda path: (len(path.parts), path))
    for path in paths:
        parts = path.relative_to(above).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield Module(path.relative_to(folder).as_posix(), name, _read(path))


def _files(folder: Path, parts: tuple[str, ...]) -> Iterator[str]:
    for part in dict.fromkeys(parts):
        for path in (folder / part).rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                yield path.relative_to(folder).as_posix()


def _text(path: Path) -> str | None:
    return _read(path) if path.is_file() else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise FixPlugin(f"{path} is not UTF-8", remedy="save it as UTF-8") from None
