"""Opt-outs that stand in texts: they are never ignored, and never allow anything."""

from __future__ import annotations

from typing import Final

from crmbridge_consent.facts import Asked, Verdict

MOST: Final = 5
"""Pieces of evidence of one answer."""


def heeded(asked: Asked, verdict: Verdict) -> Verdict:
    """Tighten an answer by what stands in texts: at least ``review``; a denial stays, with the opt-outs beside it."""
    question = asked.question
    said = [hit for hit in asked.known.hits if hit.concerns(question.purpose, question.channel)]
    if not said:
        return verdict
    evidence = (*verdict.evidence, *(hit.evidence for hit in said[:MOST]))
    if verdict.decision == "deny":
        return verdict._replace(evidence=evidence)
    if asked.settings.opt_out_in_own_words == "deny" and any(hit.is_own_word for hit in said):
        return Verdict("deny", "OBJECTED_IN_TEXT", evidence=evidence)
    return Verdict("review", "OPT_OUT_IN_TEXT", None, verdict.expires_on, evidence)
