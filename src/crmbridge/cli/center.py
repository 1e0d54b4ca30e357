"""A buying center as text for a terminal: seats, people, ties, journeys and people's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from crmbridge.cli import center_words as words
from crmbridge.cli.screen import Screen, clipped
from crmbridge.model.centers import BuyingCenter, Member
from crmbridge.model.evidence import Evidence
from crmbridge.model.journey import StageModel, StageVisit
from crmbridge.model.relations import RELATION_LABELS

_LINES: Final = 3  # evidence lines per role, stance or tie
_TIES: Final = 20


@dataclass(frozen=True)
class CenterText:
    """Prints a center.

    Attributes:
        stages: Stage models of the plugins: what stages are called.
        stance: True to say how members stand to the purchase.
    """

    screen: Screen
    center: BuyingCenter
    stages: tuple[StageModel, ...] = ()
    stance: bool = False

    def show(self) -> None:
        """Print all of it."""
        self.screen.say(f"{clipped(self.center.name, words.LONGEST_NAME)}  ({self.center.id})", "bold")
        for line in words.facts(self.center):
            self.screen.say(f"  {line}")
        self.screen.say()
        self.screen.table(("seat", "who"), words.seats(self.center))
        self._people()
        self._ties()
        self._journeys()
        self._words()

    def _people(self) -> None:
        self.screen.say("\nMembers", "bold")
        for member in self.center.members:
            self.screen.say(f"  {words.person(member)}")
            for line in (*words.figures(member), *self._stands(member), *self._present(member)):
                self.screen.say(f"    {line}")
            for assignment in member.roles:
                self.screen.say(f"    {words.role_words(assignment)}")
                self._evidence(assignment.evidence)
            if member.consent:
                self.screen.say(f"    consent: {', '.join(map(words.consent, member.consent))}")

    def _evidence(self, pieces: Iterable[Evidence]) -> None:
        for piece in tuple(pieces)[:_LINES]:
            self.screen.say(f"      {words.reason(piece)}")

    def _stands(self, member: Member) -> Iterator[str]:
        if self.stance and member.stance:
            yield words.stance(member.stance)
            yield from (f"  {words.reason(piece)}" for piece in member.stance.evidence[:_LINES])

    def _present(self, member: Member) -> Iterator[str]:
        """Yield where the member is now, in each stage model."""
        last = {visit.model: visit for visit in self.center.visits if visit.subject == member.id}
        for visit in last.values():
            until = f" until {visit.left_on}" if visit.left_on else ""
            pause = f", {told}" if (told := words.paused(visit)) else ""
            yield f"{visit.model}: {self._stage(visit)} since {visit.entered_on}{until}{pause}"

    def _stage(self, visit: StageVisit) -> str:
        stages = (stage for model in self.stages if model.key == visit.model for stage in model.stages)
        found = next((stage for stage in stages if stage.key == visit.stage), None)
        return words.two(found.label, found.label_de) if found else visit.stage

    def _ties(self) -> None:
        ties = sorted(
            (tie for tie in self.center.relations if tie.kind != "communication"), key=lambda tie: -tie.weight
        )
        if ties:
            self.screen.say("\nWho asks whom (wer wen fragt)", "bold")
        for tie in ties[:_TIES]:
            day = f", last {tie.last_on}" if tie.last_on else ""
            by = ", ".join(tie.by) or "core"
            who = f"{self._name(tie.source)} {words.two(*RELATION_LABELS[tie.kind])} {self._name(tie.target)}"
            self.screen.say(f"  {who}  {tie.weight:.2f}{day} ({by})")
            self._evidence(tie.evidence)
        if len(ties) > _TIES:
            self.screen.say(f"  and {len(ties) - _TIES:,} more")

    def _name(self, member_id: str) -> str:
        member = self.center.member(member_id)
        return clipped(member.name if member else member_id)

    def _journeys(self) -> None:
        subjects = {self.center.id: "case"}
        if self.center.company and self.center.company.ref:
            subjects.setdefault(str(self.center.company.ref), "company")
        visits = [visit for visit in self.center.visits if visit.subject in subjects]
        if visits:
            rows = [
                (
                    f"{subjects[visit.subject]}, {visit.model}",
                    self._stage(visit),
                    visit.visit_no,
                    visit.entered_on,
                    visit.left_on or "now",
                    words.paused(visit),
                    visit.reason,
                )
                for visit in visits
            ]
            self.screen.say()
            self.screen.table(("journey", "stage", "stay", "from", "until", "pause", "why"), rows)

    def _words(self) -> None:
        """Print what people said: to crmbridge of roles, and in the CRM of any property."""
        if self.center.rulings:
            rulings = [(self._name(r.member_id), r.role, r.word, r.author, r.at.date()) for r in self.center.rulings]
            self.screen.say()
            self.screen.table(("said of", "role", "word", "by", "on"), rulings)
        found = (item for m in self.center.members if m.facts for item in m.facts.decisions)
        decisions = [item for item in (*self.center.decisions, *found) if self.stance or item.property != "stance"]
        if decisions:
            self.screen.say()
            rows = [(str(item.subject), item.property, item.value, item.source, item.at.date()) for item in decisions]
            self.screen.table(("decided by a person", "property", "value", "where", "on"), rows)
