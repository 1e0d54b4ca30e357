"""List open deals over an amount in which nobody is known to decide. Sync first.

python examples/missing_deciders.py crmbridge.toml 50000
"""

from __future__ import annotations

import sys
from decimal import Decimal

from crmbridge import Bridge


def main(config: str, least: Decimal) -> None:
    """Print amount, name and owner of each such deal, the largest first."""
    found = []
    with Bridge.from_config(config) as bridge:
        for center in bridge.buying_centers():
            amount = center.deal.amount if center.deal else None
            if center.is_open and amount is not None and amount >= least and not center.seats()["decider"]:
                found.append((amount, center.name, center.owner or "no owner"))
    for amount, name, owner in sorted(found, reverse=True):
        print(f"{amount:>14,.2f}  {name}  ({owner})")
    print(f"{len(found)} open deals of {least:,} and more without a decider")


if __name__ == "__main__":
    main(sys.argv[1], Decimal(sys.argv[2]))
