"""The standard property definitions of a portal, kept as tables and built on demand."""

from __future__ import annotations

from crmbridge.sandbox.definitions.activities import ACTIVITIES
from crmbridge.sandbox.definitions.commerce import COMMERCE
from crmbridge.sandbox.definitions.companies import COMPANIES
from crmbridge.sandbox.definitions.contacts import CONTACTS
from crmbridge.sandbox.definitions.custom import CUSTOM
from crmbridge.sandbox.definitions.deals import DEALS
from crmbridge.sandbox.definitions.service import SERVICE
from crmbridge.sandbox.definitions.table import definition, option, read_table
from crmbridge.sandbox.definitions.wide import wide_contacts
from crmbridge.sandbox.envelope import Json

__all__ = ["custom", "definition", "option", "standard", "wide_contacts"]

_TABLES = {"contacts": CONTACTS, "companies": COMPANIES, "deals": DEALS, **ACTIVITIES, **SERVICE, **COMMERCE}


def standard(created: str) -> tuple[dict[str, dict[str, Json]], dict[str, dict[str, Json]]]:
    """Return fresh (definitions, groups) of every object type, by object and then by name.

    Args:
        created: The ISO time at which the portal was set up.
    """
    properties, groups = {}, {}
    for kind, table in _TABLES.items():
        properties[kind], groups[kind] = read_table(table, created)
    return properties, groups


def custom(name: str, label: str, created: str) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return fresh (definitions, groups) that a new custom object starts with."""
    return read_table(f"@{name}_information|{label} information\n{CUSTOM}", created)
