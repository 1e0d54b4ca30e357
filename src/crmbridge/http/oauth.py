"""OAuth 2 (RFC 6749): access tokens that are renewed before they end, by one caller at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pydantic import SecretStr

from crmbridge.errors import FixCredential
from crmbridge.http.tokens import AUTHORISE, Tokens, TokenStore

AHEAD = 60.0
"""Seconds before its end at which a token is renewed: longer than a request waits for its turn."""


class OAuth:
    """Signs requests with the access token of a store, and renews it there. Threads and processes may share the store.

    New tokens are in the store before anybody sends them. If the process dies between the platform's answer and that,
    the old refresh token stands; where the platform no longer takes it, the next renewal says to authorise again.

    Args:
        store: Where the tokens are.
        refresh: Asks the platform for new tokens. Raises ``FixCredential`` if it refuses for good, or ``RetryLater``.
        clock: Unix seconds. A wrong one does no harm: ends are counted by it from the platform's ``expires_in``, and
            a token that the platform calls expired is renewed whatever the clock says.
    """

    def __init__(
        self, store: TokenStore, refresh: Callable[[Tokens], Tokens], clock: Callable[[], float] = time.time
    ) -> None:
        self._store, self._refresh, self._clock = store, refresh, clock
        self._tokens: Tokens | None = None
        self._past: tuple[SecretStr, ...] = ()
        self._refused: tuple[SecretStr, str] | None = None
        self._lock = threading.Lock()

    def current(self) -> SecretStr:
        """Return a token that is valid for a while yet.

        Raises:
            FixCredential: Nobody has signed in, or the platform takes the refresh token no longer.
            RetryLater: The platform cannot renew it at the moment.
        """
        tokens = self._tokens
        if tokens is None or self._ends(tokens):
            with self._lock:
                tokens = self._held(self._ends)
        return tokens.access

    def renew(self, refused: SecretStr) -> bool:
        """Replace a token that was refused, unless somebody has done so already."""
        with self._lock:
            self._held(lambda tokens: tokens.access == refused)
        return True

    def secrets(self) -> tuple[SecretStr, ...]:
        """Return the tokens of now and those before them."""
        return self._past

    def _ends(self, tokens: Tokens) -> bool:
        return tokens.expires_at - self._clock() <= AHEAD

    def _held(self, unfit: Callable[[Tokens], bool]) -> Tokens:
        """Take what is in memory, else what is in the store, else what the platform gives."""
        if self._tokens is None or unfit(self._tokens):
            with self._store.locked():
                stored = self._stored()
                self._know(stored)
                if unfit(stored):
                    stored = self._refreshed(stored)
                self._tokens = stored
        return self._tokens

    def _refreshed(self, stored: Tokens) -> Tokens:
        """Get new tokens and store them. A refresh token that was refused is not sent again, however many wait."""
        if self._refused and self._refused[0] == stored.refresh:
            raise FixCredential(self._refused[1])
        try:
            fresh = self._refresh(stored)
        except FixCredential as error:
            self._refused = stored.refresh, str(error)
            raise
        self._know(fresh)
        self._store.put(fresh)
        return fresh

    def _stored(self) -> Tokens:
        tokens = self._store.get()
        if tokens is None:
            raise FixCredential(f"nobody has signed in to this connection yet: {AUTHORISE}")
        return tokens

    def _know(self, tokens: Tokens) -> None:
        """Remember what to keep out of logs: the tokens of now and of the last time."""
        self._past = (*self._past[-2:], tokens.access, tokens.refresh)
