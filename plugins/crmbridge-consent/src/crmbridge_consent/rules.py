"""The rules, each a small function: an answer, or None for "this rule does not apply".

They follow German and European law as its text reads: the GDPR (https://eur-lex.europa.eu/eli/reg/2016/679/oj) and
§ 7 of the German act against unfair competition, UWG (https://www.gesetze-im-internet.de/uwg_2004/__7.html).
Nothing here is legal advice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from crmbridge_consent.facts import Asked, Verdict
from crmbridge_consent.texts import CONSENT, CONTRACT, EXISTING_CUSTOMER, objects, proves

Rule = Callable[[Asked], Verdict | None]


def processing(asked: Asked) -> Verdict:
    """Decide the first gate: may the person be judged at all? Opting out of mail is no objection to that."""
    objection = asked.settings.objection_property
    if asked.contact.archived:
        return Verdict("deny", "DELETED")
    if objects(asked.text(objection)):
        return Verdict("deny", "OBJECTED")
    if objection and objection not in asked.properties:
        return Verdict("review", "NOT_READ")
    if asked.bases:
        return Verdict("allow", "RECORDED", asked.bases[0])
    return Verdict("deny" if asked.settings.processing_requires_record else "review", "NO_RECORD")


def deleted(asked: Asked) -> Verdict | None:
    """(1) Deny what concerns an archived contact."""
    return Verdict("deny", "DELETED") if asked.contact.archived else None


def processing_refused(asked: Asked) -> Verdict | None:
    """(1) Deny every contact with a person who may not be processed."""
    return Verdict("deny", "PROCESSING_REFUSED") if processing(asked).decision == "deny" else None


def objected(asked: Asked) -> Verdict | None:
    """(2) Deny after an objection to this channel or an opt-out (Art. 21(3) GDPR)."""
    said = asked.state == "objected" or asked.left_all or any(objects(asked.text(name)) for name in asked.objections)
    return Verdict("deny", "OBJECTED") if said else None


def undeliverable(asked: Asked) -> Verdict | None:
    """(3) Deny e-mail to an address that bounced or is quarantined."""
    if asked.question.channel != "email":
        return None
    bounced = asked.text("hs_email_hard_bounce_reason_enum")
    stopped = any(objects(asked.text(name)) for name in ("hs_email_bad_address", "hs_email_quarantined"))
    return Verdict("deny", "UNDELIVERABLE") if bounced or stopped else None


def no_address(asked: Asked) -> Verdict | None:
    """(3) Deny a channel that leads nowhere."""
    return None if asked.address else Verdict("deny", "NO_ADDRESS")


def refused(asked: Asked) -> Verdict | None:
    """(4) Deny after a refusal or a withdrawal; let a person read a state that is no known word."""
    if asked.state in ("refused", "withdrawn"):
        return Verdict("deny", asked.state.upper())
    unclear = asked.state is None and asked.text(asked.settings.consent_state_property)
    return Verdict("review", "UNKNOWN_STATE") if unclear else None


def expired(asked: Asked) -> Verdict | None:
    """(4) Deny where the consent that covers this has ended; let a person read an end that is no date."""
    if not asked.is_covered:
        return None
    if asked.state == "expired" or (asked.consent_ends and asked.consent_ends <= asked.today):
        return Verdict("deny", "EXPIRED")
    unclear = asked.consent_ends is None and asked.text(asked.settings.consent_expires_property)
    return Verdict("review", "UNKNOWN_EXPIRY") if unclear else None


def consented(asked: Asked) -> Verdict | None:
    """(5) Allow by an explicit consent with proof of double opt-in (Art. 6(1)(a), 7(1) GDPR)."""
    given = asked.state == "given" or CONSENT in asked.bases
    if not (given and asked.is_covered):
        return None
    if proves(asked.text(asked.settings.double_opt_in_property)):
        return Verdict("allow", "CONSENT_DOI", "consent with double opt-in")
    return Verdict("review", "CONSENT_UNPROVEN")


def existing_customer(asked: Asked) -> Verdict | None:
    """(6) Allow e-mail to a customer if all four facts of § 7(3) UWG are documented."""
    customer = asked.question.person.won_cases > 0 or EXISTING_CUSTOMER in asked.bases
    if not (customer and asked.question.channel == "email"):
        return None
    if proves(asked.text(asked.settings.section_7_3_property)):
        return Verdict("allow", "EXISTING_CUSTOMER_7_3", "existing customer, § 7(3) UWG")
    return Verdict("review", "EXISTING_CUSTOMER_UNPROVEN")


def presumed(asked: Asked) -> Verdict | None:
    """(7) Allow a call to a business contact on a fact that lets consent be presumed (§ 7(2) no. 1 UWG)."""
    person = asked.question.person
    if asked.question.channel != "phone":
        return None
    if person.company or asked.contact.company_name:
        if person.open_cases:
            return Verdict("allow", "PRESUMED_B2B_PHONE", "presumed consent: open case")
        last = person.last_inbound_on
        ends = last + timedelta(days=asked.settings.presumed_days + 1) if last else None
        if ends and asked.today < ends:
            return Verdict("allow", "PRESUMED_B2B_PHONE", f"presumed consent: inbound touch on {last}", ends)
    return Verdict("deny", "NO_BASIS")


def legitimate_post(asked: Asked) -> Verdict | None:
    """(8) Allow postal mail by legitimate interest (Art. 6(1)(f) GDPR)."""
    if asked.question.channel != "post":
        return None
    return Verdict("allow", "LEGITIMATE_INTEREST_POST", "legitimate interest in postal mail")


def contract(asked: Asked) -> Verdict | None:
    """(9) Allow what a contract needs (Art. 6(1)(b) GDPR)."""
    needed = asked.question.purpose == "contract" and CONTRACT in asked.bases
    return Verdict("allow", "CONTRACT", "performance of a contract") if needed else None


BLOCKS: tuple[Rule, ...] = (deleted, processing_refused, objected, undeliverable, no_address, refused, expired)
"""Rules (1) to (4): what stands against contact, whatever its purpose."""

GRANTS: tuple[Rule, ...] = (contract, consented, existing_customer, presumed, legitimate_post)
"""Rules (5) to (9): what may allow it. (9) comes first: the others are about advertising and would hide it."""
