"""The settings of the section ``[plugins.roles]``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from crmbridge import PluginSettings, Role
from crmbridge_roles.rows import CAP, RowName

Weight = Annotated[float, Field(ge=0, le=1)]


class RolesSettings(PluginSettings):
    """What can be tuned.

    Attributes:
        statements: Read what notes and calls say of people.
        read_mail: Read what members wrote in mails as well.
        confirmed: Weight of what a person said itself, or of what was said in a conversation with it.
        stated: Weight of what was said of a person elsewhere.
        initiator_days: First touches until so many days after the case was opened can show who began it.
        initiator_lookback_days: First touches from so many days before it was opened can.
        buying_role: ``read``: HubSpot's ``hs_buying_role`` is evidence. ``write``: it can be written, and is none.
        buying_role_stance: Write ``CHAMPION`` and ``BLOCKER`` as well: that judges people.
        labels: Association labels of this account that the lexicon does not know, and the roles they mean.
        weights: Title weights that replace the defaults: row, then role.
    """

    statements: bool = True
    read_mail: bool = False
    confirmed: Weight = 0.80
    stated: Weight = 0.60
    initiator_days: int = Field(default=7, ge=0)
    initiator_lookback_days: int = Field(default=365, ge=0)
    buying_role: Literal["read", "write"] = "read"
    buying_role_stance: bool = False
    labels: dict[str, Role] = Field(default_factory=dict)
    weights: dict[RowName, dict[Role, Annotated[float, Field(ge=0, le=CAP)]]] = Field(default_factory=dict)
