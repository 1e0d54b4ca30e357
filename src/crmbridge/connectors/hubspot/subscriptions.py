"""Read what people subscribed to or opted out of: in batches, or one by one where the account has no such scope.

https://developers.hubspot.com/docs/api-reference/latest/communication-preferences/guide
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from urllib.parse import quote

from crmbridge.connectors.hubspot import values, wire
from crmbridge.connectors.hubspot.version import API_VERSION
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.errors import FixRequest, GrantScope
from crmbridge.http import HttpClient
from crmbridge.model.subscriptions import Subscription

ROOT = f"/communication-preferences/{API_VERSION}"
BATCH_LIMIT = 100
"""Addresses of a batch; HubSpot names no limit, its other batches take as many."""
EMAIL = {"channel": "EMAIL"}
"""The one channel that there is so far."""

Status = Literal["subscribed", "unsubscribed", "unknown"]
_STATUS: Mapping[str, Status] = {"SUBSCRIBED": "subscribed", "UNSUBSCRIBED": "unsubscribed"}
_NOT_KNOWN = (400, 404)  # HubSpot takes the text for no address, or knows nobody of it


def read(http: HttpClient, addresses: Sequence[str]) -> Iterator[Subscription]:
    """Read all subscriptions of the given people, and their opt-outs from everything.

    A batch that HubSpot refuses, as for one malformed address, is read one by one; what is refused there is left out.
    """
    names = _definitions(http)
    read_many = _batch
    for chunk in wire.chunks(map(str.lower, addresses), BATCH_LIMIT):
        try:
            rows = read_many(http, chunk)
        except GrantScope:
            read_many = _singles
            rows = _singles(http, chunk)
        except FixRequest as error:
            if error.status not in _NOT_KNOWN:
                raise
            rows = _singles(http, chunk)
        yield from _subscriptions(rows, names)


def _batch(http: HttpClient, addresses: Sequence[str]) -> list[Json]:
    """Return statuses and opt-outs from everything; the latter only of those who opted out."""
    found: list[Json] = []
    for action, key in (("statuses/batch/read", "statuses"), ("statuses/batch/unsubscribe-all/read", "wideStatuses")):
        path = f"{ROOT}/{action}"
        data = http.post(path, {"inputs": list(addresses)}, params=EMAIL).data
        wire.complete(data, path)
        for row in wire.results(data, path):
            whose = {"subscriberIdString": row.get("subscriberIdString")}
            found += [whose | status for status in wire.children(row, key)]
    return found


def _singles(http: HttpClient, addresses: Sequence[str]) -> list[Json]:
    return [row for address in addresses for row in _single(http, address)]


def _single(http: HttpClient, address: str) -> list[Json]:
    path = f"{ROOT}/statuses/{quote(address, safe='')}"
    try:
        return [
            {"subscriberIdString": address} | row
            for part in (path, f"{path}/unsubscribe-all")
            for row in wire.results(http.get(part, EMAIL).data, f"{ROOT}/statuses")
        ]
    except FixRequest as error:
        if error.status not in _NOT_KNOWN:
            raise
        return []


def _definitions(http: HttpClient) -> Mapping[str, str]:
    path = f"{ROOT}/definitions"
    rows = wire.results(http.get(path).data, path)
    return {wire.identity(row): values.text(values.raw(row.get("name"))) or "" for row in rows}


def _subscriptions(rows: Sequence[Json], names: Mapping[str, str]) -> Iterator[Subscription]:
    for row in rows:
        address = values.address(values.raw(row.get("subscriberIdString")))
        status = _STATUS.get(str(row.get("status")), "unknown")
        kind = values.raw(row.get("subscriptionId")) or ""
        if address is None or (not kind and status != "unsubscribed"):
            continue  # "everything" is told of those only who opted out of it
        yield Subscription(
            address=address,
            id=kind,
            name=names.get(kind) or values.text(values.raw(row.get("subscriptionName"))) or "",
            channel=(values.raw(row.get("channel")) or "email").lower(),
            status=status,
            legal_basis=values.text(values.raw(row.get("legalBasis"))),
            at=values.moment(values.raw(row.get("timestamp"))),
        )
