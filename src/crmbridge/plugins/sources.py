"""Where plugins come from, and which of them are switched on. Nothing is imported before ``Source.load``."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import Distribution, EntryPoint
from importlib.metadata import version as version_of
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from crmbridge.hookspecs import PROJECT

BRIDGEFILE = "bridgefile"


@dataclass(frozen=True, kw_only=True)
class Switches:
    """Which plugins run, and in which order.

    Attributes:
        order: Names in the order in which plugins are asked; the others follow by name.
        only: If given, just these, besides what crmbridge itself ships.
        disabled: Not these.
        allow: If given, plugins of just these distributions, besides crmbridge itself, are imported; the bridgefile is
            named as its file is.
        no_plugins: True for what crmbridge itself ships, and nothing else.
    """

    order: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    disabled: tuple[str, ...] = ()
    allow: tuple[str, ...] | None = None
    no_plugins: bool = False

    def wants(self, source: Source) -> bool:
        """Say whether a plugin is switched on."""
        if source.name in self.disabled or source.own:
            return source.name not in self.disabled
        chosen = self.only is None or source.name in self.only
        allowed = self.allow is None or plain_name(source.distribution) in map(plain_name, self.allow)
        return chosen and allowed and not self.no_plugins

    def rank(self, source: Source) -> tuple[int, str, str]:
        """Sort key of the order in which plugins are asked."""
        place = self.order.index(source.name) if source.name in self.order else len(self.order)
        return place, source.name, source.distribution


EVERYTHING = Switches()
"""All that is installed runs, in the order of the names."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A plugin that was found but not yet imported.

    Attributes:
        name: As in ``[plugins.NAME]``.
        version: Of its distribution, or the hash of its file. Where the code can change under a version, because it is
            installed as editable, a hash of that code follows: ``0.1.0+local.5f2c81``.
        distribution: The package it came with, or its file.
        load: Imports it; may raise anything. Of all but crmbridge's own plugins it can be sent to another process.
        own: True if crmbridge itself ships it.
    """

    name: str
    version: str
    distribution: str
    load: Callable[[], object]
    own: bool = False


def find(builtins: Mapping[str, object], entry_points: Iterable[EntryPoint], bridgefile: Path | None) -> list[Source]:
    """List all plugins there are; a bridgefile that does not exist is none."""
    found = [_from_object(name, plugin) for name, plugin in builtins.items()]
    found += map(_from_entry_point, entry_points)
    if bridgefile is not None and bridgefile.is_file():
        found.append(_from_file(bridgefile))
    return found


def _from_object(name: str, plugin: object) -> Source:
    return Source(name=name, version=version_of(PROJECT), distribution=PROJECT, load=lambda: plugin, own=True)


def _from_entry_point(entry: EntryPoint) -> Source:
    distribution = entry.dist.name if entry.dist else "unknown"
    version = entry.dist.version if entry.dist else ""
    own = plain_name(distribution) == PROJECT
    if entry.dist and not own and _is_editable(entry.dist):
        version += f"{'.' if '+' in version else '+'}local.{_code_hash(entry.module.partition('.')[0])}"
    return Source(name=entry.name, version=version, distribution=distribution, load=entry.load, own=own)


def _is_editable(distribution: Distribution) -> bool:
    """Say whether the code that runs is the code somebody works on (PEP 610)."""
    try:
        told = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return False
    return isinstance(told, dict) and told.get("dir_info", {}).get("editable") is True


@cache  # what is imported stays as it is for the life of the process, and so does its hash
def _code_hash(package: str) -> str:
    """Hash the modules of a package, none of which is imported; what cannot be read counts as not there."""
    digest = hashlib.sha256()
    try:
        spec = find_spec(package)
        home = Path(spec.origin) if spec and spec.origin else Path()
        files = home.parent.rglob("*.py") if home.name == "__init__.py" else [home]
        for path in sorted(files):
            code = path.read_bytes()
            digest.update(f"{path.relative_to(home.parent).as_posix()} {len(code)}\n".encode() + code)
    except (ImportError, OSError, ValueError):
        digest.update(b"?")
    return digest.hexdigest()[:6]


def _from_file(path: Path) -> Source:
    """Read the file now, so that the code that runs is the code whose hash is the version."""
    try:
        code = path.read_bytes()
    except OSError:  # it raises again where plugins are isolated
        return Source(name=BRIDGEFILE, version="", distribution=path.name, load=path.read_bytes)
    version = hashlib.sha256(code).hexdigest()[:12]
    load = partial(_module, f"{PROJECT}_{BRIDGEFILE}_{version}", str(path), code)
    return Source(name=BRIDGEFILE, version=version, distribution=path.name, load=load)


def _module(name: str, path: str, code: bytes) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module  # its own classes look up their annotations there
    exec(compile(code, path, "exec"), module.__dict__)  # noqa: S102 the user's own code, as in any import
    return module


def plain_name(distribution: str) -> str:
    """Write a distribution's name as package indexes compare it: lower case, runs of ``-_.`` as one dash."""
    return re.sub(r"[-_.]+", "-", distribution).lower()
