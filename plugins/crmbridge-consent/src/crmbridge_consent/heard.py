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
    ends = min(filter(None, (verdict.expires_on, asked.known.settled_on)), default=None)
    if verdict.decision == "deny":
        return verdict._replace(expires_on=ends, evidence=evidence)
    if any(hit.denies(asked.settings.opt_out_in_own_words) for hit in said):
        return Verdict("deny", "OBJECTED_IN_TEXT", None, asked.known.settled_on, evidence)
    return Verdict("review", "OPT_OUT_IN_TEXT", None, ends, evidence)
