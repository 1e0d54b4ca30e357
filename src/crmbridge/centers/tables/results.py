"""What the journey tables hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from crmbridge.centers.tables.statistics import Curve, Rate


@dataclass(frozen=True, slots=True)
class DropOffs:
    """Where journeys break off.

    Attributes:
        rate: Stays that ended, or are now, in a pause, of all stays in a stage that is not terminal.
        resumed: Of these, those that went on later.
        pauses: How long pauses last; one that lasts still is censored.
    """

    rate: Rate
    resumed: Rate
    pauses: Curve


@dataclass(frozen=True, slots=True)
class StageFigures:
    """What there is to say of one stage: volume, conversion, velocity, value, and what breaks off in it.

    Attributes:
        stage: Key of the stage.
        label: English label.
        label_de: German label.
        volume: Subjects that were ever in it.
        present: Subjects that are in it now, pausing ones included.
        stays: Stays in it.
        reentries: Those of them that were not the first.
        conversion: Of the first entries that were watched for the whole horizon, those that led to a later stage in it.
        velocity: How long stays last; a stay that lasts, or that a pause cut off, is censored.
        value: Currency → sum of the amounts of the deals that were ever in it; of centers only.
        drop_offs: Where journeys break off.
    """

    stage: str
    label: str
    label_de: str
    volume: int
    present: int
    stays: int
    reentries: int
    conversion: Rate
    velocity: Curve
    value: Mapping[str, Decimal]
    drop_offs: DropOffs


@dataclass(frozen=True, slots=True)
class Conversion:
    """How many of those that entered one stage came to another within the horizon."""

    source: str
    target: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class Flow:
    """How often one stage directly followed another; ``source`` None is the beginning, ``target`` None the end."""

    source: str | None
    target: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Variant:
    """A whole way through the stages, and how many went it; without stages: all ways beyond the most that are kept."""

    stages: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class GroupTables:
    """The tables of one group.

    Attributes:
        group: A segment, a role or a persona; ``all`` without a division.
        subjects: Centers or members with a journey.
        untold: Those without any: nothing is known of their way.
        conformance: Steps from stage to stage that the model foresees, of all.
        stages: In the model's order.
        conversions: Along the ways that the model foresees.
        flows: Most frequent first.
        variants: Most frequent first.
    """

    group: str
    subjects: int
    untold: int
    conformance: Rate
    stages: tuple[StageFigures, ...]
    conversions: tuple[Conversion, ...]
    flows: tuple[Flow, ...]
    variants: tuple[Variant, ...]
