"""What the platform lacks before values can be written: groups, properties, options. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from crmbridge.connector import Vacancy
from crmbridge.model.base import ObjectName
from crmbridge.model.canonical import compatible
from crmbridge.model.changes import DefinitionChange, GroupChange
from crmbridge.model.plan import Finding
from crmbridge.model.properties import Option, PropertyDefinition
from crmbridge.writeback.targets import Target

Definitions = Mapping[ObjectName, Mapping[str, PropertyDefinition]]


@dataclass(frozen=True)
class Manifest:
    """What crmbridge created on the platform, as (object, name)."""

    groups: frozenset[tuple[str, str]] = frozenset()
    properties: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Needed:
    """What must be defined first, and what can be written then.

    Attributes:
        changes: Groups before their properties.
        targets: Those that can be written.
        findings: Why the others cannot, and what is special about these.
    """

    changes: tuple[GroupChange | DefinitionChange, ...]
    targets: tuple[Target, ...]
    findings: tuple[Finding, ...]

    def created(self) -> dict[ObjectName, tuple[str, ...]]:
        """Names of the properties that are created, by object."""
        found: dict[ObjectName, tuple[str, ...]] = {}
        for change in self.changes:
            if isinstance(change, DefinitionChange) and change.before is None:
                name, item = change.place
                found[name] = (*found.get(name, ()), item)
        return found


def define(targets: Iterable[Target], present: Definitions, manifest: Manifest, group: str) -> Needed:
    """Compare what is to be written with what the platform has."""
    groups: dict[str, GroupChange] = {}
    changes: list[DefinitionChange] = []
    writable: list[Target] = []
    findings: list[Finding] = []
    for target in targets:
        name = target.spec.object
        existing = _existing(target, present.get(name, {}))
        problem = _problem(target, existing, manifest, group)
        if problem is not None:
            findings.append(problem)
            continue
        writable.append(target)
        if target.spec.policy != "own":
            continue
        if existing is None:
            changes.append(_created(target, group))
            if not _has_group(present.get(name, {}), manifest, name, group):
                groups[name] = GroupChange(object=name, name=group, label=group, reason="new group", by="core")
            continue
        findings += _renamed(target, existing)
        if lacking := _lacking(target, existing):
            changes.append(_extended(target, existing, lacking))
    return Needed((*groups.values(), *changes), tuple(writable), tuple(findings))


def fit(needed: Needed, vacancies: Mapping[ObjectName, Vacancy]) -> Needed:
    """Compare the properties to create with the room that the platform has for them."""
    created, findings = needed.created(), [*needed.findings]
    crowded: set[str] = set()
    for name, items in sorted(created.items()):
        vacancy = vacancies.get(name, Vacancy())
        findings += [_archived(name, item) for item in items if item in vacancy.archived]
        if vacancy.left is not None and vacancy.left < len(items):
            crowded.add(name)
            findings.append(_no_room(name, items, vacancy.left))
    lost = {(name, item) for name in crowded for item in created[name]}
    changes = (item for item in needed.changes if item.place[0] not in crowded or _extends(item))
    targets = (item for item in needed.targets if (item.spec.object, item.name) not in lost)
    return Needed(tuple(changes), tuple(targets), tuple(findings))


def _extends(change: GroupChange | DefinitionChange) -> bool:
    return isinstance(change, DefinitionChange) and change.before is not None


def _existing(target: Target, present: Mapping[str, PropertyDefinition]) -> PropertyDefinition | None:
    """Find the platform's property of a name; one of ours must differ from all others by more than its case."""
    found = present.get(target.name)
    if found is None and target.spec.policy == "own":
        return next((item for name, item in present.items() if name.lower() == target.name), None)
    return found


def _problem(target: Target, existing: PropertyDefinition | None, manifest: Manifest, group: str) -> Finding | None:
    """Say why a property cannot be written, if it cannot."""
    spec, native = target.spec, target.spec.policy != "own"
    skip = f'name "{spec.object}.{spec.name}" in [writeback] skip'
    if existing is None:
        return _finding("native-missing", target, f"the platform has no such property: {skip}") if native else None
    owned = (spec.object, target.name) in manifest.properties
    alien = not owned and (existing.group != group or not compatible(spec.type, existing.type))
    if not native and (alien or existing.name != target.name):
        return _finding("name-clash", target, f"somebody else's property has this name: set another prefix, or {skip}")
    if not compatible(spec.type, existing.type):
        return _finding("type-differs", target, f"the platform's type is {existing.type}, not {spec.type}: {skip}")
    if existing.read_only:
        return _finding("read-only", target, f"the platform lets nobody write it: {skip}")
    if native and (lacking := _lacking(target, existing)):
        values = ", ".join(option.value for option in lacking)
        return _finding("options-missing", target, f"the platform lacks its options {values}: add them, or {skip}")
    return None


def _has_group(present: Mapping[str, PropertyDefinition], manifest: Manifest, name: str, group: str) -> bool:
    return (name, group) in manifest.groups or any(item.group == group for item in present.values())


def _lacking(target: Target, existing: PropertyDefinition) -> tuple[Option, ...]:
    known = {option.value for option in existing.options}
    lacking = tuple(option for option in target.spec.options if option.value not in known)
    return () if existing.options_external else lacking


def _renamed(target: Target, existing: PropertyDefinition) -> list[Finding]:
    """Say which options have other labels there: whoever changed them is right."""
    labels = {option.value: option.label for option in existing.options}
    other = [item.value for item in target.spec.options if labels.get(item.value, item.label) != item.label]
    message = f"{target.place}: the CRM has other labels for the options {', '.join(other)}; they stay as they are"
    return [Finding(severity="info", code="option-renamed", message=message)] if other else []


def _archived(name: str, item: str) -> Finding:
    message = (
        f"{name}.{item} was archived in the CRM: creating it brings the old property back, with its old definition and "
        "values; review the plan and apply it with --approve HASH, or delete the archived property there for good"
    )
    return Finding(severity="park", code="archived-property", message=message)


def _no_room(name: str, items: Collection[str], left: int) -> Finding:
    message = (
        f"the CRM has room for {left} more properties of {name}, {len(items) - left} fewer than are to be created "
        f"({', '.join(items)}): delete some there, or name some in [writeback] skip"
    )
    return Finding(severity="error", code="no-room", message=message)


def _created(target: Target, group: str) -> DefinitionChange:
    spec = target.spec
    definition = PropertyDefinition(
        object=spec.object,
        name=target.name,
        label=spec.label,
        type=spec.type,
        group=group,
        description=spec.description,
        options=spec.options,
    )
    return DefinitionChange(after=definition, reason="new property", by=spec.by)


def _extended(target: Target, existing: PropertyDefinition, lacking: tuple[Option, ...]) -> DefinitionChange:
    after = existing.model_copy(update={"options": (*existing.options, *lacking)})
    return DefinitionChange(before=existing, after=after, reason="new options", by=target.spec.by)


def _finding(code: str, target: Target, message: str) -> Finding:
    return Finding(severity="warning", code=code, message=f"{target.place} is not written: {message}")
