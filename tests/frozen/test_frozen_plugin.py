"""Plugins built against the previous minor version keep working: the promise of docs/plugins/compatibility.md.

``crmbridge_frozen_0_1`` was written against 0.1, and what it said then was recorded beside it. Neither is edited: a
later version adds a package of its own, and this one goes when the promise no longer covers it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import runpy
import sys
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import TypeAdapter

from crmbridge import Bridge, BuyingCenter, CompanyFacts, ConsentQuestion, Contact, Event, PersonFacts, Plan, Ref
from crmbridge.app import load_plugins
from crmbridge.config import Config
from crmbridge.model import ConsentDecision, PlanHeader, PropertyChange
from crmbridge.plugins import HookCall, Plugins, Session
from crmbridge.plugins.hooks import SPECIFICATIONS
from crmbridge.testing import BridgeProject, SamplePortal

HERE = Path(__file__).parent
NAME = "frozen_0_1"
HOME = HERE / f"crmbridge_{NAME}"
SAMPLES = json.loads((HOME / "samples.json").read_text("utf-8"))
EXPECTED = json.loads((HOME / "expected.json").read_text("utf-8"))
STEPS = runpy.run_path(str(HERE.parent / "docs/generate/docpages/lifecycle.py"))["STEPS"]
DAY = date(2026, 11, 2)
TYPES: dict[str, Any] = {
    "record": Contact,
    "question": ConsentQuestion,
    "center": BuyingCenter,
    "person": PersonFacts,
    "consent": tuple[ConsentDecision, ...],
    "facts": CompanyFacts,
    "change": PropertyChange,
    "event": Event,
}


@pytest.fixture(scope="module")
def frozen() -> Iterator[ModuleType]:
    """The plugin, imported from its file."""
    spec = importlib.util.spec_from_file_location(HOME.name, HOME / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[HOME.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[HOME.name]


@pytest.fixture(scope="module")
def plugins(frozen: ModuleType) -> Plugins:
    loaded = Plugins.load({}, entry_points=[EntryPoint(NAME, HOME.name, "crmbridge")])
    assert [(status.name, status.problem) for status in loaded.statuses] == [(NAME, "")]
    return loaded


def sample(argument: str) -> Any:
    """A value as it was recorded, read by today's models."""
    if argument == "plan":
        header, row = PlanHeader.model_validate(SAMPLES["header"]), sample("change")
        return Plan(header, lambda: iter([row]))
    return TypeAdapter(TYPES[argument]).validate_python(SAMPLES[argument])


def plain(answer: Any) -> Any:
    """An answer as JSON without defaults: a field that came later is left out."""
    if hasattr(answer, "items") and hasattr(answer, "due"):
        return {"items": plain(answer.items), "due": str(answer.due), "failures": plain(answer.failures)}
    if isinstance(answer, tuple):
        return [plain(item) for item in answer]
    return answer.model_dump(mode="json", exclude_defaults=True) if hasattr(answer, "model_dump") else answer


def asked(session: Session, hook: str) -> Any:
    """Ask the plugin as a run does."""
    arguments = [sample(name) for name in SPECIFICATIONS[hook] if name != "ctx"]
    return plain(getattr(session, "emit" if hook == "on_event" else hook)(*arguments))


def registered(plugins: Plugins) -> Any:
    """What the plugin registers."""
    return {
        "connectors": sorted(plugins.connectors()),
        "inputs": {name: list(found) for name, found in plugins.inputs("hubspot").items()},
        "texts": sorted(plugins.texts("hubspot")),
        "properties": plain(plugins.properties()),
        "stages": plain(plugins.stages()),
        "commands": [spec.name for spec in plugins.commands()],
    }


def test_nobody_edits_a_frozen_plugin() -> None:
    # A change of mind about 0.1 is a change of the promise: mend crmbridge instead.
    files = sorted(path for path in HERE.glob("crmbridge_*/*") if path.is_file())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(HERE).as_posix()}" for path in files]
    assert sums == (HERE / "SHA256SUMS").read_text("utf-8").splitlines()


def test_it_implements_every_hook_of_its_version_with_all_arguments(plugins: Plugins) -> None:
    (status,) = plugins.statuses
    assert set(EXPECTED["hooks"]) == set(status.hooks)
    assert set(status.hooks) <= set(SPECIFICATIONS)
    assert {hook: SPECIFICATIONS[hook][: len(names)] for hook, names in EXPECTED["hooks"].items()} == {
        hook: tuple(names) for hook, names in EXPECTED["hooks"].items()
    }


def test_it_registers_what_it_registered_then(plugins: Plugins) -> None:
    assert registered(plugins) == EXPECTED["registered"]


@pytest.mark.parametrize("hook", sorted(EXPECTED["answers"]))
def test_it_answers_as_it_did_then(hook: str, plugins: Plugins) -> None:
    session = plugins.bind("main", "run-1", DAY, "Europe/Berlin")
    assert asked(session, hook) == EXPECTED["answers"][hook]
    assert session.failures == ()


def filled(portal: SamplePortal) -> dict[Ref, str]:
    """A company with three people who wrote, one whom the plugin drops, and a deal; by name."""
    acme = portal.company("Muster Maschinen")
    anna, ben, _ = portal.people(
        acme, "Anna Beispiel, Chief Financial Officer", "Ben Muster,  Buyer ", "Dora Dropped, Assistant"
    )
    eve = portal.person("Eve Green", "Engineer", acme, favorite_color="green")
    portal.email(anna, on=date(2026, 10, 1), subject="yes please")
    portal.email(ben, on=date(2026, 10, 20), subject="no budget")
    deal = portal.deal("Press line", anna, ben, eve, company=acme, amount=50_000)
    return {acme: "acme", anna: "anna", ben: "ben", eve: "eve", deal: "deal"}


def run(
    project: Callable[..., BridgeProject], portal: SamplePortal, frozen: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[HookCall], Any]:
    """Sync, judge and plan; return the calls, and what came of them."""
    names = filled(portal)
    calls: list[HookCall] = []
    made = project(plugins=[frozen])
    monkeypatch.setenv("CRMBRIDGE_PLUGINS", NAME)
    config = Config.load(made.path / "crmbridge.toml")
    with Bridge(config, plugins=load_plugins(config, observe=calls.append), as_of=DAY) as bridge:
        bridge.sync()
        bridge.judge()
        plan = bridge.plan()
        rows = [row for row in plan if isinstance(row, PropertyChange) and row.by == NAME]
        found = [[names[row.subject], row.property, row.after, row.reason] for row in rows]
        findings = [[item.severity, item.by] for item in plan.header.findings if item.by == NAME]
        (center,) = [item for item in bridge.buying_centers() if item.deal]
        visits = [visit.stage for visit in center.visits if visit.model == "frozen"]
        mirrored = sorted(str(contact.job_title) for contact in bridge.contacts())
        return calls, {"rows": sorted(found), "findings": findings, "visits": visits, "titles": mirrored}


def test_a_whole_run_with_it_comes_to_what_it_came_to_then(
    bridge_project: Callable[..., BridgeProject],
    portal: SamplePortal,
    frozen: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls, found = run(bridge_project, portal, frozen, monkeypatch)
    assert [call.failure for call in calls if call.failure] == []
    assert found == EXPECTED["run"]
    hooks = list(dict.fromkeys(call.hook for call in calls if call.plugin == NAME))
    assert set(hooks) | {hook for hook in SPECIFICATIONS if hook.startswith("register_")} >= set(EXPECTED["hooks"])
    assert_order(calls)


def assert_order(calls: list[HookCall]) -> None:
    """The picture of the lifecycle tells the order in which a run asks."""
    drawn = list(dict.fromkeys(hook for step in STEPS for hook in step.hooks))
    center = list(dict.fromkeys(call.hook for call in calls if call.unit.startswith("deal:")))
    about_center = [hook for hook in drawn if hook.startswith("propose_")] + ["derive_center"]
    assert [hook for hook in center if hook in about_center] == about_center
    firsts = dict(reversed([(call.hook, number) for number, call in reversed(list(enumerate(calls)))]))
    once = [hook for hook in drawn if not hook.startswith(("register_", "derive_", "propose_")) and hook != "on_event"]
    assert sorted(once, key=lambda hook: firsts[hook]) == once
