"""What a platform can do, whose account it is, and how healthy it looks."""

from __future__ import annotations

from datetime import datetime

from crmbridge.model.base import Frozen, ObjectName


class Capabilities(Frozen):
    """What a connector can do on its platform; crmbridge asks for nothing else.

    Attributes:
        objects: Records it reads, in the order in which they are best read.
        links: Pairs (source, target) whose links it reads.
        writable: Objects whose properties it writes.
        changes: True if ``read_changes`` finds what was modified since a time.
        definitions: True if it reads and creates property definitions.
        history: True if it can tell who set a value.
        write_batch: Most records per ``update`` call.
        read_batch: Most ids per ``read_records`` call.
        overlap_seconds: How far back a delta must look again, because the platform's index lags.
        ranges: Objects whose ids are whole numbers: their pages come by ascending id, the cursor of a page is the id at
            which the next one starts, and ``read_top`` reads a range of ids from its upper end.
        top_page: Most records that ``read_top`` reads.
        window: Most records that ``read_top`` can skip and read together.
        top_shares: True if ``read_top`` has a budget of its own, so that it shares the work of a listing.
        calls_at_once: Calls under way beyond which a sync waits for the platform's rate limit, not for its latency.
        archived: Objects of which ``read_archived`` and ``read_fates`` tell what became of records that are gone.
        segments: True if it makes lists on the platform, and reads and changes their members.
        subscriptions: True if it reads what people subscribed to or opted out of.
        removes: True if it removes properties, groups and, where ``segments`` is true, lists.
        creatable: Objects whose records it creates, upserts and archives.
        labels: Pairs (source, target) whose links and labels it writes.
        forward_only: Properties whose value moves forward only, in the order of their options, unless the update names
            them in ``restart``.
    """

    objects: tuple[ObjectName, ...]
    links: tuple[tuple[ObjectName, ObjectName], ...] = ()
    writable: tuple[ObjectName, ...] = ()
    changes: bool = False
    definitions: bool = False
    history: bool = False
    write_batch: int = 100
    read_batch: int = 100
    overlap_seconds: int = 300
    ranges: tuple[ObjectName, ...] = ()
    top_page: int = 200
    window: int = 10_000
    top_shares: bool = True
    calls_at_once: int = 1
    archived: tuple[ObjectName, ...] = ()
    segments: bool = False
    subscriptions: bool = False
    removes: bool = False
    creatable: tuple[ObjectName, ...] = ()
    labels: tuple[tuple[ObjectName, ObjectName], ...] = ()
    forward_only: tuple[str, ...] = ()


class Account(Frozen):
    """The account behind a credential.

    Attributes:
        id: The platform's id; plans are bound to it.
        timezone: IANA name; days are counted in it.
        currency: ISO 4217.
        at: What the platform's clock said with its answer, if it said so.
    """

    id: str
    name: str = ""
    timezone: str = "UTC"
    currency: str | None = None
    at: datetime | None = None


class Check(Frozen):
    """One line of a health report.

    Attributes:
        ok: True if it is in order.
        message: What was found.
        remedy: What to do if not.
    """

    name: str
    ok: bool
    message: str
    remedy: str = ""
