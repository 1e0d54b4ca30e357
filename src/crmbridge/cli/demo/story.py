"""What a demo tells, step by step, with figures, time and calls."""

from __future__ import annotations

import heapq
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from crmbridge.cli.commands.apply import in_short
from crmbridge.cli.commands.sync import show_figures
from crmbridge.cli.progress import counting, metered
from crmbridge.cli.screen import Screen
from crmbridge.model.changes import PropertyChange
from crmbridge.model.evidence import ROLES

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.model.centers import BuyingCenter
    from crmbridge.model.plan import Plan
    from crmbridge.sandbox import SandboxProcess

EXAMPLES: Final = 3
WIDEST: Final = 60  # characters of a reason
PLURALS: Final = {"center": "buying centers", "contact": "contacts", "company": "companies"}


class Story:
    """Walks the whole way with one bridge, and tells about it.

    Attributes:
        example: The buying center to look at later.
    """

    def __init__(self, screen: Screen, sandbox: SandboxProcess, bridge: Bridge) -> None:
        self._screen = screen
        self._sandbox = sandbox
        self._bridge = bridge
        self._steps = 1
        self.example = ""

    def tell(self) -> bool:
        """Go all the way; False, and no further, if a plan after the apply is not empty."""
        self.sync()
        self.judge()
        made = self.plan()
        self.park(made)
        self.apply(made)
        if not (self.plan_again() and self.sync_again()):
            return False
        self.edit(made)
        self.report()
        return True

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Tell one step, and what it took."""
        self._steps += 1
        self._screen.say(f"\n{self._steps}. {title}", "bold")
        started, calls = time.monotonic(), self._bridge.connector.calls
        yield
        seconds, calls = time.monotonic() - started, self._bridge.connector.calls - calls
        self._say(f"{seconds:.1f} s, {calls:,} calls", "dim")

    def sync(self) -> None:
        """Fill the mirror."""
        with self.step("Sync: read the portal into a local mirror"):
            with metered(self._screen) as meter:
                result = self._bridge.sync(progress=lambda step: meter(step.stream, step.done, None))
            show_figures(self._screen, result)
            self._say(f"{result.links:,} links between them")

    def judge(self) -> None:
        """Assemble the buying centers, and let the plugins judge them."""
        with self.step("Buying centers: who plays which role, and how certain is that?"):
            with metered(self._screen) as meter:
                add = counting(meter)
                self._bridge.judge(lambda kind, more: add(PLURALS[kind], more))
            figures: Counter[str] = Counter()
            best = heapq.nlargest(EXAMPLES, _counted(self._bridge.judgements.centers(), figures), key=_worth)
            self._say(
                f"{figures['all']:,} buying centers, {figures['open']:,} of them open; of those "
                f"{figures['no decider']:,} have no decider, {figures['single']:,} hang on one person"
            )
            for center in best:
                self._center(center)
            self.example = best[0].id if best else ""

    def plan(self) -> Plan:
        """Work out what would be written."""
        with self.step("Plan: what would be written, and why; nothing is written yet"):
            made = self._bridge.plan()
            self._say(
                f"{len(made):,} rows for {made.header.records:,} records, {made.header.definitions} of them definitions"
            )
            counts = made.header.counts
            self._screen.table(
                ("property", "rows", "by", "for example"),
                [(f"{item.object}.{item.property}", item.rows, item.by, _short(item.example)) for item in counts],
            )
        return made

    def park(self, made: Plan) -> None:
        """Let the guard stop it."""
        with self.step("Apply: the guard parks what nobody has looked at"):
            result = self._bridge.apply(made)
            self._say(f"{result.status}: nothing was written")
            for line in in_short(result.findings):
                self._say(line)

    def apply(self, made: Plan) -> None:
        """Approve it as a person would."""
        with self.step(f"Approve and apply: crmbridge apply --approve {made.hash[:12]}…"):
            with metered(self._screen) as meter:
                add = counting(meter, {"rows": len(made)})
                result = self._bridge.apply(made, approve=made.hash, progress=lambda more: add("rows", more))
            self._say(
                f"{result.confirmed:,} rows confirmed, {result.conflicts:,} conflicts, {result.rejected:,} rejected"
            )

    def plan_again(self) -> bool:
        """See that nothing is left to write."""
        with self.step("Plan again: what was confirmed is not written twice"):
            return self._is_empty(self._bridge.plan())

    def sync_again(self) -> bool:
        """See that crmbridge's own writes come back as no change."""
        with self.step("Sync again: only what changed since, and our own writes are no news"):
            result = self._bridge.sync()
            self._say(f"{sum(result.read.values()):,} records read, {sum(result.changed.values()):,} with new content")
            return self._is_empty(self._bridge.plan())

    def edit(self, made: Plan) -> None:
        """Let a person correct a role in the CRM; crmbridge takes it as a decision."""
        row = next(
            (
                row
                for row in made
                if isinstance(row, PropertyChange)
                and row.property.endswith("_roles")
                and row.subject.object == "contact"
            ),
            None,
        )
        if row is None:
            return
        word = next(role for role in ROLES if role not in (row.after or "").split(";"))
        with self.step(f"A person corrects {row.subject} in the CRM: {row.property} becomes {word}"):
            self._sandbox.edit("contacts", row.subject.id, {row.property: word})
            result = self._bridge.sync()
            left = [item for item in self._bridge.plan() if isinstance(item, PropertyChange) and not item.stamp]
            touched = sum(item.subject == row.subject and item.property == row.property for item in left)
            self._say(f"{result.decisions} decision by a person; rows that would undo it: {touched}")
            self._say(f"{len(left)} values follow from it, for example of its buying center; they wait in a new plan")

    def report(self) -> None:
        """Write the report."""
        with self.step("Report: all of it on one page"):
            written = self._bridge.report()
            self._say(f"{os.fspath(written.path)}: {written.centers:,} buying centers, {written.maps} pictures")

    def _is_empty(self, made: Plan) -> bool:
        self._say(
            "the plan is empty" if made.is_empty else f"the plan has {len(made):,} rows: this is a bug of crmbridge"
        )
        return made.is_empty

    def _center(self, center: BuyingCenter) -> None:
        seats = ", ".join(f"{role}: {people[0].name}" for role, people in center.seats().items() if people)
        self._say(f"- {center.name}: {center.completeness:.0f} % complete; {seats}")
        self._say(f"  missing: {', '.join(center.missing_roles) or 'nobody'}; stage: {center.stage or 'unknown'}")

    def _say(self, text: str, style: str = "") -> None:
        self._screen.say(f"   {text}", style)


def _counted(centers: Iterator[BuyingCenter], figures: Counter[str]) -> Iterator[BuyingCenter]:
    """Pass on the open centers, counting all."""
    for center in centers:
        figures["all"] += 1
        if center.is_open:
            figures["open"] += 1
            figures["no decider"] += not center.seats()["decider"]
            figures["single"] += center.coverage.single_threaded
            yield center


def _worth(center: BuyingCenter) -> tuple[int, float, str]:
    """The more seats are known, the more there is to see; a center with a deal before one without."""
    return (sum(map(bool, center.seats().values())) * (center.deal is not None), center.completeness, center.id)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"
