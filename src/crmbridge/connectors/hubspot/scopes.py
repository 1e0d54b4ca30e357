"""Which scopes what crmbridge reads and writes takes.

Names: https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes
Which call takes which stands on the page of each API. Links need the scope of any object, so they have none of their
own; definitions are read with the scope of their object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from crmbridge.connector import Use
from crmbridge.model.base import CUSTOM

Need = tuple[str, ...]
"""Scopes of which any one is enough; the first is the narrowest."""

_CONTACT_ACTIVITIES: Final = ("meeting", "call", "note", "task", "communication", "postal_mail")

READS: Mapping[str, Need] = MappingProxyType(
    {
        "contact": ("crm.objects.contacts.read",),
        "company": ("crm.objects.companies.read",),
        "deal": ("crm.objects.deals.read",),
        "pipeline": ("crm.objects.deals.read", "crm.schemas.deals.read"),
        "owner": ("crm.objects.owners.read",),
        "email": ("sales-email-read",),
        **dict.fromkeys(_CONTACT_ACTIVITIES, ("crm.objects.contacts.read",)),
        "ticket": ("tickets",),
        "line_item": ("crm.objects.line_items.read",),
        "feedback": ("crm.objects.feedback_submissions.read",),
        "form_submission": ("forms",),
        "segment": ("crm.lists.read",),
        "subscription": (
            "communication_preferences.read",
            "communication_preferences.read_write",
            "communication_preferences.statuses.batch.read",
        ),
    }
)
"""What is read → the scope for it."""

WRITES: Mapping[str, tuple[Need, ...]] = MappingProxyType(
    {
        "contact": (("crm.objects.contacts.write",), ("crm.schemas.contacts.write",)),
        "company": (("crm.objects.companies.write",), ("crm.schemas.companies.write",)),
        "deal": (("crm.objects.deals.write",), ("crm.schemas.deals.write",)),
        **dict.fromkeys(_CONTACT_ACTIVITIES, (("crm.objects.contacts.write",),)),
        "ticket": (("tickets",),),
        "segment": (("crm.lists.write",),),
        "subscription": (("communication_preferences.write", "communication_preferences.read_write"),),
    }
)
"""What is written → the scopes for it: values, and the properties that crmbridge creates."""

CUSTOM_READ: Final[Need] = ("crm.objects.custom.read",)
CUSTOM_WRITES: Final[tuple[Need, ...]] = (("crm.objects.custom.write",), ("crm.schemas.custom.write",))
BASIC: Final = "oauth"
"""Every OAuth app has it."""

ALWAYS: Final = Use(reads=frozenset(("contact", "company", "deal", "pipeline", "owner", "email", "meeting")))
"""What a sync reads with the default settings."""


def needs(use: Use) -> dict[Need, tuple[str, ...]]:
    """List the scopes that a use takes, each with what it is for."""
    found: dict[Need, list[str]] = {}
    for need, purpose in _needed(use):
        found.setdefault(need, []).append(purpose)
    for need in [need for need in found if len(need) > 1]:
        for narrower in [other for other in found if other != need and set(other) < set(need)]:
            found[narrower] += found.pop(need, [])
    return {need: tuple(purposes) for need, purposes in found.items()}


def missing(use: Use, granted: Iterable[str]) -> dict[Need, tuple[str, ...]]:
    """List those of them that were not granted."""
    held = set(granted)
    return {need: purposes for need, purposes in needs(use).items() if held.isdisjoint(need)}


def superfluous(use: Use, granted: Iterable[str]) -> list[str]:
    """List what was granted beyond them: a stolen token could do that too."""
    return sorted(set(granted) - {BASIC, *(scope for need in needs(use) for scope in need)})


def _needed(use: Use) -> Iterator[tuple[Need, str]]:
    for name in sorted(use.reads):
        need = CUSTOM_READ if name.startswith(CUSTOM) else READS.get(name)
        if need:
            yield need, f"read {name}"
    for name in sorted(use.writes):
        for need in CUSTOM_WRITES if name.startswith(CUSTOM) else WRITES.get(name, ()):
            yield need, f"write {name}"


READ_SCOPES: tuple[str, ...] = tuple(need[0] for need in needs(ALWAYS))
"""For what crmbridge reads by default."""

WRITE_SCOPES: tuple[str, ...] = tuple(
    need[0] for need in needs(Use(reads=frozenset(), writes=frozenset(("contact", "company", "deal"))))
)
"""For what crmbridge writes by default."""
