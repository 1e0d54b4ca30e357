"""What may be built on is only added to: all that ``surface-0.1.json`` names is still there.

While 0.1 is not released, record it anew after a change: ``python tests/frozen/test_public_surface.py --record``. After
that a line goes only as docs/plugins/compatibility.md says.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

import crmbridge
import crmbridge.model
import crmbridge.testing
from crmbridge.cli import app
from crmbridge.cli.exitcodes import ExitCode
from crmbridge.config import Config, Section
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.plugins.hooks import SPECIFICATIONS

RECORDED = Path(__file__).with_name("surface-0.1.json")


def surface() -> dict[str, list[str]]:
    """Everything public, by kind, as lines."""
    kinds = {
        "names": [*crmbridge.__all__, *(f"model.{name}" for name in crmbridge.model.__all__)],
        "fields": [f"{kind.__name__}.{name}" for kind in models() for name, _ in fields_of(kind)],
        "testing": list(crmbridge.testing.__all__),
        "hooks": [f"{hook}({', '.join(names)})" for hook, names in SPECIFICATIONS.items()],
        "commands": list(commands(typer.main.get_command(app), "crmbridge")),
        "exit codes": [f"{int(code)} {code.name}" for code in ExitCode],
        "config": [*keys(Config, ""), *(f"connections.hubspot.{name}" for name in HubSpotSettings.model_fields)],
    }
    return {kind: sorted(set(found)) for kind, found in kinds.items()}


def models() -> list[type]:
    """The public classes that hold values."""
    values = [getattr(module, name) for module in (crmbridge, crmbridge.model) for name in module.__all__]
    held = {kind for kind in values if isinstance(kind, type) and (issubclass(kind, BaseModel) or is_dataclass(kind))}
    return sorted(held, key=lambda kind: kind.__name__)


def fields_of(kind: Any) -> Iterator[tuple[str, bool]]:
    """Yield the fields of a class, and whether each must be given."""
    if issubclass(kind, BaseModel):
        yield from ((name, field.is_required()) for name, field in kind.model_fields.items())
    else:
        yield from ((item.name, (item.default, item.default_factory) == (MISSING, MISSING)) for item in fields(kind))


def commands(group: Any, name: str) -> Iterator[str]:
    """Yield each command, and each of its options."""
    yield name
    yield from (f"{name} {word}" for param in group.params for word in param.opts)
    for word, found in getattr(group, "commands", {}).items():
        yield from commands(found, f"{name} {word}")


def keys(model: type[BaseModel], place: str) -> Iterator[str]:
    """Yield the keys of crmbridge.toml."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from keys(kind, f"{place}{name}.")
        else:
            yield f"{place}{name}"


@pytest.fixture
def recorded() -> dict[str, list[str]]:
    """What was there when 0.1 was recorded."""
    found: dict[str, list[str]] = json.loads(RECORDED.read_text("utf-8"))
    return found


def test_nothing_public_is_gone(recorded: dict[str, list[str]]) -> None:
    found = surface()
    assert recorded.keys() == found.keys()
    assert [line for kind, lines in recorded.items() for line in lines if line not in found[kind]] == []


def test_a_field_that_came_later_may_be_left_out(recorded: dict[str, list[str]]) -> None:
    there = set(recorded["fields"])
    known = {line.partition(".")[0] for line in there}
    needed = {f"{kind.__name__}.{name}" for kind in models() for name, must in fields_of(kind) if must}
    assert {line for line in needed - there if line.partition(".")[0] in known} == set()


if __name__ == "__main__" and "--record" in sys.argv:
    RECORDED.write_text(json.dumps(surface(), indent=1) + "\n", encoding="utf-8")
