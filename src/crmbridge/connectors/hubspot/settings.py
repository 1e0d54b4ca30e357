"""What a user sets for a HubSpot connection."""

from __future__ import annotations

from pydantic import Field, SecretStr

from crmbridge.connector import ConnectorSettings

BASE_URL = "https://api.hubapi.com"


class HubSpotSettings(ConnectorSettings):
    """The section ``[connections.NAME]`` with ``connector = "hubspot"``.

    The ceilings are those of a large account. The first holds until HubSpot's headers tell the account's own.
    https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
    """

    token: SecretStr = Field(description='Service key or private-app token, as "env:NAME" or "file:PATH".')
    base_url: str = Field(default=BASE_URL, description="Address of the API; another one for the sandbox only.")
    calls_per_10s: int = Field(
        default=190, ge=1, le=1000, description="Most calls in any 10 seconds; fewer where HubSpot says so."
    )
    searches_per_second: int = Field(default=5, ge=1, le=100, description="Most searches in any second.")
    timeout_seconds: float = Field(default=30.0, gt=0, le=600, description="Longest silence before a call is given up.")
    index_lag_seconds: int = Field(
        default=300, ge=0, le=3600, description="How far back a sync looks again, since HubSpot's search index lags."
    )
