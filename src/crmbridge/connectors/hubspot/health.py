"""Look at the account and at what the credential may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from crmbridge.connector import Account, Check
from crmbridge.connectors.hubspot import paths, values
from crmbridge.connectors.hubspot.scopes import WRITE_SCOPES
from crmbridge.errors import CrmBridgeError, FixCredential, FixRequest, GrantScope
from crmbridge.http import HttpClient

KEYS = "Development > Keys > Service keys"


def account(http: HttpClient, *, once: bool = False) -> Account:
    """Read whose account this is. Raises ``FixRequest`` if the answer is not HubSpot's.

    https://developers.hubspot.com/docs/api-reference/legacy/account/account-information/get-account-details
    """
    data = http.get(paths.ACCOUNT, once=once).data
    found = {key: values.raw(value) for key, value in data.items()} if isinstance(data, dict) else {}
    if not found.get("portalId"):
        raise FixRequest(f"{paths.ACCOUNT}: the answer names no account; check base_url")
    return Account(
        id=found["portalId"],
        name=found.get("portalName") or "",
        timezone=found.get("timeZone") or "UTC",
        currency=found.get("companyCurrency"),
    )


def check(http: HttpClient) -> Iterator[Check]:
    """Probe credential and scopes by calls of one record each; write scopes show at the first write only."""
    first = _probe("account", lambda: f"account {account(http, once=True).id}")
    yield first
    if not first.ok:
        return
    for name in paths.PLURALS:
        yield _probe(f"read {name}", partial(_readable, http, paths.objects(name), {"limit": "1"}))
    yield _probe("read owner", partial(_readable, http, paths.OWNERS, {"limit": "1"}))
    yield _probe("read pipeline", partial(_readable, http, paths.PIPELINES))
    yield _probe("read properties", partial(_readable, http, paths.properties("contact", "email")))
    yield Check(
        name="write",
        ok=True,
        message="not probed, as that would write: needed are " + ", ".join(WRITE_SCOPES),
    )


def _readable(http: HttpClient, path: str, query: dict[str, str] | None = None) -> str:
    http.get(path, query, once=True)
    return "readable"


def _probe(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, message=look())
    except CrmBridgeError as error:
        return Check(name=name, ok=False, message=str(error), remedy=_remedy(error))


def _remedy(error: CrmBridgeError) -> str:
    match error:
        case FixCredential():
            return f"make a new key in HubSpot under {KEYS}, and put it where crmbridge.toml reads it"
        case GrantScope(scopes=scopes) if scopes:
            return f"in HubSpot under {KEYS} add to the key: {' or '.join(scopes)}"
        case GrantScope():
            return f"in HubSpot under {KEYS} add the missing scope to the key"
        case FixRequest():
            return "check base_url, and that this version of crmbridge is the newest"
        case _:
            return "check the network and https://status.hubspot.com, then try again"
