"""Answer a question of either gate: the first rule that speaks decides, and what is unknown never allows."""

from __future__ import annotations

from collections.abc import Sequence

from crmbridge import ConsentDecision
from crmbridge.model import STRICTNESS
from crmbridge_consent.blocks import BLOCKS, processing
from crmbridge_consent.facts import Asked, Verdict
from crmbridge_consent.grants import GRANTS
from crmbridge_consent.heard import heeded
from crmbridge_consent.packs import Pack, Reachable


def decide(asked: Asked) -> ConsentDecision:
    """Answer a question: ``processing`` by the first gate, everything else by the second."""
    question = asked.question
    verdict = heeded(asked, processing(asked) if question.purpose == "processing" else _contact(asked))
    return ConsentDecision(
        purpose=question.purpose,
        channel=question.channel,
        controller=question.controller,
        decision=verdict.decision,
        reason=verdict.reason,
        legal_basis=verdict.legal_basis,
        expires_on=verdict.expires_on,
        evidence=verdict.evidence,
    )


def _contact(asked: Asked) -> Verdict:
    doubt = None
    for rule in BLOCKS:
        blocked = rule(asked)
        if blocked and blocked.decision == "deny":
            return blocked
        doubt = doubt or blocked
    channel = asked.question.channel
    if channel == "none":
        return Verdict("deny", "NO_BASIS")
    verdict = doubt or _strictest([_granted(asked, pack, channel) for pack in packs(asked)])
    if verdict.decision == "allow" and not asked.is_read:
        verdict = verdict._replace(decision="review", reason="NOT_READ", legal_basis=None)
    return _until_consent_ends(asked, verdict)


def packs(asked: Asked) -> tuple[Pack, ...]:
    """Return the packs that hold for a person: those of its countries; where one is unknown, all and the strict one."""
    settings = asked.settings
    if not settings.packs_by_country:
        return settings.configured_packs
    known = [settings.pack_of.get(country) for country in asked.countries]
    named = tuple(pack for pack in known if pack)
    return named if named and len(named) == len(known) else settings.packs_in_doubt


def _granted(asked: Asked, pack: Pack, channel: Reachable) -> Verdict:
    way = pack.way(channel)
    for name in way.rules:
        if granted := GRANTS[name](asked, pack):
            return granted
    return Verdict(asked.settings.default or way.default, "NO_BASIS")


def _strictest(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the strictest; it ends on the first day on which one of all does, since another may be that then."""
    if len(verdicts) == 1:
        return verdicts[0]
    ends = [item.expires_on for item in verdicts if item.expires_on]
    strictest = min(verdicts, key=lambda item: STRICTNESS.index(item.decision))
    return strictest._replace(expires_on=min(ends, default=None))


def _until_consent_ends(asked: Asked, verdict: Verdict) -> Verdict:
    """Let the answer end with the consent that covers the question: from then on it is ``EXPIRED``."""
    ends = [kept.ends for kept in asked.covering if kept.ends]
    if verdict.expires_on:
        ends.append(verdict.expires_on)
    return verdict._replace(expires_on=min(ends)) if ends else verdict
