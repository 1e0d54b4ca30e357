"""Search filters: how a filter of the search API decides on a record. Pure functions."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping
from typing import Any

from crmbridge.sandbox.envelope import Json, validation
from crmbridge.sandbox.times import epoch_ms, iso

Values = Mapping[str, str]
Test = Callable[[Values], bool]
Key = Callable[[str], Any]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda left, right: left == right,
    "NEQ": lambda left, right: left != right,
    "LT": lambda left, right: left < right,
    "LTE": lambda left, right: left <= right,
    "GT": lambda left, right: left > right,
    "GTE": lambda left, right: left >= right,
}


def compile_filter(rule: Json, definitions: Mapping[str, Json]) -> Test:
    """Turn one filter into a test on a record's values.

    A record without the value matches only ``NOT_HAS_PROPERTY`` and ``NOT_CONTAINS_TOKEN``; whether the
    platform lets it match ``NEQ`` and ``NOT_IN`` is not documented, so the answer is the harder one.

    Raises:
        ApiError: 400 for an unknown property or operator, or a value that does not fit.
    """
    name, operator = rule["propertyName"], rule.get("operator", "")
    key, given = sort_key(definitions[name]), given_key(definitions[name])
    if operator == "HAS_PROPERTY":
        return lambda values: name in values
    if operator == "NOT_HAS_PROPERTY":
        return lambda values: name not in values
    if operator in {"CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}:
        wanted = str(_need(rule, "value"))
        return lambda values: token_match(values.get(name, ""), wanted) == (operator == "CONTAINS_TOKEN")
    if operator in {"IN", "NOT_IN"}:
        return _membership(rule, definitions[name], key, given, inside=operator == "IN")
    if operator == "BETWEEN":
        low, high = _read(given, _need(rule, "value")), _read(given, _need(rule, "highValue"))
        return lambda values: name in values and low <= key(values[name]) <= high
    if operator not in _COMPARE:
        raise validation(f"{operator} is not a search operator")
    compare, right = _COMPARE[operator], _read(given, _need(rule, "value"))
    return lambda values: name in values and compare(key(values[name]), right)


def sort_key(definition: Json) -> Key:
    """Return how kept values of a property compare.

    Numbers compare as numbers and texts without case; options compare as they are, and so do dates and
    moments, because the form in which they are kept sorts like time.
    """
    return {"number": _number, "string": str.lower}.get(definition["type"], str)


def given_key(definition: Json) -> Key:
    """Return how a filter's value is read, so that it compares with kept values."""
    match definition["type"]:
        case "datetime":
            return lambda text: iso(epoch_ms(text))
        case "date":
            return lambda text: iso(epoch_ms(text))[:10]
    return sort_key(definition)


def token_match(value: str, wanted: str) -> bool:
    """Tell whether a text has the wanted word; ``*`` stands for any characters."""
    text, pattern = value.lower(), wanted.lower()
    if not text:
        return False
    words = re.findall(r"\w+", text)
    if "*" in pattern:
        return any(fnmatch.fnmatchcase(word, pattern) for word in (text, *text.split(), *words))
    parts = re.findall(r"\w+", pattern)
    return any(words[at : at + len(parts)] == parts for at in range(len(words))) if parts else False


def _membership(rule: Json, definition: Json, key: Key, given: Key, *, inside: bool) -> Test:
    """Texts compare in lower case on the record's side only: values must be given in lower case."""
    name, values_given = rule["propertyName"], rule.get("values")
    if not isinstance(values_given, list) or not values_given:
        raise validation("values is required for IN and NOT_IN")
    if definition["type"] == "string":
        wanted: set[Any] = {str(value) for value in values_given}
    else:
        wanted = {_read(given, value) for value in values_given}
    if definition["fieldType"] == "checkbox":
        return lambda values: name in values and (not wanted.isdisjoint(values[name].split(";"))) == inside
    return lambda values: name in values and (key(values[name]) in wanted) == inside


def _need(rule: Json, field: str) -> Any:
    value = rule.get(field)
    if value is None:
        raise validation(f"{field} is required for {rule.get('operator')}")
    return value


def _read(key: Key, value: Any) -> Any:
    try:
        return key(str(value))
    except (ValueError, OverflowError, OSError):
        raise validation("a filter value does not fit the type of its property") from None


def _number(text: str) -> float | int:
    return int(text) if text.lstrip("-").isdigit() else float(text)
