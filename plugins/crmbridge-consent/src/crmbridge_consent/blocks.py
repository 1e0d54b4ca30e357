"""The first gate, and what stands against contact whatever its purpose: rules (1) to (4).

Each rule is a small function: an answer, or None for "this rule does not apply". They follow the GDPR as its text
reads (https://eur-lex.europa.eu/eli/reg/2016/679/oj). Nothing here is legal advice.
"""

from __future__ import annotations

from collections.abc import Callable

from crmbridge_consent.facts import Asked, Verdict
from crmbridge_consent.texts import objects

Rule = Callable[[Asked], Verdict | None]


def processing(asked: Asked) -> Verdict:
    """Decide the first gate: may the person be judged at all? Opting out of mail is no objection to that."""
    objection = asked.settings.objection_property
    if asked.contact.archived:
        return Verdict("deny", "DELETED")
    if objects(asked.text(objection)):
        return Verdict("deny", "OBJECTED", evidence=(asked.seen(f"objection in {objection}"),))
    if objection and objection not in asked.known.properties:
        return Verdict("review", "NOT_READ")
    if asked.known.bases:
        return Verdict("allow", "RECORDED", asked.known.bases[0], evidence=(asked.seen("basis in hs_legal_basis"),))
    return Verdict("deny" if asked.settings.processing_requires_record else "review", "NO_RECORD")


def deleted(asked: Asked) -> Verdict | None:
    """(1) Deny what concerns an archived contact."""
    return Verdict("deny", "DELETED") if asked.contact.archived else None


def processing_refused(asked: Asked) -> Verdict | None:
    """(1) Deny every contact with a person who may not be processed."""
    settings = asked.settings
    if not (settings.objection_property or settings.processing_requires_record):
        return None
    refusal = processing(asked)
    return Verdict("deny", "PROCESSING_REFUSED", evidence=refusal.evidence) if refusal.decision == "deny" else None


def objected(asked: Asked) -> Verdict | None:
    """(2) Deny after an objection to this channel or an opt-out, by any address (Art. 21(3) GDPR)."""
    if name := asked.objected:
        return Verdict("deny", "OBJECTED", evidence=(asked.seen(f"objection in {name}"),))
    for kept in asked.refusing:
        if kept.state == "objected":
            return Verdict("deny", "OBJECTED", evidence=(asked.seen(f"objection in {kept.record.state_property}"),))
    for item in asked.left:
        told = f"opted out of subscription {item.id}" if item.id else "opted out of everything"
        return Verdict("deny", "OBJECTED", evidence=(asked.seen(told, item.at.date() if item.at else None),))
    return None


def undeliverable(asked: Asked) -> Verdict | None:
    """(3) Deny e-mail to an address that bounced or is quarantined."""
    if asked.question.channel != "email":
        return None
    if asked.text("hs_email_hard_bounce_reason_enum"):
        return Verdict("deny", "UNDELIVERABLE", evidence=(asked.seen("bounce in hs_email_hard_bounce_reason_enum"),))
    for name in ("hs_email_bad_address", "hs_email_quarantined"):
        if objects(asked.text(name)):
            return Verdict("deny", "UNDELIVERABLE", evidence=(asked.seen(f"yes in {name}"),))
    return None


def no_address(asked: Asked) -> Verdict | None:
    """(3) Deny a channel that leads nowhere."""
    return None if asked.address else Verdict("deny", "NO_ADDRESS")


def refused(asked: Asked) -> Verdict | None:
    """(4) Deny after a refusal or a withdrawal; let a person read a state that is no known word."""
    unclear = None
    for kept in asked.refusing:
        name = kept.record.state_property
        if kept.state in ("refused", "withdrawn"):
            return Verdict("deny", kept.state.upper(), evidence=(asked.seen(f"{kept.state} in {name}"),))
        if kept.is_unclear:
            unclear = unclear or Verdict("review", "UNKNOWN_STATE", evidence=(asked.seen(f"no known word in {name}"),))
    return unclear


def expired(asked: Asked) -> Verdict | None:
    """(4) Deny where the consent that covers this has ended; let a person read an end that is no date."""
    unclear = None
    for kept in asked.covering:
        name = kept.record.expires_property
        if kept.state == "expired" or (kept.ends and kept.ends <= asked.today):
            told = f"ended, by {name}" if kept.ends else f"expired in {kept.record.state_property}"
            return Verdict("deny", "EXPIRED", evidence=(asked.seen(told, kept.ends),))
        if kept.has_no_day:
            unclear = unclear or Verdict("review", "UNKNOWN_EXPIRY", evidence=(asked.seen(f"no day in {name}"),))
    return unclear


BLOCKS: tuple[Rule, ...] = (deleted, processing_refused, objected, undeliverable, no_address, refused, expired)
"""Rules (1) to (4), in their order."""
