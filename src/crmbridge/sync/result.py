"""What a sync says of itself: its progress, and its figures at the end."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SyncStep:
    """One page of progress.

    Attributes:
        stream: The object, or ``OBJECT, PHASE`` for what is read by id.
        phase: What is being read: ``list``, ``changes``, ``links``, ``by id``, ``subscriptions`` or ``archived``.
        done: Records or link sources read so far in this stream.
    """

    stream: str
    phase: str
    done: int


@dataclass
class SyncResult:
    """Figures of one sync, by object or stream.

    Attributes:
        read: Records read.
        changed: Those with other content than before.
        archived: Records found gone, for a while or for good.
        merged: Records found to have gone into others.
        links: Links read.
        quarantined: Records that a plugin failed on.
        decisions: Edits by people of properties that crmbridge owns.
        forgotten: Contacts that were left out because they were forgotten, each time they were read.
        calls: Calls to the platform.
        skipped: Objects that were not read because the credential may not, and what to grant it.
    """

    read: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    archived: dict[str, int] = field(default_factory=dict)
    merged: dict[str, int] = field(default_factory=dict)
    links: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    decisions: int = 0
    forgotten: int = 0
    calls: int = 0
    skipped: dict[str, str] = field(default_factory=dict)

    def add(self, figure: dict[str, int], stream: str, number: int) -> None:
        """Count up one figure."""
        if number:
            figure[stream] = figure.get(stream, 0) + number
