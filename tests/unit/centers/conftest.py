"""A small world on a real store: records and links put in by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from crmbridge.centers.engine import JudgeEngine, JudgeResult
from crmbridge.config import Config
from crmbridge.model import (
    BuyingCenter,
    Company,
    Contact,
    Deal,
    Engagement,
    Link,
    ObjectName,
    Owner,
    Participant,
    Record,
    Ref,
)
from crmbridge.plugins import Plugins
from crmbridge.store import Judgements, Mirror, Progress, Run, Store

TODAY = date(2026, 11, 21)

CONFIG = """
[connections.main]
connector = "memory"
[privacy]
processing = "legitimate-interest"
"""


def plugin(name: str, **hooks: Any) -> ModuleType:
    """A plugin made of functions that are marked as hook implementations."""
    module = ModuleType(name)
    for hook, function in hooks.items():
        setattr(module, hook, function)
    return module


@dataclass
class World:
    """What a test fills and judges."""

    store: Store
    run: Run
    folder: Path
    plugins: dict[str, object] = field(default_factory=dict)
    config_text: str = CONFIG

    @property
    def config(self) -> Config:
        path = self.folder / "crmbridge.toml"
        path.write_text(self.config_text)
        return Config.load(path)

    @property
    def mirror(self) -> Mirror:
        return Mirror(self.store, "main", "crmb_")

    @property
    def judgements(self) -> Judgements:
        return Judgements(self.store, "main")

    def put(self, *records: Record) -> None:
        with self.store.writing(self.run.lease) as tx:
            for record in records:
                self.mirror.put(tx, [record], 1, 1)

    def link(self, source: str, target: str, *labels: str | None, primary: bool = False) -> None:
        start, end = _ref(source), _ref(target)
        links = [
            Link(source=start, target=end, label=label, type_id=str(number), primary=primary)
            for number, label in enumerate(labels or (None,))
        ]
        with self.store.writing(self.run.lease) as tx:
            present = [
                edge.target.id for edge in self.mirror.links.edges(tx, start.object, [start.id]) if edge.source == start
            ]
            keep = [
                Link(source=start, target=Ref(end.object, other), type_id="0") for other in present if other != end.id
            ]
            self.mirror.links.put(tx, start.object, [start.id], end.object, [*keep, *links])

    def mail(
        self, number: int, days: int, sender: str, to: str = "sales@vendor.example", direction: str = "in", **more: Any
    ) -> Engagement:
        at = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC) - timedelta(days)
        return Engagement.model_validate(
            {
                "id": str(number),
                "object": "email",
                "at": at,
                "direction": direction,
                "participants": (Participant(address=sender, part="from"), Participant(address=to, part="to")),
                **more,
            }
        )

    def judge(self, today: date = TODAY) -> JudgeResult:
        with self.store.writing(self.run.lease) as tx:
            Progress(self.store, "main").bind(tx, "1", "Europe/Berlin", "crmb_")
        plugins = Plugins.load({}, builtins=self.plugins, entry_points=[])
        self.session = plugins.bind("main", "run-1", today, "Europe/Berlin")
        engine = JudgeEngine(self.store, "main", self.config, self.session, today=today, timezone="Europe/Berlin")
        return engine.run(self.run, plugins.fingerprint() + self.config.fingerprint())

    def center(self, center_id: str) -> BuyingCenter | None:
        return next(iter(self.judgements.centers([center_id])), None)

    def values(self, object_name: str) -> dict[tuple[str, str], Sequence[object]]:
        with self.store.reading() as tx:
            return {
                (item.subject.id, item.property): [value.value for value in item.values]
                for item in self.judgements.proposed(tx)
                if item.subject.object == object_name
            }


def _ref(text: str) -> Ref:
    name, _, record_id = text.partition(":")
    kind: Any = name
    return Ref(kind, record_id)


def person(number: int, address: str | None = None, **more: Any) -> Contact:
    address = address or f"p{number}@mueller.example"
    return Contact(id=str(number), email=address, emails=(address,), first_name="P", last_name=str(number), **more)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = Store.open(tmp_path / "store.db")
    with Progress(store, "main").run("test", "run-1") as run:
        made = World(store, run, tmp_path)
        made.put(
            Owner(id="77", email="sales@vendor.example", first_name="Sam", last_name="Seller"),
            Company(id="5", name="Müller GmbH", domains=("mueller.example",)),
            Deal(id="9", name="Drehbank", owner_id="77", created_at=datetime(2026, 9, 1, tzinfo=UTC)),
        )
        made.link("deal:9", "company:5", primary=True)
        yield made
    store.close()


__all__ = ["CONFIG", "TODAY", "ObjectName", "World", "person", "plugin"]
