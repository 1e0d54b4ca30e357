"""The tables of what was judged. People who may not be processed are in none of them but ``consent``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any, Final, NamedTuple

from crmbridge.export.codes import Codes
from crmbridge.export.columns import Column, Table, Value, id_of, personal, plain, ref_of
from crmbridge.model.base import Ref
from crmbridge.model.centers import BuyingCenter, Member
from crmbridge.model.evidence import RoleAssignment
from crmbridge.model.journey import StageVisit
from crmbridge.model.properties import PropertySpec
from crmbridge.store import Judgements
from crmbridge.writeback.fold import UNDECIDED, Folded, fold

TELLING: Final = ("string", "text")
"""Types of properties whose values may name somebody."""

_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]*")

Centers = Callable[[], Iterator[BuyingCenter]]


class _Seat(NamedTuple):
    center: BuyingCenter
    member: Member


class _Part(NamedTuple):
    center: BuyingCenter
    member: Member
    role: RoleAssignment


class _Stay(NamedTuple):
    center: BuyingCenter
    visit: StageVisit


class _Folded(NamedTuple):
    subject: Ref
    spec: PropertySpec
    proposals: int
    folded: Folded


def center_table(name: str, centers: Centers, *, stance: bool = False) -> Table:
    """Open ``centers``, ``members``, ``roles`` or ``journeys``.

    Args:
        name: Of the table.
        centers: Makes a new stream of the judged centers.
        stance: Say of members how they stand to the purchase: it judges them.
    """
    columns, keys, items = _TABLES[name]
    more = _STANCE if stance and name == "members" else ()
    return Table(name, ABOUT[name], (*columns, *more), keys, lambda: items(centers()))


def consent_table(answers: Callable[[], Iterator[Any]]) -> Table:
    """Open ``consent``; ``answers`` makes a new stream of the lines of the consent report."""
    return Table("consent", ABOUT["consent"], _CONSENT, ("contact_id", "purpose", "channel", "controller"), answers)


def value_table(judgements: Judgements, specs: Iterable[PropertySpec], prefix: str) -> Table:
    """Open ``values``: what is proposed for each property of a record, folded over its open centers.

    Args:
        judgements: What was concluded.
        specs: The properties that plugins register.
        prefix: Of properties that crmbridge creates.
    """
    known: dict[tuple[str, str], PropertySpec] = {(spec.object, spec.name): spec for spec in specs}
    at = Column("platform_property", "text", lambda item: item.spec.platform_name(prefix))
    columns = (*_VALUES[:3], at._replace(redacted=lambda item, _: at.get(item)), *_VALUES[3:])
    return Table("values", ABOUT["values"], columns, _VALUE_KEYS, lambda: _values(judgements, known))


def _values(judgements: Judgements, known: Mapping[tuple[str, str], PropertySpec]) -> Iterator[_Folded]:
    with judgements.store.reading() as tx:
        for item in judgements.proposed(tx):
            if spec := known.get((item.subject.object, item.property)):
                yield _Folded(item.subject, spec, len(item.values), fold(spec, item.values))


def _value(item: _Folded) -> str | None:
    return None if item.folded.value is UNDECIDED else item.folded.value


def _shown_value(item: _Folded, _: Codes) -> Value:
    return None if item.spec.type in TELLING else _value(item)


def _code(item: Any, _: Codes) -> Value:
    """The reason of an answer, if it is a code as it should be: a plugin may have put a sentence there."""
    return item.reason if _CODE.fullmatch(item.reason) else None


def _seats(centers: Iterable[BuyingCenter]) -> Iterator[_Seat]:
    return (_Seat(center, member) for center in centers for member in center.members)


def _parts(centers: Iterable[BuyingCenter]) -> Iterator[_Part]:
    return (_Part(center, member, role) for center, member in _seats(centers) for role in member.roles)


def _stays(centers: Iterable[BuyingCenter]) -> Iterator[_Stay]:
    return (_Stay(center, visit) for center in centers for visit in center.visits)


def _is_open(center: BuyingCenter) -> bool:
    return center.is_open


def _company_id(center: BuyingCenter) -> str | None:
    return center.company.id if center.company else None


def _deal_id(center: BuyingCenter) -> str | None:
    return center.deal.id if center.deal else None


def _contact_id(seat: _Seat | _Part) -> str | None:
    return seat.member.facts.contact.id if seat.member.facts else None


def _title(seat: _Seat) -> str | None:
    return seat.member.facts.contact.job_title if seat.member.facts else None


def _plays(seat: _Seat) -> tuple[str, ...]:
    return tuple(item.role for item in seat.member.roles if seat.member.plays(item.role))


def _influence(seat: _Seat) -> float | None:
    return seat.member.influence.score if seat.member.influence else None


def _reliability(seat: _Seat) -> str | None:
    return seat.member.influence.reliability if seat.member.influence else None


def _persona(seat: _Seat) -> str | None:
    return seat.member.persona.persona if seat.member.persona else None


def _persona_score(seat: _Seat) -> float | None:
    return seat.member.persona.score if seat.member.persona else None


def _stage(seat: _Seat) -> str | None:
    """The stage the member is in now, by the default stage model."""
    mine = [item for item in seat.center.visits if item.subject == seat.member.id and item.model == "phases"]
    return mine[-1].stage if mine and mine[-1].left_on is None else None


def _sources(part: _Part) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.source for item in part.role.evidence))


def _evidence(part: _Part) -> int:
    return len(part.role.evidence)


def _cls(seat: _Seat) -> str | None:
    return seat.member.stance.cls if seat.member.stance else None


def _score(seat: _Seat) -> float | None:
    return seat.member.stance.score if seat.member.stance else None


def _identity(centers: Iterator[BuyingCenter]) -> Iterator[BuyingCenter]:
    return centers


ABOUT: Final = {
    "centers": "buying centers",
    "members": "people in buying centers",
    "roles": "roles that they play, and may play, with confidence",
    "journeys": "stays of centers, members and companies in stages",
    "values": "what is proposed for properties, folded over open centers",
    "consent": "who may be contacted for what and how",
}
"""Name of each table → what a row of it is."""

_CENTERS: Final = (
    ref_of("id"),
    personal("name"),
    id_of("deal_id", "deal", _deal_id),
    id_of("company_id", "company", _company_id),
    personal("owner"),
    plain("opened_on", "date"),
    plain("closed_on", "date"),
    plain("is_open", "boolean", _is_open),
    plain("stage_label"),
    plain("stage"),
    plain("is_routine", "boolean"),
    plain("template"),
    plain("members", "integer", lambda center: len(center.members)),
    plain("withheld", "integer"),
    plain("completeness", "number"),
    plain("completeness_hard", "number"),
    plain("missing_roles", "texts"),
    plain("members_engaged", "integer", "coverage.engaged"),
    plain("threads", "number", "coverage.threads"),
    plain("single_threaded", "boolean", "coverage.single_threaded"),
    plain("key_roles_engaged", "boolean", "coverage.key_roles_engaged"),
    plain("exec_backing", "boolean", "coverage.exec_backing"),
    plain("engagement", "number", "engagement.score"),
    plain("momentum", get="engagement.momentum"),
    plain("unknown", "texts"),
)
_MEMBERS: Final = (
    ref_of("center_id", "center.id"),
    ref_of("member_id", "member.id"),
    id_of("contact_id", "contact", _contact_id),
    id_of("address", "address", "member.address"),
    personal("name", get="member.name"),
    personal("job_title", get=_title),
    plain("joined_by", get="member.joined_by"),
    plain("is_external", "boolean", "member.is_external"),
    plain("external_kind", get="member.external_kind"),
    id_of("organization_id", "company", "member.organization_id"),
    plain("roles", "texts", _plays),
    plain("persona", get=_persona),
    plain("persona_score", "number", _persona_score),
    plain("stage", get=_stage),
    plain("influence", "number", _influence),
    plain("influence_reliability", get=_reliability),
    plain("engagement", "number", "member.engagement.score"),
    plain("momentum", get="member.engagement.momentum"),
    plain("last_two_way_on", "date", "member.engagement.last_two_way_on"),
)
_STANCE: Final = (plain("stance", get=_cls), plain("stance_score", "number", _score))
_ROLES: Final = (
    ref_of("center_id", "center.id"),
    ref_of("member_id", "member.id"),
    id_of("contact_id", "contact", _contact_id),
    plain("role", get="role.role"),
    plain("confidence", "number", "role.confidence"),
    plain("status", get="role.status"),
    plain("evidence", "integer", _evidence),
    plain("sources", "texts", _sources),
    plain("by", "texts", "role.by"),
)
_JOURNEYS: Final = (
    ref_of("center_id", "center.id"),
    ref_of("subject", "visit.subject"),
    plain("model", get="visit.model"),
    plain("stage", get="visit.stage"),
    plain("visit_no", "integer", "visit.visit_no"),
    plain("entered_on", "date", "visit.entered_on"),
    plain("left_on", "date", "visit.left_on"),
    plain("paused_on", "date", "visit.paused_on"),
    plain("resumed_on", "date", "visit.resumed_on"),
    plain("pause_days", "integer", "visit.pause_days"),
    personal("reason", get="visit.reason"),
    plain("by", get="visit.by"),
)
_VALUES: Final = (
    plain("object", get="subject.object"),
    id_of("id", lambda item: str(item.subject.object), "subject.id"),
    plain("property", get="spec.name"),
    plain("type", get="spec.type"),
    Column("value", "text", _value, _shown_value),
    plain("undecided", "boolean", lambda item: item.folded.value is UNDECIDED),
    plain("proposals", "integer"),
    personal("reason", get="folded.reason"),
    plain("by", get="spec.by"),
)
_VALUE_KEYS: Final = ("object", "id", "property")
_CONSENT: Final = (
    id_of("contact_id", "contact", "contact"),
    personal("name"),
    plain("purpose"),
    plain("channel"),
    id_of("controller", "controller"),
    plain("decision"),
    Column("reason", "text", attrgetter("reason"), _code),
    personal("legal_basis"),
    plain("expires_on", "date"),
    personal("evidence"),
)
_VISIT_KEYS: Final = ("center_id", "subject", "model", "stage", "visit_no")
_TABLES: Final[Mapping[str, tuple[tuple[Column, ...], tuple[str, ...], Callable[[Iterator[BuyingCenter]], Any]]]] = {
    "centers": (_CENTERS, ("id",), _identity),
    "members": (_MEMBERS, ("center_id", "member_id"), _seats),
    "roles": (_ROLES, ("center_id", "member_id", "role"), _parts),
    "journeys": (_JOURNEYS, _VISIT_KEYS, _stays),
}
