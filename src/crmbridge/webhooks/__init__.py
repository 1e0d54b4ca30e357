"""The door that a platform calls: proves the caller, and marks records to be read again by the next sync."""

from crmbridge.webhooks.app import Endpoint, WebhookApp
from crmbridge.webhooks.inbox import Inbox
from crmbridge.webhooks.routes import Desk, open_desks, routes
from crmbridge.webhooks.serving import listen, make_server

__all__ = ["Desk", "Endpoint", "Inbox", "WebhookApp", "listen", "make_server", "open_desks", "routes"]
