"""The settings of the section ``[plugins.roles]``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from crmbridge import PluginSettings, Role
from crmbridge_roles.rows import CAP, RowName


class RolesSettings(PluginSettings):
    """What can be tuned.

    Attributes:
        initiator_days: First touches until so many days after the case was opened can show who began it.
        labels: Association labels of this account that the lexicon does not know, and the roles they mean.
        weights: Title weights that replace the defaults: row, then role.
    """

    initiator_days: int = Field(default=7, ge=0)
    labels: dict[str, Role] = Field(default_factory=dict)
    weights: dict[RowName, dict[Role, Annotated[float, Field(ge=0, le=CAP)]]] = Field(default_factory=dict)
