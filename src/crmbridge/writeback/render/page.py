"""What every page says of a plan, in words: each renderer lays out the same page. Pure.

The texts stand here as they came; whoever lays them out makes them harmless and short.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MARKS: Final = {"error": "blocked", "park": "waits for approval", "warning": "warning", "info": "note"}
"""What a finding means for the plan, by its severity."""

_ORDER: Final = tuple(MARKS)
NOTHING: Final = "(empty)"


@dataclass(frozen=True)
class Line:
    """One row.

    Attributes:
        record: As ``contact:1``; of a label both ends.
        before: What stands there; of a note or task its first line.
        after: What shall stand there.
        removes: True if something is taken away.
    """

    record: str
    before: str
    after: str
    why: str
    by: str
    removes: bool


@dataclass(frozen=True)
class Section:
    """The rows of one property, label, list or kind of activity."""

    heading: str
    figures: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Definition:
    """A group, property or list that is made, extended or removed.

    Attributes:
        detail: Of a property its label, type and options; of one that is extended the new options.
        removes: True if it is taken away.
    """

    action: str
    name: str
    detail: str
    why: str
    by: str
    removes: bool


@dataclass(frozen=True)
class Note:
    """A finding.

    Attributes:
        mark: What it means for the plan.
        stops: True if the plan is not applied as it is.
    """

    mark: str
    code: str
    message: str
    by: str
    stops: bool


@dataclass(frozen=True)
class Page:
    """A plan in words.

    Attributes:
        title: Plan, connection and day.
        summary: What it was made for and how much it changes.
        notes: The findings, what stops the plan first.
    """

    title: str
    summary: str
    hash: str
    notes: tuple[Note, ...]
    definitions: tuple[Definition, ...]
    sections: tuple[Section, ...]


def page_of(data: Mapping[str, Any]) -> Page:
    """Put a plan, as ``to_data`` gives it, into words."""
    findings = sorted(data["findings"], key=lambda item: _ORDER.index(item["severity"]))
    return Page(
        f"Plan {data['hash'][:12]} for {data['connection']} as of {data['as_of']}",
        _summary(data),
        data["hash"],
        tuple(map(_note, findings)),
        tuple(map(_definition, data["definitions"])),
        tuple(map(_section, data["changes"])),
    )


def _note(item: Mapping[str, Any]) -> Note:
    severity = item["severity"]
    return Note(MARKS[severity], item["code"], item["message"], item["by"], stops=severity in ("error", "park"))


def _summary(data: Mapping[str, Any]) -> str:
    what = f"{data['rows']} changes of {data['records']} records" if data["rows"] else "nothing to change"
    parts = [what] if data["origin"] == "judged" else [data["origin"], what]
    if data["only"]:
        parts.append(f"only {', '.join(data['only'])}")
    if data["limit"] is not None:
        parts.append(f"at most {data['limit']} records")
    return "; ".join(parts)


def _definition(item: Mapping[str, Any]) -> Definition:
    options = ", ".join(item.get("options", ()))
    action, name, detail = item["action"], f"{item['object']}.{item['name']}", ""
    match item["kind"]:
        case "segment":
            what, name = f"{action} list", f"“{item['name']}” of {item['object']} records"
        case "group":
            what = f"{action} group"
        case _ if action == "extend":
            what, detail = "add options to property", options
        case _:
            what, detail = (
                f"{action} property",
                f"{item['label']}, {item['type']}" + (f": {options}" if options else ""),
            )
    return Definition(what, name, detail, item["reason"], item["by"], removes=action == "remove")


def _section(item: Mapping[str, Any]) -> Section:
    rows = (*item["examples"], *item["removals"])
    by = f"by {item['by']} {item['version']}".rstrip()
    if item["kind"] == "property":
        counts = f"{item['filled']} filled, {item['changed']} changed, {item['cleared']} cleared"
        counts = f"{counts}; {item['existing']} have a value now"
    else:
        counts = f"{item['filled'] + item['changed']} added, {item['cleared']} taken away"
    return Section(_heading(item), f"{counts}; {by}", tuple(_line(item, row) for row in rows))


def _heading(item: Mapping[str, Any]) -> str:
    name, place = item["object"], item["property"]
    match item["kind"]:
        case "label":
            target, _, label = place.partition(": ")
            return f"{name} → {target}: label “{label}”"
        case "membership":
            return f"list “{place}” of {name} records"
        case "activity":
            return f"{place}s on {name} records"
    return f"{name}.{place}"


def _line(item: Mapping[str, Any], row: Mapping[str, Any]) -> Line:
    record = f"{item['object']}:{row['id']}"
    if "target" in row:
        record = f"{record} → {row['target']}"
    before, after = row["before"], row["after"]
    if item["kind"] == "activity":
        before, after = (_first_line(row.get("title", ""), text) for text in (before, after))
    words = [NOTHING if text is None else text for text in (before, after)]
    return Line(record, words[0], words[1], row["reason"], row["by"], removes=row["after"] is None)


def _first_line(title: str, text: str | None) -> str | None:
    """What a note or task begins with."""
    if text is None:
        return None
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return f"{title}: {first}" if title else first
