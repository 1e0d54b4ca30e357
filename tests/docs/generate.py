"""Writes the pages of docs/reference from the code: ``python tests/docs/generate.py``. A test holds them equal."""

from __future__ import annotations

import ast
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from crmbridge import PropertySpec, hookspecs
from crmbridge.centers import core
from crmbridge.cli.exitcodes import ExitCode
from crmbridge.config import Config, ConnectionTable, Section
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.plugins import Plugins

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
OURS = ("crmbridge", "crmbridge-consent", "crmbridge-journey", "crmbridge-personas", "crmbridge-roles")
MADE = "<!-- Written by tests/docs/generate.py; edit the code, then run it again. -->"


def page(title: str, *parts: str) -> str:
    """Put a page together."""
    return "\n\n".join([f"# {title}", MADE, *parts]) + "\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Write a Markdown table."""
    lines = [list(heads)]
    lines += [["---"] * len(lines[0]), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# Configuration


def config_page() -> str:
    """Every section and key of crmbridge.toml."""
    return page(
        "crmbridge.toml",
        "Paths are relative to the file. Unknown keys are errors. A secret never stands in the file: write "
        '`"env:NAME"` for an environment variable, or `"file:PATH"` for a file of mode 0600. The least that is needed:',
        '```toml\n[connections.main]\nconnector = "hubspot"\ntoken = "env:HUBSPOT_TOKEN"\n\n'
        '[privacy]\nprocessing = "record-required"\n```',
        "`crmbridge init` writes a file with every key, commented.",
        *_sections(Config, ""),
    )


def _sections(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        place = f"{prefix}{name}"
        if name == "connections":
            yield "## `[connections.NAME]`\n\nAn account of a CRM, under a name of yours. There may be several."
            yield _keys(ConnectionTable)
            yield 'With `connector = "hubspot"`:'
            yield _keys(HubSpotSettings)
        elif name == "plugins":
            yield "## `[plugins.NAME]`\n\nThe settings of one plugin; see its README in [plugins](../../plugins)."
        elif _is_section(field):
            section = typing.cast("type[Section]", field.annotation)
            yield f"## `[{place}]`\n\n{(inspect.getdoc(section) or '').splitlines()[0]}"
            yield _keys(section)
            yield from _sections(section, f"{place}.")


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, Section)


def _keys(model: type[BaseModel]) -> str:
    rows = [
        (f"`{name}`", _kind(field.annotation), _default(field), field.description)
        for name, field in model.model_fields.items()
        if not _is_section(field)
    ]
    return table(("key", "value", "default", "meaning"), rows)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "none" if value is None else f"`{_toml(value)}`"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value) if isinstance(value, int | float) else f'"{value}"'


def _kind(annotation: Any) -> str:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return _kind(args[0])
    if origin is Literal:
        return " or ".join(f"`{item}`" for item in args)
    if origin in (types.UnionType, typing.Union):
        return _kind(next(item for item in args if item is not type(None)))
    if origin is tuple:
        return f"list of: {_kind(args[0])}"
    if origin is dict:
        return f"table, {_kind(args[0])} to {_kind(args[1])}"
    names = {bool: "true or false", int: "whole number", float: "number", Decimal: "number", Path: "path"}
    return names.get(annotation, "text")


# Hooks

LONGEST_LINE = 120


def hooks_page() -> str:
    """Every hook with its signature, kind and failure policy."""
    source = ast.parse(inspect.getsource(hookspecs))
    specs = [node for node in source.body if isinstance(node, ast.FunctionDef)]
    policies = _policies()
    return page(
        "Hooks",
        "Every extension point, as `src/crmbridge/hookspecs.py` specifies it. The verb of a hook names its kind; each "
        "kind has one failure policy.",
        table(("kind", "answers", "when a plugin raises"), ((f"`{kind}`", *row) for kind, row in policies.items())),
        "An implementation is a plain function of the same name, marked with `hookimpl`, that takes all or some of the "
        "arguments. `async`, wrappers, defaults and keyword-only arguments are refused at registration. All but "
        "`register_connectors`, `register_commands` and `on_event` are pure: no I/O, no clock but `ctx.today`.",
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


def _hook(node: ast.FunctionDef, policies: Mapping[str, tuple[str, str]]) -> str:
    kind = node.name if node.name in policies else f"{node.name.partition('_')[0]}_*"
    failure = policies[kind][1]
    arguments, returned = ast.unparse(node.args), ast.unparse(node.returns) if node.returns else "None"
    signature = f"def {node.name}({arguments}) -> {returned}: ..."
    if len(signature) > LONGEST_LINE:
        signature = f"def {node.name}(\n    {arguments}\n) -> {returned}: ..."
    text = inspect.cleandoc(ast.get_docstring(node) or "").replace("``", "`")
    return f"## {node.name}\n\n```python\n{signature}\n```\n\n{text}\n\nA plugin raises: {failure}."


# Properties


def properties_page() -> str:
    """Every property that core and the four plugins write."""
    return page(
        "Properties",
        "What crmbridge writes, with the four plugins of this repository and their default settings. The names stand "
        "with the default prefix `crmb_`. *Written* is `yes` by default; the others are named in "
        "`[writeback] properties`, by the first column. A stamp travels only with another change of its record.",
        table(("name", "on the platform", "label", "values", "fold", "written", "by"), map(_property, specs())),
        "The folds are explained in [one value per record](../decisions/0005-one-value-per-record.md).",
    )


def specs() -> tuple[PropertySpec, ...]:
    """The properties of what this repository holds, whatever else is installed."""
    ours = [item for item in metadata.entry_points(group="crmbridge") if item.dist and item.dist.name in OURS]
    return Plugins.load({}, builtins={"core": core}, entry_points=ours).properties()


def _property(spec: PropertySpec) -> tuple[object, ...]:
    values = ", ".join(f"`{option.value}`" for option in spec.options)
    kind = {"multi": "several of: ", "enumeration": "one of: "}.get(spec.type, spec.type)
    written = "stamp" if spec.stamp else "yes" if spec.core else "on demand"
    name = f"`{spec.object}.{spec.name}`"
    return name, f"`{spec.platform_name('crmb_')}`", spec.label, kind + values, spec.fold, written, spec.by


# Exit codes


def exit_codes_page() -> str:
    """The table of exit codes."""
    rows = ((int(code), code.name.lower().replace("_", " "), code.explain) for code in ExitCode)
    return page(
        "Exit codes",
        "Codes 10 to 14 are told only with `--exit-code`; without it they count as 0. Of several, the highest wins.",
        table(("code", "name", "meaning"), rows),
    )


PAGES: Mapping[str, Callable[[], str]] = {
    "config.md": config_page,
    "exit-codes.md": exit_codes_page,
    "hooks.md": hooks_page,
    "properties.md": properties_page,
}

if __name__ == "__main__":
    for name, write in PAGES.items():
        (REFERENCE / name).write_text(write(), encoding="utf-8")
