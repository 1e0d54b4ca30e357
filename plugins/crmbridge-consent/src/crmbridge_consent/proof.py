"""How well a consent is proven (Art. 7(1) GDPR), and how long it lay unused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from crmbridge import Evidence
from crmbridge_consent.facts import Asked
from crmbridge_consent.settings import ConsentRecord
from crmbridge_consent.texts import months_after, proves


class Proof(NamedTuple):
    """The proof of one consent.

    Attributes:
        missing: Parts that are configured and not documented; a consent without any configured part lacks all.
        evidence: What is documented.
        confirmed_on: When the person confirmed, if that is known.
        changes_on: Day of a confirmation that is still to come.
    """

    missing: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    confirmed_on: date | None = None
    changes_on: date | None = None


def proof(asked: Asked, record: ConsentRecord) -> Proof:
    """Gather the parts of the double opt-in: asked for, confirmed, by which form, to which text."""
    confirmed = asked.day(record.confirmed_on_property) or asked.day(record.double_opt_in_property)
    requested = asked.day(record.requested_on_property)
    parts = list(_parts(asked, record, requested))
    missing = [name for name, there in parts if not there]
    if not parts:
        missing.append("double opt-in")
    if confirmed and requested and confirmed < requested:
        missing.append("confirmation after the request")
    early = confirmed is not None and confirmed > asked.today
    if early:
        missing.append("confirmation that has taken place")
    told = f"documented: {', '.join(name for name, there in parts if there)}"
    evidence = (asked.seen(told, confirmed),) if any(there for _, there in parts) else ()
    return Proof(tuple(missing), evidence, confirmed, confirmed if early else None)


def _parts(asked: Asked, record: ConsentRecord, requested: date | None) -> Iterator[tuple[str, bool]]:
    """Name the parts that are configured, and tell which are documented."""
    if record.double_opt_in_property:
        yield "double opt-in", proves(asked.text(record.double_opt_in_property))
    if record.requested_on_property:
        yield "time of the request", requested is not None
    if record.confirmed_on_property:
        yield "time of the confirmation", asked.day(record.confirmed_on_property) is not None
    if record.form_property:
        yield "form", bool(asked.text(record.form_property))
    if record.text_property:
        yield "text agreed to", bool(asked.text(record.text_property))


def unused_from(asked: Asked, record: ConsentRecord, confirmed_on: date | None, months: int) -> date:
    """Return the first day on which a consent counts as unused; the first of all days if nothing tells of any use.

    What uses it is a message sent on it, or a conversation with the person.
    """
    used = (confirmed_on, asked.day(record.last_used_property), asked.question.person.last_two_way_on)
    known = [day for day in used if day]
    return months_after(max(known), months) if known else date.min
