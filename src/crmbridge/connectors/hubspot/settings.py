"""What a user sets for a HubSpot connection."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from crmbridge.connector import ConnectorSettings
from crmbridge.connectors.hubspot.kinds import OWN_TYPE

BASE_URL = "https://api.hubapi.com"
KEY_CALLS = 190
"""Calls in 10 seconds that a key of a large account has."""
OAUTH_CALLS = 110
"""Calls in 10 seconds that an OAuth app has per account; searches come on top. Both from the page named below."""

CustomName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
CustomType = Annotated[str, StringConstraints(pattern=rf"^({OWN_TYPE.pattern})$")]


class HubSpotSettings(ConnectorSettings):
    """The section ``[connections.NAME]`` with ``connector = "hubspot"``.

    It signs in by ``token``, or by OAuth with the app's ``client_id`` and ``client_secret``. The ceilings are those of
    a large account. The first holds until HubSpot's headers tell the account's own.
    https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
    """

    token: SecretStr | None = Field(
        default=None,
        description='Service key or private-app token, as "env:NAME", "file:PATH" or "keyring:NAME"; '
        "or sign in by OAuth with the four settings below.",
    )
    client_id: str | None = Field(default=None, min_length=1, description="Client id of your OAuth app.")
    client_secret: SecretStr | None = Field(
        default=None, description='Client secret of your OAuth app, as "env:NAME", "file:PATH" or "keyring:NAME".'
    )
    redirect_uri: str = Field(
        default="http://localhost:8976/oauth",
        pattern=r"^https?://[^\s#]+$",
        description="Where HubSpot sends the browser after sign-in, as it stands in the app.",
    )
    scopes: tuple[str, ...] = Field(
        default=(), description="Scopes that the app demands; none: those for reading contacts, companies and deals."
    )
    optional_scopes: tuple[str, ...] = Field(
        default=(), description="Scopes that an account without the product may leave out, as they stand in the app."
    )
    base_url: str = Field(default=BASE_URL, description="Address of the API; another one for the sandbox only.")
    calls_per_10s: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description=f"Most calls in any 10 seconds; fewer where HubSpot says so. Not set: {KEY_CALLS} with a token, "
        f"{OAUTH_CALLS} with OAuth.",
    )
    searches_per_second: int = Field(default=5, ge=1, le=100, description="Most searches in any second.")
    search_in_pool: bool = Field(
        default=False, description="Count searches among the calls in 10 seconds too, if the account does so."
    )
    search_listing: bool = Field(
        default=True,
        description="Let searches share the work of a first sync. If not, they only cut the ids into ranges, one "
        "search for some 3,000 records, and leave their allowance to other programs.",
    )
    timeout_seconds: float = Field(default=30.0, gt=0, le=600, description="Longest silence before a call is given up.")
    index_lag_seconds: int = Field(
        default=300, ge=0, le=3600, description="How far back a sync looks again, since HubSpot's search index lags."
    )
    custom_objects: dict[CustomName, CustomType] = Field(
        default_factory=dict,
        description="Objects that the account defined: a name for crmbridge, to HubSpot's type id, such as "
        '{machine = "2-1234567"}; plugins know it as custom.machine.',
    )
    webhook_url: str | None = Field(
        default=None,
        pattern=r"^https://[^/?#@\s]+/[^#\s]*$",
        description="Where HubSpot delivers webhooks, as it stands in the app: https, with a path.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="Client secret of the app that sends webhooks, written like token; not set: client_secret.",
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        app = (self.client_id is not None, self.client_secret is not None)
        if (self.token is not None and not any(app)) or (self.token is None and all(app)):
            return self
        raise ValueError(
            "sign in one way: set token (a service key), or client_id and client_secret (an OAuth app), "
            + ("not both" if self.token is not None else "both of them" if any(app) else "one of the two ways")
        )

    @property
    def most_calls(self) -> int:
        """Most calls in any 10 seconds."""
        return self.calls_per_10s or (KEY_CALLS if self.token else OAUTH_CALLS)
