"""``crmbridge.toml``: its tables, reading it, and the secrets that it refers to."""

from __future__ import annotations

from crmbridge.config.base import Section
from crmbridge.config.centers import Centers
from crmbridge.config.connections import connection_faults, connection_settings, secret_fields
from crmbridge.config.file import Config, Connection, needs_mending, read_sound_part, read_toml, validated
from crmbridge.config.schema import schema
from crmbridge.config.sections import (
    ConnectionTable,
    Guard,
    Pipeline,
    Privacy,
    Report,
    Review,
    Store,
    Sync,
    Writeback,
)

__all__ = [
    "Centers",
    "Config",
    "Connection",
    "ConnectionTable",
    "Guard",
    "Pipeline",
    "Privacy",
    "Report",
    "Review",
    "Section",
    "Store",
    "Sync",
    "Writeback",
    "connection_faults",
    "connection_settings",
    "needs_mending",
    "read_sound_part",
    "read_toml",
    "schema",
    "secret_fields",
    "validated",
]
