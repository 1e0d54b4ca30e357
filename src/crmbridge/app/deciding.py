"""People's words about the roles in a buying center."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from crmbridge.app.judging import Judging
from crmbridge.centers.confidence import confidence
from crmbridge.centers.roles import without_people
from crmbridge.errors import FixRequest
from crmbridge.model.centers import BuyingCenter, Member, Ruling
from crmbridge.model.evidence import ROLES, Evidence, Role
from crmbridge.store import Run

Word = Literal["confirmed", "dismissed", "locked"]

LONGEST_AUTHOR: Final = 200
"""Characters kept of who said a word."""


@dataclass(frozen=True)
class Waiting:
    """A proposed role that nobody said anything about yet.

    Attributes:
        center_id: The buying center.
        center: Its name.
        member_id: Who.
        member: That person's name.
        confidence: 0 to 1.
        evidence: Why, strongest first.
    """

    center_id: str
    center: str
    member_id: str
    member: str
    role: Role
    confidence: float
    evidence: tuple[Evidence, ...]


class Deciding(Judging):
    """People's words about the roles in a buying center: what waits for one, and saying it.

    A word counts from the next judging on, outranks all evidence, and reaches the CRM with the next plan: as the value
    of the role properties, and as labels between person and deal where ``[writeback] labels`` names them.
    """

    def review(self, center_id: str | None = None, *, only_open: bool = True) -> Iterator[Waiting]:
        """Stream proposed roles that nobody confirmed or dismissed, by center; in each the most certain first.

        Args:
            center_id: Only this center.
            only_open: Only cases that are not closed.

        Raises:
            FixRequest: There is no such center.
        """
        with self._run("judge") as run:
            self._judge(run)
        if center_id and next(self.judgements.centers([center_id]), None) is None:
            raise _no_center(center_id)
        for center in self.judgements.centers([center_id] if center_id else None):
            if center.is_open or not only_open:
                yield from sorted(_waiting(center), key=lambda item: (-item.confidence, item.member_id, item.role))

    def confirm(self, center_id: str, member: str, role: Role, *, author: str | None = None) -> Ruling:
        """Say that somebody plays a role. Until somebody says otherwise, here or by an edit in the CRM, so it is.

        Args:
            center_id: As ``deal:1`` or ``company:1``.
            member: Its id as ``contact:1``, or the person's e-mail address.
            role: One of the six.
            author: Who says so; the user of this process by default.

        Raises:
            FixRequest: There is no such center, or no such member in it.
        """
        return self._rule(center_id, member, role, "confirmed", author)

    def dismiss(self, center_id: str, member: str, role: Role, *, author: str | None = None) -> Ruling:
        """Say that somebody does not play a role. It comes back only if its evidence grows; else as ``confirm``."""
        return self._rule(center_id, member, role, "dismissed", author)

    def lock(self, center_id: str, member: str, role: Role, *, author: str | None = None) -> Ruling:
        """Say that somebody plays a role whatever is edited in the CRM later; else as ``confirm``."""
        return self._rule(center_id, member, role, "locked", author)

    def reopen(self, center_id: str, member: str, role: Role) -> bool:
        """Take back what was said of a role: evidence alone decides again. False if nothing was said.

        Raises:
            FixRequest: There is no such center, or no such member in it.
        """
        with self._run("reopen") as run:
            _, found = self._seat(center_id, member)
            with self.store.writing(run.lease) as tx:
                return self.judgements.rulings.take_back(tx, center_id, found.id, role)

    def _rule(self, center_id: str, member: str, role: Role, word: Word, author: str | None) -> Ruling:
        if role not in ROLES:
            raise FixRequest(f"there is no such role: the six are {', '.join(ROLES)}")
        with self._run("rule") as run:
            self._judge(run)
            _, found = self._seat(center_id, member)
            return self._put(run, center_id, found, role, word, author)

    def _put(self, run: Run, center_id: str, member: Member, role: Role, word: Word, author: str | None) -> Ruling:
        said = Ruling(
            member_id=member.id,
            role=role,
            word=word,
            confidence=self._weighed(member, role),
            author=(author or run.actor)[:LONGEST_AUTHOR],
            at=datetime.now(UTC),
        )
        with self.store.writing(run.lease) as tx:
            self.judgements.rulings.put(tx, center_id, said)
        run.summary["ruling"] = {"word": word, "center": center_id}
        return said

    def _weighed(self, member: Member, role: Role) -> float:
        """What the evidence for a role comes to today, without what people said."""
        evidence = (piece for item in member.roles if item.role == role for piece in without_people(item.evidence))
        return confidence(evidence, self.today, self.config.centers.evidence.half_life_days)

    def _seat(self, center_id: str, member: str) -> tuple[BuyingCenter, Member]:
        center = next(self.judgements.centers([center_id]), None)
        if center is None:
            raise _no_center(center_id)
        found = center.member(member) or _by_address(center, member.strip().lower())
        if found is None:
            raise FixRequest(
                f"nobody in {center_id} goes by that id or address: see `crmbridge centers show {center_id}`"
            )
        return center, found


def _no_center(center_id: str) -> FixRequest:
    return FixRequest(f"there is no buying center {center_id!r}: see `crmbridge centers list`")


def _by_address(center: BuyingCenter, address: str) -> Member | None:
    for member in center.members:
        if member.address == address or (member.facts and address in member.facts.contact.emails):
            return member
    return None


def _waiting(center: BuyingCenter) -> Iterator[Waiting]:
    for member in center.members:
        for item in member.roles:
            if item.status == "proposed":
                yield Waiting(center.id, center.name, member.id, member.name, item.role, item.confidence, item.evidence)
