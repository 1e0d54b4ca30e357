"""Plans that take back what was written: of one run, or all of it."""

from crmbridge.writeback.undo.rollback import plan_rollback
from crmbridge.writeback.undo.uninstall import plan_uninstall

__all__ = ["plan_rollback", "plan_uninstall"]
