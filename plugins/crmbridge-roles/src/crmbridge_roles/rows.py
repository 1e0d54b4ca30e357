"""What a title says about roles: rows of weights, and which of them a reading falls under."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from crmbridge import Role, TitleReading
from crmbridge_roles.fragments import Kind

RowName = Literal[
    "management",
    "signatory",
    "director",
    "purchasing_lead",
    "purchasing",
    "purchasing_routine",
    "specialist",
    "finance_lead",
    "representative",
    "using",
    "assistant",
    "consultant",
]

CAP: Final = 0.70
"""No title says more than this about a role."""

SPECIALISTS: Final = frozenset({"it", "quality", "engineering", "legal"})
"""Departments that judge a purchase by their trade."""

NOT_USING: Final = SPECIALISTS | {"purchasing", "finance", "management"}
"""Departments that do not use what is bought."""


@dataclass(frozen=True)
class Trait:
    """What decides on the rows of a reading.

    Attributes:
        seniority: A rank, or None.
        department: A department, or None.
        kind: A kind of title with a row of its own.
        external: True if the member works for somebody else than the buying company.
        routine: True if the case is a routine purchase.
    """

    seniority: str | None
    department: str | None
    kind: Kind | None
    external: bool
    routine: bool

    @property
    def leads(self) -> bool:
        """True for the ranks lead and director."""
        return self.seniority in ("lead", "director")

    @property
    def works(self) -> bool:
        """True for the ranks professional and senior."""
        return self.seniority in ("professional", "senior")


DEFAULTS: Final[Mapping[RowName, Mapping[Role, float]]] = {
    "management": {"decider": 0.65, "influencer": 0.20, "initiator": 0.15},
    "signatory": {"decider": 0.50, "influencer": 0.30},
    "director": {"decider": 0.40, "influencer": 0.45, "user": 0.20, "initiator": 0.20},
    "purchasing_lead": {"decider": 0.25, "buyer": 0.70, "influencer": 0.20},
    "purchasing": {"buyer": 0.65, "influencer": 0.10, "gatekeeper": 0.15},
    "purchasing_routine": {"decider": 0.50},
    "specialist": {"decider": 0.10, "influencer": 0.60, "user": 0.15, "gatekeeper": 0.10},
    "finance_lead": {"decider": 0.30, "buyer": 0.15, "influencer": 0.45},
    "representative": {"influencer": 0.60, "gatekeeper": 0.25},
    "using": {"decider": 0.10, "influencer": 0.25, "user": 0.60, "initiator": 0.25},
    "assistant": {"influencer": 0.05, "gatekeeper": 0.70},
    "consultant": {"influencer": 0.60, "gatekeeper": 0.10, "initiator": 0.15},
}
"""Weights by row. A proposal to start from, not measured: calibrate them with confirmed roles."""

_RULES: Final[Mapping[RowName, Callable[[Trait], bool]]] = {
    "management": lambda t: t.seniority == "management" and t.kind is None,
    "signatory": lambda t: t.kind == "signatory",
    "director": lambda t: t.seniority == "director" and t.department not in NOT_USING - {"management"},
    "purchasing_lead": lambda t: t.department == "purchasing" and (t.leads or t.seniority == "management"),
    "purchasing": lambda t: t.department == "purchasing" and t.works,
    "purchasing_routine": lambda t: t.department == "purchasing" and t.works and t.routine,
    "specialist": lambda t: t.department in SPECIALISTS and (t.leads or t.works) and t.kind is None,
    "finance_lead": lambda t: t.department == "finance" and t.leads,
    "representative": lambda t: t.kind == "representative",
    "using": lambda t: (
        t.kind is None
        and (t.seniority == "lead" or (t.works and t.department is not None))
        and t.department not in NOT_USING
    ),
    "assistant": lambda t: t.kind == "assistant",
}


def rows(trait: Trait) -> tuple[RowName, ...]:
    """The rows that hold for a reading.

    Somebody from outside neither decides nor buys for the company: a consultant advises, an employees' or data
    protection representative may be a contractor, of all others the title says nothing here.
    """
    if trait.external:
        if trait.kind == "representative":
            return ("representative",)
        return ("consultant",) if trait.department == "consulting" else ()
    return tuple(name for name, holds in _RULES.items() if holds(trait))


def trait(reading: TitleReading, kind: Kind | None, *, external: bool, routine: bool) -> Trait:
    """The trait of a reading."""
    return Trait(reading.seniority, reading.department, kind, external, routine)
