"""HubSpot as a caller: proves its calls with the app's client secret, and names records to read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from crmbridge.connector import Delivery, Hint
from crmbridge.connectors.hubspot.events import read_hints
from crmbridge.connectors.hubspot.kinds import TYPE_IDS
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.connectors.hubspot.signature import verify
from crmbridge.errors import FixConfig
from crmbridge.model.base import CUSTOM, ObjectName


class HubSpotWebhooks:
    """Reads HubSpot's calls for one connection.

    Args:
        url: As HubSpot calls it, the app's target URL.
        secret: The app's client secret.
        custom: Names of the account's own objects by HubSpot's type id, e.g. ``2-1234567``.
    """

    def __init__(self, url: str, secret: str, custom: Mapping[str, ObjectName] | None = None) -> None:
        self.url = url
        self._secret = secret
        self._names = {**TYPE_IDS, **(custom or {})}

    def verify(self, delivery: Delivery, now: datetime) -> bool:
        """Tell whether HubSpot sent this less than five minutes from now."""
        parts = urlsplit(self.url)
        called = f"{parts.scheme}://{parts.netloc}{delivery.target}"
        now_ms = int(now.timestamp() * 1000)
        return verify(self._secret, delivery.method, called, delivery.body, delivery.headers, now_ms=now_ms)

    def hints(self, body: bytes) -> Sequence[Hint]:
        """Read the records to read again. Raises ``FixRequest`` if this is no list of events."""
        return read_hints(body, self._names)


def open_webhooks(settings: HubSpotSettings) -> HubSpotWebhooks | None:
    """Make the receiver; None if the settings ask for none.

    Raises:
        FixConfig: Only one of ``webhook_url`` and ``webhook_secret`` is set, and there is no ``client_secret`` either.
    """
    secret = settings.webhook_secret or settings.client_secret
    if settings.webhook_url is None and settings.webhook_secret is None:
        return None
    if settings.webhook_url is None or secret is None:
        missing = "webhook_url" if settings.webhook_url is None else "webhook_secret"
        raise FixConfig(f"{missing} is not set: webhooks need both webhook_url and webhook_secret")
    custom = {type_: CUSTOM + name for name, type_ in settings.custom_objects.items()}
    return HubSpotWebhooks(settings.webhook_url, secret.get_secret_value(), custom)
