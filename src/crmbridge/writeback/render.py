"""Shows a plan: as text, as Markdown, as plain data for JSON. Pure; records appear by id only."""

from __future__ import annotations

import re
from typing import Any, Final

from crmbridge.model.changes import DefinitionChange, GroupChange, PropertyChange
from crmbridge.model.plan import Plan

EXAMPLES: Final = 3
_WIDEST: Final = 60  # characters of a value in a line
_MARKS: Final = {"error": "blocked", "park": "waits for approval", "warning": "warning", "info": "note"}


def to_data(plan: Plan, examples: int = EXAMPLES) -> dict[str, Any]:
    """Give a plan as JSON-able data: header, definitions, and up to ``examples`` rows of each property."""
    header = plan.header
    shown: dict[tuple[str, str], list[dict[str, str | None]]] = {}
    definitions: list[dict[str, str]] = []
    for change in plan:
        if not isinstance(change, PropertyChange):
            definitions.append(_definition(change))
        elif not change.stamp:
            rows = shown.setdefault((change.subject.object, change.property), [])
            if len(rows) < examples:
                rows.append(_row(change))
    properties = [
        {
            **count.model_dump(mode="json", exclude={"example"}),
            "version": header.plugins.get(count.by, ""),
            "examples": shown.get((count.object, count.property), []),
        }
        for count in header.counts
    ]
    facts = header.model_dump(mode="json", exclude={"counts", "definitions"})
    return {**facts, "definitions": definitions, "properties": properties}


def to_text(plan: Plan, examples: int = EXAMPLES) -> str:
    """Give a plan as plain text for a terminal."""
    data = to_data(plan, examples)
    lines = [_title(data)]
    lines += [f"  {item['action']} {item['place']} ({item['reason']}, {item['by']})" for item in data["definitions"]]
    for item in data["properties"]:
        lines += ["", f"{item['object']}.{item['property']}  {_figures(item)}"]
        lines += [
            f"  {row['id']}: {_shown(row['before'])} → {_shown(row['after'])}  {_line(row['reason'])} ({row['by']})"
            for row in item["examples"]
        ]
    notes = [f"{_MARKS[item['severity']]}: {item['message']} [{item['code']}]" for item in data["findings"]]
    return "\n".join([*lines, *(["", *notes] if notes else [])]) + "\n"


def to_markdown(plan: Plan, examples: int = EXAMPLES) -> str:
    """Give a plan as Markdown, for a review."""
    data = to_data(plan, examples)
    parts = [f"# {_escaped(_title(data))}", f"Approve it as `{data['hash']}`."]
    if data["findings"]:
        parts.append(
            "\n".join(
                f"- **{_MARKS[item['severity']]}** ({_escaped(item['code'])}): {_escaped(item['message'])}"
                for item in data["findings"]
            )
        )
    if data["definitions"]:
        rows = [[item["action"], item["place"], item["reason"], item["by"]] for item in data["definitions"]]
        parts += ["## Definitions", _table(["", "what", "why", "by"], rows)]
    for item in data["properties"]:
        rows = [
            [row["id"], _shown(row["before"]), _shown(row["after"]), row["reason"], row["by"]]
            for row in item["examples"]
        ]
        parts += [
            f"## {_escaped(item['object'])}.{_escaped(item['property'])}",
            _escaped(_figures(item)),
            _table(["record", "before", "after", "why", "by"], rows),
        ]
    return "\n\n".join(parts) + "\n"


def _definition(change: GroupChange | DefinitionChange) -> dict[str, str]:
    if isinstance(change, GroupChange):
        action, place = "create group", f"{change.object}.{change.name}"
    else:
        action = "create property" if change.before is None else "add options to"
        place = f"{change.after.object}.{change.after.name}"
    return {"action": action, "place": place, "reason": change.reason, "by": change.by}


def _row(change: PropertyChange) -> dict[str, str | None]:
    return {
        "id": change.subject.id,
        "before": change.before,
        "after": change.after,
        "policy": change.policy,
        "reason": change.reason,
        "by": change.by,
    }


def _title(data: dict[str, Any]) -> str:
    what = f"{data['rows']} changes of {data['records']} records" if data["rows"] else "nothing to change"
    return f"Plan {data['hash'][:12]} for {data['connection']} as of {data['as_of']}: {what}"


def _figures(item: dict[str, Any]) -> str:
    counts = f"{item['filled']} filled, {item['changed']} changed, {item['cleared']} cleared"
    return f"{counts}; {item['existing']} have a value now; by {item['by']} {item['version']}".rstrip()


def _shown(value: str | None) -> str:
    text = "(empty)" if value is None else _line(value)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _line(text: str | None) -> str:
    """One line without anything a terminal would act on."""
    return "".join(char if char.isprintable() else " " for char in (text or "").replace("\n", " ⏎ "))


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_escaped(_line(cell)) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escaped(text: str) -> str:
    """Text that Markdown shows as it stands."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&-])", r"\\\1", text)
