"""Writes back: plans what would change, guards it, applies it with a journal."""

from crmbridge.writeback.apply import ApplyResult, apply_plan
from crmbridge.writeback.planfile import import_plan, read_plan, write_plan
from crmbridge.writeback.planner import make_plan
from crmbridge.writeback.render import to_data, to_markdown, to_text
from crmbridge.writeback.targets import Target, select

__all__ = [
    "ApplyResult",
    "Target",
    "apply_plan",
    "import_plan",
    "make_plan",
    "read_plan",
    "select",
    "to_data",
    "to_markdown",
    "to_text",
    "write_plan",
]
