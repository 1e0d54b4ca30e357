"""What of a search the database can decide: ids, the two times, values that are looked up, links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.index import FAR
from crmbridge.sandbox.kinds import Kind
from crmbridge.sandbox.times import epoch_ms

if TYPE_CHECKING:
    from crmbridge.sandbox.portal import Portal

DIGITS = 18
"""What SQLite's integers hold for sure."""
_SIGNS = {"EQ": "=", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
Clause = tuple[str, list[object], bool]
"""A condition on the index row ``i``, its values, and whether it says all that the filter says."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A search as far as the database can decide it.

    Attributes:
        where: A condition on the index row ``i``; empty for none.
        given: Its values.
        bounds: The ids to look between, both included.
        exact: Nothing is left to be tested.
    """

    where: str
    given: list[object]
    bounds: tuple[int, int]
    exact: bool


def narrow(portal: Portal, kind: Kind, groups: Sequence[Sequence[Json]]) -> Narrowed:
    """Return what the database can decide of checked filter groups, of which one has to be met."""
    low, high = 0, FAR
    if len(groups) == 1:  # a range of ids pages by keyset, and is best kept apart
        for rule in groups[0]:
            below, above = _id_bounds(rule) or (low, high)
            low, high = max(low, below), min(high, above)
    parts: list[str] = []
    given: list[object] = []
    exact, open_group = True, not groups
    for group in groups:
        rules = [rule for rule in group if len(groups) > 1 or _id_bounds(rule) is None]
        clauses = [_clause(portal, kind, rule) for rule in rules]
        known = [clause for clause in clauses if clause]
        exact = exact and all(clause is not None and clause[2] for clause in clauses)
        open_group = open_group or not known
        parts.append(" AND ".join(clause[0] for clause in known))
        given += [value for clause in known for value in clause[1]]
    if open_group:
        return Narrowed("", [], (low, high), exact and len(groups) <= 1)
    return Narrowed(f"({' OR '.join(f'({part})' for part in parts)})", given, (low, high), exact)


def _clause(portal: Portal, kind: Kind, rule: Json) -> Clause | None:
    name, operator = rule["propertyName"], rule.get("operator", "")
    if name.startswith("associations."):
        other = portal.kind(name.removeprefix("associations."))
        assert other is not None
        ids = [str(value) for value in rule.get("values") or [rule.get("value")]]
        return *portal.links.linked_to((kind.name, other.name), ids), True
    if name == "hs_object_id":
        bounds = _id_bounds(rule)
        return ("i.id BETWEEN ? AND ?", [*bounds], True) if bounds else None
    columns = {kind.modified: "i.updated", "hs_lastmodifieddate": "i.updated", "hs_timestamp": "i.moment"}
    if name in columns:
        return _time(columns[name], rule)
    values = rule.get("values") if operator == "IN" else [rule.get("value")]
    if operator not in {"EQ", "IN", "HAS_PROPERTY"} or not portal.looked_up(kind, name):
        return None
    wanted = None if operator == "HAS_PROPERTY" else [str(value).lower() for value in values or ()]
    return *portal.index(kind).among_keys(name, wanted), False


def _time(column: str, rule: Json) -> Clause | None:
    operator = rule.get("operator", "")
    if operator == "BETWEEN":
        return f"{column} BETWEEN ? AND ?", [epoch_ms(str(rule["value"])), epoch_ms(str(rule["highValue"]))], True
    if operator in _SIGNS:
        return f"{column} {_SIGNS[operator]} ?", [epoch_ms(str(rule["value"]))], True
    return None


def _id_bounds(rule: Json) -> tuple[int, int] | None:
    """Return the ids between which a filter by id looks, both included."""
    if rule["propertyName"] != "hs_object_id":
        return None
    value, most = str(rule.get("value")), str(rule.get("highValue"))
    if not (value.isdigit() and len(value) <= DIGITS):
        return None
    number, high = int(value), int(most) if most.isdigit() and len(most) <= DIGITS else None
    return {
        "EQ": (number, number),
        "GT": (number + 1, FAR),
        "GTE": (number, FAR),
        "LT": (0, number - 1),
        "LTE": (0, number),
        "BETWEEN": None if high is None else (number, high),
    }.get(rule.get("operator", ""))
