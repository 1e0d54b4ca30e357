"""Finds what judging may not touch, in the code that judging hooks lead to. Pure.

From a hook the names are followed: to functions of its module, and to the modules of the package that it imports. What
only ``on_event``, commands or a connector use is not looked at: those act.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from crmbridge.quality.package import JUDGING, Package
from crmbridge.quality.scale import Fault
from crmbridge.quality.source import Module

FORBIDDEN: Final = (
    *("aiohttp", "ftplib", "http.client", "httpx", "requests", "smtplib", "socket", "urllib.request", "urllib3"),
    *("asyncio", "multiprocessing", "subprocess", "threading"),
    *("os.environ", "os.getenv", "os.system", "getpass", "tempfile", "shutil", "sqlite3", "sqlalchemy"),
    *("random", "secrets", "uuid.uuid1", "uuid.uuid4", "os.urandom"),
    *(
        "time.time",
        "time.sleep",
        "time.time_ns",
        "time.monotonic",
        "time.perf_counter",
        "time.localtime",
        "time.gmtime",
    ),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
)
"""Dotted names, each with all below it."""

BUILTINS: Final = frozenset(("input", "open", "print"))


def pure(package: Package) -> Iterator[Fault]:
    """Nothing but its arguments decides what a judging hook answers."""
    remedy = "judge by the arguments and ctx.today alone; act in on_event or in a command"
    found: dict[str, Fault] = {}
    for module, node in _reached(package):
        for use in ast.walk(node):  # from the outside in: of ``random.random`` the whole is met first
            if name := _forbidden(module, use):
                problem = f"{name} is used where hooks judge"
                found.setdefault(module.at(use), Fault(module.at(use), problem, remedy))
    yield from found.values()


def _forbidden(module: Module, node: ast.AST) -> str:
    """The forbidden name that a node is; of ``a.b.c`` the whole is told once."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILTINS:
        own = node.func.id in module.aliases or node.func.id in module.functions
        return "" if own else node.func.id
    if isinstance(node, ast.Attribute) or (isinstance(node, ast.Name) and node.id in module.aliases):
        name = module.dotted(node)
        if any(
            name == item or (name.startswith(f"{item}.") and name.count(".") == item.count(".") + 1)
            for item in FORBIDDEN
        ):
            return name
    return ""


def _reached(package: Package) -> Iterator[tuple[Module, ast.AST]]:
    """Yield the parts of the hooks module, and the whole modules, that judging hooks lead to."""
    home = package.home
    parts = _followed(home, [function for name, function in package.hooks.items() if name.startswith(JUDGING)])
    yield from ((home, part) for part in parts)
    by_name = {module.name: module for module in package.modules}
    ahead = [name for part in parts for name in _names(home, part)]
    seen = {home.name}
    while ahead:
        module = _module(by_name, ahead.pop())
        if module is not None and module.name not in seen:
            seen.add(module.name)
            yield module, module.tree
            ahead += [whole for _, _, whole in module.imports]


def _followed(home: Module, first: list[ast.FunctionDef | ast.AsyncFunctionDef]) -> list[ast.AST]:
    """The functions and classes at the top of a module that these lead to, themselves included."""
    local: dict[str, ast.AST] = {**home.functions, **home.classes}
    ahead: list[ast.AST] = list(first)
    found: list[ast.AST] = []
    while ahead:
        part = ahead.pop()
        if part not in found:
            found.append(part)
            ahead += [local[node.id] for node in ast.walk(part) if isinstance(node, ast.Name) and node.id in local]
    return found


def _names(home: Module, part: ast.AST) -> set[str]:
    """The dotted names that a part of a module uses."""
    return {home.dotted(node) for node in ast.walk(part) if isinstance(node, ast.Name | ast.Attribute)}


def _module(by_name: dict[str, Module], whole: str) -> Module | None:
    """The module of the package that a dotted name is in."""
    while whole and whole not in by_name:
        whole = whole.rpartition(".")[0]
    return by_name.get(whole)
