"""What a plan that another store made may do here: what this config writes itself, and take nothing away. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from crmbridge.config import Writeback
from crmbridge.model.changes import (
    Change,
    DefinitionChange,
    GroupChange,
    LabelChange,
    Place,
    PropertyChange,
)
from crmbridge.model.plan import Plan
from crmbridge.writeback.targets import Target


@dataclass(frozen=True)
class Allowed:
    """What this config writes.

    Attributes:
        targets: Its properties, by place.
        group: Of the properties that crmbridge creates.
        labels: Texts of the labels.
    """

    targets: Mapping[Place, Target]
    group: str
    labels: Collection[str]

    @classmethod
    def by(cls, config: Writeback, targets: Collection[Target]) -> Allowed:
        """Collect it from the config and the properties chosen by it."""
        places: dict[Place, Target] = {(target.spec.object, target.name): target for target in targets}
        return cls(places, config.group, set(config.labels.values()))

    def takes_plan(self, plan: Plan) -> bool:
        """True for a plan of proposals: what takes back is made from the journal of the store that wrote it."""
        return plan.header.origin == "judged"

    def takes(self, change: Change) -> bool:
        """True if a row could be in a plan of this store."""
        if change.becomes is None:  # emptying a value is the one thing a plan of proposals may take away
            return isinstance(change, PropertyChange) and self._fits(change)
        match change:
            case PropertyChange():
                return self._fits(change)
            case DefinitionChange():
                target = self.targets.get(change.place)
                return target is not None and target.spec.policy == "own"
            case GroupChange():
                return change.name == self.group
            case LabelChange():
                return change.label in self.labels
        return True

    def _fits(self, change: PropertyChange) -> bool:
        target = self.targets.get(change.place)
        if target is None:
            return False
        spec = target.spec
        clears = spec.clear and spec.policy != "fill-empty"
        return (spec.policy, spec.stamp) == (change.policy, change.stamp) and (change.after is not None or clears)
