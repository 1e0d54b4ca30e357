"""The tables of the mirror: records as the CRM has them, one column for each of its properties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, Final, NamedTuple

from crmbridge.export.columns import Column, Get, Table, id_of, personal, plain
from crmbridge.model.base import CUSTOM, TOUCHES, ObjectName
from crmbridge.model.records import Engagement, Owner, Participant, Pipeline, Record, Stage
from crmbridge.store import Mirror

PROPERTY: Final = "properties."
"""How the names of columns begin that hold a property of the CRM, under its name there."""

_OBJECT: Final = attrgetter("object")


class MirrorTable(NamedTuple):
    """What a table of the mirror is, before it is known which properties there are.

    Attributes:
        objects: Whose records it holds; empty for links.
    """

    name: str
    about: str
    objects: tuple[ObjectName, ...]
    open: Callable[[Mirror], Table]


def mirror_tables(mirror: Mirror) -> dict[str, MirrorTable]:
    """The tables of a mirror by name; those of objects that the account defined stand last."""
    custom = [_records(name, f"records of the object {name}", (name,), _NAMED) for name in _customs(mirror)]
    return {table.name: table for table in (*_FIXED, *custom)}


def _customs(mirror: Mirror) -> list[ObjectName]:
    with mirror.store.reading() as tx:
        return [name for name in mirror.objects(tx) if name.startswith(CUSTOM)]


def _of(name: ObjectName, *columns: Column) -> tuple[Column, ...]:
    return (id_of("id", name), *columns)


def _property_columns(mirror: Mirror, objects: tuple[ObjectName, ...]) -> Iterator[Column]:
    """One column for each property that any record has, by name; what crmbridge writes is left out.

    A value that crmbridge wrote about somebody stays in the CRM when that person may no longer be judged.
    """
    with mirror.store.reading() as tx:
        names = {item for name in objects for item in mirror.property_names(tx, name)}
    for name in sorted(names):
        if not name.startswith(mirror.prefix):
            yield personal(PROPERTY + name, get=_property(name))


def _property(name: str) -> Get:
    return lambda record: record.properties.get(name)


def _records(name: str, about: str, objects: tuple[ObjectName, ...], columns: tuple[Column, ...]) -> MirrorTable:
    keys = ("id",) if len(objects) == 1 else ("kind", "id")

    def open_table(mirror: Mirror) -> Table:
        def items() -> Iterator[Record]:
            for item in objects:
                yield from mirror.records(item)

        properties = tuple(_property_columns(mirror, objects))
        return Table(name, about, (*columns, *_COMMON, *properties), keys, items, "updated_at")

    return MirrorTable(name, about, objects, open_table)


def _parts(
    name: str, about: str, objects: tuple[ObjectName, ...], columns: tuple[Column, ...], keys: tuple[str, ...],
    parts: Callable[[Any], Iterator[Any]],
) -> MirrorTable:  # fmt: skip
    """A table of what records consist of."""

    def open_table(mirror: Mirror) -> Table:
        def items() -> Iterator[Any]:
            for item in objects:
                for record in mirror.records(item):
                    yield from parts(record)

        return Table(name, about, columns, keys, items)

    return MirrorTable(name, about, objects, open_table)


def _links(mirror: Mirror) -> Table:
    return Table("links", _LINKS_ABOUT, _LINKS, _LINK_KEYS, lambda: mirror.links.all(mirror.store))


class _Took(NamedTuple):
    engagement: Engagement
    place: int
    who: Participant


class _Step(NamedTuple):
    pipeline: Pipeline
    stage: Stage


def _took_part(engagement: Engagement) -> Iterator[_Took]:
    return (_Took(engagement, place, who) for place, who in enumerate(engagement.participants, 1))


def _steps(pipeline: Pipeline) -> Iterator[_Step]:
    return (_Step(pipeline, stage) for stage in pipeline.stages)


def _teams(owner: Owner) -> tuple[str, ...]:
    return tuple(team.name for team in owner.teams)


_OWNED: Final = id_of("owner_id", "owner")
_COMMON: Final = (
    plain("created_at", "datetime"),
    plain("updated_at", "datetime"),
    personal("url"),
    personal("merged_ids", "texts"),
)
_CONTACTS: Final = _of(
    "contact",
    personal("email"),
    personal("emails", "texts"),
    personal("first_name"),
    personal("last_name"),
    personal("job_title"),
    personal("company_name"),
    personal("phone"),
    plain("language"),
    plain("lifecycle_stage"),
    _OWNED,
)
_COMPANIES: Final = _of(
    "company",
    personal("name"),
    personal("domains", "texts"),
    personal("industry"),
    personal("employees", "integer"),
    personal("country"),
    plain("lifecycle_stage"),
    _OWNED,
)
_DEALS: Final = _of(
    "deal",
    personal("name"),
    plain("amount", "decimal"),
    plain("currency"),
    plain("pipeline_id"),
    plain("stage_id"),
    plain("probability", "number"),
    plain("close_at", "datetime"),
    plain("is_closed", "boolean"),
    plain("is_won", "boolean"),
    _OWNED,
)
_ENGAGEMENTS: Final = (
    plain("kind", get="object"),
    id_of("id", _OBJECT),
    plain("at", "datetime"),
    plain("direction"),
    personal("subject"),
    plain("failed", "boolean"),
    plain("channel"),
    plain("action"),
    personal("content"),
    personal("topic"),
    plain("is_bot", "boolean"),
    plain("duration_seconds", "integer"),
    _OWNED,
)
_PARTICIPANTS: Final = (
    plain("kind", get="engagement.object"),
    id_of("engagement_id", attrgetter("engagement.object"), "engagement.id"),
    plain("place", "integer"),
    id_of("address", "address", "who.address"),
    plain("part", get="who.part"),
    id_of("owner_id", "owner", "who.owner_id"),
)
_OWNERS: Final = _of(
    "owner",
    personal("email"),
    personal("first_name"),
    personal("last_name"),
    personal("user_id"),
    personal("teams", "texts", _teams),
)
_STAGES: Final = (
    plain("pipeline_id", get="pipeline.id"),
    plain("of", get="pipeline.of"),
    plain("pipeline", get="pipeline.label"),
    plain("id", get="stage.id"),
    plain("label", get="stage.label"),
    plain("order", "integer", "stage.order"),
    plain("is_closed", "boolean", "stage.is_closed"),
    plain("probability", "number", "stage.probability"),
)
_TICKETS: Final = _of(
    "ticket",
    personal("subject"),
    plain("pipeline_id"),
    plain("stage_id"),
    plain("priority"),
    plain("closed_at", "datetime"),
    _OWNED,
)
_LINE_ITEMS: Final = _of(
    "line_item",
    personal("name"),
    plain("quantity", "decimal"),
    plain("price", "decimal"),
    plain("amount", "decimal"),
)
_NAMED: Final = (id_of("id", _OBJECT), personal("name"))
_LINKS: Final = (
    plain("source_object", get="source.object"),
    id_of("source_id", attrgetter("source.object"), "source.id"),
    plain("target_object", get="target.object"),
    id_of("target_id", attrgetter("target.object"), "target.id"),
    plain("type_id"),
    plain("label"),
    plain("primary", "boolean"),
)
_LINK_KEYS: Final = ("source_object", "source_id", "target_object", "target_id", "type_id")
_LINKS_ABOUT: Final = "associations between records, with their labels"

_FIXED: Final = (
    _records("contacts", "people", ("contact",), _CONTACTS),
    _records("companies", "organisations", ("company",), _COMPANIES),
    _records("deals", "buying cases", ("deal",), _DEALS),
    _records("engagements", "e-mails, meetings, calls, notes, … and imported touchpoints", TOUCHES, _ENGAGEMENTS),
    _parts(
        "participants",
        "who took part in an engagement, as it states itself",
        TOUCHES,
        _PARTICIPANTS,
        ("kind", "engagement_id", "place"),
        _took_part,
    ),
    _records("tickets", "requests for service", ("ticket",), _TICKETS),
    _records("line_items", "products and services in deals", ("line_item",), _LINE_ITEMS),
    _records("feedback", "answers to surveys", ("feedback",), _NAMED),
    _records("owners", "users of the CRM", ("owner",), _OWNERS),
    _parts("stages", "stages of pipelines", ("pipeline",), _STAGES, ("pipeline_id", "id"), _steps),
    MirrorTable("links", _LINKS_ABOUT, (), _links),
)
