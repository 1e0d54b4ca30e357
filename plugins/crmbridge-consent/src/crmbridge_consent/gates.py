"""Answer a question of either gate: the first rule that speaks decides, and what is unknown never allows."""

from __future__ import annotations

from crmbridge import ConsentDecision
from crmbridge_consent.facts import Asked, Verdict
from crmbridge_consent.rules import BLOCKS, GRANTS, processing


def decide(asked: Asked) -> ConsentDecision:
    """Answer a question: ``processing`` by the first gate, everything else by the second."""
    question = asked.question
    verdict = processing(asked) if question.purpose == "processing" else _contact(asked)
    return ConsentDecision(
        purpose=question.purpose,
        channel=question.channel,
        decision=verdict.decision,
        reason=verdict.reason,
        legal_basis=verdict.legal_basis,
        expires_on=verdict.expires_on,
    )


def _contact(asked: Asked) -> Verdict:
    for rule in BLOCKS:
        if blocked := rule(asked):
            return blocked
    granted = next(filter(None, (rule(asked) for rule in GRANTS)), None)
    verdict = granted or Verdict(asked.settings.default, "NO_BASIS")
    if verdict.decision == "allow" and not asked.is_read:
        verdict = verdict._replace(decision="review", reason="NOT_READ")
    return _until_consent_ends(asked, verdict)


def _until_consent_ends(asked: Asked, verdict: Verdict) -> Verdict:
    """Let the answer end with the consent where that covers the question: from then on it is ``EXPIRED``."""
    if not asked.is_covered or asked.consent_ends is None:
        return verdict
    return verdict._replace(expires_on=min(filter(None, (verdict.expires_on, asked.consent_ends))))
