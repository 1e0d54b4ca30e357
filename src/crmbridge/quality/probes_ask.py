"""Loads one plugin and asks it about all cases, as core asks: through the plugin host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib import metadata
from types import ModuleType
from typing import Any, Final

from crmbridge.errors import FixPlugin
from crmbridge.hookspecs import PROJECT
from crmbridge.plugins import HookCall, Plugins
from crmbridge.plugins.registration import Plugin, register
from crmbridge.plugins.sources import Source, find
from crmbridge.quality.probes_cases import Cases
from crmbridge.quality.samples import TODAY

ABOUT_CENTERS: Final = (
    "propose_titles",
    "propose_roles",
    "propose_stances",
    "propose_relations",
    "propose_personas",
    "propose_stages",
    "derive_center",
)
JUDGING: Final = (*ABOUT_CENTERS, "decide_consent", "derive_contact", "derive_company")
"""Hooks that judge: pure, and asked again when a Due has come."""

PURE: Final = (*JUDGING, "transform_record", "transform_change", "check_plan")
"""Hooks that do nothing but answer."""


def load_plugin(plugin: str | ModuleType, settings: Mapping[str, Any] | None = None) -> Plugin:
    """Load one plugin by itself.

    Args:
        plugin: The name of an installed one, or its module.
        settings: Its table ``[plugins.NAME]``.

    Raises:
        FixPlugin: It is not installed, or breaks the contract.
        FixConfig: The settings do not validate.
    """
    return register(_source(plugin), settings or {})


def ask(
    plugin: Plugin,
    cases: Cases,
    today: date = TODAY,
    wanted: frozenset[tuple[str, str]] | None = None,
    hooks: Sequence[str] = PURE,
) -> list[HookCall]:
    """Ask a plugin about all cases through these of its hooks; returns every call with what core took of the answer."""
    calls: list[HookCall] = []
    session = Plugins((plugin,), ()).bind(
        "sample", "sample", today, "Europe/Berlin", wanted=wanted, observe=calls.append
    )
    asked: Mapping[str, Iterable[tuple[Any, ...]]] = {
        **{hook: [(center,) for center in cases.centers] for hook in ABOUT_CENTERS},
        "decide_consent": [(question,) for question in cases.questions],
        "derive_contact": cases.people,
        "derive_company": [(facts,) for facts in cases.companies],
        "transform_record": [(record,) for record in cases.records],
        "transform_change": [(change,) for change in cases.changes],
        "check_plan": [(plan,) for plan in cases.plans],
    }
    for hook in hooks:
        for arguments in asked[hook] if hook in plugin.hooks else ():
            getattr(session, hook)(*arguments)
    return calls


def _source(plugin: str | ModuleType) -> Source:
    installed = find({}, metadata.entry_points(group=PROJECT), None)
    if isinstance(plugin, str):
        found = next((source for source in installed if source.name == plugin), None)
        if found is None:
            raise FixPlugin("is not installed", plugin, remedy="install its package, or give its module")
        return found
    name = plugin.__name__.rpartition(".")[2].removeprefix(f"{PROJECT}_")
    return Source(name=name, version="0", distribution=plugin.__name__, load=lambda: plugin)
