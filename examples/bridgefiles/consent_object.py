"""Take consent from records of the client's own object: one per person and channel, with the days of both words.

Save it as bridgefile.py beside crmbridge.toml, and name the object there, by HubSpot's id of its type:

    [connections.main]
    custom_objects = { permission = "2-1234567" }
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from crmbridge import ConsentDecision, ConsentQuestion, Evidence, InputSpec, Item, hookimpl

OBJECT = "custom.permission"


@hookimpl
def register_inputs() -> Iterable[InputSpec]:
    """Have the mirror read the records; they come with each person as ``items``."""
    yield InputSpec(object=OBJECT, properties=("channel", "given_on", "withdrawn_on"))


@hookimpl
def decide_consent(question: ConsentQuestion) -> ConsentDecision | None:
    """Answer for the channel that a record names: whoever withdrew once is not written to again."""
    about = [item for item in question.person.items if item.object == OBJECT]
    about = [item for item in about if item.properties.get("channel") == question.channel]
    if withdrawn := [item for item in about if item.properties.get("withdrawn_on")]:
        return _answer(question, "deny", "WITHDRAWN", withdrawn)
    if given := [item for item in about if item.properties.get("given_on")]:
        return _answer(question, "allow", "GIVEN", given)
    return None


def _answer(
    question: ConsentQuestion, decision: Literal["deny", "allow"], reason: str, items: Iterable[Item]
) -> ConsentDecision:
    evidence = (Evidence(source="crm", weight=1.0, text=f"permission {item.id}", ref=item.ref) for item in items)
    return ConsentDecision(
        purpose=question.purpose,
        channel=question.channel,
        controller=question.controller,
        decision=decision,
        reason=reason,
        legal_basis="consent" if decision == "allow" else None,
        evidence=tuple(evidence),
    )
