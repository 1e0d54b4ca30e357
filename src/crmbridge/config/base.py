"""What all tables of the configuration share."""

from __future__ import annotations

from pydantic import ConfigDict

from crmbridge.model.base import Frozen


class Section(Frozen):
    """A table of the file: frozen, without unknown keys, endless numbers refused."""

    model_config = ConfigDict(allow_inf_nan=False)
