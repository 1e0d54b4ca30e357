"""HubSpot as a plugin: names the connector, its settings and how to get a credential."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crmbridge.connector import Connector, ConnectorSpec
from crmbridge.connectors.hubspot.scopes import READ_SCOPES, WRITE_SCOPES
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.hookspecs import hookimpl

# https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/account-service-keys
SETUP = f"""\
crmbridge signs in with a service key of your HubSpot account.

1. In HubSpot open Development > Keys > Service keys and create a key. That takes a super admin, or a user with access
   to developer tools, who may give it only scopes that they have themselves.
2. Give it these scopes to read:
   {", ".join(READ_SCOPES)}
3. To write results back, add:
   {", ".join(WRITE_SCOPES)}
4. Copy the key (it starts with "pat-") into an environment variable and name that in crmbridge.toml:
   token = "env:HUBSPOT_TOKEN"

The token of an existing private app works as well.
"""


@hookimpl
def register_connectors() -> Iterable[ConnectorSpec]:
    """Name HubSpot."""
    yield ConnectorSpec(name="hubspot", settings=HubSpotSettings, open=_open, setup=SETUP)


def _open(settings: Any) -> Connector:
    from crmbridge.connectors.hubspot.connector import open_hubspot  # HTTP is loaded when it is used

    return open_hubspot(settings)
