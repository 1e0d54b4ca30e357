"""How a connector is made from the settings of a connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from crmbridge.connector.protocol import Connector
from crmbridge.connector.signin import SignIn
from crmbridge.connector.webhooks import WebhookReceiver
from crmbridge.model.base import ObjectName


class ConnectorSettings(BaseModel):
    """Base of a connector's settings: its section ``[connections.NAME]`` without ``connector``.

    A field that is a ``Path`` counts from the configuration's folder when it comes to the connector.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, kw_only=True)
class ConnectorSpec:
    """How to make a connector.

    Attributes:
        name: As in ``connector = "NAME"``.
        settings: Model of the connection's section.
        open: Makes the connector from validated settings; may raise ``FixCredential``, makes no call. With ``sign_in``
            it takes a second argument, a ``crmbridge.http.TokenStore``.
        setup: How to get a credential, for ``crmbridge init``; plain text.
        webhooks: Makes the receiver of the platform's calls from validated settings, or None where the settings ask
            for none; may raise ``FixConfig``, makes no call. None if the platform does not call.
        sign_in: Makes the way to sign in from validated settings and the ``TokenStore`` that keeps the tokens; raises
            ``FixConfig`` where the settings ask for another way. None if the platform knows no such way.
        texts: Object → the property that holds what its records say: the body of a note, a call, a message.
    """

    name: str
    settings: type[ConnectorSettings]
    open: Callable[..., Connector]
    setup: str = ""
    webhooks: Callable[[Any], WebhookReceiver | None] | None = None
    sign_in: Callable[[Any, Any], SignIn] | None = None
    texts: Mapping[ObjectName, str] = field(default_factory=dict)

    def opened(self, settings: Any, tokens: Any) -> Connector:
        """Make the connector, handing it the token store if it knows what to do with one."""
        return self.open(settings, tokens) if self.sign_in else self.open(settings)
