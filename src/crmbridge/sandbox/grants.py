"""Access tokens of a portal: what each may do, until when, and how OAuth hands them out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

LIFETIME: Final = 1_800_000  # milliseconds: an OAuth access token lives for 1,800 seconds


@dataclass(frozen=True, slots=True)
class Grant:
    """One access token.

    Attributes:
        token: What the caller sends as bearer.
        scopes: What it may do.
        app_id: What history shows as ``sourceId`` of its writes.
        user_id: The user who granted it.
        expires_at: Epoch milliseconds, or None for a token that does not expire.
        refresh_token: With which it is renewed; empty for a static one.
    """

    token: str
    scopes: frozenset[str]
    app_id: int
    user_id: int
    expires_at: int | None = None
    refresh_token: str = ""


@dataclass
class Grants:
    """The tokens of a portal beside its own, and the OAuth app that asks for them.

    Attributes:
        seed: Makes tokens differ between portals.
        app_id: The OAuth app.
        client_id: The app's id at the token endpoint.
        client_secret: The app's secret there.
        redirect_uri: The only address that the app may redirect to.
        user_id: The user who installs.
    """

    seed: str
    app_id: int
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-client-secret"  # noqa: S105 - opens nothing but this sandbox
    redirect_uri: str = "http://localhost/callback"
    user_id: int = 9_586_504
    _known: dict[str, Grant] = field(default_factory=dict)
    _codes: dict[str, frozenset[str]] = field(default_factory=dict)
    _refresh: dict[str, frozenset[str]] = field(default_factory=dict)
    _made: int = 0

    def issue(self, scopes: Iterable[str], *, app_id: int | None = None, expires_at: int | None = None) -> str:
        """Make a static token, as a private app or a service key has, and return it."""
        return self._keep("pat-sandbox-", frozenset(scopes), app_id or self.app_id, expires_at).token

    def authorize(self, scopes: Iterable[str]) -> str:
        """Let the user grant scopes to the OAuth app and return the code that is sent to its redirect address."""
        code = self._fresh("code-")
        self._codes[code] = frozenset(scopes)
        return code

    def exchange(self, code: str, now: int) -> Grant | None:
        """Turn a code, once, into an access token and a refresh token; None for a code that is not known."""
        scopes = self._codes.pop(code, None)
        if scopes is None:
            return None
        refresh = self._fresh("refresh-")
        self._refresh[refresh] = scopes
        return self._keep("access-", scopes, self.app_id, now + LIFETIME, refresh)

    def refresh(self, refresh_token: str, now: int) -> Grant | None:
        """Make a new access token; the refresh token stays. None when it is unknown or revoked."""
        scopes = self._refresh.get(refresh_token)
        if scopes is None:
            return None
        return self._keep("access-", scopes, self.app_id, now + LIFETIME, refresh_token)

    def refreshable(self, refresh_token: str) -> frozenset[str] | None:
        """Return the scopes of a refresh token, or None when it is unknown or revoked."""
        return self._refresh.get(refresh_token)

    def revoke(self, token: str) -> None:
        """End a token; a refresh token ends with every access token made from it."""
        self._known.pop(token, None)
        if self._refresh.pop(token, None) is not None:
            self._known = {key: grant for key, grant in self._known.items() if grant.refresh_token != token}

    def find(self, token: str) -> Grant | None:
        """Return a token's grant, expired or not."""
        return self._known.get(token)

    def _keep(
        self, prefix: str, scopes: frozenset[str], app_id: int, expires_at: int | None, refresh: str = ""
    ) -> Grant:
        made = Grant(self._fresh(prefix), scopes, app_id, self.user_id, expires_at, refresh)
        self._known[made.token] = made
        return made

    def _fresh(self, prefix: str) -> str:
        self._made += 1
        return prefix + hashlib.sha256(f"{self.seed} {self._made}".encode()).hexdigest()[:32]
