"""Which of the registered properties are written, under which name and policy. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crmbridge.config import Writeback
from crmbridge.errors import FixConfig
from crmbridge.model.plan import Finding
from crmbridge.model.properties import Policy, PropertySpec


@dataclass(frozen=True)
class Target:
    """A property that is written.

    Attributes:
        spec: As registered, with the policy that the config gives it.
        name: The platform's name.
        version: Of the plugin that writes it.
    """

    spec: PropertySpec
    name: str
    version: str = ""

    @property
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
    targets, findings = [], _unknown(config, registered)
    for key in sorted(registered):
        spec = registered[key]
        if key in config.skip or not (spec.core or key in config.properties):
            continue
        spec = spec.model_copy(update={"policy": _policy(config, key, spec)})
        if spec.policy == "overwrite" and key not in config.overwrite:
            message = f"{key} is not written: plugin {spec.by} overwrites it; allow that in [writeback.overwrite]"
            findings.append(Finding(severity="warning", code="overwrite-not-allowed", message=message))
            continue
        targets.append(Target(spec, spec.platform_name(config.prefix), versions.get(spec.by, "")))
    return tuple(targets), tuple(findings)


def _policy(config: Writeback, key: str, spec: PropertySpec) -> Policy:
    policy = config.policies.get(key, spec.policy)
    if (policy == "own") != (spec.policy == "own"):
        allowed = "own" if spec.policy == "own" else "fill-empty or overwrite"
        raise FixConfig(f'[writeback.policies] "{key}" may only be {allowed}: remove the line')
    return policy


def _unknown(config: Writeback, registered: Mapping[str, PropertySpec]) -> list[Finding]:
    """Name what the config speaks of and no plugin registers: it may be a typing error."""
    named = {*config.properties, *config.skip, *config.policies, *config.overwrite}
    return [
        Finding(
            severity="warning",
            code="unknown-property",
            message=f"[writeback] names {key}, which no plugin registers: correct or remove it",
        )
        for key in sorted(named - registered.keys())
    ]
