"""Rate limits: a rolling window for calls, one for searches, and a daily allowance."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from crmbridge.sandbox.envelope import ApiError


@dataclass
class Limits:
    """What one token may spend; change the fields at any time.

    Numbers: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines

    Attributes:
        calls: Calls (without searches) in any ``window`` milliseconds.
        searches: Searches in any ``search_window`` milliseconds.
        daily: Calls and searches per day of the account's time zone.
        enabled: False lets everything through and sends no headers.
    """

    calls: int = 190
    window: int = 10_000
    searches: int = 5
    search_window: int = 1_000
    daily: int = 1_000_000
    enabled: bool = True
    _starts: deque[int] = field(default_factory=deque, init=False, repr=False)
    _search_starts: deque[int] = field(default_factory=deque, init=False, repr=False)
    _day: str = field(default="", init=False, repr=False)
    _spent: int = field(default=0, init=False, repr=False)

    def off(self) -> None:
        """Switch every limit off."""
        self.enabled = False

    def spend(self, now: int, zone: str, *, search: bool) -> dict[str, str]:
        """Count one call and return the headers that tell what is left; searches get none.

        Raises:
            ApiError: 429 with the policy's name when the allowance is used up.
        """
        if not self.enabled:
            return {}
        self._turn_day(now, zone)
        starts, most, width = (
            (self._search_starts, self.searches, self.search_window)
            if search
            else (self._starts, self.calls, self.window)
        )
        while starts and starts[0] <= now - width:
            starts.popleft()
        if self._spent >= self.daily:
            raise _limited("daily", "DAILY")
        if len(starts) >= most:
            raise (
                _limited("secondly", "SECONDLY") if search else _limited("ten_secondly_rolling", "TEN_SECONDLY_ROLLING")
            )
        starts.append(now)
        self._spent += 1
        return {} if search else self.headers()

    def headers(self) -> dict[str, str]:
        """Return the headers of an ordinary call."""
        second = max(self.calls * 1000 // self.window, 1)
        return {
            "X-HubSpot-RateLimit-Daily": str(self.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(self.daily - self._spent, 0)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(self.window),
            "X-HubSpot-RateLimit-Max": str(self.calls),
            "X-HubSpot-RateLimit-Remaining": str(max(self.calls - len(self._starts), 0)),
            "X-HubSpot-RateLimit-Secondly": str(second),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(second),
        }

    def _turn_day(self, now: int, zone: str) -> None:
        day = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(zone)).date().isoformat()
        if day != self._day:
            self._day, self._spent = day, 0


def _limited(words: str, policy: str) -> ApiError:
    return ApiError(429, f"You have reached your {words} limit.", errorType="RATE_LIMIT", policyName=policy)
