"""Look at the account and at what the credential may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, TypeAlias

from pydantic import SecretStr

from crmbridge.connector import Account, Check, Use
from crmbridge.connectors.hubspot import grants, paths, values
from crmbridge.connectors.hubspot.scopes import ALWAYS, WRITE_SCOPES
from crmbridge.errors import CrmBridgeError, FixCredential, FixRequest, GrantScope
from crmbridge.http import HttpClient
from crmbridge.model.base import ObjectName

PROBED: tuple[ObjectName, ...] = ("contact", "company", "deal", "email", "meeting")
"""Objects that every sync reads; others take scopes that not every account needs to give."""
KEYS = "Development > Keys > Service keys"
ADD_TO_KEY = f"in HubSpot under {KEYS} add to the key"
ADD_TO_APP = "add to the scopes of the app and of this connection, and run `crmbridge connect` again"

Remedy: TypeAlias = Callable[[CrmBridgeError], str]


def account(http: HttpClient, *, once: bool = False) -> Account:
    """Read whose account this is. Raises ``FixRequest`` if the answer is not HubSpot's.

    https://developers.hubspot.com/docs/api-reference/legacy/account/account-information/get-account-details
    """
    reply = http.get(paths.ACCOUNT, once=once)
    data = reply.data
    found = {key: values.raw(value) for key, value in data.items()} if isinstance(data, dict) else {}
    if not found.get("portalId"):
        raise FixRequest(f"{paths.ACCOUNT}: the answer names no account; check base_url")
    return Account(
        id=found["portalId"],
        name=found.get("portalName") or "",
        timezone=found.get("timeZone") or "UTC",
        currency=found.get("companyCurrency"),
        at=_told(reply.headers.get("date")),
    )


def _told(date: str | None) -> datetime | None:
    """Read the header ``Date``, which every server sends (RFC 9110, 6.6.1)."""
    try:
        at = parsedate_to_datetime(date or "")
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def check(
    http: HttpClient, use: Use | None = None, introspect: Callable[[SecretStr], Any] | None = None
) -> Iterator[Check]:
    """Report on account, scopes and the day's calls.

    Args:
        http: The client to look at.
        use: What the scopes are needed for; without it, for what a sync always reads.
        introspect: Asks what an OAuth token may do; None if the token is a key.
    """
    remedy = _remedy if introspect is None else _app_remedy
    found, first = _account(http, remedy)
    yield first
    if found is None:
        return
    rights = grants.granted(lambda: introspect(http.token()) if introspect else grants.of_key(http))
    if rights is None:
        yield from _probes(http, remedy)
    else:
        yield from grants.judged(rights, use or ALWAYS, ADD_TO_KEY if introspect is None else ADD_TO_APP)
    if introspect is None and (spent := grants.usage(http, found.timezone)):
        yield spent


def _account(http: HttpClient, remedy: Remedy) -> tuple[Account | None, Check]:
    try:
        found = account(http, once=True)
    except CrmBridgeError as error:
        return None, Check(name="account", ok=False, message=str(error), remedy=remedy(error))
    return found, Check(name="account", ok=True, message=f"account {found.id}")


def _probes(http: HttpClient, remedy: Remedy) -> Iterator[Check]:
    """Where HubSpot does not tell the scopes: call for one record each; write scopes show at the first write only."""
    for name in PROBED:
        yield _probe(f"read {name}", partial(_readable, http, paths.objects(name), {"limit": "1"}), remedy)
    yield _probe("read owner", partial(_readable, http, paths.OWNERS, {"limit": "1"}), remedy)
    yield _probe("read pipeline", partial(_readable, http, paths.pipelines("deal")), remedy)
    yield _probe("read properties", partial(_readable, http, paths.properties("contact", "email")), remedy)
    yield Check(
        name="write",
        ok=True,
        message="not probed, as that would write: needed are " + ", ".join(WRITE_SCOPES),
    )


def _readable(http: HttpClient, path: str, query: dict[str, str] | None = None) -> str:
    http.get(path, query, once=True)
    return "readable"


def _probe(name: str, look: Callable[[], str], remedy: Remedy) -> Check:
    try:
        return Check(name=name, ok=True, message=look())
    except CrmBridgeError as error:
        return Check(name=name, ok=False, message=str(error), remedy=remedy(error))


def _remedy(error: CrmBridgeError) -> str:
    match error:
        case FixCredential():
            return f"make a new key in HubSpot under {KEYS}, and put it where crmbridge.toml reads it"
        case GrantScope(scopes=scopes):
            return f"{ADD_TO_KEY}: {' or '.join(scopes) or 'the missing scope'}"
        case FixRequest():
            return "check base_url, and that this version of crmbridge is the newest"
        case _:
            return "check the network and https://status.hubspot.com, then try again"


def _app_remedy(error: CrmBridgeError) -> str:
    match error:
        case FixCredential():
            return "sign in with `crmbridge connect`"
        case GrantScope(scopes=scopes):
            return f"{ADD_TO_APP}: {' or '.join(scopes) or 'the missing scope'}"
        case _:
            return _remedy(error)
