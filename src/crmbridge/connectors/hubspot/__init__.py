"""HubSpot as a plugin: names the connector, its settings and how to get a credential."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crmbridge.connector import Connector, ConnectorSpec, SignIn, WebhookReceiver
from crmbridge.connectors.hubspot.fields import TEXTS
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

The token of an existing private app works as well. An agency signs in to its clients' accounts by OAuth instead: set
client_id and client_secret of its app, and run `crmbridge connect`.
"""


@hookimpl
def register_connectors() -> Iterable[ConnectorSpec]:
    """Name HubSpot."""
    yield ConnectorSpec(
        name="hubspot",
        settings=HubSpotSettings,
        open=_open,
        setup=SETUP,
        webhooks=_webhooks,
        sign_in=_sign_in,
        texts=TEXTS,
    )


def _open(settings: Any, tokens: Any = None) -> Connector:
    from crmbridge.connectors.hubspot.connector import open_hubspot  # HTTP is loaded when it is used

    return open_hubspot(settings, tokens)


def _sign_in(settings: Any, tokens: Any) -> SignIn:
    from crmbridge.connectors.hubspot.oauth import HubSpotSignIn

    return HubSpotSignIn(settings, tokens)


def _webhooks(settings: Any) -> WebhookReceiver | None:
    from crmbridge.connectors.hubspot.webhooks import open_webhooks

    return open_webhooks(settings)
