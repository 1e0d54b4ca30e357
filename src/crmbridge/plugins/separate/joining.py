"""Makes a plugin of a process: the host asks it like any other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Final, TypeVar

from crmbridge.context import PluginContext, PluginSettings
from crmbridge.errors import Fault, FixConfig, FixPlugin
from crmbridge.hookspecs import PROJECT
from crmbridge.model.base import Frozen
from crmbridge.model.journey import StageModel
from crmbridge.model.properties import InputSpec, PropertySpec
from crmbridge.plugins.failures import BadResult, CutShort
from crmbridge.plugins.hooks import SPECIFICATIONS, Hook
from crmbridge.plugins.limits import Separation
from crmbridge.plugins.registration import Plugin, check_name
from crmbridge.plugins.results import listed, narrow
from crmbridge.plugins.separate import answers
from crmbridge.plugins.separate.parent import Worker, plain
from crmbridge.plugins.sources import Source

HERE_ONLY: Final = ("register_connectors", "register_commands")
"""Hooks whose answers are functions: these cannot be called across processes."""

M = TypeVar("M", bound=Frozen)


def register_separate(
    source: Source, section: Mapping[str, Any], separation: Separation, *, seconds: float = 0.0
) -> Plugin:
    """Start the process of a plugin, which is never imported here, and collect what it registers.

    Args:
        source: Where the plugin comes from.
        section: Its table ``[plugins.NAME]``, empty if there is none.
        separation: What its process may take.
        seconds: What one call may take; 0 for no limit.

    Raises:
        FixPlugin: It breaks the contract, or cannot run in a process of its own.
        FixConfig: Its settings do not validate.
    """
    name = source.name
    check_name(source)
    if source.own:
        raise FixPlugin("comes with crmbridge and runs in its process", name, remedy=_remedy(name))
    worker = Worker(source, section, separation, seconds)
    with ExitStack() as undoing:
        undoing.callback(worker.close)
        plugin = _joined(source, worker)
        undoing.pop_all()
    return plugin


def _joined(source: Source, worker: Worker) -> Plugin:
    try:
        told = worker.register()
        if "registered" not in told:
            _refuse(source.name, told)
        return _plugin(source, worker, told["registered"])
    except (BadResult, CutShort) as error:
        problem = str(error)
    except (FixConfig, FixPlugin):
        raise
    except Exception as error:  # noqa: BLE001 whatever its process said may be anything
        problem = f"told what no plugin tells ({type(error).__name__})"
    raise FixPlugin(problem, source.name, remedy=f"see [pipeline.separate.{source.name}], or mend or uninstall it")


def _plugin(source: Source, worker: Worker, told: Any) -> Plugin:
    name, hooks = source.name, _hooks(told, worker)
    if here := [hook for hook in HERE_ONLY if hook in hooks]:
        problem = f"has {' and '.join(here)}, which cannot be asked in a process of their own"
        raise FixPlugin(problem, name, remedy=_remedy(name))
    log = logging.getLogger(f"{PROJECT}.plugin.{name}")
    return Plugin(
        source=source,
        hooks=hooks,
        context=PluginContext(plugin=name, settings=PluginSettings(), log=log),
        settings_text=_text(told, "settings"),
        connectors=(),
        inputs=_models(told, "inputs", InputSpec),
        properties=_models(told, "properties", PropertySpec, name),
        commands=(),
        stages=_models(told, "stages", StageModel, name),
        keys=tuple(plain(key) for key in told.get("keys") or ()),
    )


def _hooks(told: Any, worker: Worker) -> dict[str, Hook]:
    found = told.get("hooks") if isinstance(told, dict) else None
    if not isinstance(found, dict) or not found:
        raise BadResult("told of no hooks")
    for hook, arguments in found.items():
        if not isinstance(arguments, list) or not {hook} <= set(SPECIFICATIONS):
            raise BadResult("told of hooks that there are not")
        if not set(arguments) <= set(SPECIFICATIONS[hook]):
            raise BadResult("told of arguments that there are not")
    return {hook: Hook(hook, _caller(worker, hook, tuple(items)), tuple(items)) for hook, items in found.items()}


def _caller(worker: Worker, hook: str, names: tuple[str, ...]) -> Callable[..., object]:
    def call(*arguments: object) -> object:
        return worker.call(hook, dict(zip(names, arguments, strict=True)))

    return call


def _models(told: Mapping[str, Any], key: str, kind: type[M], by: str | None = None) -> tuple[M, ...]:
    return tuple(narrow(item, kind, by) for item in listed(answers.read(told.get(key))))


def _text(told: Mapping[str, Any], key: str) -> str:
    text = told.get(key)
    if not isinstance(text, str):
        raise BadResult("told of no settings")
    return text


def _refuse(name: str, told: Mapping[str, Any]) -> None:
    """Say what the process said of why the plugin does not run."""
    match told:
        case {"refused": [str(problem), str(hook), str(remedy)]}:
            raise FixPlugin(plain(problem), name, hook=plain(hook), remedy=plain(remedy))
        case {"misconfigured": [*faults]}:
            found = [Fault(*map(plain, fault)) for fault in faults if isinstance(fault, list) and len(fault) == 3]  # noqa: PLR2004 as Fault
            raise FixConfig("\n".join(map(str, found)), found)
    raise BadResult("told of nothing")


def _remedy(name: str) -> str:
    return f"remove [pipeline.separate.{name}]"
