"""Writes the pages of docs/reference from the code: ``python tests/docs/generate.py``. A test holds them equal."""

from __future__ import annotations

import ast
import inspect
import re
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
from crmbridge.connector import account, protocol, writing
from crmbridge.connector import reading as read
from crmbridge.connectors.hubspot import history, links, paths, reading, searching
from crmbridge.connectors.hubspot.fields import FIELDS, FIXED, reading_of
from crmbridge.connectors.hubspot.kinds import PLURALS
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.connectors.hubspot.version import API_VERSION
from crmbridge.errors import FixCredential, FixRequest, GrantScope, NotSupported, RecordMissing, RetryLater
from crmbridge.plugins import Plugins

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
OURS = (
    "crmbridge",
    "crmbridge-consent",
    "crmbridge-journey",
    "crmbridge-personas",
    "crmbridge-roles",
    "crmbridge-values",
)
RAISED = (RetryLater, FixCredential, GrantScope, FixRequest, RecordMissing, NotSupported)
VALUES = tuple(
    value
    for module in (account, read, writing)
    for value in vars(module).values()
    if isinstance(value, type) and value.__module__ == module.__name__
)
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
        '`"env:NAME"` for an environment variable, `"file:PATH"` for a file of mode 0600, or `"keyring:NAME"` for the '
        "system's keyring ([credentials](../howto/credentials.md)). The least that is needed:",
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


# The connector protocol

_LISTED = re.compile(r"^ {4}(?=\S)", re.MULTILINE)


def connector_page() -> str:
    """Every method of the protocol, and what it is given and returns."""
    return page(
        "The connector protocol",
        "For authors of a connector: what `crmbridge.connector.Connector` asks of a platform. Subclass "
        "`ConnectorDefaults`, which refuses every optional method, write what the platform can, say so in "
        "`capabilities`, and run `crmbridge.testing.ConnectorContract` against it; "
        "[contract tests](../../tests/contract/test_memory.py) show how.",
        prose(inspect.getdoc(protocol.Connector) or ""),
        table(("error", "when to raise it"), ((f"`{error.__name__}`", first_line(error)) for error in RAISED)),
        "A batch in which some rows fail is no error: each row has its outcome. An exception means that nothing of "
        "the batch was written, or, for `RetryLater`, that nobody knows: whoever called reads back first. Methods that "
        "take any number may have done a part of it by then; calling those again is harmless.",
        *(_method(node) for node in _methods(protocol, "Connector")),
        "## What is given and returned",
        *(_value(value) for value in VALUES),
    )


def _methods(module: types.ModuleType, name: str) -> list[ast.FunctionDef]:
    body = ast.parse(inspect.getsource(getattr(module, name))).body[0]
    assert isinstance(body, ast.ClassDef)
    return [node for node in body.body if isinstance(node, ast.FunctionDef)]


def _method(node: ast.FunctionDef) -> str:
    arguments = ast.unparse(node.args)
    returned = ast.unparse(node.returns) if node.returns else "None"
    signature = f"def {node.name}({arguments}) -> {returned}: ..."
    if len(signature) > LONGEST_LINE:
        signature = f"def {node.name}(\n    {arguments}\n) -> {returned}: ..."
    if node.decorator_list:
        signature = f"@property\n{signature}"
    return f"## {node.name}\n\n```python\n{signature}\n```\n\n{prose(ast.get_docstring(node) or '')}"


def _value(value: type) -> str:
    return f"### {value.__name__}\n\n{prose(inspect.getdoc(value) or '')}"


def prose(docstring: str) -> str:
    """Write a docstring as Markdown: one line per attribute or argument, code in single ticks."""
    text, _, attributes = re.sub(r"\n\n(Args|Attributes):\n", "\0", docstring.replace("``", "`")).partition("\0")
    items = [" ".join(item.split()) for item in _LISTED.split(attributes) if item.strip()]
    rows = (item.partition(": ") for item in items)
    listed = "\n".join(f"- `{name}`: {meaning}" for name, _, meaning in rows)
    return f"{text}\n\n{listed}" if listed else text


def first_line(value: type) -> str:
    """Return the first line of a docstring."""
    return prose((inspect.getdoc(value) or "").splitlines()[0])


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
        "Codes 10 to 15 are told only with `--exit-code`; without it they count as 0. Of several, the highest wins.",
        table(("code", "name", "meaning"), rows),
    )


# HubSpot


def hubspot_page() -> str:
    """What is read from HubSpot: objects, properties, calls."""
    return page(
        "HubSpot",
        "What crmbridge reads from HubSpot. Of an object it asks for the properties in this table, for those that "
        "plugins name in `register_inputs`, and for no others. A field whose properties are empty, or hold what cannot "
        "be read, keeps its default.",
        table(("object", "on HubSpot", "field", "filled from"), _hubspot_rows()),
        "Bodies of e-mails, notes and calls fill no field: a plugin that needs one names its property, and finds it in "
        "`properties`. HubSpot names no address of those who attend a meeting: they are the contacts linked to it. "
        "A message or a letter that somebody logged counts as ours, since HubSpot does not say which way it went.",
        "An object that the account defined is read under a name of your choice, here `custom.machine`, and needs the "
        "scope `crm.objects.custom.read`:",
        '```toml\n[connections.main]\nconnector = "hubspot"\ntoken = "env:HUBSPOT_TOKEN"\n'
        'custom_objects = { machine = "2-1234567" }\n```',
        "## Calls",
        f"In version `{API_VERSION}` of the API. *Budget*: lists and batches share the calls in any 10 seconds, "
        "searches have calls in each second of their own.",
        table(("to read", "call", "most at once", "budget"), _hubspot_calls()),
        f"A list whose properties make a query longer than {reading.QUERY_LIMIT:,} characters, and a search whose body "
        f"would pass {searching.BODY_LIMIT:,}, ask for ids only; the records then come by batch read.",
    )


def _hubspot_rows() -> Iterator[tuple[str, str, str, str]]:
    for name in (*FIELDS, "custom.NAME"):
        asked = reading_of(name)
        kind = f"`{PLURALS[name]}`" if name in PLURALS else "its type id"
        yield from (
            (f"`{name}`", kind, f"`{field}`", ", ".join(f"`{one}`" for one in found))
            for field, found in sorted(
                [(field, (prop,)) for field, _, prop in asked.single]
                + [(field, properties) for field, _, properties in asked.joined]
            )
        )
        for field, value in FIXED.get(name, {}).items():
            yield f"`{name}`", kind, f"`{field}`", f"always `{value}`"


def _hubspot_calls() -> Iterator[tuple[object, ...]]:
    objects, batch = paths.objects("contact"), paths.objects("contact", "batch/read")
    search, pairs = paths.objects("contact", "search"), paths.associations("deal", "contact")
    shared, own = "shared", "searches"
    yield "all records, upwards", f"`GET {objects}`", f"{reading.LIST_LIMIT} records", shared
    yield "all records, downwards", f"`POST {search}`", f"{searching.SEARCH_LIMIT} records", own
    yield "what was modified", f"`POST {search}`", f"{searching.SEARCH_LIMIT} ids", own
    yield "records by id", f"`POST {batch}`", f"{reading.READ_LIMIT} records", shared
    yield "who set values", f"`POST {batch}`", f"{history.HISTORY_LIMIT} records", shared
    yield "archived records", f"`GET {objects}?archived=true`", f"{reading.LIST_LIMIT} ids", shared
    yield "what became of a record", f"`POST {batch}?archived=true`", f"{reading.READ_LIMIT} ids", shared
    yield "merged or deleted", f"`GET {objects}/ID`", "1 record", shared
    yield "links", f"`POST {pairs}`", f"{links.BATCH_LIMIT:,} records", shared
    yield "owners and teams", f"`GET {paths.OWNERS}`", f"{reading.LIST_LIMIT} owners", shared
    yield "pipelines", f"`GET {paths.pipelines('deal')}`, `GET {paths.pipelines('ticket')}`", "all", shared


PAGES: Mapping[str, Callable[[], str]] = {
    "config.md": config_page,
    "connector.md": connector_page,
    "exit-codes.md": exit_codes_page,
    "hooks.md": hooks_page,
    "hubspot.md": hubspot_page,
    "properties.md": properties_page,
}

if __name__ == "__main__":
    for name, write in PAGES.items():
        (REFERENCE / name).write_text(write(), encoding="utf-8")
