"""A small store and a real plugin host, for planning and applying."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crmbridge.config import Writeback
from crmbridge.hookspecs import hookimpl
from crmbridge.model import Contact, Decision, Plan, PropertyDefinition, PropertySpec, PropertyValue, Record, Ref
from crmbridge.plugins import Plugins
from crmbridge.store import Failure, Journal, Judgements, Mirror, Progress, Run, Store, Unit
from crmbridge.testing.memory import MemoryConnector
from crmbridge.writeback import ApplyResult, apply_plan, make_plan

TODAY = date(2026, 3, 1)
AT = datetime(2026, 1, 1, tzinfo=UTC)


def plugin_of(specs: list[PropertySpec], **hooks: Callable[..., Any]) -> object:
    """A plugin that registers properties and implements further hooks."""

    def register_properties(ctx: Any) -> list[PropertySpec]:
        return specs

    hooks["register_properties"] = register_properties
    return SimpleNamespace(**{name: hookimpl(function) for name, function in hooks.items()})


@dataclass
class Portal:
    """A store, a CRM in memory, and the plugins; ``plan`` and ``apply`` as a user would."""

    store: Store
    crm: MemoryConnector = field(default_factory=MemoryConnector)
    plugins: Plugins = field(default_factory=lambda: Plugins.load({}, entry_points=[]))
    config: Writeback = field(default_factory=lambda: Writeback(guard={"first_apply": False}))
    runs: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.journal = Journal(self.store, "main")
        self.mirror = Mirror(self.store, "main", "crmb_")
        self.judgements = Judgements(self.store, "main")
        self.progress = Progress(self.store, "main")
        with self.store.locking() as tx:
            self.progress.bind(tx, "memory", "UTC", "crmb_")

    def register(self, *specs: PropertySpec, **hooks: Callable[..., Any]) -> None:
        """Run one plugin named ``judge``."""
        self.plugins = Plugins.load({}, builtins={"judge": plugin_of(list(specs), **hooks)}, entry_points=[])

    def contacts(self, *ids: str, **properties: str | None) -> None:
        """Put contacts into the CRM and into the mirror."""
        records: list[Record] = [Contact(id=id_, properties=properties, created_at=AT, updated_at=AT) for id_ in ids]
        for record in records:
            self.crm.add(record)
        with self.store.locking() as tx:
            self.mirror.put(tx, records, 1, 1)

    def define(self, *definitions: PropertyDefinition) -> None:
        """Put definitions into the CRM and into the mirror."""
        for item in definitions:
            self.crm.definitions[item.object, item.name] = item
            self.crm.groups.add((item.object, item.group))
        with self.store.locking() as tx:
            self.mirror.add_definitions(tx, definitions)

    def judge(self, values: dict[str, Any], name: str = "roles", unit: str = "deal:1", **more: Any) -> None:
        """Store what the plugin proposes: contact id to value."""
        items = [
            PropertyValue(subject=Ref(object="contact", id=id_), property=name, value=value, by="judge", **more)
            for id_, value in values.items()
        ]
        with self.store.locking() as tx:
            self.judgements.put(tx, "center", [Unit("center", unit, "hash", values=items, last_on=TODAY)])

    def fail(self, contact: str, plugin: str = "judge") -> None:
        """Let the plugin have failed on a contact."""
        with self.store.locking() as tx:
            self.judgements.put(tx, "contact", [Unit("contact", contact, "hash", failures=[Failure(plugin, "h", "m")])])

    def decide(self, contact: str, name: str, value: str | None) -> None:
        """Store a person's word."""
        with self.store.locking() as tx:
            subject = Ref(object="contact", id=contact)
            self.judgements.decide(tx, Decision(subject=subject, property=name, value=value, source="crm", at=AT))

    def run(self) -> Any:
        """A run that holds the lease."""
        return self.progress.run("test", f"run{next(self.runs)}")

    def plan(self, today: date = TODAY, *, narrowed: Mapping[str, Any] | None = None, **config: Any) -> Plan:
        """Make a plan; ``narrowed`` goes to ``make_plan`` as it is."""
        with self.run() as run:
            return make_plan(
                self.store,
                "main",
                config=self.config.model_copy(update=config),
                plugins=self.plugins,
                session=self.plugins.bind("main", run.id, today),
                run=run,
                as_of=today,
                account_id="memory",
                **(narrowed or {}),
            )

    def apply(self, plan: Plan, **more: Any) -> ApplyResult:
        """Apply a plan."""
        with self.run() as run:
            return self.apply_in(run, plan, **more)

    def apply_in(self, run: Run, plan: Plan, **more: Any) -> ApplyResult:
        """Apply a plan in a run."""
        return apply_plan(self.store, "main", self.crm, plan, run=run, **more)

    def value(self, contact: str, name: str = "crmb_roles") -> str | None:
        """What the CRM says."""
        return self.crm.records[Ref(object="contact", id=contact)].properties.get(name)

    def states(self, plan: Plan) -> dict[str, tuple[str, str]]:
        """``id.property`` to the state and reason where a row of a value ended."""
        rows = [f"{row.subject.id}.{row.property}" if row.kind == "property" else row.kind for row in plan]
        return {
            rows[int(str(entry["row"]))]: (str(entry["state"]), str(entry["reason"]))
            for entry in self.journal.entries(plan.header.id)
            if "." in rows[int(str(entry["row"]))]
        }


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    store = Store.open(tmp_path / "store.db")
    yield Portal(store)
    store.close()
