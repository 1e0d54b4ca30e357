"""The section ``[plugins.consent]``: which properties hold which fact, and how strict to be without one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from crmbridge import PluginSettings
from crmbridge.model import Channel, Purpose
from crmbridge_consent.texts import STATES, State

PropertyName = Annotated[str, Field(min_length=1)]
"""A contact property, by the platform's name."""


class Settings(PluginSettings):
    """Where the facts are kept. A fact without a property is unknown, and unknown never allows.

    Attributes:
        processing_requires_record: Deny processing unless ``hs_legal_basis`` names a basis.
        objection_property: Filled: the person objects to any processing.
        email_objection_property: Filled: no e-mail, for no purpose.
        phone_objection_property: Filled: no calls.
        post_objection_property: Filled: no postal mail.
        subscriptions: Purpose to the HubSpot subscription ids whose opt-out objects to this purpose. The opt-out of
            an id named here objects to its purposes only; the opt-out of any other id objects to all e-mail.
        consent_state_property: What became of a request for consent.
        consent_states: Values of that property to states, beside the English and German words known already.
        consent_expires_property: First day on which a consent no longer holds.
        consent_purposes: Purposes that a recorded consent covers.
        consent_channels: Channels that a recorded consent covers.
        double_opt_in_property: Filled with yes or a date: the consent is proven by double opt-in.
        section_7_3_property: Filled with yes or a date: all four facts of § 7(3) UWG are documented.
        address_property: Street address, of the contact or its company.
        presumed_days: For so many days an inbound touch lets consent to calls be presumed.
        default: The answer where no rule finds a basis.
    """

    processing_requires_record: bool = False
    objection_property: PropertyName | None = None
    email_objection_property: PropertyName = "hs_email_optout"
    phone_objection_property: PropertyName | None = None
    post_objection_property: PropertyName | None = None
    subscriptions: dict[Purpose, tuple[PropertyName, ...]] = Field(default_factory=dict)
    consent_state_property: PropertyName | None = None
    consent_states: dict[str, State] = Field(default_factory=dict)
    consent_expires_property: PropertyName | None = None
    consent_purposes: tuple[Purpose, ...] = ("marketing", "sales", "newsletter", "market_research")
    consent_channels: tuple[Channel, ...] = ("email",)
    double_opt_in_property: PropertyName | None = None
    section_7_3_property: PropertyName | None = None
    address_property: PropertyName = "address"
    presumed_days: int = Field(default=180, ge=0, le=3650)
    default: Literal["deny", "review"] = "deny"

    @cached_property
    def states(self) -> Mapping[str, State]:
        """Words in lower case to states: the configured ones, then those known already."""
        return STATES | {word.casefold(): state for word, state in self.consent_states.items()}
