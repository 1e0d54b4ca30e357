"""Figures over all cases: how long stages last, what leads where, and where journeys break off."""

from crmbridge.centers.tables.journeys import By, JourneyTables, SubjectKind, journey_tables
from crmbridge.centers.tables.results import Conversion, DropOffs, Flow, GroupTables, StageFigures, Variant
from crmbridge.centers.tables.statistics import Curve, Rate, kaplan_meier, rate, wilson
from crmbridge.centers.tables.stays import conversion, converted, durations, pauses

__all__ = [
    "By",
    "Conversion",
    "Curve",
    "DropOffs",
    "Flow",
    "GroupTables",
    "JourneyTables",
    "Rate",
    "StageFigures",
    "SubjectKind",
    "Variant",
    "conversion",
    "converted",
    "durations",
    "journey_tables",
    "kaplan_meier",
    "pauses",
    "rate",
    "wilson",
]
