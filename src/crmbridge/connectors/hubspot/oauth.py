"""Sign in to HubSpot by OAuth: the page to grant access on, the exchange of its code, and renewal.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import SecretStr, ValidationError

from crmbridge.connector import Grant
from crmbridge.connectors.hubspot.scopes import BASIC, READ_SCOPES
from crmbridge.connectors.hubspot.settings import BASE_URL, HubSpotSettings
from crmbridge.connectors.hubspot.version import API_VERSION
from crmbridge.errors import FixConfig, FixCredential, FixRequest, RetryLater
from crmbridge.http import AUTHORISE, BearerAuth, HttpClient, OAuth, Tokens, TokenStore

TOKEN_PATH = f"/oauth/{API_VERSION}/token"
PAGES = "https://app.hubspot.com"
"""Where people work; it leads to the account's own data centre."""
SCOPES = (BASIC, *READ_SCOPES)
REFUSED = 400
_REMEDIES = {
    "BAD_CLIENT_ID": "HubSpot knows no such app: correct client_id",
    "BAD_CLIENT_SECRET": "the app has another secret: correct client_secret",
    "BAD_REDIRECT_URI": "the app has another redirect URL: make redirect_uri read as it stands there",
}


class HubSpotSignIn:
    """The OAuth app of a connection.

    Args:
        settings: With ``client_id`` and ``client_secret``.
        tokens: Keeps what HubSpot gives.
        connect: Opens a client without a token; closed after each exchange.
        clock: Unix seconds.

    Raises:
        FixConfig: The settings ask for another way in.
    """

    def __init__(
        self,
        settings: HubSpotSettings,
        tokens: TokenStore,
        connect: Callable[[], HttpClient] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if settings.client_id is None or settings.client_secret is None:
            raise FixConfig("this connection signs in by token: to use OAuth, set client_id and client_secret instead")
        self._app: Mapping[str, str | SecretStr] = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret,
        }
        self._settings, self._tokens, self._clock = settings, tokens, clock
        self._connect = connect or (lambda: HttpClient(settings.base_url, None, attempts=3, budget=60.0))

    @property
    def redirect_uri(self) -> str:
        """Where HubSpot sends the browser with the code."""
        return self._settings.redirect_uri

    def url(self, state: str) -> str:
        """The page on which a person grants access."""
        base = self._settings.base_url
        query = {
            "client_id": str(self._settings.client_id),
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(self._settings.scopes or SCOPES),
            "optional_scope": " ".join(self._settings.optional_scopes),
            "state": state,
        }
        asked = urlencode({name: value for name, value in query.items() if value}, quote_via=quote)
        return f"{PAGES if base == BASE_URL else base}/oauth/authorize?{asked}"

    def finish(self, code: str) -> Grant:
        """Exchange the code for tokens and keep them.

        Raises:
            FixCredential: HubSpot refuses the code or the app.
            RetryLater: It cannot answer now.
        """
        asked: dict[str, str | SecretStr] = {
            "grant_type": "authorization_code",
            "code": SecretStr(code),
            "redirect_uri": self.redirect_uri,
        }
        tokens = self._exchanged(asked, None)
        with self._tokens.locked():
            self._tokens.put(tokens)
        return Grant(account=tokens.account, scopes=tokens.scopes)

    def auth(self) -> OAuth:
        """What signs the requests of this connection."""
        return OAuth(self._tokens, self._renewed, self._clock)

    def introspected(self, token: SecretStr) -> Any:
        """Ask what an access token may do."""
        form = {"token": token, "token_type_hint": "access_token", **self._app}
        with self._connect() as http:
            return http.post_form(f"{TOKEN_PATH}/introspect", form, once=True).data

    def _renewed(self, held: Tokens) -> Tokens:
        return self._exchanged({"grant_type": "refresh_token", "refresh_token": held.refresh}, held)

    def _exchanged(self, asked: Mapping[str, str | SecretStr], held: Tokens | None) -> Tokens:
        before = self._clock()
        try:
            with self._connect() as http:
                data = http.post_form(TOKEN_PATH, {**asked, **self._app}).data
        except FixRequest as error:
            if error.status != REFUSED:
                raise
            raise FixCredential(f"{error.category or 'HTTP 400'}: {_REMEDIES.get(error.category, AUTHORISE)}") from None
        except FixCredential as error:
            # A 401 of this endpoint does not prove that anything was revoked.
            raise RetryLater(f"{TOKEN_PATH}: refused for now; run again, and if it stays so, {AUTHORISE}") from error
        return parsed(data, before, held)


def parsed(data: Any, now: float, held: Tokens | None = None) -> Tokens:
    """Read the answer of the token endpoint.

    Args:
        data: The decoded answer.
        now: When it was asked for, in Unix seconds.
        held: The tokens before; an answer without a refresh token leaves theirs valid (RFC 6749, section 6).

    Raises:
        FixRequest: It holds no tokens.
        FixCredential: A token is malformed.
    """
    body = data if isinstance(data, dict) else {}
    fields = {
        "access": body.get("access_token"),
        "refresh": body.get("refresh_token") or (held.refresh if held else None),
        "expires_at": now + float(body.get("expires_in") or 0),
        "account": str(body.get("hub_id") or (held.account if held else "")),
        "scopes": body.get("scopes") or (held.scopes if held else ()),
    }
    try:
        tokens = Tokens.model_validate(fields)
    except ValidationError:
        tokens = None  # raised outside the handler, so that no traceback carries the answer
    if tokens is None or not body.get("expires_in"):
        raise FixRequest(f"{TOKEN_PATH}: the answer holds no tokens; check base_url")
    BearerAuth(tokens.access)
    return tokens
