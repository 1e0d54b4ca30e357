"""The section ``[plugins.consent]``: which properties hold which fact, which law is followed, and how strictly."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, model_validator

from crmbridge import PluginSettings
from crmbridge.model import Channel, Purpose
from crmbridge_consent.packs import Months, Pack, built_in
from crmbridge_consent.texts import STATES, State

OwnWords = Literal["review", "objections", "deny"]
"""Which opt-outs deny if the person itself wrote them: none, those that object to the use of its data, all."""

PropertyName = Annotated[str, Field(min_length=1)]
"""A contact property, by the platform's name."""


class ConsentRecord(PluginSettings):
    """Where one request for consent and its answer are kept: a table ``[[plugins.consent.records]]``.

    Attributes:
        purposes: Purposes that it covers.
        channels: Channels that it covers.
        state_property: What became of the request.
        expires_property: First day on which the consent no longer holds.
        double_opt_in_property: Filled with yes or a date: the consent is proven by double opt-in.
        requested_on_property: When the confirmation was asked for. Of this and the next three, those that are
            configured must all be filled: together they are the proof.
        confirmed_on_property: When the person confirmed.
        form_property: By which form the consent was given.
        text_property: The text that was agreed to, its digest or its version.
        last_used_property: When the consent was last made use of.
        controller_property: For whom it was given: names as in ``[privacy] controllers``, joined by ``;``.
    """

    purposes: tuple[Purpose, ...] = ("marketing", "sales", "newsletter", "market_research")
    channels: tuple[Channel, ...] = ("email",)
    state_property: PropertyName | None = None
    expires_property: PropertyName | None = None
    double_opt_in_property: PropertyName | None = None
    requested_on_property: PropertyName | None = None
    confirmed_on_property: PropertyName | None = None
    form_property: PropertyName | None = None
    text_property: PropertyName | None = None
    last_used_property: PropertyName | None = None
    controller_property: PropertyName | None = None

    @property
    def properties(self) -> frozenset[str]:
        """The contact properties that it is kept in."""
        return frozenset(value for name, value in self if name.endswith("_property") and value)


class ExistingCustomer(PluginSettings):
    """Where the four facts of § 7(3) UWG are documented, each by yes, no or the day it was documented.

    Attributes:
        obtained_with_sale: The address was obtained from the customer with the sale of goods or services.
        own_similar_goods: It is used for the controller's own similar goods or services.
        no_objection: The customer has not objected to that use.
        notice_given: At collection and at each use the customer is told clearly that it may object at any time.
    """

    obtained_with_sale: PropertyName | None = None
    own_similar_goods: PropertyName | None = None
    no_objection: PropertyName | None = None
    notice_given: PropertyName | None = None


class Settings(PluginSettings):
    """Where the facts are kept. A fact without a property is unknown, and unknown never allows.

    Attributes:
        pack: The law that is followed: ``de``, ``eu``, ``us``, or one of ``packs``.
        packs: Further packs, by name.
        packs_by_country: Country, as the CRM writes it, to its pack. Where a contact and its company are of several,
            the strictest counts; where a country is empty or not named here, that of all named ones and ``eu``.
        country_property: The contact's country; that of the company is known.
        processing_requires_record: Deny processing unless ``hs_legal_basis`` names a basis.
        objection_property: Filled: the person objects to any processing.
        email_objection_property: Filled: no e-mail, for no purpose.
        phone_objection_property: Filled: no calls.
        post_objection_property: Filled: no postal mail.
        subscriptions: Purpose to the ids of the subscriptions that are about it. The opt-out of an id named here
            objects to its purposes only; the opt-out of any other id objects to all e-mail.
        records: Where consents are kept.
        consent_states: Values of their state properties to states, beside the English and German words known already.
        refusals: What a refusal, a withdrawal or an objection stands against: ``all`` contact, or the ``same``
            purposes and channels that its record covers.
        own_controllers: Of ``[privacy] controllers``, those for whom records, sales and cases of this CRM were made
            where they name nobody.
        section_7_3: Where the facts of § 7(3) UWG are documented.
        callback_property: Filled with yes or a date: the person asked to be called.
        address_property: Street address, of the contact or its company.
        presumed_days: For so many days an inbound touch or a requested call lets consent to calls be presumed.
        unused_months: After so many months unused a consent is for a person to look at; None for what the pack says.
        default: The answer where no rule finds a basis; None for what the pack says.
        read_texts: Look for opt-outs in notes, calls and messages.
        opt_out_in_own_words: The answer if the person itself wrote an explicit one. ``objections`` denies after an
            objection to the use of its data, a withdrawal of consent or a request for erasure, and asks after others.
        opt_out_checked_property: A day: texts written before it were looked at by a person, and what they ask for was
            done. A day that is still to come settles nothing until then.
        answer_days: For so many days a touch counts as answered, for the preferred channel.
    """

    pack: str = "de"
    packs: dict[str, Pack] = Field(default_factory=dict)
    packs_by_country: dict[str, str] = Field(default_factory=dict)
    country_property: PropertyName = "country"
    processing_requires_record: bool = False
    objection_property: PropertyName | None = None
    email_objection_property: PropertyName = "hs_email_optout"
    phone_objection_property: PropertyName | None = None
    post_objection_property: PropertyName | None = None
    subscriptions: dict[Purpose, tuple[PropertyName, ...]] = Field(default_factory=dict)
    records: tuple[ConsentRecord, ...] = (ConsentRecord(),)
    consent_states: dict[str, State] = Field(default_factory=dict)
    refusals: Literal["all", "same"] = "all"
    own_controllers: tuple[str, ...] = ()
    section_7_3: ExistingCustomer = ExistingCustomer()
    callback_property: PropertyName | None = None
    address_property: PropertyName = "address"
    presumed_days: int = Field(default=180, ge=0, le=3650)
    unused_months: Months | None = None
    default: Literal["deny", "review"] | None = None
    read_texts: bool = True
    opt_out_in_own_words: OwnWords = "objections"
    opt_out_checked_property: PropertyName | None = None
    answer_days: int = Field(default=14, ge=0, le=365)

    @model_validator(mode="after")
    def _knows_its_packs(self) -> Settings:
        unknown = sorted({self.pack, *self.packs_by_country.values()} - self.all_packs.keys())
        if unknown:
            known = ", ".join(sorted(self.all_packs))
            raise ValueError(
                f"there is no policy pack {', '.join(unknown)}: name one of {known}, or define it in packs"
            )
        return self

    @cached_property
    def all_packs(self) -> Mapping[str, Pack]:
        """Packs by name; one of the settings goes before a built-in one of the same name."""
        return {**built_in(), **self.packs}

    @cached_property
    def configured_packs(self) -> tuple[Pack, ...]:
        """The packs that may be followed, the default one first."""
        names = dict.fromkeys((self.pack, *sorted(self.packs_by_country.values())))
        return tuple(self.all_packs[name] for name in names)

    @cached_property
    def packs_in_doubt(self) -> tuple[Pack, ...]:
        """The packs for somebody whose country is not known: the configured ones, and the strict one of the EU."""
        strict = self.all_packs["eu"]
        return self.configured_packs if strict in self.configured_packs else (*self.configured_packs, strict)

    @cached_property
    def pack_of(self) -> Mapping[str, Pack]:
        """Countries in lower case to their packs."""
        return {country.casefold(): self.all_packs[name] for country, name in self.packs_by_country.items()}

    @cached_property
    def states(self) -> Mapping[str, State]:
        """Words in lower case to states: the configured ones, then those known already."""
        return STATES | {word.casefold(): state for word, state in self.consent_states.items()}

    @cached_property
    def own(self) -> frozenset[str]:
        """Controllers in lower case whom this CRM speaks for."""
        return frozenset(name.casefold() for name in self.own_controllers)
