"""The standard property definitions of a portal, kept as tables and built on demand."""

from __future__ import annotations

from crmbridge.sandbox.definitions.activities import ACTIVITIES
from crmbridge.sandbox.definitions.companies import COMPANIES
from crmbridge.sandbox.definitions.contacts import CONTACTS
from crmbridge.sandbox.definitions.deals import DEALS
from crmbridge.sandbox.definitions.table import definition, option, read_table
from crmbridge.sandbox.envelope import Json

__all__ = ["definition", "option", "standard"]

_TABLES = {"contacts": CONTACTS, "companies": COMPANIES, "deals": DEALS, **ACTIVITIES}


def standard(created: str) -> tuple[dict[str, dict[str, Json]], dict[str, dict[str, Json]]]:
    """Return fresh (definitions, groups) of every object type, by object and then by name.

    Args:
        created: The ISO time at which the portal was set up.
    """
    properties, groups = {}, {}
    for kind, table in _TABLES.items():
        properties[kind], groups[kind] = read_table(table, created)
    return properties, groups
