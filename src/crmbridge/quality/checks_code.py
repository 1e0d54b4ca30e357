"""What can be read from a plugin's modules: shape, imports, annotations, errors, capabilities. Pure."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from importlib import import_module
from typing import Final

from crmbridge import hookspecs
from crmbridge.quality.checks_settings import models
from crmbridge.quality.package import Package
from crmbridge.quality.rules import Trait
from crmbridge.quality.scale import Fault
from crmbridge.quality.source import Module, constant, keyword

MOST_LINES: Final = 60
"""Lines of the hooks module that are not empty."""

HOOKS: Final = frozenset(name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "crmbridge_spec"))
PREFIX: Final = "crmb_"

PUBLIC: Final = ("crmbridge", "crmbridge.errors", "crmbridge.model", "crmbridge.model.mappings")
OF_CONNECTORS: Final = ("crmbridge.connector", "crmbridge.http")

CLIENTS: Final = ("aiohttp", "http.client", "httpx", "requests", "socket", "urllib.request", "urllib3")
SLEEPS: Final = ("asyncio.sleep", "time.sleep")

_ERRORS: Final = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Exception)
)


def common_modules(package: Package) -> Iterator[Fault]:
    """Hooks only in ``__init__.py``, and settings in ``settings.py``."""
    home = package.home
    if not home.path.endswith("__init__.py"):
        yield Fault(home.path, "the hooks are not in __init__.py", "let the entry point lead to the package")
    lines = sum(bool(line.strip()) for line in home.text.splitlines())
    if lines > MOST_LINES:
        yield Fault(home.path, f"it has {lines} lines, more than {MOST_LINES}", "move what hooks do to modules")
    yield from _others(home)
    for module, node in models(package)[:1]:
        if not module.path.endswith("/settings.py"):
            yield Fault(module.at(node), f"{node.name} is not in settings.py", "move it there")
    for module in package.modules:
        if module is not home:
            for name, function in module.hooks.items():
                yield Fault(module.at(function), f"the hook {name} is not in {home.path}", "move it there")


def _others(home: Module) -> Iterator[Fault]:
    """What stands between the hooks; functions that open a connector late, or run a command, may."""
    hooks = set(home.hooks.values())
    calls = [call for name in ("ConnectorSpec", "CommandSpec") for call in home.calls(name)]
    given = {item.value.id for call in calls for item in call.keywords if isinstance(item.value, ast.Name)}
    for name, node in {**home.functions, **home.classes}.items():
        if node not in hooks and name not in given:
            yield Fault(home.at(node), f"{name} is no hook", "move it to a module of its own")


def slips(package: Package) -> Iterator[Fault]:
    """What crmbridge passes over in silence, and nobody wants: a hook without its mark, a prefix written twice."""
    home, marked = package.home, set(package.home.hooks.values())
    for name, function in home.functions.items():
        if name in HOOKS and function not in marked:
            yield Fault(home.at(function), f"{name} is a hook's name, but it is not marked", "write @hookimpl above it")
    for module in package.modules:
        for call in module.calls("PropertySpec"):
            name = constant(keyword(call, "name")) or ""
            if name.startswith(PREFIX):
                remedy = f"leave {PREFIX} out: crmbridge puts it before the name"
                yield Fault(module.at(call), f"the property {name} begins with the prefix", remedy)


def public_names(package: Package) -> Iterator[Fault]:
    """Of crmbridge only what it promises to keep."""
    homes = PUBLIC + (OF_CONNECTORS if Trait.CONNECTS in package.traits else ())
    for module in package.modules:
        for line, bound, whole in module.imports:
            if whole.partition(".")[0] == "crmbridge" and not _is_public(whole, bound, homes):
                yield Fault(module.at(line), f"{whole} is no public name", _instead(whole, homes))


def _instead(whole: str, homes: tuple[str, ...]) -> str:
    """Say where else the name is public."""
    name = whole.rpartition(".")[2]
    if name == "*":
        return "import each name by itself"
    found = next((home for home in homes if _is_public(f"{home}.{name}", name, homes)), None)
    return f"write: from {found} import {name}" if found else f"do without; public are {', '.join(homes)}"


def _is_public(whole: str, bound: str, homes: tuple[str, ...]) -> bool:
    if whole in homes:
        return True
    home, _, name = whole.rpartition(".")
    if home not in homes or bound.startswith("import "):
        return False
    module = import_module(home)
    return name in getattr(module, "__all__", dir(module)) and (not name.startswith("_") or name == "__version__")


def properties_described(package: Package) -> Iterator[Fault]:
    """Each property has a description."""
    for module in package.modules:
        for call in module.calls("PropertySpec"):
            said = keyword(call, "description")
            if not any(item.arg is None for item in call.keywords) and (
                said is None or (isinstance(said, ast.Constant) and not said.value)
            ):
                name = constant(keyword(call, "name")) or "a property"
                yield Fault(module.at(call), f"{name} has no description", 'add description="…", one sentence')


def own_client(package: Package) -> Iterator[Fault]:
    """No HTTP client and no sleep besides those of ``crmbridge.http``."""
    for module in package.modules:
        for line, bound, whole in module.imports:
            if not bound.startswith("import ") and _within(whole, CLIENTS + SLEEPS):
                yield Fault(module.at(line), f"{whole} is used", "let crmbridge.http.HttpClient call, wait and retry")
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and _within(module.dotted(node), SLEEPS):
                yield Fault(module.at(node), f"{module.dotted(node)} is used", "let crmbridge.http.HttpClient wait")


def errors_by_recovery(package: Package) -> Iterator[Fault]:
    """What leaves the connector says what the caller does next; validators raise ``ValueError``."""
    within = {node for _, model in models(package) for node in ast.walk(model)}
    caught = {name for module in package.modules for name in _caught(module)}
    for module in package.modules:
        for node in module.nodes:
            if isinstance(node, ast.Raise) and node.exc is not None and node not in within:
                raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                name = module.dotted(raised)
                if (name in _ERRORS and name not in caught) or _within(name, CLIENTS):
                    remedy = "raise one of crmbridge.errors, named by what the caller does next"
                    yield Fault(module.at(node), f"{name} is raised", remedy)


def _caught(module: Module) -> Iterator[str]:
    """Yield the names of the errors that a module catches."""
    for node in module.nodes:
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            yield from (module.dotted(kind) for kind in kinds)


def strict_typing(package: Package) -> Iterator[Fault]:
    """``py.typed`` is there, and every parameter and result is annotated."""
    folder = package.home.path.rpartition("/")[0]
    if f"{folder}/py.typed" not in package.files:
        yield Fault(folder, "py.typed is missing", "put an empty file py.typed into the package")
    for module in package.modules:
        for node in module.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names = list(_bare(node))
                if names:
                    yield Fault(module.at(node), f"{node.name} lacks annotations: {', '.join(names)}", "annotate them")


def _bare(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
    for item in every:
        if item is not None and item.annotation is None and item.arg not in ("self", "cls"):
            yield item.arg
    if node.returns is None:
        yield "its result"


def incremental(package: Package) -> Iterator[Fault]:
    """``changes=True`` among the capabilities."""
    yield from _declares(package, "changes", "implement read_changes and declare changes=True, or exempt it")


def stale_records(package: Package) -> Iterator[Fault]:
    """``archived`` among the capabilities."""
    yield from _declares(
        package, "archived", "implement read_archived and read_fates and declare archived, or exempt it"
    )


def _declares(package: Package, name: str, remedy: str) -> Iterator[Fault]:
    calls = [call for module in package.modules for call in module.calls("Capabilities")]
    given = [keyword(call, name) for call in calls]
    if not any(item is not None and ast.unparse(item) not in ("False", "()") for item in given):
        yield Fault(package.home.path, f"Capabilities declares no {name}", remedy)


def webhooks_verified(package: Package) -> Iterator[Fault]:
    """Signatures go through ``compare_digest``."""
    if not any(True for module in package.modules for _ in module.calls("compare_digest")):
        yield Fault(package.home.path, "no signature is compared", "compare it with hmac.compare_digest")


def _within(name: str, homes: tuple[str, ...]) -> bool:
    return any(name == home or name.startswith(f"{home}.") for home in homes)
