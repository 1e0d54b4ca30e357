"""The stage models that this plugin brings, and what loses a case: data files of the package."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any, Final, Literal, NamedTuple

from crmbridge import StageModel


class Reason(NamedTuple):
    """A reason for which cases are lost, and what that makes of the outcome."""

    code: str
    outcome: Literal["not_now", "no_way"]
    words: tuple[str, ...]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


SHIPPED: Final = tuple(StageModel(key=key, **table) for key, table in _read("stages.toml").items())
"""The five phases, and the lifecycle of professional services."""

PHASE_MODEL: Final = SHIPPED[0]
SERVICE_MODEL: Final = SHIPPED[1]

REASONS: Final = tuple(
    Reason(item["code"], item["outcome"], tuple(item["words"])) for item in _read("reasons.toml")["reasons"]
)
"""In the order in which they are asked."""
