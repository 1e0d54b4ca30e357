"""Narrows what plugins return: pure checks, each of which raises ``BadResult``. A message never holds a value."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import GeneratorType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from crmbridge.context import Drop
from crmbridge.model.base import Frozen, Ref
from crmbridge.model.centers import BuyingCenter
from crmbridge.model.changes import PropertyChange
from crmbridge.model.consent import ConsentDecision, ConsentQuestion
from crmbridge.model.evidence import PersonaAssignment, TitleReading
from crmbridge.model.journey import StageVisit
from crmbridge.model.persons import CompanyFacts, PersonFacts
from crmbridge.model.properties import PropertySpec, PropertyType
from crmbridge.model.proposals import PropertyValue, RelationProposal, RoleProposal, StanceProposal
from crmbridge.model.records import Record
from crmbridge.plugins.failures import BadResult

MOST_RESULTS = 10_000
"""Results of one call of one plugin."""

LONGEST_TEXT = 65_536
"""Characters of one string; a HubSpot property holds no more."""

_HARMLESS = frozenset((bool, int, date, datetime))
_PLAIN = _HARMLESS | {float, Decimal, type(None)}
_LISTS = frozenset((list, tuple, GeneratorType))
_NO_LISTS = (str, bytes, Mapping, BaseModel)

M = TypeVar("M", bound=Frozen)


def listed(result: object) -> Iterator[object]:
    """Yield what an iterable yields, one by one, so that no heap of it is made; None is nothing."""
    if result is None:
        return
    if type(result) is not list and (not isinstance(result, Iterable) or isinstance(result, _NO_LISTS)):
        raise BadResult(f"returned {type(result).__name__}, not an iterable of results")
    for count, item in enumerate(result):
        if count == MOST_RESULTS:
            raise BadResult(f"returned more than {MOST_RESULTS} results")
        yield item


def narrow(item: object, kind: type[M], by: str | None = None, before: M | None = None) -> M:
    """Read a result again: exactly of this type, every field valid, no endless number or text.

    Plugins can make models that were never validated (``model_construct``), so the type alone proves nothing.

    Args:
        item: What the plugin returned.
        kind: What it must be; a subclass is another type.
        by: The plugin to name as its author; None leaves the author as it is.
        before: What the plugin was given; a text that stands there already is not its doing.
    """
    if type(item) is not kind:
        raise BadResult(f"returned {type(item).__name__} where {kind.__name__} belongs")
    if before is None and (sound := _sound(item, by)) is not None:
        return sound
    fields = item.model_dump(warnings=False) | ({} if by is None else {"by": by})
    if before is not None or _may_hold_bad_text(item):
        _check_scalars(_changed(fields, before.model_dump()) if before is not None else fields)
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        _check_scalars(fields)
        names = sorted({str(fault["loc"][0]) for fault in error.errors(include_input=False) if fault["loc"]})
    raise BadResult(f"returned an invalid {kind.__name__}: {', '.join(names)}")


def is_idle(item: object, specs: Container[tuple[str, str]], wanted: Container[tuple[str, str]]) -> bool:
    """True for the value of a property that is registered and that nobody asked for."""
    if type(item) is not PropertyValue:
        return False
    place = (item.subject.object, item.property)
    return place not in wanted and place in specs


def _sound(item: M, by: str | None) -> M | None:
    """Validate the fields of a result as they are, which is quick; None if anything is wrong or out of the ordinary."""
    fields = {name: _part(value) for name, value in item.__dict__.items()}
    if by is not None:
        fields["by"] = by
    try:
        return type(item).__pydantic_validator__.validate_python(fields)  # type: ignore[no-any-return]
    except ValidationError:
        return None


def _part(value: Any) -> Any:
    """A field's value, models in it validated; ``...``, which no field takes, for what must be looked at closely."""
    kind = type(value)
    if kind is str:
        return value if len(value) <= LONGEST_TEXT and _is_unicode(value) else ...
    if kind is Ref:
        sound = type(value.object) is str and type(value.id) is str and len(value.id) <= LONGEST_TEXT
        return value if sound and _is_unicode(value.id) else ...
    if kind is tuple:
        return tuple(map(_part, value))
    if kind in _PLAIN:
        return value
    return (_sound(value, None) or ...) if isinstance(value, Frozen) else ...


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _changed(after: Mapping[str, object], before: Mapping[str, object]) -> dict[str, object]:
    """Keep the fields, and the items of mappings, that differ."""
    changed: dict[str, object] = {}
    for name, value in after.items():
        old = before.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            changed[name] = _changed(value, old)
        elif value != old:
            changed[name] = value
    return changed


def _may_hold_bad_text(item: Frozen) -> bool:
    """Look at a result as a whole, which is quick: short enough, and valid Unicode?"""
    try:
        return len(item.model_dump_json(warnings=False)) > LONGEST_TEXT
    except ValueError:
        return True


def _check_scalars(value: object) -> None:
    """Refuse endless numbers and texts, however deep. Asked for every result, so the commonest types come first."""
    kind = type(value)
    if value is None or kind in _HARMLESS:
        return
    if kind is str:
        _check_text(value)  # type: ignore[arg-type] # its type is str
    elif kind is dict:
        for key, item in value.items():  # type: ignore[attr-defined] # its type is dict
            _check_scalars(key)
            _check_scalars(item)
    elif isinstance(value, float):
        _check_finite(value)
    elif isinstance(value, str):
        _check_text(value)
    elif isinstance(value, Mapping):
        _check_scalars(dict(value))
    elif isinstance(value, list | tuple):
        for item in value:
            _check_scalars(item)


def _check_finite(number: float) -> None:
    if not math.isfinite(number):
        raise BadResult("returned a number that is not finite")


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise BadResult(f"returned a text of more than {LONGEST_TEXT} characters")
    if not _is_unicode(text):
        raise BadResult("returned a text that is not valid Unicode")


def replacement(result: object, before: M) -> M | Drop:
    """Narrow the answer of a ``transform_*`` hook; None keeps what was there."""
    if result is None:
        return before
    return result if isinstance(result, Drop) else narrow(result, type(before), before=before)


def check_record(after: Record, before: Record) -> None:
    """A record stays the record it is."""
    if after.ref != before.ref:
        raise BadResult("returned another record; object and id stay")


def check_change(after: PropertyChange, before: PropertyChange) -> None:
    """A change may be narrowed, never widened."""
    if after.model_copy(update={"after": before.after, "reason": before.reason}) != before:
        raise BadResult("widened the change: only after and reason may differ")
    if after.after is None and before.after is not None:
        raise BadResult("widened the change: after may not become empty; return DROP to leave it out")


def decision(result: object, question: ConsentQuestion, today: date, by: str) -> ConsentDecision | None:
    """Narrow the answer of ``decide_consent``: to this question, and still good today."""
    if result is None:
        return None
    answer = narrow(result, ConsentDecision, by)
    asked = (question.purpose, question.channel, question.controller)
    if (answer.purpose, answer.channel, answer.controller) != asked:
        raise BadResult("answered another question: purpose, channel and controller must be those asked about")
    if answer.decision == "allow" and answer.expires_on is not None and answer.expires_on <= today:
        raise BadResult("allowed what it says has expired")
    return answer


def check_members(
    items: Iterable[TitleReading | RoleProposal | StanceProposal | PersonaAssignment], center: BuyingCenter
) -> None:
    """Each result is about a member of the center."""
    members = {member.id for member in center.members}
    if any(item.member_id not in members for item in items):
        raise BadResult("named a member that is not in the center")


def check_relations(items: Iterable[RelationProposal], center: BuyingCenter) -> None:
    """Each tie joins two different members of the center, and is no communication: that is core's to count."""
    members = {member.id for member in center.members}
    for item in items:
        if not {item.source, item.target} <= members or item.source == item.target:
            raise BadResult("named a tie that does not join two members of the center")
        if item.kind == "communication":
            raise BadResult("told of communication, which follows from the engagements")


def check_visits(
    visits: Iterable[StageVisit], center: BuyingCenter, stages: Container[tuple[str, str]], today: date
) -> None:
    """Each stay is the center's, its company's or a member's, in a stage that is registered, and none lies ahead.

    Args:
        visits: The stays.
        center: What was asked about.
        stages: Key of the model and of the stage, of all models that plugins register.
        today: The as-of date.
    """
    company = [str(center.company.ref)] if center.company else []
    subjects = {center.id, *company, *(member.id for member in center.members)}
    for visit in visits:
        if visit.subject not in subjects:
            raise BadResult("named a subject that is not in the center")
        if (visit.model, visit.stage) not in stages:
            raise BadResult("named a stage that is in no registered model")
        if visit.entered_on > today:
            raise BadResult("told a stay that begins in the future")
        if visit.left_on is not None and visit.left_on < visit.entered_on:
            raise BadResult("told a stay that ends before it begins")


def subject_of_contact(person: PersonFacts) -> tuple[str]:
    """Name the record whose values a hook about a person may set."""
    return (str(person.contact.ref),)


def subject_of_company(facts: CompanyFacts) -> tuple[str]:
    """Name the record whose values a hook about a company may set."""
    return (str(facts.company.ref),)


def subjects_of(center: BuyingCenter) -> frozenset[str]:
    """Name the records whose values a center may set: deal, company, members."""
    records = [record.ref for record in (center.deal, center.company) if record is not None]
    return frozenset([*map(str, records), *(member.id for member in center.members)])


def check_values(
    values: Iterable[PropertyValue], subjects: Collection[str], specs: Mapping[tuple[str, str], PropertySpec]
) -> None:
    """Each value is about one of ``subjects``, of a property that the plugin registered, of its type, and said once."""
    said = set()
    for item in values:
        subject = str(item.subject)
        if subject not in subjects:
            raise BadResult(f"gave {_shown(item)} of a record that it was not asked about")
        spec = specs.get((item.subject.object, item.property))
        if spec is None:
            raise BadResult(f"gave {_shown(item)}, which it does not register")
        options = [option.value for option in spec.options]
        if item.value is not None and not _FITS[spec.type](item.value, options):
            raise BadResult(f"gave {_shown(item)} a value that is not of type {spec.type}, or not among its options")
        if (subject, item.property) in said:
            raise BadResult(f"gave {_shown(item)} of one record twice")
        said.add((subject, item.property))


def _shown(item: PropertyValue) -> str:
    """Name a property only if its name looks like one: a plugin may have put anything there."""
    name = f"{item.subject.object}.{item.property}"
    return name if re.fullmatch(r"[a-z_]+\.[a-z][a-z0-9_]{0,80}", name) else "a property"


_FITS: Mapping[PropertyType, Callable[[object, Collection[str]], bool]] = {
    "string": lambda value, _: isinstance(value, str),
    "text": lambda value, _: isinstance(value, str),
    "number": lambda value, _: isinstance(value, int | float) and not isinstance(value, bool),
    "bool": lambda value, _: isinstance(value, bool),
    "enumeration": lambda value, options: isinstance(value, str) and value in options,
    "multi": lambda value, options: (
        isinstance(value, tuple) and len(set(value)) == len(value) and set(value) <= set(options)
    ),
    "date": lambda value, _: isinstance(value, date),
    "datetime": lambda value, _: isinstance(value, date) or (isinstance(value, str) and _is_moment(value)),
}
"""Whether a value is of a property's type and among its options."""


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
