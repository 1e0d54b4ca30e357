"""What the benchmark's plugin proposes, and so what must stand in the portal in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from crmbridge import Option, PropertySpec

PREFIX: Final = "crmb_"
TIERS: Final = ("a", "b", "c", "d")
STEPS: Final = 97
SPECS: Final = (
    PropertySpec(object="contact", name="bench_score", label="Score", type="number"),
    PropertySpec(
        object="contact",
        name="bench_tier",
        label="Tier",
        type="enumeration",
        options=tuple(Option(value=tier, label=tier.upper()) for tier in TIERS),
    ),
    PropertySpec(object="contact", name="bench_step", label="Next step"),
)
STAGE: Final = "lifecyclestage"
STAGES: Final = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
"""HubSpot's own, in its order."""
STAGE_SPEC: Final = PropertySpec(
    object="contact",
    name=STAGE,
    label="Lifecycle stage",
    type="enumeration",
    options=tuple(Option(value=stage, label=stage) for stage in STAGES),
    policy="overwrite",
)

PLUGIN: Final = """
from benchmarks.apply_values import SPECS, proposed
from crmbridge import PropertyValue, hookimpl


@hookimpl
def register_properties():
    return SPECS


@hookimpl
def derive_contact(person):
    contact = person.contact
    for name, value in proposed(contact.id, DAY).items():
        yield PropertyValue(subject=contact.ref, property=name, value=value, reason="as the benchmark wants it")
"""
"""A bridgefile that proposes three values for every contact; other ones every ``DAY``."""

BACKWARDS: Final = """
from benchmarks.apply_values import STAGE, STAGE_SPEC, STAGES
from crmbridge import InputSpec, PropertyValue, hookimpl


@hookimpl
def register_inputs():
    return [InputSpec(object="contact", properties=(STAGE,))]


@hookimpl
def register_properties():
    return [STAGE_SPEC]


@hookimpl
def derive_contact(person):
    yield PropertyValue(subject=person.contact.ref, property=STAGE, value=STAGES[0], reason="begins anew")
"""
"""A bridgefile that puts every contact back to the first stage."""


def proposed(contact_id: str, day: int) -> dict[str, str | int]:
    """Return the three values of a contact; each of them is another one the next day."""
    number = int(contact_id)
    return {
        "bench_score": (number * 7 + day) % 1000,
        "bench_tier": TIERS[(number + day) % len(TIERS)],
        "bench_step": f"Step {(number + day) % STEPS} of the plan for this contact",
    }


def expected(contact_id: str, day: int) -> dict[str, str]:
    """Return what must stand in the portal once they are written."""
    return {PREFIX + name: str(value) for name, value in proposed(contact_id, day).items()}


def standing(present: Mapping[str, str | None], wanted: Mapping[str, str]) -> int:
    """Count the wanted values that a record has."""
    return sum(present.get(name) == value for name, value in wanted.items())
