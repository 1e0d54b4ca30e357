"""What may allow contact: rules (5) to (9). A policy pack says which of them hold, and in which order.

They follow the GDPR (https://eur-lex.europa.eu/eli/reg/2016/679/oj), § 7 of the German act against unfair competition,
UWG (https://www.gesetze-im-internet.de/uwg_2004/__7.html), and the CAN-SPAM rule
(https://www.ecfr.gov/current/title-16/chapter-I/subchapter-C/part-316). Nothing here is legal advice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Final

from crmbridge import Evidence
from crmbridge_consent.facts import NO_CONSENT, Asked, Verdict
from crmbridge_consent.known import Kept
from crmbridge_consent.packs import Pack, RuleName
from crmbridge_consent.proof import Proof, proof, unused_from
from crmbridge_consent.texts import CONSENT, CONTRACT, EXISTING_CUSTOMER, days_after, holds

Grant = Callable[[Asked, Pack], Verdict | None]

SECTION_7_3: Final = {
    "obtained_with_sale": "address obtained with a sale",
    "own_similar_goods": "own similar goods",
    "no_objection": "no objection",
    "notice_given": "notice at collection and at each use",
}
"""The four facts of § 7(3) UWG, by the setting that names their property."""


def consented(asked: Asked, pack: Pack) -> Verdict | None:
    """(5) Allow by an explicit consent that is proven by double opt-in and in use (Art. 6(1)(a), 7(1) GDPR)."""
    said_so = asked.subscribed if asked.question.person.subscriptions else ()
    subscribed = any(item.legal_basis not in NO_CONSENT for item in said_so)
    said = subscribed or CONSENT in asked.known.bases
    given = [kept for kept in asked.covering if said or kept.state == "given"]
    found = [_consent(asked, pack, kept) for kept in given]
    if subscribed and not found:
        return _unproven(asked, Proof(("double opt-in",), (asked.seen("subscribed"),)))
    if not found:
        return None
    ends = min((item.expires_on for item in found if item.expires_on), default=None)
    return min(found, key=lambda item: item.decision != "allow")._replace(expires_on=ends)


def _consent(asked: Asked, pack: Pack, kept: Kept) -> Verdict:
    proven = proof(asked, kept.record)
    if proven.missing:
        return _unproven(asked, proven)
    if asked.given_to(kept) == "unknown":
        return Verdict("review", "CONTROLLER_UNKNOWN", evidence=(asked.seen("not documented: for whom"),))
    basis = "consent with double opt-in"
    months = asked.settings.unused_months or pack.unused_months
    if not months:
        return Verdict("allow", "CONSENT_DOI", basis, None, proven.evidence)
    ends = unused_from(asked, kept.record, proven.confirmed_on, months)
    if ends <= asked.today:
        told = asked.seen(f"not known to have been used for {months} months")
        return Verdict("review", "CONSENT_UNUSED", evidence=(*proven.evidence, told))
    return Verdict("allow", "CONSENT_DOI", basis, ends, proven.evidence)


def _unproven(asked: Asked, proven: Proof) -> Verdict:
    missing = asked.seen(f"not documented: {', '.join(proven.missing)}")
    return Verdict("review", "CONSENT_UNPROVEN", None, proven.changes_on, (missing, *proven.evidence))


def existing_customer(asked: Asked, _: Pack) -> Verdict | None:
    """(6) Allow e-mail to a customer if all four facts of § 7(3) UWG are documented; one that is false ends it."""
    customer = asked.question.person.won_cases > 0 or asked.rests_on(EXISTING_CUSTOMER)
    if not customer or asked.question.channel != "email" or asked.is_own == "no":
        return None
    section = asked.settings.section_7_3
    facts = {told: holds(asked.text(getattr(section, name))) for name, told in SECTION_7_3.items()}
    if False in facts.values():
        return None
    unknown = [told for told, fact in facts.items() if fact is None]
    if unknown:
        missing = asked.seen(f"not documented: {', '.join(unknown)}")
        return Verdict("review", "EXISTING_CUSTOMER_UNPROVEN", evidence=(missing,))
    told = asked.seen(f"documented: {', '.join(facts)}")
    basis = "existing customer, § 7(3) UWG"
    return _if_own(asked, Verdict("allow", "EXISTING_CUSTOMER_7_3", basis, None, (told,)))


def presumed(asked: Asked, _: Pack) -> Verdict | None:
    """(7) Allow a call to a business contact on a fact that lets consent be presumed (§ 7(2) no. 1 UWG), else deny."""
    if asked.question.channel != "phone":
        return None
    business = asked.question.person.company or asked.contact.company_name
    facts = _facts(asked) if business and asked.is_own != "no" else ()
    return max(facts, key=lambda item: item.expires_on or date.max, default=Verdict("deny", "NO_BASIS"))


def _facts(asked: Asked) -> Iterator[Verdict]:
    """Yield what lets consent to calls be presumed: an open case, a requested call, an inbound touch."""
    person, days = asked.question.person, asked.settings.presumed_days

    def presume(fact: str, since: date | None, evidence: Evidence) -> Verdict:
        ends = days_after(since, days + 1) if since else None
        allowed = Verdict("allow", "PRESUMED_B2B_PHONE", f"presumed consent: {fact}", ends, (evidence,))
        return _if_own(asked, allowed)

    if person.open_cases:
        yield presume("open case", None, asked.seen("open case"))
    name = asked.settings.callback_property
    since = asked.day(name)
    if since is None and holds(asked.text(name)):
        yield presume("requested call", None, asked.seen(f"call requested in {name}"))
    if since and asked.today <= days_after(since, days):
        yield presume(f"call requested on {since}", since, asked.seen(f"call requested in {name}", since))
    last = person.last_inbound_on
    if last and asked.today <= days_after(last, days):
        touch = Evidence(source="behaviour", weight=1.0, text="inbound touch", ref=asked.contact.ref, on=last)
        yield presume(f"inbound touch on {last}", last, touch)


def legitimate_interest(asked: Asked, _: Pack) -> Verdict:
    """(8) Allow by legitimate interest (Art. 6(1)(f) GDPR)."""
    channel = asked.question.channel
    return Verdict("allow", f"LEGITIMATE_INTEREST_{channel.upper()}", f"legitimate interest in contact by {channel}")


def opt_out_regime(_: Asked, __: Pack) -> Verdict:
    """(8) Allow what needs no consent until somebody opts out (CAN-SPAM)."""
    return Verdict("allow", "OPT_OUT_REGIME", "no consent needed until an opt-out")


def contract(asked: Asked, _: Pack) -> Verdict | None:
    """(9) Allow what a contract needs (Art. 6(1)(b) GDPR)."""
    if asked.question.purpose != "contract" or asked.is_own == "no" or not asked.rests_on(CONTRACT):
        return None
    allowed = Verdict("allow", "CONTRACT", "performance of a contract", None, (asked.seen("contract as legal basis"),))
    return _if_own(asked, allowed)


def _if_own(asked: Asked, allowed: Verdict) -> Verdict:
    """Let a person look where it is not known that a fact is the controller's own."""
    if asked.is_own == "yes":
        return allowed
    return Verdict("review", "CONTROLLER_UNKNOWN", None, allowed.expires_on, (asked.seen("not documented: for whom"),))


GRANTS: Final[Mapping[RuleName, Grant]] = {
    "contract": contract,
    "consent": consented,
    "existing_customer": existing_customer,
    "presumed": presumed,
    "legitimate_interest": legitimate_interest,
    "opt_out_regime": opt_out_regime,
}
"""Rules by the names that packs call them."""
