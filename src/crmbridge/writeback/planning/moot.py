"""Lets go of refused values that nothing would write any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa

from crmbridge.model.base import ObjectName
from crmbridge.model.changes import Change
from crmbridge.model.plan import Finding
from crmbridge.store import Journal, Judgements, Mirror, Reject, is_review, place_of


@dataclass(frozen=True)
class Moot:
    """Takes refused values off the list; made for the transaction of a whole plan, after its values and labels.

    One leaves if its record is gone, or if the plan holds nothing for its place: nothing is proposed there any more, or
    nothing differs. Where a plugin failed on the record, nobody knows, and it stays. A refused note, task or list
    member stays until it is dropped: no later plan makes it.
    """

    tx: sa.Connection
    mirror: Mirror
    judgements: Judgements
    journal: Journal
    plan_id: str

    def rows(self) -> Iterator[Change]:
        """There are none; what is moot leaves."""
        rejects = self.journal.rejects
        for name, group in groupby(rejects.before(self.tx, self.plan_id), key=lambda item: item.subject.object):
            rejects.settle(self.tx, [(item.subject, item.property) for item in self._moot(name, list(group))])
        return iter(())

    def findings(self) -> tuple[Finding, ...]:
        """There is nothing to say."""
        return ()

    def _moot(self, name: ObjectName, refused: Sequence[Reject]) -> Iterator[Reject]:
        ids = sorted({item.subject.id for item in refused})
        living = self.mirror.living(self.tx, name, ids)
        failed = {id_ for id_, _ in self.judgements.failed_on(self.tx, name, ids)}
        planned = set(map(place_of, self.journal.plans.of(self.tx, self.plan_id, name, ids)))
        for item in refused:
            known = is_review(item) or item.subject.id in failed or (item.subject, item.property) in planned
            if item.subject.id not in living or not known:
                yield item
