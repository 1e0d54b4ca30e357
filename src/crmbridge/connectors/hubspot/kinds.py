"""What crmbridge's objects are called on HubSpot.

https://developers.hubspot.com/docs/api-reference/latest/crm/understanding-the-crm
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from crmbridge.errors import NotSupported
from crmbridge.model.base import CUSTOM, ObjectName

PLURALS: Mapping[ObjectName, str] = MappingProxyType(
    {
        "contact": "contacts",
        "company": "companies",
        "deal": "deals",
        "ticket": "tickets",
        "line_item": "line_items",
        "feedback": "feedback_submissions",
        "email": "emails",
        "meeting": "meetings",
        "call": "calls",
        "note": "notes",
        "task": "tasks",
        "communication": "communications",
        "postal_mail": "postal_mail",
    }
)
"""What HubSpot calls the objects whose records have properties."""

TYPE_IDS: Final[Mapping[str, ObjectName]] = MappingProxyType(
    {
        "0-1": "contact",
        "0-2": "company",
        "0-3": "deal",
        "0-5": "ticket",
        "0-8": "line_item",
        "0-18": "communication",
        "0-19": "feedback",
        "0-27": "task",
        "0-46": "note",
        "0-47": "meeting",
        "0-48": "call",
        "0-49": "email",
        "0-116": "postal_mail",
    }
)
"""HubSpot's ids of the standard objects; same page."""

OWN_TYPE: Final = re.compile(r"2-[0-9]+|p[0-9]+_[a-z0-9_]+")
"""What HubSpot calls an object that the account defined: its type id, or its fully qualified name.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis
"""


class Kind(NamedTuple):
    """An object under both its names.

    Attributes:
        name: crmbridge's.
        type: HubSpot's, as it stands in addresses.
    """

    name: ObjectName
    type: str


class Kinds:
    """The objects of one account.

    Args:
        custom: Objects that the account defined: a name of the user's choice, to HubSpot's type id or fully qualified
            name.
    """

    def __init__(self, custom: Mapping[str, str]) -> None:
        self._types = {**PLURALS, **{CUSTOM + name: type_ for name, type_ in custom.items()}}

    def __getitem__(self, name: ObjectName) -> Kind:
        """Translate a name. Raises ``NotSupported`` for what this account's connector does not read."""
        if name not in self._types:
            raise NotSupported(f"the HubSpot connector does not do this for {name}: its capabilities list what it does")
        return Kind(name, self._types[name])
