"""Tell a journey of the client's own: a trial that begins and ends on days which the deal holds.

Save it as bridgefile.py beside crmbridge.toml; `crmbridge journeys` then counts its stages, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from crmbridge import (
    BuyingCenter,
    Due,
    InputSpec,
    JourneyStage,
    PluginSettings,
    RunContext,
    StageModel,
    StageVisit,
    hookimpl,
)

DAYS = {"trial": "trial_started_on", "review": "trial_ended_on", "contract": "contract_sent_on"}
"""Stage to the deal's property that holds the day on which it begins."""

LABELS = {"trial": ("Trial", "Testphase"), "review": ("Review", "Auswertung"), "contract": ("Contract", "Vertrag")}


@hookimpl
def register_inputs() -> list[InputSpec]:
    """Have the mirror read the days."""
    return [InputSpec(object="deal", properties=tuple(DAYS.values()))]


@hookimpl
def register_stages() -> list[StageModel]:
    """Name the stages, in their order."""
    stages = tuple(JourneyStage(key=key, label=en, label_de=de) for key, (en, de) in LABELS.items())
    return [StageModel(key="trial", label="Trial", stages=stages, entry=("trial",))]


@hookimpl
def propose_stages(ctx: RunContext[PluginSettings], center: BuyingCenter) -> Iterator[StageVisit | Due]:
    """Tell the stays up to today; a day ahead is when the answer changes."""
    held = center.deal.properties if center.deal else {}
    days = sorted((date.fromisoformat(text[:10]), key) for key, name in DAYS.items() if (text := held.get(name)))
    begun = [(day, key) for day, key in days if day <= ctx.today]
    ends = [day for day, _ in begun[1:]]
    for (day, key), end in zip(begun, [*ends, None], strict=True):
        reason = f"{DAYS[key]} is {day}"
        yield StageVisit(subject=center.id, model="trial", stage=key, entered_on=day, left_on=end, reason=reason)
    if len(begun) < len(days):
        yield Due(on=days[len(begun)][0])
