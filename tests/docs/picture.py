"""Draws docs/images/buying-center.svg from the sandbox: ``python tests/docs/picture.py``. All people are invented."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from crmbridge import Bridge, BuyingCenter
from crmbridge.report import center_svg
from crmbridge.sandbox import generate, serve
from crmbridge.sandbox.generator.build import TODAY

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "buying-center.svg"
LABEL = '<text x="0" y="722" class="fine muted">Made-up data from the sandbox of crmbridge</text>'
CONFIG = """
[connections.sandbox]
connector = "hubspot"
token = "env:CRMBRIDGE_PICTURE_TOKEN"
base_url = "{base_url}"

[privacy]
processing = "legitimate-interest"
assessment = "invented people"

[sync]
since_months = 0
"""


def draw() -> str:
    """Sync a generated portal and draw one of its centers, the same one each time."""
    portal = generate(seed=11, companies=30, contacts=200, deals=30, engagements=1000)
    portal.limits.off()
    with tempfile.TemporaryDirectory() as folder, serve(portal) as server:
        config = Path(folder, "crmbridge.toml")
        config.write_text(CONFIG.format(base_url=server.base_url), encoding="utf-8")
        os.environ["CRMBRIDGE_PICTURE_TOKEN"] = server.token
        with Bridge.from_config(config, as_of=TODAY) as bridge:
            bridge.sync()
            svg = center_svg(max(bridge.buying_centers(), key=_worth), as_of=TODAY)
            return svg.replace("</svg>", f"{LABEL}</svg>")


def _worth(center: BuyingCenter) -> tuple[bool, int, int, str]:
    """Open, without a decider, and as full as may be besides."""
    telling = center.is_open and center.stage is not None and "decider" in center.missing_roles
    filled = sum(bool(people) for people in center.seats().values())
    return telling, filled, len(center.members), center.id


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
