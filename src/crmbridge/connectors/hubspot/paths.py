"""The addresses of HubSpot's API. Each carries the version; their roots follow no common pattern."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from crmbridge.connectors.hubspot.version import API_VERSION
from crmbridge.errors import NotSupported
from crmbridge.model.base import ObjectName

PLURALS: Mapping[ObjectName, str] = MappingProxyType(
    {
        "contact": "contacts",
        "company": "companies",
        "deal": "deals",
        "email": "emails",
        "meeting": "meetings",
    }
)
"""What HubSpot calls the objects whose records have properties."""

ACCOUNT = f"/account-info/{API_VERSION}/details"
OWNERS = f"/crm/owners/{API_VERSION}"
PIPELINES = f"/crm/pipelines/{API_VERSION}/deals"


def plural(name: ObjectName) -> str:
    """Translate an object name. Raises ``NotSupported`` for what this connector does not read."""
    if name not in PLURALS:
        raise NotSupported(f"the HubSpot connector does not do this for {name}: its capabilities list what it does")
    return PLURALS[name]


def objects(name: ObjectName, action: str = "") -> str:
    """Return the path of an object's records, or of an action on them such as ``batch/read``."""
    return f"/crm/objects/{API_VERSION}/{plural(name)}" + (f"/{action}" if action else "")


def associations(source: ObjectName, target: ObjectName) -> str:
    """Return the path that reads links in batches."""
    return f"/crm/associations/{API_VERSION}/{plural(source)}/{plural(target)}/batch/read"


def properties(name: ObjectName, prop: str = "") -> str:
    """Return the path of an object's property definitions, or of one of them."""
    return f"/crm/properties/{API_VERSION}/{plural(name)}" + (f"/{quote(prop, safe='')}" if prop else "")


def groups(name: ObjectName) -> str:
    """Return the path of an object's property groups."""
    return f"/crm/properties/{API_VERSION}/{plural(name)}/groups"
