"""How results of hooks are written in the process of a plugin, and read in that of crmbridge: as JSON, by model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from pydantic import ValidationError

from crmbridge.context import DROP, Drop
from crmbridge.model.base import Frozen
from crmbridge.model.changes import PropertyChange
from crmbridge.model.consent import ConsentDecision
from crmbridge.model.evidence import PersonaAssignment, TitleReading
from crmbridge.model.journey import StageModel, StageVisit
from crmbridge.model.plan import Finding
from crmbridge.model.properties import InputSpec, PropertySpec
from crmbridge.model.proposals import Due, PropertyValue, RelationProposal, RoleProposal, StanceProposal
from crmbridge.model.records import Company, Contact, Deal, Engagement, Item, LineItem, Owner, Pipeline, Ticket
from crmbridge.plugins.failures import BadResult
from crmbridge.plugins.results import listed

_RECORDS = (Company, Contact, Deal, Engagement, Item, LineItem, Owner, Pipeline, Ticket)
_PROPOSALS = (Due, PersonaAssignment, PropertyValue, RelationProposal, RoleProposal, StageVisit, StanceProposal)
_OTHERS = (ConsentDecision, Finding, InputSpec, PropertyChange, PropertySpec, StageModel, TitleReading)

KINDS: Final[Mapping[str, type[Frozen]]] = {kind.__name__: kind for kind in (*_RECORDS, *_PROPOSALS, *_OTHERS)}
"""What a hook may return, by name."""

_TAGS: Final[Mapping[str, tuple[type[Any], Callable[[Any], str], Callable[[str], Any]]]] = {
    "$datetime": (datetime, datetime.isoformat, datetime.fromisoformat),  # a datetime is a date, too: it comes first
    "$date": (date, date.isoformat, date.fromisoformat),
    "$decimal": (Decimal, str, Decimal),
}
"""What JSON has no word for: how it is told, written and read. The value of a property may be a day or a text."""


def written(result: object) -> Any:
    """Write down what a hook returned.

    Raises:
        BadResult: No hook may return that.
    """
    if result is None:
        return None
    if isinstance(result, Drop):
        return "drop"
    return _one(result) if isinstance(result, Frozen) else [_one(item) for item in listed(result)]


def read(answer: object) -> object:
    """Read what ``written`` wrote, or what was made to look so; it still must be narrowed to what the hook allows.

    Raises:
        BadResult: It is nothing that a hook may return.
    """
    if answer is None:
        return None
    if answer == "drop":
        return DROP
    return [_model(item) for item in answer] if isinstance(answer, list) else _model(answer)


def _one(item: object) -> dict[str, Any]:
    name = type(item).__name__
    if not isinstance(item, Frozen) or KINDS.get(name) is not type(item):
        raise BadResult(f"returned {name}, which no hook returns")
    return {"kind": name, "fields": _tagged(item.model_dump(warnings=False))}


def _model(item: object) -> Frozen:
    if not (isinstance(item, dict) and isinstance(item.get("kind"), str) and isinstance(item.get("fields"), dict)):
        raise BadResult("returned what no hook returns")
    kind = KINDS.get(item["kind"])
    if kind is None:
        raise BadResult("returned what no hook returns")
    try:
        return kind.model_validate(_untagged(item["fields"]))
    except ValidationError as error:
        names = sorted({str(fault["loc"][0]) for fault in error.errors(include_input=False) if fault["loc"]})
    raise BadResult(f"returned an invalid {kind.__name__}: {', '.join(set(names) & set(kind.model_fields))}")


def _tagged(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _tagged(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_tagged(item) for item in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    for tag, (kind, write, _) in _TAGS.items():
        if isinstance(value, kind):
            return {tag: write(value)}
    raise BadResult(f"returned a result with a {type(value).__name__} in it")


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((tag, text),) = value.items()
        if tag in _TAGS and isinstance(text, str):
            try:
                return _TAGS[tag][2](text)
            except (ArithmeticError, ValueError):
                raise BadResult("returned a date or a number that is none") from None
    return {name: _untagged(item) for name, item in value.items()}
