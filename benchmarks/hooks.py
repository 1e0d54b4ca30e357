"""What the façade adds to a hook call: over a bare call of the same function, side by side in one process.

``python -m benchmarks.hooks --help`` from the repository's root.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path
from time import thread_time_ns
from types import SimpleNamespace
from typing import Annotated, Any, Final

import typer

from benchmarks.table import machine, table
from crmbridge import Company, CompanyFacts, PluginSettings, PropertySpec, PropertyValue, RunContext, hookimpl
from crmbridge.plugins import Plugins, Session, results

COUNTS: Final = (0, 1, 10)
"""Results of one call."""

GOAL: Final = 5.0
"""µs that the façade may add, narrowing apart."""

FACTS: Final = CompanyFacts(company=Company(id="1", name="Muster AG"))


class Measured:
    """A plugin that answers with results made beforehand, so that the call itself costs next to nothing."""

    def __init__(self, count: int) -> None:
        self.names = [f"value_{place}" for place in range(count)]
        self.answer = [
            PropertyValue(subject=FACTS.company.ref, property=name, value=7.5, confidence=0.8, reason="two meetings")
            for name in self.names
        ]

    @hookimpl
    def register_properties(self) -> list[PropertySpec]:
        """Name what is answered."""
        return [PropertySpec(object="company", name=name, label=name, type="number") for name in self.names]

    @hookimpl
    def derive_company(self, ctx: RunContext[Any], facts: CompanyFacts) -> list[PropertyValue]:  # noqa: ARG002 - as all
        """Answer."""
        return self.answer


plugins: Final = SimpleNamespace(**{f"results_{count}": Measured(count) for count in COUNTS})


@dataclass(frozen=True)
class Cost:
    """Microseconds of the processor that one call takes, the least of all rounds: what else runs only adds.

    Attributes:
        count: Results of the call.
        bare: Calling the function.
        narrowing: Reading its results again: types, limits, whether they were registered.
        whole: Asking through the session.
        facade: What is left of the whole: finding who has the hook, its context, isolating, attributing.
    """

    count: int
    bare: float
    narrowing: float
    whole: float
    facade: float

    @property
    def ratio(self) -> float:
        """Calls of the function that one call through the session is worth."""
        return self.whole / self.bare


def main(
    *,
    calls: Annotated[int, typer.Option(min=1, help="Calls in a row.")] = 50,
    rounds: Annotated[int, typer.Option(min=1, help="How often each kind is measured, in turns.")] = 1_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the table to a file too.")] = None,
) -> None:
    """Measure and print."""
    costs = [measure(count, calls, rounds) for count in COUNTS]
    shown = "\n".join(_shown(costs))
    if output is not None:
        output.write_text(shown, encoding="utf-8")
    typer.echo(json.dumps([asdict(cost) for cost in costs], indent=2) if as_json else shown)


def measure(count: int, calls: int, rounds: int) -> Cost:
    """Measure calls that give ``count`` results: bare, narrowing and all of it in turns."""
    loaded = Plugins.load({}, entry_points=[_entry(f"results_{count}")])
    session = loaded.bind("main", "run", date(2026, 11, 2))
    with session:
        kinds = _kinds(loaded, session, count)
        taken: dict[str, list[float]] = {name: [] for name in kinds}
        gc.disable()  # when it runs depends on all that was made before
        try:
            for _ in range(rounds):
                for name, call in kinds.items():
                    taken[name].append(_microseconds(call, calls))
        finally:
            gc.enable()
    least = {name: min(values) for name, values in taken.items()}
    facade = least["whole"] - least["narrowing"] - least["bare"]
    return Cost(count, least["bare"], least["narrowing"], least["whole"], facade)


def _entry(name: str) -> EntryPoint:
    """An entry point, so that the plugin is treated like anyone's."""
    return EntryPoint(name, f"benchmarks.hooks:plugins.{name}", "crmbridge")


def _kinds(loaded: Plugins, session: Session, count: int) -> Mapping[str, Callable[[], object]]:
    name = f"results_{count}"
    measured: Measured = getattr(plugins, name)
    specs: dict[tuple[str, str], PropertySpec] = {(spec.object, spec.name): spec for spec in loaded.properties()}

    def narrow() -> None:
        answers = [results.narrow(item, PropertyValue, name) for item in results.listed(measured.answer)]
        if answers:
            results.check_values(answers, (str(FACTS.company.ref),), specs)

    return {
        "bare": partial(measured.derive_company, _context(name), FACTS),
        "narrowing": narrow,
        "whole": partial(session.derive_company, FACTS),
    }


def _context(name: str) -> RunContext[PluginSettings]:
    log, day = logging.getLogger(__name__), date(2026, 11, 2)
    return RunContext(plugin=name, settings=PluginSettings(), log=log, connection="main", run_id="run", today=day)


def _microseconds(call: Callable[[], object], calls: int) -> float:
    begun = thread_time_ns()
    for _ in range(calls):
        call()
    return (thread_time_ns() - begun) / calls / 1000


def _shown(costs: Sequence[Cost]) -> Iterator[str]:
    yield f"{machine()}\n"
    yield table(
        ("results", "bare µs", "through the session µs", "ratio", "of it narrowing µs", "of it façade µs"),
        (
            [str(cost.count), *(f"{value:.2f}" for value in (cost.bare, cost.whole)), f"{cost.ratio:.0f}"]
            + [f"{value:.2f}" for value in (cost.narrowing, cost.facade)]
            for cost in costs
        ),
    )
    worst = max(cost.facade for cost in costs)
    yield f"The façade adds at most {worst:.1f} µs; the goal is {GOAL:.0f} µs.\n"


if __name__ == "__main__":
    sys.argv[0] = "python -m benchmarks.hooks"
    typer.run(main)
