"""Put a bearer token on a request (RFC 6750)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import SecretStr

from crmbridge.errors import FixCredential

_VISIBLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class BearerAuth:
    """A bearer token that is fit to travel in a header. Its repr shows no secret.

    Raises:
        FixCredential: The token is empty, or holds white space, control or non-ASCII characters.
    """

    token: SecretStr

    def __post_init__(self) -> None:
        if not _VISIBLE.fullmatch(self.token.get_secret_value()):
            raise FixCredential(
                "the token is empty or holds spaces, line breaks or other characters that no token has: copy it again"
            )

    def headers(self) -> dict[str, str]:
        """Return the one header that authorises a request."""
        return {"Authorization": f"Bearer {self.token.get_secret_value()}"}
