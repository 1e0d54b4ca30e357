"""Turns a source into a plugin that can be asked: its hooks, its settings, and what it registers."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import PurePath
from time import perf_counter
from typing import Any, TypeVar

from pydantic import ValidationError

from crmbridge.connector import ConnectorSettings, ConnectorSpec
from crmbridge.context import CommandSpec, PluginContext, PluginSettings
from crmbridge.errors import FixConfig, FixPlugin
from crmbridge.hookspecs import PROJECT
from crmbridge.model.base import Frozen
from crmbridge.model.invalid import faults_in
from crmbridge.model.journey import StageModel
from crmbridge.model.properties import InputSpec, PropertySpec
from crmbridge.plugins.budget import WATCH
from crmbridge.plugins.calls import HookCall, Observer
from crmbridge.plugins.failures import BadResult, HookFailure, OutOfTime, describe
from crmbridge.plugins.hooks import Hook, read_hooks
from crmbridge.plugins.results import listed, narrow
from crmbridge.plugins.sources import Source

REGISTRATION = "registration"
"""What ``register_*`` hooks are asked about, for traces."""

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
T = TypeVar("T")
M = TypeVar("M", bound=Frozen)


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """A plugin that passed every check of its own.

    Attributes:
        source: Where it came from.
        hooks: Its implementations, by hook.
        context: Its settings and its logger.
        settings_text: The settings as canonical JSON, secrets masked.
        connectors: Platforms it adds.
        inputs: Platform properties it reads.
        properties: Properties it writes.
        commands: Commands it adds.
        stages: Stage models whose visits it tells.
        seconds: What one of its calls may take in this process; 0 for no limit.
        keys: Of its table ``[plugins.NAME]``.
    """

    source: Source
    hooks: Mapping[str, Hook]
    context: PluginContext[PluginSettings]
    settings_text: str
    connectors: tuple[ConnectorSpec, ...]
    inputs: tuple[InputSpec, ...]
    properties: tuple[PropertySpec, ...]
    commands: tuple[CommandSpec, ...]
    stages: tuple[StageModel, ...] = ()
    seconds: float = 0.0
    keys: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.source.name

    @cached_property
    def specs(self) -> Mapping[tuple[str, str], PropertySpec]:
        """Its properties by object and name."""
        return {(spec.object, spec.name): spec for spec in self.properties}

    def claims(self, prefix: str) -> Iterator[frozenset[str]]:
        """Yield, for each thing it registers, the names that nothing else may have.

        A property has two: the one it is registered by and the platform's.
        """
        yield from (frozenset([f"connector {item.name}"]) for item in self.connectors)
        yield from (frozenset([f"command {item.name}"]) for item in self.commands)
        yield from (frozenset([f"stage model {item.key}"]) for item in self.stages)
        for spec in self.properties:
            names = (spec.name, spec.platform_name(prefix))
            yield frozenset(f"property {spec.object}.{name}" for name in names)


def register(
    source: Source, section: Mapping[str, Any], observe: Observer | None = None, *, seconds: float = 0.0
) -> Plugin:
    """Import a plugin, check it and collect what it registers.

    Args:
        source: Where it comes from.
        section: Its table ``[plugins.NAME]``, empty if there is none.
        observe: Told of every call.
        seconds: What importing it and each call may take; 0 for no limit.

    Raises:
        FixPlugin: It breaks the contract.
        FixConfig: Its settings do not validate.
    """
    name, hooks = source.name, _hooks(source, seconds)
    ask = partial(_ask, hooks, name, observe, seconds)
    settings = _read_settings(name, ask("register_settings", None, _settings_model), section)
    context = PluginContext(plugin=name, settings=settings, log=logging.getLogger(f"{PROJECT}.plugin.{name}"))
    return Plugin(
        source=source,
        hooks=hooks,
        context=context,
        settings_text=_canonical(name, settings),
        connectors=ask("register_connectors", context, _connectors),
        inputs=ask("register_inputs", context, partial(_models, kind=InputSpec)),
        properties=ask("register_properties", context, partial(_models, kind=PropertySpec, by=name)),
        commands=ask("register_commands", context, _commands),
        stages=ask("register_stages", context, partial(_models, kind=StageModel, by=name)),
        seconds=seconds,
        keys=tuple(type(settings).model_fields),
    )


def tables_of(source: Source, seconds: float = 0.0) -> tuple[type[PluginSettings], tuple[ConnectorSpec, ...]]:
    """Import a plugin and ask what may stand in its table, and what platforms it adds; its settings are not read.

    Raises:
        FixPlugin: It breaks the contract.
    """
    hooks = _hooks(source, seconds)
    model = _ask(hooks, source.name, None, seconds, "register_settings", None, _settings_model)
    return model, _ask(hooks, source.name, None, seconds, "register_connectors", None, _connectors)


def check_name(source: Source) -> None:
    """See that a plugin's name can stand in a configuration.

    Raises:
        FixPlugin: It cannot.
    """
    if not _NAME.fullmatch(source.name):
        raise FixPlugin("has a malformed name", source.name, remedy="use a-z, 0-9, _ and -, a letter first")


def _hooks(source: Source, seconds: float) -> dict[str, Hook]:
    check_name(source)
    return read_hooks(source.name, _load(source, seconds))


def _load(source: Source, seconds: float) -> object:
    try:
        return WATCH.within(seconds, source.load)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 importing runs foreign code, which may even exit
        problem = f"cannot be imported: {_import_fault(error)}"
    raise FixPlugin(problem, source.name, remedy=f"mend or uninstall {source.distribution}")


def _import_fault(error: BaseException) -> str:
    """Say what went wrong: Python's own words on imports and syntax, else class and place, as the text may be personal.

    The place is the deepest line of the plugin's package, the first on the way that is neither ours nor ``importlib``.
    """
    if isinstance(error, ImportError | SyntaxError):
        return f"{type(error).__name__}: {error}"
    steps = [
        (str(frame.f_globals.get("__name__")).partition(".")[0], frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    home = next((package for package, _, _ in steps if package not in (PROJECT, "importlib")), PROJECT)
    file, line = next((file, line) for package, file, line in reversed(steps) if package == home)
    what = str(error) if type(error) is OutOfTime else type(error).__name__
    return f"{what} at {PurePath(file).name}:{line}"


def _ask(
    hooks: Mapping[str, Hook],
    name: str,
    observe: Observer | None,
    seconds: float,
    hook: str,
    context: PluginContext[PluginSettings] | None,
    read: Callable[[object], T],
) -> T:
    """Call a ``register_*`` hook and narrow its answer; a plugin without it answers None."""
    implementation = hooks.get(hook)
    if implementation is None:
        return read(None)
    tell, begun = observe or (lambda _: None), perf_counter()
    try:
        answer = WATCH.within(seconds, lambda: read(implementation({"ctx": context})))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 a plugin may raise anything, and even exit
        failure = HookFailure(name, hook, REGISTRATION, describe(error, implementation.function))
        tell(HookCall(name, hook, REGISTRATION, perf_counter() - begun, None, failure, error))
    else:
        tell(HookCall(name, hook, REGISTRATION, perf_counter() - begun, answer))
        return answer
    raise FixPlugin(failure.message, name, hook=hook, remedy="mend the hook; its other hooks are not asked until then")


def _settings_model(result: object) -> type[PluginSettings]:
    if result is None:
        return PluginSettings
    if not (isinstance(result, type) and issubclass(result, PluginSettings)):
        raise BadResult("returned no subclass of PluginSettings")
    if result.model_config.get("extra") != "forbid" or not result.model_config.get("frozen"):
        raise BadResult("returned a model that is not frozen or takes unknown keys; keep both as in PluginSettings")
    return result


def _read_settings(name: str, model: type[PluginSettings], section: Mapping[str, Any]) -> PluginSettings:
    try:
        return model.model_validate(section)
    except ValidationError as error:
        faults = faults_in(error, model, "plugins", name)
    raise FixConfig("\n".join(map(str, faults)), faults)


def _canonical(name: str, settings: PluginSettings) -> str:
    """Write settings so that equal ones read equal in every process; secrets write themselves as stars."""
    try:
        return json.dumps(settings.model_dump(), sort_keys=True, default=_plain)
    except (TypeError, ValueError) as error:
        raise FixPlugin(
            f"has settings that cannot be written down: {type(error).__name__}",
            name,
            hook="register_settings",
            remedy="use the types of TOML and SecretStr",
        ) from None


def _plain(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)


def _models(result: object, kind: type[M], by: str | None = None) -> tuple[M, ...]:
    return tuple(narrow(item, kind, by) for item in listed(result))


def _connectors(result: object) -> tuple[ConnectorSpec, ...]:
    return tuple(_connector(item) for item in listed(result))


def _connector(item: object) -> ConnectorSpec:
    if not isinstance(item, ConnectorSpec):
        raise BadResult(f"returned {type(item).__name__} where ConnectorSpec belongs")
    model = item.settings
    if not (isinstance(model, type) and issubclass(model, ConnectorSettings) and callable(item.open)):
        raise BadResult("returned a ConnectorSpec whose settings are no ConnectorSettings, or which cannot be opened")
    _check_name(item.name)
    return item


def _commands(result: object) -> tuple[CommandSpec, ...]:
    return tuple(_command(item) for item in listed(result))


def _command(item: object) -> CommandSpec:
    if not (isinstance(item, CommandSpec) and callable(item.run)):
        raise BadResult(f"returned {type(item).__name__} where a CommandSpec with a function belongs")
    _check_name(item.name)
    return item


def _check_name(name: object) -> None:
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise BadResult("returned a malformed name; use a-z, 0-9, _ and -, a letter first")
