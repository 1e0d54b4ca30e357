"""The demo: a folder, a portal on this machine, and a story told in steps."""

from crmbridge.cli.demo.folder import Folder
from crmbridge.cli.demo.story import Story

__all__ = ["Folder", "Story"]
