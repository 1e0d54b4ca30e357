"""The same snapshot on the same day gives the same plan, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crmbridge.model import Option, Plan, PropertySpec
from crmbridge.store import Store
from crmbridge.writeback import to_data, to_text, write_plan

from .conftest import Portal

ROLES = PropertySpec(
    object="contact",
    name="roles",
    label="Roles",
    type="multi",
    fold="union",
    options=tuple(Option(value=value, label=value) for value in ("user", "buyer", "decider")),
)
SCORE = PropertySpec(object="contact", name="score", label="Score", type="number", fold="max")
STAMP = PropertySpec(object="contact", name="computed_at", label="Computed at", type="date", stamp=True)

SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from {package} import test_writeback_determinism as here
here.make(Path(sys.argv[1]))
"""


def filled(store: Store, order: int = 1) -> Portal:
    """A portal of which the same is known, whatever the order in which it came."""
    portal = Portal(store)
    portal.register(SCORE, STAMP, ROLES)
    for number in range(30)[::order]:
        portal.contacts(str(number))
    for number in range(30)[::order]:
        portal.judge({str(number): ("buyer", "user") if number % 3 else ("emperor",)}, unit=f"deal:{number}")
        portal.judge({str(number): number}, "score", f"deal:s{number}")
    return portal


def shown(plan: Plan, path: Path) -> tuple[bytes, str, str]:
    """All that a plan leaves behind."""
    write_plan(plan, path)
    return path.read_bytes(), str(to_data(plan, 5)), to_text(plan, 5)


def make(folder: Path) -> None:
    """Plan in a store of its own, and write down what comes of it."""
    store = Store.open(folder / "store.db")
    _, data, text = shown(filled(store).plan(), folder / "plan.jsonl")
    (folder / "shown").write_text(data + text)
    store.close()


def test_two_stores_with_the_same_content_give_the_same_bytes(tmp_path: Path) -> None:
    """Kills: rows in the order in which they came, an id or a time in the file."""
    found = []
    for place, order in enumerate((1, -1)):
        store = Store.open(tmp_path / f"{place}.db")
        found.append(shown(filled(store, order).plan(), tmp_path / "plan.jsonl"))
        store.close()
    assert found[0] == found[1]


def test_planning_again_gives_the_same_bytes(portal: Portal, tmp_path: Path) -> None:
    """Kills: comparing a plan with the one made a minute ago."""
    portal = filled(portal.store)
    plans = [shown(portal.plan(), tmp_path / "plan.jsonl") for _ in range(5)]
    assert plans == [plans[0]] * 5


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_order_of_sets_leaves_no_trace(tmp_path: Path, seed: str) -> None:
    here = tmp_path / "here"
    there = tmp_path / "there"
    here.mkdir()
    there.mkdir()
    make(here)
    script = tmp_path / "script.py"
    module = Path(__file__)
    script.write_text(SCRIPT.format(folder=str(module.parent.parent), package=module.parent.name))
    subprocess.run([sys.executable, str(script), str(there)], check=True, env={**os.environ, "PYTHONHASHSEED": seed})
    for name in ("plan.jsonl", "shown"):
        assert (here / name).read_bytes() == (there / name).read_bytes()
