"""What the six roles are called elsewhere: one table for each vendor, as data in the files beside this module.

Each table is lossy, and says where: the six roles have no full counterpart in any of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from crmbridge.model.base import Frozen
from crmbridge.model.evidence import Role
from crmbridge.model.relations import StanceClass

Target = Literal[
    "hubspot", "salesforce_contact_role", "salesforce_buying_committee", "adobe", "sales_navigator", "altify"
]
"""A vendor's list of roles."""

TARGETS: Final[tuple[Target, ...]] = (
    "hubspot",
    "salesforce_contact_role",
    "salesforce_buying_committee",
    "adobe",
    "sales_navigator",
    "altify",
)

APPROVAL: Final = "approval"
"""Evidence that somebody approves budgets; some values are given on that alone."""


class MappingRule(Frozen):
    """One way from a role to a value. A condition that nothing is known about does not hold.

    Attributes:
        value: The vendor's value.
        role: For whom; None for everybody.
        also: True for a value beside others; of the other rules of a role the first that holds counts.
        seniority: Only for people of one of these ranks; empty for all.
        department: Only for people of one of these departments; empty for all.
        stance: Only for people of one of these stances; empty for all.
        operative: Only for people who do, or do not, work on the matter themselves.
        evidence: Only where there is evidence of this name.
    """

    value: str
    role: Role | None = None
    also: bool = False
    seniority: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    stance: tuple[StanceClass, ...] = ()
    operative: bool | None = None
    evidence: str | None = None


class RoleMapping(Frozen):
    """How one vendor's values and the six roles stand to each other.

    Attributes:
        label: Vendor and place.
        source: The vendor's page, or the nearest to it.
        note: What is lost.
        several: True if a person may have several values at once; else the first is the one to keep.
        values: What the vendor ships. An account may differ: hand its own to ``mapped``.
        rules: From roles to values, in the order in which they are tried.
        roles: From values to roles; a value that is not here says nothing about the role.
    """

    label: str
    source: str
    note: str
    several: bool
    values: tuple[str, ...] = Field(min_length=1)
    rules: tuple[MappingRule, ...]
    roles: dict[str, Role]

    @model_validator(mode="after")
    def _values_are_known(self) -> Self:
        named = {rule.value for rule in self.rules} | set(self.roles)
        if named - set(self.values):
            raise ValueError(f"{self.label}: there is no value {', '.join(sorted(named - set(self.values)))}")
        return self

    def role(self, value: str) -> Role | None:
        """The role that a value stands for, without regard to case; None if it says nothing of one."""
        wanted = value.strip().casefold()
        return next((role for name, role in self.roles.items() if name.casefold() == wanted), None)


def mapping(name: Target) -> RoleMapping:
    """The table of a vendor.

    Raises:
        ValueError: There is none of that name.
    """
    if name not in TARGETS:
        raise ValueError(f"there is no mapping {name!r}; there are {', '.join(TARGETS)}")
    return _mapping(name)


def mapped(
    role: Role | None,
    target: Target,
    *,
    seniority: str | None = None,
    department: str | None = None,
    operative: bool | None = None,
    stance: StanceClass | None = None,
    evidence: Collection[str] = (),
    options: Collection[str] | None = None,
) -> tuple[str, ...]:
    """A vendor's values for somebody, the one that says most about the role first; empty if none fits.

    Args:
        role: What the person does; None if that is not known.
        target: The vendor's list.
        seniority: The person's rank.
        department: The person's department; ``legal`` includes data protection.
        operative: Whether the person works on the matter itself; None if that is not known.
        stance: How the person stands to the purchase.
        evidence: Names of what is proven, e.g. ``APPROVAL``.
        options: The values that the account really has; others are left out. None for those that the vendor ships.

    Raises:
        ValueError: There is no such target.
    """
    table = mapping(target)
    asked = (seniority, department, stance, operative)
    known = table.values if options is None else options
    fitting = [rule for rule in table.rules if rule.value in known and _fits(rule, role, asked, evidence)]
    first = [rule.value for rule in fitting if not rule.also][:1]
    return tuple(dict.fromkeys([*first, *(rule.value for rule in fitting if rule.also)]))


def _fits(
    rule: MappingRule,
    role: Role | None,
    asked: tuple[str | None, str | None, StanceClass | None, bool | None],
    evidence: Collection[str],
) -> bool:
    seniority, department, stance, operative = asked
    return (
        rule.role in (None, role)
        and (not rule.seniority or seniority in rule.seniority)
        and (not rule.department or department in rule.department)
        and (not rule.stance or stance in rule.stance)
        and rule.operative in (None, operative)
        and (rule.evidence is None or rule.evidence in evidence)
    )


@cache
def _mapping(name: Target) -> RoleMapping:
    text = files(__package__).joinpath(f"{name}.toml").read_text("utf-8")
    return RoleMapping.model_validate(tomllib.loads(text))
