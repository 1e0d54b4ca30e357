"""What people said to crmbridge about the roles in a buying center."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa

from crmbridge.model.base import Ref
from crmbridge.model.centers import Ruling
from crmbridge.model.evidence import Role
from crmbridge.store.changed import Changed
from crmbridge.store.database import among, upsert
from crmbridge.store.schema import merges, rulings


class Rulings:
    """The rulings of one connection. What changes marks the case, so that its center is judged again."""

    def __init__(self, connection: str) -> None:
        self.connection = connection
        self.changed = Changed(connection)

    def of(self, tx: sa.Connection, center_ids: Iterable[str]) -> dict[str, tuple[Ruling, ...]]:
        """Read them by center, by member and role; those about a contact that was merged away follow it."""
        where = (rulings.c.connection == self.connection, among(rulings.c.center_id, center_ids))
        rows = tx.execute(sa.select(rulings).where(*where).order_by(rulings.c.at)).all()
        survivors = self._survivors(tx, {row.member_id for row in rows})
        newest: dict[tuple[str, str, str], Ruling] = {}
        for row in rows:
            ruling = Ruling(
                member_id=survivors.get(row.member_id, row.member_id),
                role=row.role,
                word=row.word,
                confidence=row.confidence,
                author=row.author,
                at=datetime.fromisoformat(row.at),
            )
            newest[row.center_id, ruling.member_id, ruling.role] = ruling
        found: dict[str, list[Ruling]] = {}
        for (center_id, _, _), ruling in sorted(newest.items()):
            found.setdefault(center_id, []).append(ruling)
        return {center_id: tuple(items) for center_id, items in found.items()}

    def put(self, tx: sa.Connection, center_id: str, ruling: Ruling) -> None:
        """Store a word; it replaces what was said before about the same role of the same member."""
        row = {
            "connection": self.connection,
            "center_id": center_id,
            "member_id": ruling.member_id,
            "role": ruling.role,
            "word": ruling.word,
            "confidence": ruling.confidence,
            "author": ruling.author,
            "at": ruling.at.astimezone(UTC).isoformat(),
        }
        upsert(tx, rulings, [row])
        self._mark(tx, center_id)

    def take_back(self, tx: sa.Connection, center_id: str, member_id: str, role: Role) -> bool:
        """Forget a word; False if nothing was said."""
        where = (rulings.c.center_id == center_id, rulings.c.member_id == member_id, rulings.c.role == role)
        gone = tx.execute(rulings.delete().where(rulings.c.connection == self.connection, *where)).rowcount
        if gone:
            self._mark(tx, center_id)
        return bool(gone)

    def forget(self, tx: sa.Connection, ids: Iterable[str]) -> None:
        """Forget all that was said about these members, and in these centers."""
        gone = list(ids)
        about = sa.or_(among(rulings.c.member_id, gone), among(rulings.c.center_id, gone))
        tx.execute(rulings.delete().where(rulings.c.connection == self.connection, about))

    def _mark(self, tx: sa.Connection, center_id: str) -> None:
        self.changed.mark(tx, [Ref(*center_id.split(":", 1))])

    def _survivors(self, tx: sa.Connection, member_ids: Iterable[str]) -> dict[str, str]:
        ids = {member_id.removeprefix("contact:") for member_id in member_ids if member_id.startswith("contact:")}
        where = (merges.c.connection == self.connection, merges.c.object == "contact", among(merges.c.id, ids))
        rows = tx.execute(sa.select(merges.c.id, merges.c.survivor).where(*where))
        return {f"contact:{row.id}": f"contact:{row.survivor}" for row in rows}
