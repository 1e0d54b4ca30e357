"""The plugins of one configuration: found, checked, ordered, and asked through a session."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from crmbridge.connector import ConnectorSpec
from crmbridge.context import CommandSpec, RunContext
from crmbridge.errors import Fault, FixConfig, FixPlugin
from crmbridge.hookspecs import PROJECT
from crmbridge.model.base import ObjectName
from crmbridge.model.journey import StageModel
from crmbridge.model.portfolio import Portfolio
from crmbridge.model.properties import PropertySpec
from crmbridge.plugins.budget import WATCH
from crmbridge.plugins.calls import Observer
from crmbridge.plugins.limits import USUAL, Limits
from crmbridge.plugins.registration import Plugin, register
from crmbridge.plugins.session import Session
from crmbridge.plugins.sources import EVERYTHING, Source, Switches, find


@dataclass(frozen=True, kw_only=True)
class PluginStatus:
    """What became of one plugin.

    Attributes:
        name: As in ``[plugins.NAME]``.
        version: Of its distribution; a short hash of the bridgefile.
        distribution: The package or file it came with.
        hooks: Those it implements, sorted.
        order: Its place among the plugins that run, from 1; None if it does not run.
        enabled: False if a switch keeps it out.
        ok: False if it was refused.
        problem: Why it does not run.
        remedy: What to do about it.
        settings: The keys of its table ``[plugins.NAME]``, if it runs.
        separate: True if it runs in a process of its own.
    """

    name: str
    version: str
    distribution: str
    hooks: tuple[str, ...] = ()
    order: int | None = None
    enabled: bool = True
    ok: bool = True
    problem: str = ""
    remedy: str = ""
    settings: tuple[str, ...] = ()
    separate: bool = False


class Plugins:
    """The plugins that run, in their order, and what became of the others.

    Attributes:
        statuses: One per plugin found, in the configured order.
    """

    def __init__(
        self, plugins: Iterable[Plugin], statuses: Iterable[PluginStatus], *, observe: Observer | None = None
    ) -> None:
        self._plugins = {plugin.name: plugin for plugin in plugins}
        self._observe = observe
        self.statuses = tuple(statuses)

    @classmethod
    def load(
        cls,
        settings: Mapping[str, Mapping[str, Any]],
        *,
        switches: Switches = EVERYTHING,
        builtins: Mapping[str, object] | None = None,
        bridgefile: Path | None = None,
        entry_points: Iterable[EntryPoint] | None = None,
        prefix: str = "crmb_",
        observe: Observer | None = None,
        limits: Limits = USUAL,
    ) -> Plugins:
        """Find, import and check all plugins that are switched on. One that is refused is reported, others go on.

        Args:
            settings: The tables ``[plugins.NAME]``.
            switches: Which plugins run, and in which order.
            builtins: Plugins that come with the program, by name.
            bridgefile: Where a ``bridgefile.py`` may be.
            entry_points: In place of the installed ones.
            prefix: What the platform's names of crmbridge's own properties begin with.
            observe: Told of every call of a plugin.
            limits: How long calls may take, and which plugins run in processes of their own.

        Raises:
            FixConfig: A table does not validate, or something names a plugin that is not installed.
        """
        installed = metadata.entry_points(group=PROJECT) if entry_points is None else entry_points
        found = sorted(find(builtins or {}, installed, bridgefile), key=switches.rank)
        faults = _unknown_names(settings, switches, limits, sorted({source.name for source in found}))
        wanted = [source for source in found if switches.wants(source)]
        accepted: list[Plugin] = []
        owners: dict[str, str] = {}
        statuses = []
        for source in found:
            if source not in wanted:
                statuses.append(_switched_off(source))
                continue
            try:
                _refuse_rivals(source, wanted)
                plugin = _registered(source, settings.get(source.name, {}), limits, observe)
                _claim(plugin, owners, prefix)
            except FixPlugin as error:
                statuses.append(_refused(source, error))
                continue
            except FixConfig as error:
                faults += error.faults
                continue
            accepted.append(plugin)
            statuses.append(_running(plugin, len(accepted), separate=source.name in limits.separate))
        if faults:
            raise FixConfig("\n".join(map(str, faults)), faults)
        return cls(accepted, statuses, observe=observe)

    def connectors(self) -> dict[str, ConnectorSpec]:
        """The platforms, by name."""
        return {spec.name: spec for plugin in self._plugins.values() for spec in plugin.connectors}

    def inputs(self, connector: str) -> dict[ObjectName, tuple[str, ...]]:
        """The platform properties that plugins read on connections of a connector: object to names, sorted.

        An object of which a plugin reads nothing but texts is read only if something else asks for it.
        """
        names: dict[ObjectName, set[str]] = {}
        for plugin in self._plugins.values():
            for spec in plugin.inputs:
                if spec.connector in (None, connector) and (spec.properties or not spec.texts):
                    names.setdefault(spec.object, set()).update(spec.properties)
        return {name: tuple(sorted(names[name])) for name in sorted(names)}

    def properties(self) -> tuple[PropertySpec, ...]:
        """The properties that plugins write, by object and name; each names its plugin."""
        specs = (spec for plugin in self._plugins.values() for spec in plugin.properties)
        return tuple(sorted(specs, key=lambda spec: (spec.object, spec.name)))

    def texts(self, connector: str) -> frozenset[ObjectName]:
        """The objects whose texts plugins read on connections of a connector."""
        specs = (spec for plugin in self._plugins.values() for spec in plugin.inputs)
        return frozenset(spec.object for spec in specs if spec.texts and spec.connector in (None, connector))

    def stages(self) -> tuple[StageModel, ...]:
        """The stage models that plugins tell visits of, in the plugins' order."""
        return tuple(model for plugin in self._plugins.values() for model in plugin.stages)

    def commands(self) -> tuple[CommandSpec, ...]:
        """The commands that plugins add, by name."""
        specs = (spec for plugin in self._plugins.values() for spec in plugin.commands)
        return tuple(sorted(specs, key=lambda spec: spec.name))

    def versions(self) -> dict[str, str]:
        """The plugins that run and their versions, in their order."""
        return {plugin.name: plugin.source.version for plugin in self._plugins.values()}

    def fingerprint(self) -> str:
        """Hash names, versions, settings without secrets, and order: if it differs, judge everything again."""
        facts = [(item.name, item.source.version, item.settings_text) for item in self._plugins.values()]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def bind(
        self,
        connection: str,
        run_id: str,
        today: date,
        timezone: str = "UTC",
        *,
        stats: Portfolio | None = None,
        wanted: frozenset[tuple[str, str]] | None = None,
        observe: Observer | None = None,
    ) -> Session:
        """Make the session of one run: each plugin gets its own context.

        Args:
            connection: Name of the connection.
            run_id: Name of the run.
            today: The as-of date, in the account's time zone.
            timezone: IANA name of that zone.
            stats: Figures over all cases.
            wanted: Properties, as object and name, whose values are taken; None for all.
            observe: Told of every call of a plugin; by default whoever is told of all sessions.
        """
        contexts = {
            name: RunContext(
                plugin=name,
                settings=plugin.context.settings,
                log=plugin.context.log,
                connection=connection,
                run_id=run_id,
                today=today,
                timezone=timezone,
                stats=stats or Portfolio(),
                wanted=wanted,
            )
            for name, plugin in self._plugins.items()
        }
        return Session(self._plugins, contexts, observe=observe or self._observe, wanted=wanted)


def _registered(source: Source, section: Mapping[str, Any], limits: Limits, observe: Observer | None) -> Plugin:
    """Import a plugin here, or in a process of its own."""
    seconds, separation = limits.seconds_of(source.name), limits.separate.get(source.name)
    if separation is None:
        with WATCH.on():
            return register(source, section, observe, seconds=seconds)
    from crmbridge.plugins.separate.joining import register_separate  # hardly ever needed

    return register_separate(source, section, separation, seconds=seconds)


def _unknown_names(
    settings: Mapping[str, object], switches: Switches, limits: Limits, known: Sequence[str]
) -> list[Fault]:
    """Find tables and switches for plugins that are not there: a typing error must not switch anything silently."""
    named = [(f"plugins.{name}", "", name) for name in settings]
    named += [("pipeline", "order", name) for name in switches.order]
    named += [("pipeline", "disabled", name) for name in switches.disabled]
    named += [(f"pipeline.limits.{name}", "", name) for name in limits.by_plugin]
    named += [(f"pipeline.separate.{name}", "", name) for name in limits.separate]
    named += [("", "CRMBRIDGE_PLUGINS", name) for name in switches.only or ()]
    return [
        Fault(section, field, f"no plugin named {name} is installed{_near(name, known)}")
        for section, field, name in named
        if name not in known
    ]


def _near(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return (f" (did you mean {near[0]}?)" if near else "") + f"; installed are: {', '.join(known) or 'none'}"


def _refuse_rivals(source: Source, wanted: Iterable[Source]) -> None:
    """Refuse all plugins that share a name, but let crmbridge's own keep it."""
    rivals = [item for item in wanted if item.name == source.name and item is not source]
    if rivals and not (source.own and not any(item.own for item in rivals)):
        owners = sorted(item.distribution for item in (source, *rivals))
        raise FixPlugin(
            f"shares its name: {' and '.join(owners)} both provide it", source.name, remedy="uninstall or rename one"
        )


def _claim(plugin: Plugin, owners: dict[str, str], prefix: str) -> None:
    """Enter the names of what a plugin registers, or refuse it if one of them is taken."""
    mine: dict[str, str] = {}
    for names in plugin.claims(prefix):
        for name in sorted(names):
            owner = owners.get(name) or mine.get(name)
            if owner is not None:
                problem = f"registers {name}, which {owner} registers too; {owner} keeps it"
                raise FixPlugin(
                    problem, plugin.name, remedy="rename it or disable one of the two in [pipeline] disabled"
                )
        mine |= dict.fromkeys(names, plugin.name)
    owners |= mine


def _switched_off(source: Source) -> PluginStatus:
    return PluginStatus(
        name=source.name,
        version=source.version,
        distribution=source.distribution,
        enabled=False,
        problem="switched off",
        remedy="see [pipeline] disabled and allow, CRMBRIDGE_PLUGINS and --no-plugins",
    )


def _refused(source: Source, error: FixPlugin) -> PluginStatus:
    return PluginStatus(
        name=source.name,
        version=source.version,
        distribution=source.distribution,
        ok=False,
        problem=f"{error.hook} {error.problem}".strip(),
        remedy=error.remedy,
    )


def _running(plugin: Plugin, order: int, *, separate: bool) -> PluginStatus:
    return PluginStatus(
        name=plugin.name,
        version=plugin.source.version,
        distribution=plugin.source.distribution,
        hooks=tuple(sorted(plugin.hooks)),
        order=order,
        settings=plugin.keys,
        separate=separate,
    )
