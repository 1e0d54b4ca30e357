"""What goes with other rows: a review tells only of records of which its plan has written something."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from crmbridge.model.base import Ref
from crmbridge.writeback.desk import Desk


@dataclass(frozen=True)
class Following:
    """Finds the records of which there is something to tell."""

    desk: Desk

    def told(self, records: Iterable[Ref]) -> set[Ref]:
        """Those of which the plan has written something; all of them if the plan takes something back."""
        wanted = sorted(set(records))
        if self.desk.origin.startswith(("rollback", "uninstall")):
            return set(wanted)
        found: set[Ref] = set()
        with self.desk.store.reading() as tx:
            for name, group in groupby(wanted, key=lambda ref: ref.object):
                ids = [ref.id for ref in group]
                found |= {Ref(name, id_) for id_ in self.desk.journal.written(tx, self.desk.plan_id, name, ids)}
        return found
