"""Sync a connection and list its open buying centers, the least complete first.

python examples/sync_and_list.py crmbridge.toml
"""

from __future__ import annotations

import sys

from crmbridge import Bridge


def main(config: str) -> None:
    """Print one line per open buying center."""
    with Bridge.from_config(config) as bridge:
        result = bridge.sync(progress=lambda step: print(f"{step.stream}: {step.done}", file=sys.stderr))
        print(f"{sum(result.read.values())} records read, {sum(result.changed.values())} changed")
        centers = [center for center in bridge.buying_centers() if center.is_open]
        for center in sorted(centers, key=lambda center: (center.completeness, center.id)):
            missing = ", ".join(center.missing_roles) or "nobody"
            print(f"{center.completeness:3.0f} %  {center.name}  missing: {missing}")


if __name__ == "__main__":
    main(sys.argv[1])
