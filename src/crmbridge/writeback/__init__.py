"""Writes back: plans what would change, guards it, applies it with a journal."""

from crmbridge.writeback.apply import ApplyResult, apply_plan
from crmbridge.writeback.drift import Drifted, drift
from crmbridge.writeback.planfile import import_plan, read_plan, write_plan
from crmbridge.writeback.planner import make_plan
from crmbridge.writeback.render import to_data, to_markdown, to_text
from crmbridge.writeback.strangers import Allowed
from crmbridge.writeback.targets import Target, select
from crmbridge.writeback.undo import plan_rollback, plan_uninstall

__all__ = [
    "Allowed",
    "ApplyResult",
    "Drifted",
    "Target",
    "apply_plan",
    "drift",
    "import_plan",
    "make_plan",
    "plan_rollback",
    "plan_uninstall",
    "read_plan",
    "select",
    "to_data",
    "to_markdown",
    "to_text",
    "write_plan",
]
