"""Which of the registered properties are written, under which name and policy. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from crmbridge.config import Writeback
from crmbridge.errors import Fault, FixConfig
from crmbridge.model.plan import Finding
from crmbridge.model.properties import Policy, PropertySpec


@dataclass(frozen=True)
class Target:
    """A property that is written.

    Attributes:
        spec: As registered, with the policy that the config gives it.
        name: The platform's name.
        version: Of the plugin that writes it.
        vacates: True if it is emptied when no plugin proposes a value any more.
        people: True if people's edits are overwritten, too.
    """

    spec: PropertySpec
    name: str
    version: str = ""
    vacates: bool = False
    people: bool = False

    @cached_property
    def options(self) -> tuple[str, ...]:
        """Values of its options, in their order."""
        return tuple(option.value for option in self.spec.options)

    @property
    def adds(self) -> bool:
        """True if it is a native multi-select, to which options are added."""
        return self.spec.type == "multi" and self.spec.policy == "fill-empty"

    @cached_property
    def place(self) -> str:
        """Object and platform name, as a person reads it."""
        return f"{self.spec.object}.{self.name}"


def select(
    specs: Iterable[PropertySpec], config: Writeback, versions: Mapping[str, str]
) -> tuple[tuple[Target, ...], tuple[Finding, ...]]:
    """Choose the core properties and the opted-in ones, less the skipped; sorted by object and name.

    Raises:
        FixConfig: A policy in the config would give a property another name.
    """
    registered = {f"{spec.object}.{spec.name}": spec for spec in specs}
    targets, findings = [], _unknown(config, registered, versions)
    for key in sorted(registered):
        spec = registered[key]
        if key in config.skip or not (spec.core or key in config.properties):
            continue
        vacates = key in config.clear
        spec = spec.model_copy(update={"policy": _policy(config, key, spec), "clear": spec.clear or vacates})
        if spec.policy == "overwrite" and key not in config.overwrite:
            message = f"{key} is not written: plugin {spec.by} overwrites it; allow that in [writeback.overwrite]"
            findings.append(Finding(severity="warning", code="overwrite-not-allowed", message=message))
            continue
        people = spec.policy == "overwrite" and config.overwrite[key]
        targets.append(Target(spec, spec.platform_name(config.prefix), versions.get(spec.by, ""), vacates, people))
    return tuple(targets), tuple(findings)


def _policy(config: Writeback, key: str, spec: PropertySpec) -> Policy:
    policy = config.policies.get(key, spec.policy)
    if (policy == "own") != (spec.policy == "own"):
        allowed = "own" if spec.policy == "own" else "fill-empty or overwrite"
        fault = Fault("writeback.policies", key, f"may only be {allowed}: remove the line")
        raise FixConfig(f'[writeback.policies] "{key}" {fault.message}', [fault])
    return policy


def _unknown(config: Writeback, registered: Mapping[str, PropertySpec], versions: Mapping[str, str]) -> list[Finding]:
    """Name what the config speaks of and nobody registers: it may be a typing error."""
    written = {f"{spec.object}.{spec.platform_name(config.prefix)}" for spec in registered.values()}
    named = {*config.properties, *config.skip, *config.policies, *config.overwrite, *config.clear}
    properties = (named - registered.keys()) | (config.guard.properties.keys() - registered.keys() - written)
    plugins = config.guard.plugins.keys() - versions.keys()
    told = [("property", f"[writeback] names {key}, which no plugin registers") for key in sorted(properties)]
    told += [("plugin", f"[writeback.guard.plugins] names {name}, which does not run") for name in sorted(plugins)]
    return [
        Finding(severity="warning", code=f"unknown-{kind}", message=f"{what}: correct or remove it")
        for kind, what in told
    ]
