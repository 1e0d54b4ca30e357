"""One canonical text per value: what is planned, compared and written. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from crmbridge.model.properties import PropertySpec, PropertyType
from crmbridge.model.proposals import Scalar

LONGEST_TEXT: Final = 65_536
"""Characters of one value: https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide."""

_LARGEST_EXPONENT: Final = 330  # beyond any double; a longer number would be spelt out digit by digit
_CONTROL: Final = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


CODES: Final = frozenset({"wrong-type", "not-finite", "not-an-option", "not-unicode", "too-long"})
"""Why a property cannot hold a value."""


class Invalid(ValueError):
    """A value that its property cannot hold.

    Attributes:
        code: Why, one of ``CODES``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def canonical(spec: PropertySpec, value: Scalar) -> str | None:
    """Give the canonical text of a value for a property; None is empty.

    Raises:
        Invalid: The property cannot hold the value.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    options = tuple(option.value for option in spec.options)
    if spec.type in ("enumeration", "multi"):
        return _choice(spec.type, value, options)
    return _WRITERS[spec.type](value)


def reading(kind: str, text: str | None, options: Collection[str] = ()) -> str | None:
    """Give the canonical form of what a platform says; what it does not understand stays as it is.

    Args:
        kind: The property's type: a ``PropertyType``, or a platform's own word.
        text: The platform's text.
        options: For ``multi``: the order in which known values stand; others follow by name.
    """
    if text is None or not text.strip():
        return None
    if kind == "multi":
        order = {value: place for place, value in enumerate(options)}
        return ";".join(sorted(split(text), key=lambda item: (order.get(item, len(order)), item))) or None
    if kind not in _WRITERS:
        return text
    try:
        return _WRITERS[kind](text)
    except Invalid:
        return text


def fits(kind: str, text: str) -> bool:
    """Say whether a property of a type takes a text; of a type that is not known here anything may."""
    try:
        return kind not in _WRITERS or _WRITERS[kind](text) is not None
    except Invalid:
        return False


def same(kind: str, a: str | None, b: str | None) -> bool:
    """Say whether two texts of a property mean the same value."""
    return reading(kind, a) == reading(kind, b)


def split(text: str | None) -> list[str]:
    """Take a multi-select's text apart, each value once."""
    return list(dict.fromkeys(part.strip() for part in (text or "").split(";") if part.strip()))


def compatible(kind: str, other: str) -> bool:
    """Say whether a property of type ``other`` holds what a property of type ``kind`` does."""
    texts = ("string", "text")
    return kind == other or (kind in texts and other in texts)


def _choice(kind: PropertyType, value: Scalar, options: Collection[str]) -> str | None:
    if isinstance(value, tuple) and kind == "multi":
        chosen = set(value)
    elif isinstance(value, str):
        chosen = set(split(value)) if kind == "multi" else {value}
    else:
        raise Invalid("wrong-type")
    if not chosen <= set(options):
        raise Invalid("not-an-option")
    return ";".join(option for option in options if option in chosen) or None


def _bool(value: Scalar) -> str:
    text = str(value).strip().lower()
    if isinstance(value, bool | str) and text in ("true", "false"):
        return text
    raise Invalid("wrong-type")


def _number(value: Scalar) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Invalid("wrong-type")
    if isinstance(value, int) and abs(value) >= 10**_LARGEST_EXPONENT:  # before str(), which refuses 4,300 digits
        raise Invalid("too-long")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise Invalid("wrong-type") from None
    if not number.is_finite():
        raise Invalid("not-finite")
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise Invalid("too-long")
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if number else "0"


def _text(value: Scalar) -> str | None:
    if not isinstance(value, str):
        raise Invalid("wrong-type")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid("not-unicode") from None
    # Outer space goes: platforms trim it, and then the value would differ for ever.
    cleaned = value.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROL).strip()
    if len(cleaned) > LONGEST_TEXT:
        raise Invalid("too-long")
    return cleaned or None


def _date(value: Scalar) -> str:
    return _moment(value).date().isoformat()


def _datetime(value: Scalar) -> str:
    return _moment(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(value: Scalar) -> datetime:
    """Read a day, a time, or epoch milliseconds, which HubSpot takes and gives as well; without a zone it is UTC."""
    if isinstance(value, date):
        value = value.isoformat()
    if not isinstance(value, str):
        raise Invalid("wrong-type")
    text = value.strip()
    try:
        if text.removeprefix("-").isdecimal() and text.isascii() and len(text) != len("YYYYMMDD"):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid("wrong-type") from None


_WRITERS: Mapping[str, Callable[[Scalar], str | None]] = {
    "string": _text,
    "text": _text,
    "number": _number,
    "bool": _bool,
    "date": _date,
    "datetime": _datetime,
}
