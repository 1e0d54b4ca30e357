"""What a user sets for a folder of CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from crmbridge import ConnectorSettings
from crmbridge_csv.mapping import FILES, known


class CsvSettings(ConnectorSettings):
    """The section ``[connections.NAME]`` with ``connector = "csv"``."""

    folder: Path = Field(description="The folder with the files; relative to the configuration.")
    account: str = Field(default="", description="Plans are bound to it; by default the name of the folder.")
    timezone: str = Field(default="UTC", description="Of times that name none, and of the days that are counted.")
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$", description="ISO 4217, of deals without one.")
    decimal: Literal[".", ","] = Field(default=".", description="What stands before the cents.")
    columns: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Object → what crmbridge knows → the head of its column, where they differ."
    )

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, OSError, ValueError):
            raise ValueError("write an IANA name, such as Europe/Berlin") from None
        return zone

    @field_validator("columns")
    @classmethod
    def _names_what_is_known(cls, columns: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for name, heads in columns.items():
            if name not in FILES:
                raise ValueError(f"there are no files of {name}, but of {', '.join(FILES)}")
            if strange := sorted(set(heads) - set(known(name))):
                raise ValueError(f"{name} has no {', '.join(strange)}, but {', '.join(known(name))}")
        return columns
