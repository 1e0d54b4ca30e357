"""The consent report: who may be contacted how, and why not."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple

from crmbridge.app.judging import Judging
from crmbridge.centers.asking import ContactAnswers, answers
from crmbridge.centers.graph import World
from crmbridge.export.files import private_file
from crmbridge.export.safe import safe
from crmbridge.model.consent import Channel, ConsentDecision, Decision3, Purpose


class Answered(NamedTuple):
    """One answer about one contact: a line of the report.

    Attributes:
        contact: Its id.
        name: First and last name, else the address, else the id.
        controller: Whom the answer holds for; empty for the only one.
        reason: A code such as ``OBJECTED``.
        legal_basis: What the answer rests on; empty if on nothing.
        expires_on: First day on which it no longer holds.
        evidence: What it was read from.
    """

    contact: str
    name: str
    purpose: Purpose
    channel: Channel
    controller: str
    decision: Decision3
    reason: str
    legal_basis: str
    expires_on: date | None
    evidence: str


class Reasons(NamedTuple):
    """What answers are counted by."""

    purpose: Purpose
    channel: Channel
    controller: str
    decision: Decision3
    reason: str


@dataclass
class ConsentSummary:
    """Figures of the report.

    Attributes:
        contacts: How many were asked about.
        opted_out_in_text: Of how many somebody wrote an opt-out that nobody has looked at.
        counts: Answers by purpose, channel, controller, decision and reason.
    """

    contacts: int = 0
    opted_out_in_text: int = 0
    counts: Counter[Reasons] = field(default_factory=Counter)

    def add(self, found: ContactAnswers) -> None:
        """Count one contact."""
        self.contacts += 1
        self.opted_out_in_text += found.opted_out_in_text
        self.counts.update(
            Reasons(item.purpose, item.channel, item.controller, item.decision, item.reason)
            for item in (found.processing, *found.contacting)
        )


class Contactable(Judging):
    """Who may be contacted how, and why not."""

    def contactable(self) -> Iterator[ContactAnswers]:
        """Stream every contact of the mirror, by id, with the answers of both gates; those in no center, too.

        The answers are those that judging gives, as of the mirror. Nothing is stored or written. It is not legal
        advice.

        Raises:
            SyncFirst: Nothing was synced yet.
        """
        timezone = self.account.timezone
        world = World.load(self.mirror, self.judgements, self.today, timezone, self._reads())
        session = self.plugins.bind(self.connection, "consent", self.today, timezone)
        with self._watched(session):
            yield from answers(world, session.decide_consent, self.config.privacy)


def lines(found: ContactAnswers) -> Iterator[Answered]:
    """Yield the lines of one contact: the first gate, then the second."""
    for item in (found.processing, *found.contacting):
        yield Answered(
            contact=found.contact.id,
            name=found.name,
            purpose=item.purpose,
            channel=item.channel,
            controller=item.controller,
            decision=item.decision,
            reason=item.reason,
            legal_basis=item.legal_basis or "",
            expires_on=item.expires_on,
            evidence=_evidence(item),
        )


def write_csv(path: Path, rows: Iterable[Answered]) -> int:
    """Write lines to a file that only its owner may read; it is personal data. Return how many there were.

    It takes its place when it is complete. No cell is a formula.
    """
    count = 0
    with private_file(path, overwrite=True) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow(Answered._fields)
        for count, row in enumerate(rows, 1):  # noqa: B007 - it is what is asked for
            writer.writerow("" if value is None else safe(str(value)) for value in row)
        text.detach()  # flushes, and leaves the file to whoever opened it
    return count


def _evidence(item: ConsentDecision) -> str:
    pieces = (
        f"{piece.text} ({', '.join(str(part) for part in (piece.ref, piece.on) if part)})" for piece in item.evidence
    )
    return "; ".join(pieces)
