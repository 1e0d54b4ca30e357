"""Which property values the platform accepts, and the form in which it keeps them: pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from crmbridge.sandbox.envelope import Json, invalid_properties, validation
from crmbridge.sandbox.times import DAY, epoch_ms, iso

MAX_TEXT = 65_536  # https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class Refused(ValueError):
    """A value that the platform does not take; ``code`` is its name for the fault."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def normalise(definition: Json, value: str, owners: Iterable[str] = ()) -> str:
    """Return a value as the platform keeps it; the empty string clears a property.

    Raises:
        Refused: The value does not fit the property's type or options.
    """
    if not value:
        return ""
    type_ = definition["type"]
    if type_ == "enumeration":
        return _enumeration(definition, value, owners)
    reader = _READERS.get(type_, _text)
    return reader(value) if definition["name"] != "email" else _email(value)


def check_writes(definitions: Mapping[str, Json], values: Mapping[str, str], owners: Iterable[str]) -> Json:
    """Return the values of an API write as they will be kept.

    Raises:
        ApiError: 400 that lists every bad property.
    """
    kept: Json = {}
    problems: list[Json] = []
    for name, value in values.items():
        known = definitions.get(name.lower())
        try:
            kept[name.lower()] = normalise(_writable(known, name), value, owners)
        except Refused as refused:
            problems.append(_problem(name, refused))
    if problems:
        raise invalid_properties(problems)
    return kept


def texts(values: Any) -> dict[str, str]:
    """Return a request's ``properties`` as text.

    Raises:
        ApiError: 400 when it is no object of scalars; null clears nothing, the empty string does.
    """
    if not isinstance(values, dict):
        raise validation("Invalid input JSON: properties must be an object")
    found: dict[str, str] = {}
    for name, value in values.items():
        match value:
            case str():
                found[name] = value
            case bool():
                found[name] = str(value).lower()
            case int() | float():
                found[name] = str(value)
            case _:
                raise validation(f"Invalid input JSON: cannot read the value of {name}")
    return found


def _writable(known: Json | None, name: str) -> Json:
    if known is None or known["archived"]:
        raise Refused("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    if known["modificationMetadata"]["readOnlyValue"]:
        raise Refused("READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set')
    return known


def _problem(name: str, refused: Refused) -> Json:
    return {
        "isValid": False,
        "message": str(refused),
        "error": refused.code,
        "name": name,
        "localizedErrorMessage": str(refused),
    }


def _number(value: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise Refused("INVALID_LONG", f"{value} was not a valid long.")
    return value


def _text(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise Refused("INVALID_STRING_LENGTH", f"the value is longer than {MAX_TEXT} characters")
    return value


def _bool(value: str) -> str:
    return _choice(value.lower(), ["true", "false"])


def _choice(value: str, allowed: list[str]) -> str:
    if value not in allowed:
        raise Refused("INVALID_OPTION", f"{value} was not one of the allowed options: {json.dumps(allowed)}")
    return value


def _enumeration(definition: Json, value: str, owners: Iterable[str]) -> str:
    if definition.get("referencedObjectType") == "OWNER":
        return _choice(value, list(owners))
    allowed = [item["value"] for item in definition["options"]]
    parts = value.split(";") if definition["fieldType"] == "checkbox" else [value]
    if allowed:
        for part in filter(None, parts):
            _choice(part, allowed)
    return ";".join(parts)


def _date(value: str) -> str:
    try:
        ms = epoch_ms(value)
    except ValueError:
        raise Refused("INVALID_DATE", f"{value} was not a valid date.") from None
    if ms % DAY:
        raise Refused("INVALID_DATE", f"{value} is not at midnight UTC.")
    return iso(ms)[:10]


def _datetime(value: str) -> str:
    try:
        return iso(epoch_ms(value))
    except (ValueError, OverflowError, OSError):
        raise Refused("INVALID_DATE", f"{value} was not a valid date.") from None


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise Refused("INVALID_EMAIL", f"Email address {value} is invalid")
    return value.lower()


_READERS: dict[str, Callable[[str], str]] = {"number": _number, "bool": _bool, "date": _date, "datetime": _datetime}
