"""The addresses of HubSpot's API. Each carries the version; their roots follow no common pattern."""

from __future__ import annotations

from urllib.parse import quote

from crmbridge.connectors.hubspot.kinds import OWN_TYPE, PLURALS
from crmbridge.connectors.hubspot.version import API_VERSION
from crmbridge.errors import NotSupported

ACCOUNT = f"/account-info/{API_VERSION}/details"
OWNERS = f"/crm/owners/{API_VERSION}"
CUSTOM_LIMITS = f"/crm/limits/{API_VERSION}/custom-properties"
PIPELINES = f"/crm/pipelines/{API_VERSION}"

_TYPES = frozenset(PLURALS.values())


def plural(name: str) -> str:
    """Translate an object name; what is HubSpot's name already stays.

    Raises:
        NotSupported: This connector does not read it, or it is an account's own object under crmbridge's name.
    """
    type_ = PLURALS.get(name, name)
    if type_ in _TYPES or OWN_TYPE.fullmatch(type_):
        return type_
    raise NotSupported(f"the HubSpot connector does not do this for {name}: its capabilities list what it does")


def objects(name: str, action: str = "") -> str:
    """Return the path of an object's records, or of an action on them such as ``batch/read``."""
    return f"/crm/objects/{API_VERSION}/{plural(name)}" + (f"/{action}" if action else "")


def associations(source: str, target: str, action: str = "batch/read") -> str:
    """Return the path of what is done with links, or of their ``labels``."""
    return f"/crm/associations/{API_VERSION}/{plural(source)}/{plural(target)}/{action}"


def pipelines(of: str) -> str:
    """Return the path of an object's pipelines."""
    return f"{PIPELINES}/{plural(of)}"


def properties(name: str, prop: str = "") -> str:
    """Return the path of an object's property definitions, or of one of them."""
    return f"/crm/properties/{API_VERSION}/{plural(name)}" + (f"/{quote(prop, safe='')}" if prop else "")


def groups(name: str, group: str = "") -> str:
    """Return the path of an object's property groups, or of one of them."""
    return properties(name, "groups") + (f"/{quote(group, safe='')}" if group else "")
