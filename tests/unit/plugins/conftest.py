from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from importlib.metadata import EntryPoint
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from crmbridge import hookimpl
from crmbridge.model import (
    BuyingCenter,
    Company,
    CompanyFacts,
    ConsentQuestion,
    Contact,
    Deal,
    Member,
    PersonFacts,
    Plan,
    PlanHeader,
    PropertyChange,
    PropertySpec,
    Ref,
)
from crmbridge.plugins import Observer, Plugins, Session, Switches

Make = Callable[..., ModuleType]


def _dist(name: str, version: str) -> SimpleNamespace:
    """A distribution that was installed from an index: nothing tells where it came from."""
    return SimpleNamespace(name=name, version=version, read_text=lambda _: None)


class FakeEntryPoint(EntryPoint):
    """An entry point that yields an object, or raises one, and counts how often it was imported."""

    def __init__(self, name: str, plugin: object, distribution: str, version: str) -> None:
        super().__init__(name, "nowhere", "crmbridge")
        vars(self).update(plugin=plugin, dist=_dist(distribution, version), imported=[])

    def load(self) -> Any:
        vars(self)["imported"].append(True)
        plugin = vars(self)["plugin"]
        if isinstance(plugin, BaseException):
            raise plugin
        return plugin


def make(**hooks: Any) -> ModuleType:
    module = ModuleType("made")
    for name, function in hooks.items():
        setattr(module, name, function if hasattr(function, "crmbridge_impl") else hookimpl(function))
    return module


@pytest.fixture
def plugin() -> Make:
    """Makes a plugin of functions, by hook."""
    return make


@pytest.fixture
def entry() -> Callable[..., FakeEntryPoint]:
    def entry(name: str, plugin: object, distribution: str = "", version: str = "1.0") -> FakeEntryPoint:
        return FakeEntryPoint(name, plugin, distribution or f"acme-{name}", version)

    return entry


@pytest.fixture
def load(entry: Callable[..., FakeEntryPoint]) -> Callable[..., Plugins]:
    """Loads plugins given by name."""

    def load(
        plugins: Mapping[str, object],
        settings: Mapping[str, Any] | None = None,
        observe: Observer | None = None,
        **switches: Any,
    ) -> Plugins:
        entries = [entry(name, item) for name, item in plugins.items()]
        return Plugins.load(settings or {}, switches=Switches(**switches), entry_points=entries, observe=observe)

    return load


@pytest.fixture
def session(load: Callable[..., Plugins]) -> Callable[..., Session]:
    """Binds plugins given by name, or one plugin ``acme`` given by its hooks. All must load."""

    def session(
        plugins: Mapping[str, object] | None = None, *, observe: Observer | None = None, **hooks: Any
    ) -> Session:
        order = tuple(plugins or ())
        loaded = load(plugins or {"acme": make(**hooks)}, order=order, observe=observe)
        assert [status.problem for status in loaded.statuses if status.problem] == []
        return loaded.bind("main", "run-1", date(2026, 11, 20), "Europe/Berlin")

    return session


@pytest.fixture
def specs() -> list[PropertySpec]:
    options = ({"value": "low", "label": "Low"}, {"value": "high", "label": "High"})
    kinds: list[dict[str, Any]] = [{"name": f"a_{kind}", "type": kind} for kind in ("string", "text", "number", "bool")]
    kinds += [{"name": f"a_{kind}", "type": kind} for kind in ("date", "datetime")]
    kinds += [{"name": f"a_{kind}", "type": kind, "options": options} for kind in ("enumeration", "multi")]
    return [PropertySpec.model_validate({"object": "contact", "label": "L", **kind}) for kind in kinds]


@pytest.fixture
def person() -> PersonFacts:
    return PersonFacts(contact=Contact(id="5", email="canary@acme.example", properties={"color": "red"}))


@pytest.fixture
def center(person: PersonFacts) -> BuyingCenter:
    return BuyingCenter(
        id="deal:1",
        name="Case",
        deal=Deal(id="1"),
        company=Company(id="2"),
        members=(
            Member(id="contact:5", facts=person, joined_by="deal"),
            Member(id="address:x@acme.example", address="x@acme.example", joined_by="engagement"),
        ),
    )


@pytest.fixture
def company() -> CompanyFacts:
    return CompanyFacts(company=Company(id="2"))


@pytest.fixture
def question(person: PersonFacts) -> ConsentQuestion:
    return ConsentQuestion(person=person, purpose="marketing", channel="email")


@pytest.fixture
def change() -> PropertyChange:
    subject = Ref(object="contact", id="5")
    return PropertyChange(
        subject=subject, property="crmb_roles", before="user", after="buyer;user", policy="own", by="roles", version="1"
    )


@pytest.fixture
def plan(change: PropertyChange) -> Plan:
    header = PlanHeader(
        id="plan-1",
        connection="main",
        account_id="9",
        as_of=date(2026, 11, 20),
        created_at=datetime(2026, 11, 20, tzinfo=UTC),
        serial=1,
        plugins={"roles": "1"},
        rows=1,
    )
    return Plan(header, lambda: iter([change]))
