"""The hooks: signature, age, when each fires, and what happens if a plugin raises."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping

from crmbridge import hookspecs
from crmbridge.hookspecs import since
from crmbridge.plugins.hooks import SPECIFICATIONS
from docpages.lifecycle import fires
from docpages.writing import page, signature, table


def hooks_page() -> str:
    """Every hook with its signature, kind and failure policy."""
    source = ast.parse(inspect.getsource(hookspecs))
    specs = [node for node in source.body if isinstance(node, ast.FunctionDef) and node.name in SPECIFICATIONS]
    policies = _policies()
    return page(
        "Hooks",
        "Every extension point, as `src/crmbridge/hookspecs.py` specifies it. The verb of a hook names its kind; each "
        "kind has one failure policy.",
        table(("kind", "answers", "when a plugin raises"), ((f"`{kind}`", *row) for kind, row in policies.items())),
        "An implementation is a plain function of the same name, marked with `hookimpl`, that takes all or some of the "
        "arguments. `async`, wrappers, defaults and keyword-only arguments are refused at registration. All but "
        "`register_connectors`, `register_commands` and `on_event` are pure: no I/O, no clock but `ctx.today`.",
        "In the order of their specification; behind each argument stands the version since which it is there. "
        "[When each hook fires](../plugins/lifecycle.md) shows the same as a picture, and "
        "[compatibility](../plugins/compatibility.md) says how long it stays.",
        table(
            ("hook", "since", "arguments", "fires", "when a plugin raises"), (_row(node, policies) for node in specs)
        ),
        *(_hook(node, policies) for node in specs),
    )


def _policies() -> dict[str, tuple[str, str]]:
    """The table in the docstring of the hook specifications."""
    lines = (hookspecs.__doc__ or "").splitlines()
    rules = [number for number, line in enumerate(lines) if line.startswith("===")]
    first, second = (len(part) for part in lines[rules[0]].split()[:2])
    found: dict[str, tuple[str, str]] = {}
    last = ""
    for line in lines[rules[1] + 1 : rules[2]]:
        kind, rest = line[:first].strip(" `"), line[first:].strip("` ")
        answers, failure = rest[: second + 1].strip(), rest[second + 1 :].strip()
        last = last if failure == "same" else failure
        found[kind] = (answers, last)
    return found


def _kind(name: str, policies: Mapping[str, tuple[str, str]]) -> str:
    return name if name in policies else f"{name.partition('_')[0]}_*"


def _row(node: ast.FunctionDef, policies: Mapping[str, tuple[str, str]]) -> tuple[str, ...]:
    version, versions = since(getattr(hookspecs, node.name))
    arguments = ", ".join(f"`{name}` {versions[name]}" for name in SPECIFICATIONS[node.name])
    link = f"[`{node.name}`](#{node.name})"
    return link, version, arguments, fires(node.name), policies[_kind(node.name, policies)][1]


def _hook(node: ast.FunctionDef, policies: Mapping[str, tuple[str, str]]) -> str:
    text = inspect.cleandoc(ast.get_docstring(node) or "").replace("``", "`")
    failure = policies[_kind(node.name, policies)][1]
    return f"## {node.name}\n\n```python\n{signature(node)}\n```\n\n{text}\n\nA plugin raises: {failure}."
