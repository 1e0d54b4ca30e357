"""When a plan waits for a person: too much at once, or something for the first time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crmbridge.config import Guard
from crmbridge.model.plan import Finding, PropertyCount

REVIEW = "review the plan and apply it with --approve HASH"


def guard(
    counts: Iterable[PropertyCount],
    released: Mapping[tuple[str, str], tuple[str, str]],
    versions: Mapping[str, str],
    limits: Guard,
) -> tuple[Finding, ...]:
    """Compare a plan with what is allowed unseen.

    Args:
        counts: Of each property with rows.
        released: (object, platform property) → (plugin, version) that was last approved.
        versions: Plugin to version now.
        limits: The config's.
    """
    counts = [count for count in counts if count.rows]
    findings = [finding for count in counts for finding in _of_property(count, released, versions, limits)]
    rows = sum(count.rows for count in counts)
    if rows > limits.rows:
        findings.append(_park("too-many-rows", f"the plan writes {rows} values, more than {limits.rows}"))
    return tuple(findings)


def _of_property(
    count: PropertyCount,
    released: Mapping[tuple[str, str], tuple[str, str]],
    versions: Mapping[str, str],
    limits: Guard,
) -> Iterable[Finding]:
    place = f"{count.object}.{count.property}"
    shares = (
        ("too-many-changed", "changes", count.changed, limits.changed_percent),
        ("too-many-cleared", "clears", count.cleared, limits.cleared_percent),
    )
    for code, verb, rows, percent in shares:
        if count.existing >= limits.minimum and rows * 100 > percent * count.existing:
            figures = f"{rows} of {count.existing} values, more than {percent:g} %"
            yield _park(code, f"the plan {verb} {figures}, of {place}")
    if not limits.first_apply:
        return
    version = versions.get(count.by, "")
    last = released.get((count.object, count.property))
    if last is None:
        yield _park("first-apply", f"the plan writes {place} for the first time ({count.rows} values)")
    elif last != (count.by, version):
        was = " ".join(last)
        yield _park("new-version", f"the plan writes {place} by {count.by} {version}, last approved was {was}")


def _park(code: str, what: str) -> Finding:
    return Finding(severity="park", code=code, message=f"{what}: {REVIEW}")
