"""What a CRM platform must do for crmbridge: the Connector protocol and its value types."""

from __future__ import annotations

from crmbridge.connector.account import Account, Capabilities, Check
from crmbridge.connector.defaults import ConnectorDefaults
from crmbridge.connector.protocol import Connector
from crmbridge.connector.reading import Fate, IdPage, Modified, ModifiedPage, Page, Vacancy, Version
from crmbridge.connector.signin import Grant, SignIn
from crmbridge.connector.spec import ConnectorSettings, ConnectorSpec
from crmbridge.connector.use import Use
from crmbridge.connector.webhooks import Delivery, Hint, HintKind, WebhookReceiver
from crmbridge.connector.writing import (
    IGNORED,
    MERGED,
    NO_LABEL,
    UNANSWERED,
    Activity,
    Created,
    Creation,
    Label,
    LinkChange,
    LinkOutcome,
    Outcome,
    Tie,
    Update,
    Upsert,
)

__all__ = [
    "IGNORED",
    "MERGED",
    "NO_LABEL",
    "UNANSWERED",
    "Account",
    "Activity",
    "Capabilities",
    "Check",
    "Connector",
    "ConnectorDefaults",
    "ConnectorSettings",
    "ConnectorSpec",
    "Created",
    "Creation",
    "Delivery",
    "Fate",
    "Grant",
    "Hint",
    "HintKind",
    "IdPage",
    "Label",
    "LinkChange",
    "LinkOutcome",
    "Modified",
    "ModifiedPage",
    "Outcome",
    "Page",
    "SignIn",
    "Tie",
    "Update",
    "Upsert",
    "Use",
    "Vacancy",
    "Version",
    "WebhookReceiver",
]
