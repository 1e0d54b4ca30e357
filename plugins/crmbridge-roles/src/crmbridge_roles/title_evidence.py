"""Evidence from job titles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crmbridge import Evidence, Member, Role, TitleReading
from crmbridge_roles.rows import DEFAULTS, RowName, rows, trait
from crmbridge_roles.titles import read_title

_LONGEST = 180
"""Characters of a title that evidence quotes."""


def readings(member: Member) -> Iterator[TitleReading]:
    """What the member's job title says, in its order."""
    title = member.facts.contact.job_title if member.facts else None
    for item in read_title(title or ""):
        yield TitleReading(
            member_id=member.id,
            text=item.text,
            seniority=item.seniority,
            department=item.department,
            confidence=item.confidence,
        )


def title_evidence(
    member: Member, weights: Mapping[RowName, Mapping[Role, float]], *, routine: bool
) -> Iterator[tuple[Role, Evidence]]:
    """Evidence from the readings of the member's title; ``weights`` replace the defaults."""
    for reading in member.titles:
        kind = next((item.kind for item in read_title(reading.text) if item.kind), None)
        text = _text(reading)
        for row in rows(trait(reading, kind, external=member.is_external, routine=routine)):
            for role, weight in {**DEFAULTS[row], **weights.get(row, {})}.items():
                weighed = round(weight * reading.confidence, 4)
                if weighed > 0:
                    yield role, Evidence(source="title", weight=weighed, text=text)


def _text(reading: TitleReading) -> str:
    words = dict.fromkeys(word for word in (reading.seniority, reading.department) if word)
    title = reading.text if len(reading.text) <= _LONGEST else reading.text[: _LONGEST - 1] + "…"
    return f'title "{title}" reads as {", ".join(words).replace("_", " ")}'
