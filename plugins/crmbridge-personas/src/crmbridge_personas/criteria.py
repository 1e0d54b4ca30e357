"""One criterion of a persona: a field, an operator, a value and how much it counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from crmbridge_personas.fields import SENIORITIES, Values, known_field

Operator = Literal["equals", "in", "contains", "matches", "at_least", "exists"]
FieldName = Annotated[str, AfterValidator(known_field)]
"""One of ``FIELDS``, or ``property:<name>``."""
Value = bool | int | float | str | tuple[str, ...] | None


class Criterion(BaseModel):
    """A condition on a member.

    Attributes:
        field: A field, or ``property:<name>``.
        op: How the field is compared; letters' case never counts.
        value: What with: text for ``equals``, ``contains`` and ``matches`` (a regular expression), a list for
            ``in``, a number or a seniority for ``at_least``, nothing for ``exists``.
        weight: Its share in the score, against the other criteria of the persona.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: FieldName
    op: Operator
    value: Value = Field(default=None, validate_default=True)
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)

    @field_validator("value")
    @classmethod
    def _value_fits(cls, value: Value, info: ValidationInfo) -> Value:
        operator, field = info.data.get("op"), info.data.get("field")
        if operator is None or field is None:
            return value
        fault = _fault(operator, field, value)
        if fault:
            raise ValueError(f"{operator} {fault}")
        return value

    def holds(self, values: Values) -> bool:
        """True if one of the field's values fits."""
        if self.op == "exists":
            return bool(values)
        return any(_TESTS[self.op](item, self.value) for item in values)

    def __str__(self) -> str:
        """The criterion as a person would say it: ``seniority in management, director``."""
        value = ", ".join(self.value) if isinstance(self.value, tuple) else _plain(self.value)
        return f"{self.field} {self.op} {value}".rstrip()


def _plain(value: Value) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _fault(operator: Operator, field: str, value: Value) -> str | None:
    """What is wrong with the value of a criterion, if anything."""
    if operator == "exists":
        return None if value is None else "takes no value"
    if operator == "in":
        return None if isinstance(value, tuple) and value else "takes a list of texts that is not empty"
    if operator == "at_least":
        if field == "seniority":
            return None if value in SENIORITIES else f"takes one of {', '.join(SENIORITIES)} for seniority"
        return None if isinstance(value, int | float) and not isinstance(value, bool) else "takes a number"
    if value is None or isinstance(value, tuple) or value == "":
        return "takes one value that is not empty"
    return _regex_fault(str(value)) if operator == "matches" else None


def _regex_fault(pattern: str) -> str | None:
    try:
        re.compile(pattern)
    except re.error as error:
        return f"takes a regular expression; this one is invalid at position {error.pos}"
    return None


@lru_cache(maxsize=1024)
def _without_case(options: tuple[str, ...]) -> frozenset[str]:
    return frozenset(option.casefold() for option in options)


def _at_least(item: str, value: Value) -> bool:
    if item in SENIORITIES and value in SENIORITIES:
        return SENIORITIES.index(item) >= SENIORITIES.index(str(value))
    try:
        return isinstance(value, int | float) and float(item) >= value
    except ValueError:
        return False


_TESTS: Final[Mapping[Operator, Callable[[str, Value], bool]]] = {
    "equals": lambda item, value: item.casefold() == _plain(value).casefold(),
    "in": lambda item, value: isinstance(value, tuple) and item.casefold() in _without_case(value),
    "contains": lambda item, value: _plain(value).casefold() in item.casefold(),
    "matches": lambda item, value: re.search(_plain(value), item, re.IGNORECASE) is not None,
    "at_least": _at_least,
}
