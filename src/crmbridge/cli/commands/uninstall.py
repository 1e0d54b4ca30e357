"""``crmbridge uninstall``: plan to remove all that crmbridge has put into the CRM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge.cli.commands.plan import Examples, Output, Render, Showing, present
from crmbridge.cli.opening import Answer, end, on_connections
from crmbridge.cli.options import Working, spread
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.app import Bridge


@spread
def uninstall(options: Working, *, output: Output = None, render: Render = None, examples: Examples = 3) -> None:
    """Plan to remove all that crmbridge created in the CRM, and to put back what it wrote over."""
    showing = Showing(output, render, examples)
    showing.check()
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        return present(bridge, screen, options, bridge.uninstall(), showing)

    end(options, on_connections(options, screen, work))
