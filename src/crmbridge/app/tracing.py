"""Seeing what each plugin says about a few units, and how long it takes; nothing is stored or written."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crmbridge.app.judging import Judging
from crmbridge.centers.engine import JudgeEngine
from crmbridge.errors import FixConfig
from crmbridge.model.base import ObjectName
from crmbridge.plugins import HookCall
from crmbridge.store import Portfolios, UnitKind

TRACED: tuple[ObjectName, ...] = ("deal", "company", "contact")
"""What can be judged by itself."""


@dataclass(frozen=True)
class Trace:
    """What was asked about one unit.

    Attributes:
        unit: As ``deal:123``, ``company:2`` or ``contact:1``.
        calls: Every call of a plugin, in the order of the phases. The answers are personal data.
    """

    unit: str
    calls: tuple[HookCall, ...]


class Tracing(Judging):
    """Seeing what each plugin says about a few units, and how long it takes."""

    def trace(self, units: Sequence[str] = (), limit: int = 3) -> Iterator[Trace]:
        """Judge some units of the mirror and tell of every call of a plugin. Nothing is stored, the CRM is not asked.

        A deal stands for its buying center, a company for itself and its center without a deal. Each is judged as if
        it were alone, with the figures over all cases that were taken last.

        Args:
            units: As ``deal:123``; the first deals, or without any the first companies, if none is named.
            limit: How many, if none is named.

        Raises:
            FixConfig: A unit is not in the mirror.
            SyncFirst: Nothing was synced yet.
        """
        zone, calls = self.account.timezone, list[HookCall]()
        with self.store.reading() as tx:
            stats = Portfolios(self.connection).get(tx)
        session = self.plugins.bind(
            self.connection, "trace", self.today, zone, stats=stats, wanted=self._written(), observe=calls.append
        )
        engine = JudgeEngine(
            *(self.store, self.connection, self.config, session),
            today=self.today,
            timezone=zone,
            reads=self._reads(),
            stats=stats,
        )
        for unit in self._named(units) if units else self._first(limit):
            with session:
                for kind, key in _parts(unit):
                    deque(engine.look(kind, [key]), maxlen=0)
            yield Trace(unit, tuple(calls))
            calls.clear()
        self._note_failures(session)

    def _named(self, units: Sequence[str]) -> Sequence[str]:
        for unit in units:
            kind, _, key = unit.partition(":")
            with self.store.reading() as tx:
                if kind not in TRACED or not self.mirror.living(tx, kind, [key]):
                    raise FixConfig(
                        f"there is no {unit} in the mirror: name a deal, company or contact that was read, as deal:123"
                    )
        return units

    def _first(self, limit: int) -> Iterator[str]:
        deals = self.mirror.ids("deal", limit=limit)
        yield from (f"deal:{key}" for key in deals)
        yield from (f"company:{key}" for key in ([] if deals else self.mirror.ids("company", limit=limit)))


def _parts(unit: str) -> Iterator[tuple[UnitKind, str]]:
    """Yield what is judged for a unit: kind and id."""
    name, _, key = unit.partition(":")
    if name != "contact":
        yield "center", unit
    if name != "deal":
        yield ("contact" if name == "contact" else "company"), key
