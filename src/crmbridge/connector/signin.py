"""How a person lets crmbridge into an account, once, in a browser."""

from __future__ import annotations

from typing import Protocol

from crmbridge.model.base import Frozen


class Grant(Frozen):
    """What a person granted.

    Attributes:
        account: The platform's id of the account, empty if it does not say.
        scopes: What was granted, empty if it does not say.
    """

    account: str = ""
    scopes: tuple[str, ...] = ()


class SignIn(Protocol):
    """The authorisation-code flow of OAuth 2 (RFC 6749, section 4.1)."""

    @property
    def redirect_uri(self) -> str:
        """Where the platform sends the browser with the code."""
        ...

    def url(self, state: str) -> str:
        """The page on which a person grants access; ``state`` comes back with the code."""
        ...

    def finish(self, code: str) -> Grant:
        """Exchange the code for tokens and keep them.

        Raises:
            FixCredential: The platform refuses the code or the app.
            RetryLater: It cannot answer now.
        """
        ...
