"""The version of HubSpot's API that every path names."""

from __future__ import annotations

API_VERSION = "2026-09"
"""Date-based version, general since 8 September 2026 and supported for 18 months.

https://developers.hubspot.com/docs/developer-tooling/platform/versioning
"""
