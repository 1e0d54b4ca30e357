"""Policy packs: for each channel, which rules may allow contact, in which order, and what holds where none does.

They are data: the TOML files in the folder ``packs``, and what the settings add. Not legal advice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field

from crmbridge import PluginSettings

RuleName = Literal["contract", "consent", "existing_customer", "presumed", "legitimate_interest", "opt_out_regime"]
"""What may allow contact, see ``grants``. A pack without ``presumed`` presumes no consent of businesses."""

Reachable = Literal["email", "phone", "post"]
"""The channels that a pack speaks of."""

Months = Annotated[int, Field(ge=1, le=600)]


class Way(PluginSettings):
    """How one channel is handled.

    Attributes:
        rules: What may allow contact; the first rule that speaks decides.
        default: The answer where none speaks.
    """

    rules: tuple[RuleName, ...]
    default: Literal["deny", "review"] = "deny"


class Channels(PluginSettings):
    """All channels: a pack that leaves one out is refused.

    Attributes:
        email: How e-mails are handled.
        phone: How calls are.
        post: How postal mail is.
    """

    email: Way
    phone: Way
    post: Way


class Pack(PluginSettings):
    """One law's view.

    Attributes:
        title: What it is called.
        rests_on: Addresses of the texts it follows.
        leaves_out: What it does not cover, in words.
        unused_months: A consent that was not used for so many months is for a person to look at; None for no end.
        channels: How each channel is handled.
    """

    title: str
    rests_on: tuple[str, ...] = ()
    leaves_out: str = ""
    unused_months: Months | None = None
    channels: Channels

    def way(self, channel: Reachable) -> Way:
        """How it handles a channel."""
        match channel:
            case "email":
                return self.channels.email
            case "phone":
                return self.channels.phone
            case "post":
                return self.channels.post


@lru_cache(maxsize=1)
def built_in() -> Mapping[str, Pack]:
    """Read the packs of this package, by name."""
    found = sorted(files(__package__).joinpath("packs").iterdir(), key=lambda item: item.name)
    return {
        item.name.removesuffix(".toml"): Pack.model_validate(tomllib.loads(item.read_text("utf-8"))) for item in found
    }
