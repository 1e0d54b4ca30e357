"""What became of records that a listing did not show.

HubSpot tells an archived record by a batch read that asks for archived ones, and a merged one by a single read, which
answers with the survivor; a batch read says nothing about it.
https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

from crmbridge.connector import Fate
from crmbridge.connectors.hubspot import paths, reading, wire
from crmbridge.connectors.hubspot.kinds import Kind
from crmbridge.errors import RecordMissing, RetryLater
from crmbridge.http import HttpClient

_ID = ("hs_object_id",)
_GONE = "OBJECT_NOT_FOUND"


def read_fates(http: HttpClient, kind: Kind, ids: Sequence[str]) -> dict[str, Fate]:
    """Find out what became of records: two calls per hundred, and one more for each that is merged or deleted."""
    found: dict[str, Fate] = {}
    states: tuple[tuple[Literal["archived", "alive"], bool], ...] = (("archived", True), ("alive", False))
    for state, archived in states:
        rest = [id_ for id_ in ids if id_ not in found]
        rows = reading.batch_read(http, kind, rest, _ID, archived=archived)
        found |= dict.fromkeys({wire.identity(row) for row in rows} & set(rest), Fate(state))
    return {id_: found.get(id_) or _single(http, kind, id_) for id_ in ids}


def of_listed(archived: bool | None) -> Fate:  # noqa: FBT001 -- what a record says of itself
    """Tell the fate of what is always listed whole, archived ones included; None if it was not listed."""
    return Fate("deleted" if archived is None else "archived" if archived else "alive")


def _single(http: HttpClient, kind: Kind, id_: str) -> Fate:
    try:
        data = http.get(paths.objects(kind.type, quote(id_, safe="")), {"properties": "hs_object_id"}).data
    except RecordMissing as error:
        if error.category != _GONE:  # a proxy may say so too, and what is deleted is erased
            raise RetryLater(f"{kind.name} {id_}: the answer does not say that it is gone; run again later") from None
        return Fate("deleted")
    there = wire.identity(data if isinstance(data, dict) else {})
    return Fate("alive") if there == id_ else Fate("merged", there)
