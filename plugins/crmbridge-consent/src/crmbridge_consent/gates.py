"""Answer a question of either gate: the first rule that speaks decides, and what is unknown never allows."""

from __future__ import annotations

from crmbridge import ConsentDecision
from crmbridge_consent.facts import Asked
from crmbridge_consent.rules import BLOCKS, GRANTS, processing


def decide(asked: Asked) -> ConsentDecision:
    """Answer a question: ``processing`` by the first gate, everything else by the second."""
    return processing(asked) if asked.question.purpose == "processing" else _contact(asked)


def _contact(asked: Asked) -> ConsentDecision:
    for rule in BLOCKS:
        if blocked := rule(asked):
            return blocked
    granted = next(filter(None, (rule(asked) for rule in GRANTS)), None)
    answer = granted or asked.answer(asked.settings.default, "NO_BASIS")
    if answer.decision == "allow" and not asked.is_read:
        answer = asked.answer("review", "NOT_READ", answer.legal_basis, answer.expires_on)
    return _until_consent_ends(asked, answer)


def _until_consent_ends(asked: Asked, answer: ConsentDecision) -> ConsentDecision:
    """Let the answer end with the consent where that covers the question: from then on it is ``EXPIRED``."""
    if not asked.is_covered or asked.consent_ends is None:
        return answer
    ends = min(filter(None, (answer.expires_on, asked.consent_ends)))
    return answer.model_copy(update={"expires_on": ends})
