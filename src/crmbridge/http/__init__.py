"""Talk HTTP to a platform: a client that waits, retries, keeps below rate limits and keeps its token to itself."""

from __future__ import annotations

from crmbridge.http.auth import Auth, BearerAuth
from crmbridge.http.client import HttpClient, Params, Reply
from crmbridge.http.oauth import OAuth
from crmbridge.http.policy import Ok, Retry, Stop, Verdict, verdict
from crmbridge.http.redact import RedactingFilter, redact
from crmbridge.http.throttle import Throttle
from crmbridge.http.tokens import AUTHORISE, TokenFile, Tokens, TokenStore

__all__ = [
    "AUTHORISE",
    "Auth",
    "BearerAuth",
    "HttpClient",
    "OAuth",
    "Ok",
    "Params",
    "RedactingFilter",
    "Reply",
    "Retry",
    "Stop",
    "Throttle",
    "TokenFile",
    "TokenStore",
    "Tokens",
    "Verdict",
    "redact",
    "verdict",
]
