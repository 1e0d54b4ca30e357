"""Reads Python without running it: what a module imports, calls, marks as hooks and defines."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from crmbridge.errors import FixPlugin

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One module of a plugin.

    Attributes:
        path: Below the plugin's folder, with slashes.
        name: As it is imported.
        text: Its source.
    """

    path: str
    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree.

        Raises:
            FixPlugin: It is no Python.
        """
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            raise FixPlugin(f"{self.path}:{line} is not Python", remedy="mend the syntax") from None

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree, functions' bodies included."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """The names that imports bind, in any scope, to what they stand for: ``date`` to ``datetime.date``."""
        return {bound: whole for _, bound, whole in self.imports}

    @cached_property
    def imports(self) -> tuple[tuple[int, str, str], ...]:
        """Every imported name: line, the name it is bound to, and its dotted name."""
        found: list[tuple[int, str, str]] = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for item in node.names:
                    top = item.name.partition(".")[0]
                    found.append((node.lineno, item.asname or top, item.name if item.asname else top))
                    found.append((node.lineno, f"import {item.name}", item.name))
            elif isinstance(node, ast.ImportFrom):
                home = self._home(node)
                found += [(node.lineno, item.asname or item.name, f"{home}.{item.name}") for item in node.names]
        return tuple(found)

    def _home(self, node: ast.ImportFrom) -> str:
        """The module that ``from … import`` names, dots before it resolved."""
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        up = node.level - 1 if self.path.endswith("__init__.py") else node.level
        return ".".join([*parts[: len(parts) - up], *([node.module] if node.module else [])])

    def at(self, node: ast.AST | int) -> str:
        """Say where a node is."""
        return f"{self.path}:{node if isinstance(node, int) else getattr(node, 'lineno', 1)}"

    def dotted(self, node: ast.AST) -> str:
        """The dotted name of an expression, its first part resolved by the imports; empty if it is no name."""
        if isinstance(node, ast.Attribute):
            home = self.dotted(node.value)
            return f"{home}.{node.attr}" if home else ""
        if isinstance(node, ast.Name):
            return self.aliases.get(node.id, node.id)
        if isinstance(node, ast.Call | ast.Subscript):
            return ""
        return ""

    def calls(self, name: str) -> Iterator[ast.Call]:
        """Yield the calls of something whose dotted name ends with this."""
        for node in self.nodes:
            if isinstance(node, ast.Call) and self.dotted(node.func).rpartition(".")[2] == name:
                yield node

    @cached_property
    def hooks(self) -> Mapping[str, Function]:
        """The functions marked as hooks, by hook."""
        found = {}
        for node in self.nodes:
            if isinstance(node, Function):
                for mark in node.decorator_list:
                    call = mark if isinstance(mark, ast.Call) else None
                    if self.dotted(call.func if call else mark).rpartition(".")[2] == "hookimpl":
                        found[constant(keyword(call, "specname")) or node.name] = node
        return found

    @cached_property
    def classes(self) -> Mapping[str, ast.ClassDef]:
        """The classes it defines, by name."""
        return {node.name: node for node in self.nodes if isinstance(node, ast.ClassDef)}

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """The functions at its top, by name."""
        return {node.name: node for node in self.tree.body if isinstance(node, Function)}

    def bases(self, node: ast.ClassDef) -> Iterator[str]:
        """Yield the last names of a class's bases, as they are called where they come from."""
        for base in node.bases:
            head = base.value if isinstance(base, ast.Subscript) else base
            yield self.dotted(head).rpartition(".")[2]


def keyword(call: ast.Call | None, name: str) -> ast.expr | None:
    """The value that a call gives to a keyword."""
    return next((item.value for item in call.keywords if item.arg == name), None) if call else None


def constant(node: ast.expr | None) -> str:
    """The text that an expression is; empty if it is something else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def fields(node: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    """Yield the annotated public fields of a class; class variables are none."""
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            plain = ast.unparse(item.annotation)
            if not item.target.id.startswith("_") and item.target.id != "model_config" and "ClassVar" not in plain:
                yield item


def field_name(field: ast.AnnAssign) -> str:
    """The name of a field."""
    return field.target.id if isinstance(field.target, ast.Name) else ""
