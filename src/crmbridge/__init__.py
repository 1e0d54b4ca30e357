"""crmbridge: sync a CRM into a buying-center model, let plugins judge it, write the results back safely."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.connector import Capabilities, Connector, ConnectorSettings, ConnectorSpec
    from crmbridge.context import DROP, CommandSpec, Drop, PluginContext, PluginSettings, RunContext
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
        PropertyChange,
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
    "Drop",
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
    "PropertyChange",
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


_HOMES: Final = ("model", "context", "connector", "hookspecs", "errors", "app")
"""Where the names come from. ``app`` is last: it brings the store and HTTP, which plugins do not need."""


def __getattr__(name: str) -> Any:
    """Load a name on first use: every run of pytest and every start of the program imports this package."""
    if name in __all__:
        for home in _HOMES:
            module = import_module(f"{__name__}.{home}")
            if hasattr(module, name):
                globals()[name] = found = getattr(module, name)
                return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
