"""When a plan waits for a person: too much at once, something for the first time. And when it looks odd. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from crmbridge.config import Guard
from crmbridge.config.sections import Limits
from crmbridge.model.changes import Place
from crmbridge.model.plan import REVIEWER, Finding, PropertyCount

REVIEW: Final = "review the plan and apply it with --approve HASH"

EARLIER: Final = 3
"""So many earlier plans make a mean that a plan can be compared with."""


def guard(
    counts: Iterable[PropertyCount],
    released: Mapping[Place, tuple[str, str]],
    versions: Mapping[str, str],
    limits: Guard,
    *,
    prefix: str = "",
    restores: bool = False,
) -> tuple[Finding, ...]:
    """Compare a plan with what is allowed unseen.

    Args:
        counts: Of each property with rows.
        released: Place → (plugin, version) that was last approved.
        versions: Plugin to version now.
        limits: The config's.
        prefix: Of the properties that crmbridge created: the config may name them without.
        restores: True for a plan that puts back what was there: nobody judged that anew.
    """
    guarded = [count for count in counts if count.rows and count.by != REVIEWER]
    findings: list[Finding] = []
    for count in guarded:
        allowed = _allowed(count, limits, prefix)
        findings += _sized(count, allowed, limits.minimum)
        if allowed.first_apply and not restores:
            findings += _approved(count, released.get((count.object, count.property)), versions.get(count.by, ""))
    rows = sum(count.rows for count in guarded)
    if rows > limits.rows:
        findings.append(_park("too-many-rows", f"the plan writes {rows} values, more than {limits.rows}"))
    return tuple(findings)


def deviations(proposed: Mapping[str, int], earlier: Sequence[Mapping[str, int]], limits: Guard) -> tuple[Finding, ...]:
    """Warn where values are proposed for far more or fewer records than in the mean of earlier plans.

    Args:
        proposed: Property → number of records.
        earlier: The same of earlier plans; fewer than ``EARLIER`` that know the property say nothing of it.
        limits: The config's.
    """
    findings = []
    for place, now in sorted(proposed.items()):
        known = [counts[place] for counts in earlier if place in counts]
        mean = sum(known) / len(known) if known else 0.0
        if len(known) < EARLIER or mean < limits.minimum or abs(now - mean) * 100 <= limits.deviation_percent * mean:
            continue
        figures = f"{now} records, {mean:.0f} in the mean of the last {len(known)} plans"
        message = f"values of {place} are proposed for {figures}: look whether its plugin still finds what it reads"
        findings.append(Finding(severity="warning", code="count-deviates", message=message))
    return tuple(findings)


def _allowed(count: PropertyCount, limits: Guard, prefix: str) -> Limits:
    """The limits of a property: its own first, then those of its plugin, then those of all."""
    place = f"{count.object}.{count.property}"
    named = limits.properties.get(place) or limits.properties.get(
        f"{count.object}.{count.property.removeprefix(prefix)}"
    )
    allowed = {name: getattr(limits, name) for name in Limits.model_fields} | {"rows": None}
    for own in (limits.plugins.get(count.by), named):
        allowed |= own.model_dump(exclude_none=True) if own else {}
    return Limits(**allowed)


def _sized(count: PropertyCount, allowed: Limits, minimum: int) -> Iterator[Finding]:
    place = f"{count.object}.{count.property}"
    shares = (
        ("too-many-changed", "changes", count.changed, allowed.changed_percent),
        ("too-many-cleared", "clears", count.cleared, allowed.cleared_percent),
    )
    for code, verb, rows, percent in shares:
        if percent is not None and count.existing >= minimum and rows * 100 > percent * count.existing:
            figures = f"{rows} of {count.existing} values, more than {percent:g} %"
            yield _park(code, f"the plan {verb} {figures}, of {place}")
    if allowed.rows is not None and count.rows > allowed.rows:
        yield _park("too-many-rows", f"the plan writes {count.rows} values of {place}, more than {allowed.rows}")


def _approved(count: PropertyCount, last: tuple[str, str] | None, version: str) -> Iterator[Finding]:
    place = f"{count.object}.{count.property}"
    if last is None:
        yield _park("first-apply", f"the plan writes {place} ({count.rows} values), which no whole plan did before")
    elif last != (count.by, version):
        was = " ".join(last)
        yield _park("new-version", f"the plan writes {place} by {count.by} {version}, last approved was {was}")


def _park(code: str, what: str) -> Finding:
    return Finding(severity="park", code=code, message=f"{what}: {REVIEW}")
