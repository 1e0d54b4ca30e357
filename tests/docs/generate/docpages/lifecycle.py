"""When each hook fires: the one table behind the picture, the page of the hooks and their tests."""

from __future__ import annotations

from typing import NamedTuple


class Step(NamedTuple):
    """One step of a run.

    Attributes:
        phase: The part of the run.
        title: What is done.
        times: How often.
        hooks: Hooks that fire; none where core works alone.
    """

    phase: str
    title: str
    times: str
    hooks: tuple[str, ...] = ()


STEPS = (
    Step("start", "check the settings", "once per process", ("register_settings",)),
    Step(
        "start",
        "collect what plugins bring",
        "once per process",
        ("register_connectors", "register_inputs", "register_properties", "register_stages", "register_commands"),
    ),
    Step("sync", "read a record", "per record", ("transform_record",)),
    Step("sync", "tell", "at the end", ("on_event",)),
    Step("judge", "may the person be judged?", "per person and run", ("decide_consent",)),
    Step("judge", "read the job titles", "per center", ("propose_titles",)),
    Step("judge", "find roles", "per center", ("propose_roles",)),
    Step("judge", "find stances and ties", "per center", ("propose_stances", "propose_relations")),
    Step("judge", "core: influence, engagement, gaps", "per center"),
    Step("judge", "assign personas", "per center", ("propose_personas",)),
    Step("judge", "tell stages", "per center", ("propose_stages",)),
    Step("judge", "may the person be contacted?", "per purpose and channel", ("decide_consent",)),
    Step(
        "judge",
        "derive values",
        "per contact, company, center",
        ("derive_contact", "derive_company", "derive_center"),
    ),
    Step("judge", "tell", "at the end", ("on_event",)),
    Step("plan", "core: fold, compare", "per property and record"),
    Step("plan", "narrow a change", "per change", ("transform_change",)),
    Step("plan", "check the plan", "per plan", ("check_plan",)),
    Step("plan", "tell", "at the end", ("on_event",)),
    Step("apply", "core: write, confirm", "per batch"),
    Step("apply", "tell", "at the end", ("on_event",)),
)
"""In the order in which things happen."""


def fires(hook: str) -> str:
    """Say when a hook fires: the phases, and how often."""
    found: dict[str, list[str]] = {}
    for step in STEPS:
        if hook in step.hooks:
            found.setdefault(step.times, []).append(step.phase)
    return "; ".join(f"{', '.join(dict.fromkeys(phases))}: {times}" for times, phases in found.items())
