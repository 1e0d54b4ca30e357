"""What a credential may do, and what is left of the day's calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from crmbridge.connector import Check, Use
from crmbridge.connectors.hubspot import values, wire
from crmbridge.connectors.hubspot.scopes import missing, superfluous
from crmbridge.connectors.hubspot.version import API_VERSION
from crmbridge.errors import CrmBridgeError
from crmbridge.http import HttpClient

KEY_INFO = "/oauth/v2/private-apps/get/access-token-info"
"""Tells the scopes of a static token; HubSpot gave it no dated address."""
USAGE = f"/account-info/{API_VERSION}/api-usage/daily/private-apps"
"""https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines"""

Introspect = Callable[[], Any]
"""Asks the endpoint for this kind of credential; raises a ``CrmBridgeError`` where there is none."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a credential may do.

    Attributes:
        scopes: As HubSpot names them.
        expires_in: Seconds that an access token is still valid; None for one that does not end.
    """

    scopes: frozenset[str]
    expires_in: float | None = None


def of_key(http: HttpClient) -> Any:
    """Ask about the static token of a client."""
    return http.post(KEY_INFO, {"tokenKey": http.token().get_secret_value()}, once=True).data


def granted(introspect: Introspect) -> Granted | None:
    """Find out what the credential may do; None where HubSpot does not tell."""
    try:
        data = introspect()
    except CrmBridgeError:
        return None
    found = frozenset(wire.words(data, "scopes")) if isinstance(data, dict) else frozenset()
    if not found or data.get("active") is False:
        return None
    left = data.get("expires_in")
    return Granted(found, float(left) if isinstance(left, int | float) else None)


def judged(found: Granted, use: Use, remedy: str) -> Iterator[Check]:
    """Compare what is granted with what is needed.

    Args:
        found: What is granted.
        use: What is needed for.
        remedy: Where scopes are granted.
    """
    lacking = missing(use, found.scopes)
    for need, purposes in lacking.items():
        scopes = " or ".join(need)
        yield Check(
            name=f"scope {need[0]}",
            ok=False,
            message=f"missing; without it crmbridge cannot {', '.join(purposes)}",
            remedy=f"{remedy}: {scopes}",
        )
    if not lacking:
        yield Check(name="scopes", ok=True, message="all that is needed is granted")
    if extra := superfluous(use, found.scopes):
        message = f"granted beyond what is needed, better taken away: {', '.join(extra)}"
        yield Check(name="least privilege", ok=True, message=message)
    if found.expires_in is not None:
        message = f"the access token is valid for {found.expires_in / 60:.0f} more minutes and renews itself"
        yield Check(name="expiry", ok=True, message=message)


def usage(http: HttpClient, timezone: str) -> Check | None:
    """Tell how many of the day's calls are spent, and when they come back; None where HubSpot does not tell."""
    row = _spent(http)
    if row is None:
        return None
    used, most, resets = row
    until = f"; they come back {resets.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M} {timezone}" if resets else ""
    message = f"{used:,} of {most:,} calls of the day are spent{until}"
    return Check(name="daily calls", ok=used < most, message=message, remedy="wait until then; nothing is lost")


def until_reset(http: HttpClient, clock: Callable[[], float] = time.time) -> float | None:
    """Seconds until the day's calls come back; None where HubSpot does not tell."""
    row = _spent(http)
    resets = row[2] if row else None
    return max(0.0, resets.timestamp() - clock()) if resets else None


def _spent(http: HttpClient) -> tuple[int, int, datetime | None] | None:
    try:
        rows = wire.results(http.get(USAGE, once=True).data, USAGE)
        row = {key: values.raw(value) for key, value in rows[0].items()}
    except (CrmBridgeError, IndexError):
        return None
    used, most = values.count(row.get("currentUsage")), values.count(row.get("usageLimit"))
    if used is None or not most:
        return None
    resets = values.moment(row.get("resetsAt"))
    return used, most, resets.astimezone(UTC) if resets else None
