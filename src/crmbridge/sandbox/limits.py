"""Rate limits: a rolling window for calls, one for searches, and a daily allowance."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from crmbridge.sandbox.envelope import ApiError


@dataclass
class Limits:
    """What an account and its apps may spend; change the fields at any time.

    Numbers: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines

    Attributes:
        calls: Calls (without searches) of one app in any ``window`` milliseconds.
        oauth_calls: The same for an app that came in by OAuth; its calls are not part of ``daily``.
        searches: Searches in any ``search_window`` milliseconds.
        daily: Calls and searches per day of the account's time zone.
        search_in_pool: Searches count among the calls too, as some accounts seem to do.
        enabled: False lets everything through and sends no headers.
        refused: Number of calls that were answered with 429.
    """

    calls: int = 190
    oauth_calls: int = 110
    window: int = 10_000
    searches: int = 5
    search_window: int = 1_000
    daily: int = 1_000_000
    search_in_pool: bool = False
    enabled: bool = True
    refused: int = field(default=0, init=False)
    _starts: dict[int, deque[int]] = field(default_factory=lambda: defaultdict(deque), init=False, repr=False)
    _search_starts: deque[int] = field(default_factory=deque, init=False, repr=False)
    _day: str = field(default="", init=False, repr=False)
    _spent: int = field(default=0, init=False, repr=False)

    @property
    def spent(self) -> int:
        """Return the calls and searches of this day."""
        return self._spent

    def off(self) -> None:
        """Switch every limit off."""
        self.enabled = False

    def spend(self, now: int, zone: str, *, search: bool, app: int = 0, oauth: bool = False) -> dict[str, str]:
        """Count one call and return the headers that tell what is left; searches get none.

        Args:
            now: Epoch milliseconds.
            zone: The account's time zone, in which a day ends.
            search: Whether the call is a search.
            app: The app that calls; each has a window of its own.
            oauth: Whether it came in by OAuth.

        Raises:
            ApiError: 429 with the policy's name when the allowance is used up.
        """
        if not self.enabled:
            return {}
        self._turn_day(now, zone)
        starts, most = self._starts[app], self.oauth_calls if oauth else self.calls
        if not oauth and self._spent >= self.daily:
            raise self._refused("daily", "DAILY")
        if search and _full(self._search_starts, self.searches, now - self.search_window):
            raise self._refused("secondly", "SECONDLY")
        pooled = not search or self.search_in_pool
        if pooled and _full(starts, most, now - self.window):
            raise self._refused("ten_secondly_rolling", "TEN_SECONDLY_ROLLING")
        if search:
            self._search_starts.append(now)
        if pooled:
            starts.append(now)
        self._spent += not oauth
        return {} if search else self._headers(most, len(starts)) | ({} if oauth else self._daily())

    def _daily(self) -> dict[str, str]:
        left = max(self.daily - self._spent, 0)
        return {"X-HubSpot-RateLimit-Daily": str(self.daily), "X-HubSpot-RateLimit-Daily-Remaining": str(left)}

    def _headers(self, most: int, begun: int) -> dict[str, str]:
        second = max(most * 1000 // self.window, 1)
        return {
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(self.window),
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(max(most - begun, 0)),
            "X-HubSpot-RateLimit-Secondly": str(second),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(second),
        }

    def _refused(self, words: str, policy: str) -> ApiError:
        self.refused += 1
        return _limited(words, policy)

    def _turn_day(self, now: int, zone: str) -> None:
        day = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(zone)).date().isoformat()
        if day != self._day:
            self._day, self._spent = day, 0


def _full(starts: deque[int], most: int, before: int) -> bool:
    """Tell whether a window is full; calls that began at or before a moment have left it."""
    while starts and starts[0] <= before:
        starts.popleft()
    return len(starts) >= most


def _limited(words: str, policy: str) -> ApiError:
    return ApiError(429, f"You have reached your {words} limit.", errorType="RATE_LIMIT", policyName=policy)
