"""What signs a request: a bearer token (RFC 6750), fixed or renewed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr

from crmbridge.errors import FixCredential

_VISIBLE = re.compile(r"[!-~]+")


class Auth(Protocol):
    """Gives the token that a request carries. Threads may share it."""

    def current(self) -> SecretStr:
        """Return the token to send now, renewed first if its time is over.

        Raises:
            FixCredential: There is none, and only a person can change that.
            RetryLater: It cannot be renewed at the moment.
        """
        ...

    def renew(self, refused: SecretStr) -> bool:
        """Replace a token that the platform called expired; False if there is no way to."""
        ...

    def secrets(self) -> tuple[SecretStr, ...]:
        """Every secret that may stand in a request or an answer, to be kept out of logs."""
        ...


@dataclass(frozen=True, slots=True)
class BearerAuth:
    """A fixed bearer token that is fit to travel in a header. Its repr shows no secret.

    Raises:
        FixCredential: The token is empty, or holds white space, control or non-ASCII characters.
    """

    token: SecretStr

    def __post_init__(self) -> None:
        if not _VISIBLE.fullmatch(self.token.get_secret_value()):
            raise FixCredential(
                "the token is empty or holds spaces, line breaks or other characters that no token has: copy it again"
            )

    def current(self) -> SecretStr:
        """Return the token."""
        return self.token

    def renew(self, refused: SecretStr) -> bool:  # noqa: ARG002 - as the protocol has it
        """Return False: whoever made this token must make another."""
        return False

    def secrets(self) -> tuple[SecretStr, ...]:
        """Return the token."""
        return (self.token,)
