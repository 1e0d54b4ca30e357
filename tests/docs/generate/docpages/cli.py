"""The commands, with their help as plain text, and their exit codes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import typer

from crmbridge.cli import app
from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.options import Judging
from docpages.writing import page, table

WIDTH = 110
COLUMN = 24
SHARED = [item.name for item in fields(Judging)]


def cli_page() -> str:
    """Every command with what it takes."""
    root: Any = typer.main.get_command(app)
    shared = {param.name: _option(param) for param in root.commands["plan"].params if param.name in SHARED}
    options = "\n".join(shared.values())
    return page(
        "Commands",
        "What `--help` says of each command. Plugins may add commands: `crmbridge plugins` names them. How a command "
        "ended is told by its [exit code](exit-codes.md).",
        f"```text\n{_help(root, 'crmbridge', {})}\n```",
        "## Options of many commands",
        "A command that takes one of these names it under *Also*.",
        f"```text\n{options}\n```",
        *(f"## {name}\n\n```text\n{_help(found, name, shared)}\n```" for name, found in commands(root, "crmbridge")),
    )


def commands(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield all commands by their full names: a group, then what is in it."""
    for name, found in group.commands.items():
        yield f"{prefix} {name}", found
        if hasattr(found, "commands"):
            yield from commands(found, f"{prefix} {name}")


def _help(command: Any, name: str, shared: Mapping[str, str]) -> str:
    params = [param for param in command.params if not getattr(param, "hidden", False)]
    also = [param for param in params if param.name in shared and _option(param) == shared[param.name]]
    own = [param for param in params if param not in also]
    parts = [_usage(command, name), _filled(command.help or "")]
    parts += ["\n".join(_option(param) for param in own)] if own else []
    if also:
        parts.append(_filled(f"Also: {', '.join(param.opts[0] for param in also)}"))
    if hasattr(command, "commands"):
        rows = (_row(word, (found.help or "").splitlines()[0]) for word, found in command.commands.items())
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def _usage(command: Any, name: str) -> str:
    words = [param.metavar or param.name.upper() for param in command.params if param.param_type_name == "argument"]
    if hasattr(command, "commands"):
        words.append("COMMAND")
    return " ".join([name, "[OPTIONS]", *words])


def _option(param: Any) -> str:
    return _row(" ".join(filter(None, [_names(param), _value(param)])), f"{param.help or ''}{_notes(param)}")


def _names(param: Any) -> str:
    if param.param_type_name == "argument":
        return str(param.metavar or param.name.upper())
    return ", ".join([*param.opts, *param.secondary_opts])


def _value(param: Any) -> str:
    if param.param_type_name == "argument" or param.is_flag or param.count:
        return ""
    return str(param.metavar or param.name.upper())


def _notes(param: Any) -> str:
    notes = []
    if param.required and param.param_type_name == "option":
        notes.append("required")
    if param.default not in (None, "", False, True, 0, ()) and not callable(param.default):
        notes.append(f"default: {getattr(param.default, 'value', param.default)}")
    if param.envvar:
        notes.append(f"environment: {param.envvar}")
    return f" [{'; '.join(notes)}]" if notes else ""


def _row(head: str, text: str) -> str:
    """Write a name and its text in two columns, a long name on a line of its own."""
    lines = textwrap.wrap(" ".join(text.split()), WIDTH - COLUMN - 2, break_long_words=False) or [""]
    pad = " " * (COLUMN + 2)
    first = f"  {head:<{COLUMN}}" if len(head) < COLUMN else f"  {head}\n{pad}"
    return f"\n{pad}".join([f"{first}{lines[0]}".rstrip(), *lines[1:]])


def _filled(text: str) -> str:
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return "\n\n".join(textwrap.fill(part, WIDTH, break_on_hyphens=False) for part in paragraphs)


def exit_codes_page() -> str:
    """The table of exit codes."""
    rows = ((int(code), code.name.lower().replace("_", " "), code.explain) for code in ExitCode)
    return page(
        "Exit codes",
        "Codes 10 to 15 are told only with `--exit-code`; without it they count as 0. Of several, the highest wins.",
        table(("code", "name", "meaning"), rows),
    )
