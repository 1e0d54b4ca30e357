"""What can be read from the models of a plugin's settings. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from crmbridge.quality.package import Package
from crmbridge.quality.scale import Fault
from crmbridge.quality.source import Module, constant, field_name, fields, keyword

BASES: Final = ("PluginSettings", "ConnectorSettings", "BaseModel")

_SECRET: Final = re.compile(r"(^|_)(token|secret|password|passphrase|(api|access|private|service|signing)_?key)$")

Model = tuple[Module, ast.ClassDef]


def models(package: Package) -> list[Model]:
    """The models that the hooks register, and those that their fields lead to; of a lone file all of its settings."""
    classes = {name: (module, node) for module in reversed(package.modules) for name, node in module.classes.items()}
    ahead = [name for name in _registered(package) if name in classes]
    found: dict[str, Model] = {}
    while ahead:
        name = ahead.pop(0)
        if name not in found and _is_model(name, classes):
            module, node = found[name] = classes[name]
            ahead += [item for item in module.bases(node) if item in classes]
            ahead += [item for field in fields(node) for item in _named(module, field) if item in classes]
    return list(found.values())


def _registered(package: Package) -> Iterator[str]:
    """Yield the names in what ``register_settings`` returns, and the settings of each connector."""
    home = package.home
    if function := package.hooks.get("register_settings"):
        for part in (function.returns, *function.body):
            yield from _last_names(home, part) if part is not None else ()
    for call in home.calls("ConnectorSpec"):
        if settings := keyword(call, "settings"):
            yield from _last_names(home, settings)


def _named(module: Module, field: ast.AnnAssign) -> Iterator[str]:
    """Yield the names in a field's annotation, aliases of types at the top of the module followed."""
    kinds = {
        target.id: node.value
        for node in module.tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for name in _last_names(module, field.annotation):
        yield name
        if name in kinds:
            yield from _last_names(module, kinds[name])


def _last_names(module: Module, part: ast.AST) -> Iterator[str]:
    """Yield the last part of each name, those in quoted annotations too."""
    for node in ast.walk(part):
        if isinstance(node, ast.Name | ast.Attribute):
            yield module.dotted(node).rpartition(".")[2]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\w+", node.value)


def _is_model(name: str, classes: dict[str, Model], depth: int = 0) -> bool:
    if name in BASES:
        return True
    if name not in classes or depth > len(classes):
        return False
    module, node = classes[name]
    return any(_is_model(base, classes, depth + 1) for base in module.bases(node))


def settings_model(package: Package) -> Iterator[Fault]:
    """Unknown keys are errors, and what is secret hides itself."""
    for module, node in models(package):
        config = _config(node)
        extra, frozen = config.get("extra"), config.get("frozen")
        if constant(extra) != "forbid" and (extra is not None or "BaseModel" in module.bases(node)):
            remedy = 'derive it from PluginSettings, or set extra="forbid"'
            yield Fault(module.at(node), f"{node.name} takes unknown keys", remedy)
        if isinstance(frozen, ast.Constant) and frozen.value is False:
            yield Fault(module.at(node), f"{node.name} can be changed", "leave it frozen")
        for item in fields(node):
            if _SECRET.search(field_name(item)) and re.search(r"\bstr\b", ast.unparse(item.annotation)):
                yield Fault(module.at(item), f"{field_name(item)} is a plain text", "annotate it with SecretStr")


def _config(node: ast.ClassDef) -> dict[str, ast.expr]:
    """What ``model_config`` says, written as a call or as a dictionary."""
    for item in node.body:
        targets = item.targets if isinstance(item, ast.Assign) else [getattr(item, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "model_config" for target in targets):
            value = getattr(item, "value", None)
            if isinstance(value, ast.Call):
                return {part.arg: part.value for part in value.keywords if part.arg}
            if isinstance(value, ast.Dict):
                return {constant(name): part for name, part in zip(value.keys, value.values, strict=True)}
    return {}


def settings_described(package: Package) -> Iterator[Fault]:
    """Each field has a description, in ``Field`` or under ``Attributes:``."""
    for module, node in models(package):
        told = ast.get_docstring(node) or ""
        for item in fields(node):
            name = field_name(item)
            call = item.value if isinstance(item.value, ast.Call) else None
            if keyword(call, "description") is None and not re.search(rf"^\s*{name}:", told, re.MULTILINE):
                remedy = 'say it in Field(description="…") or under Attributes: of the class'
                yield Fault(module.at(item), f"{name} does not say what it means", remedy)


def keys(package: Package) -> dict[str, bool]:
    """The keys that a user can set, and whether each is a secret."""
    return {
        field_name(item): "SecretStr" in ast.unparse(item.annotation)
        for _, node in models(package)
        for item in fields(node)
    }
