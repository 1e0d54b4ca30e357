"""HubSpot's signature on a webhook, version 3. Pure; versions 1 and 2 cover neither time nor place, and are not read.

https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SIGNATURE: Final = "x-hubspot-signature-v3"
TIMESTAMP: Final = "x-hubspot-request-timestamp"

TOLERANCE_MS: Final = 300_000
"""A call is too old after five minutes, says the page above; one from the future is refused as well."""

ESCAPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "%3A": ":",
        "%2F": "/",
        "%3F": "?",
        "%40": "@",
        "%21": "!",
        "%24": "$",
        "%27": "'",
        "%28": "(",
        "%29": ")",
        "%2A": "*",
        "%2C": ",",
        "%3B": ";",
    }
)
"""What HubSpot decodes in the address before it signs; all else stays as it travelled. Same page."""

_ESCAPED = re.compile("|".join(ESCAPES))
_MILLISECONDS = re.compile(r"[0-9]{1,15}")


def signed(secret: str, method: str, url: str, body: bytes, timestamp: str) -> bytes:
    """Return the signature of a request, in base64.

    Args:
        secret: The app's client secret.
        method: In capitals.
        url: With scheme, host and query, as HubSpot called it.
        body: As it was sent; no text is made of it.
        timestamp: Milliseconds since 1970, as the header gives them.
    """
    address = _ESCAPED.sub(lambda found: ESCAPES[found.group()], url)
    source = b"".join((_raw(method), _raw(address), body, _raw(timestamp)))
    return base64.b64encode(hmac.digest(_raw(secret), source, "sha256"))


def verify(secret: str, method: str, url: str, body: bytes, headers: Mapping[str, str], *, now_ms: int) -> bool:
    """Tell whether HubSpot signed this request less than five minutes from now.

    The signature is always worked out and compared in constant time, so that an answer tells nothing by its delay.

    Args:
        secret: The app's client secret.
        method: In capitals.
        url: With scheme, host and query, as HubSpot called it.
        body: As it was sent.
        headers: Names in small letters; anything may stand in them.
        now_ms: Milliseconds since 1970.
    """
    timestamp = headers.get(TIMESTAMP, "")
    recent = bool(_MILLISECONDS.fullmatch(timestamp)) and abs(now_ms - int(timestamp)) <= TOLERANCE_MS
    same = hmac.compare_digest(signed(secret, method, url, body, timestamp), _raw(headers.get(SIGNATURE, "")))
    return recent and same


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "replace")
