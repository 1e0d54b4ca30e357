"""Read job titles: one reading of seniority and department for each job that a title names, in its order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from crmbridge_roles.fragments import BOSSES, MODIFIERS, Fragment, Kind, Seniority, rank
from crmbridge_roles.lexicon import conjunctions, language
from crmbridge_roles.text import clean, fold, split

_ARTICLE = re.compile(r"(?:of|to|the|der|des|die|dem|den) ")


@dataclass(frozen=True)
class Reading:
    """What one job in a title says.

    Attributes:
        text: The part of the title.
        seniority: A rank.
        department: A department, or None if the title does not say.
        confidence: 0 to 1: 1 if the words state both, less for what is inferred.
        kind: What has title weights of its own, whatever the rank.
    """

    text: str
    seniority: Seniority
    department: str | None
    confidence: float
    kind: Kind | None = None


@lru_cache(maxsize=65536)
def read_title(title: str) -> tuple[Reading, ...]:
    """Read a job title; empty if it holds no word that is known."""
    readings: dict[tuple[str, str | None], Reading] = {}
    cleaned, end = clean(title), 0
    tongue = language(fold(cleaned))
    for part in _parts(_held([Fragment(text, tongue) for text in split(cleaned, conjunctions(tongue))])):
        start = cleaned.index(part[0].text, end)
        for fragment in part:
            end = cleaned.index(fragment.text, end) + len(fragment.text)
        for reading in _read(cleaned[start:end], part):
            readings.setdefault((reading.seniority, reading.department), reading)
    told = {reading.seniority for reading in readings.values() if reading.department}
    return tuple(item for item in readings.values() if item.department or item.kind or item.seniority not in told)


def _held(fragments: list[Fragment]) -> list[Fragment]:
    """The fragments without former jobs: "former CEO", "Mayor (retired)", and what belongs to them."""
    held: list[Fragment] = []
    over = False
    for fragment in fragments:
        if fragment.is_former and not fragment.is_job:
            while held and not held.pop().is_job:
                pass
        over = fragment.is_former or (over and not fragment.is_job)
        if not over:
            held.append(fragment)
    return held


def _parts(fragments: list[Fragment]) -> list[list[Fragment]]:
    """Group fragments so that each group names one job: a fragment without a job of its own goes to its neighbour."""
    parts: list[list[Fragment]] = []
    for fragment in fragments:
        opens = fragment.is_job and not (parts and _continues(parts[-1], fragment))
        if parts and not (opens and any(other.is_job for other in parts[-1])):
            parts[-1].append(fragment)
        else:
            parts.append([fragment])
    return parts


def _continues(part: list[Fragment], fragment: Fragment) -> bool:
    """True for "CFO" in "Assistant to CEO and CFO": whose assistant it is, not a second job."""
    guarded = any(other.guard for other in part) and rank(fragment.front) in BOSSES and fragment.kind is None
    return guarded or bool(_ARTICLE.match(fragment.folded))


def _read(text: str, part: list[Fragment]) -> Iterator[Reading]:
    job = next((fragment for fragment in part if fragment.is_job), part[0])
    if job.guard:
        yield _read_assistant(text, job, job.guard.start, always=job.guard.value == "secretary")
        return
    others = [hit for fragment in part if fragment is not job for hit in fragment.hits if hit.value in MODIFIERS]
    stated = rank(job.front + others)
    known = bool(job.front or others or job.kind)
    departments = [fragment.department for fragment in part if fragment.department]
    for tier, department in departments:
        confidence = (1.0 if known else 0.8) - (0.1 if tier <= 1 else 0.0)
        yield Reading(text, stated or "professional", department, round(confidence, 2), job.kind)
    if known and not departments:
        yield _read_without_department(text, job, stated)


def _read_without_department(text: str, job: Fragment, stated: Seniority | None) -> Reading:
    """A manager's department is the management; who works for it without being a manager is administration."""
    if stated == "management":
        return Reading(text, stated, "management", 1.0, job.kind)
    serves = any(hit.value == "management" for hit in job.hits)
    confidence = 0.8 if stated or job.kind else 0.5
    return Reading(text, stated or "professional", "administration" if serves else None, confidence, job.kind)


def _read_assistant(text: str, job: Fragment, at: int, *, always: bool) -> Reading:
    """Somebody's assistant is no manager, whoever that is; an assistant in a department belongs to it."""
    leads = [hit.start for hit in job.hits if hit.value == "lead"]
    serves = always or any(hit.value in BOSSES for hit in job.hits) or any(start > at for start in leads)
    if not serves and job.department and job.department[1] != "administration":
        return Reading(text, "junior", job.department[1], 0.9)
    runs = any(start < at for start in leads)
    return Reading(text, "lead" if runs else "professional", "administration", 1.0, "assistant")
