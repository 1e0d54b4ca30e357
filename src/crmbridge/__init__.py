"""crmbridge: sync a CRM into a buying-center model, let plugins judge it, write the results back safely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge.connector import Capabilities, Connector, ConnectorSettings, ConnectorSpec
from crmbridge.context import DROP, CommandSpec, PluginContext, PluginSettings, RunContext
from crmbridge.errors import CrmBridgeError
from crmbridge.hookspecs import hookimpl
from crmbridge.model import (
    PHASES,
    ROLES,
    BuyingCenter,
    Change,
    Company,
    CompanyFacts,
    ConsentDecision,
    ConsentQuestion,
    Contact,
    Deal,
    Decision,
    Due,
    Engagement,
    EngagementScore,
    Event,
    Evidence,
    Finding,
    Influence,
    InputSpec,
    Item,
    JourneyStage,
    LineItem,
    Link,
    Member,
    Option,
    Participant,
    PersonaAssignment,
    PersonFacts,
    Plan,
    Portfolio,
    PropertySpec,
    PropertyValue,
    Record,
    Ref,
    Relation,
    RelationProposal,
    Remark,
    Role,
    RoleAssignment,
    RoleProposal,
    Ruling,
    StageModel,
    StageVisit,
    Stance,
    StanceProposal,
    Subscription,
    Ticket,
    TitleReading,
    Touch,
)

if TYPE_CHECKING:
    from crmbridge.app import Bridge

__version__ = "0.1.0"

__all__ = [
    "DROP",
    "PHASES",
    "ROLES",
    "Bridge",
    "BuyingCenter",
    "Capabilities",
    "Change",
    "CommandSpec",
    "Company",
    "CompanyFacts",
    "Connector",
    "ConnectorSettings",
    "ConnectorSpec",
    "ConsentDecision",
    "ConsentQuestion",
    "Contact",
    "CrmBridgeError",
    "Deal",
    "Decision",
    "Due",
    "Engagement",
    "EngagementScore",
    "Event",
    "Evidence",
    "Finding",
    "Influence",
    "InputSpec",
    "Item",
    "JourneyStage",
    "LineItem",
    "Link",
    "Member",
    "Option",
    "Participant",
    "PersonFacts",
    "PersonaAssignment",
    "Plan",
    "PluginContext",
    "PluginSettings",
    "Portfolio",
    "PropertySpec",
    "PropertyValue",
    "Record",
    "Ref",
    "Relation",
    "RelationProposal",
    "Remark",
    "Role",
    "RoleAssignment",
    "RoleProposal",
    "Ruling",
    "RunContext",
    "StageModel",
    "StageVisit",
    "Stance",
    "StanceProposal",
    "Subscription",
    "Ticket",
    "TitleReading",
    "Touch",
    "hookimpl",
]


def __getattr__(name: str) -> Any:
    """Load ``Bridge`` on first use: it brings the store and HTTP, which plugins do not need."""
    if name == "Bridge":
        from crmbridge.app import Bridge

        return Bridge
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
