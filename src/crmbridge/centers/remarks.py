"""What records say: kept while they are judged, and told as remarks of people and companies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from crmbridge.centers.texts import digest, plain
from crmbridge.model.base import Ref
from crmbridge.model.persons import Remark
from crmbridge.model.records import Engagement, Ticket

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Texts:
    """Plain texts of records, with their digests.

    Attributes:
        of: Record → text and digest.
        characters: How long they are together.
    """

    of: dict[Ref, tuple[str, str]] = field(default_factory=dict)
    characters: int = 0

    def keep(self, ref: Ref, body: str | None) -> None:
        """Take what a record says, as the platform has it."""
        if body and (text := plain(body)):
            self.of[ref] = (text, digest(text))
            self.characters += len(text)

    def remarks(
        self,
        refs: Iterable[Ref],
        engagements: Mapping[Ref, Engagement],
        tickets: Mapping[str, Ticket],
        day: Callable[[datetime], date],
        wrote: Callable[[Engagement], bool] = lambda _: False,
    ) -> tuple[Remark, ...]:
        """What is said in those of the records that have happened, oldest first. A ticket is the customer's word.

        ``wrote`` tells whether the person whose remarks they are wrote one that came in.
        """
        found = []
        for ref in {ref for ref in refs if ref in self.of}:
            text, mark = self.of[ref]
            if item := engagements.get(ref):
                own = item.direction == "in" and wrote(item)
                way = item.direction
                found.append(Remark(ref=ref, on=day(item.at), direction=way, own=own, text=text, digest=mark))
            elif ref.object == "ticket" and ref.id in tickets:
                at = tickets[ref.id].created_at or _EPOCH
                found.append(Remark(ref=ref, on=day(at), direction="in", text=text, digest=mark))
        return tuple(sorted(found, key=lambda item: (item.on, item.ref)))
