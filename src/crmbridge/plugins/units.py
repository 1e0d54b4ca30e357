"""Names what a plugin is asked about: by ids, never by values."""

from __future__ import annotations

from crmbridge.model.centers import BuyingCenter
from crmbridge.model.changes import PropertyChange
from crmbridge.model.consent import ConsentQuestion
from crmbridge.model.events import Event
from crmbridge.model.persons import CompanyFacts, PersonFacts
from crmbridge.model.plan import Plan
from crmbridge.model.records import Record

Subject = Record | BuyingCenter | PersonFacts | CompanyFacts | ConsentQuestion | PropertyChange | Plan | Event
"""What hooks are about."""


def unit_of(subject: Subject) -> str:  # noqa: PLR0911 one for each kind
    """Name a subject, e.g. ``contact:5`` or ``deal:1``."""
    match subject:
        case Record():
            return str(subject.ref)
        case BuyingCenter():
            return subject.id
        case PersonFacts():
            return str(subject.contact.ref)
        case CompanyFacts():
            return str(subject.company.ref)
        case ConsentQuestion():
            return f"{subject.person.contact.ref} {subject.purpose}/{subject.channel}"
        case PropertyChange():
            return f"{subject.subject} {subject.property}"
        case Plan():
            return f"plan {subject.header.id}"
        case Event():
            return subject.kind
