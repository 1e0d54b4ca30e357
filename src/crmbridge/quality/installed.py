"""What the installed plugins claim of themselves. Nothing of them is imported."""

from __future__ import annotations

from importlib.metadata import Distribution, PackageNotFoundError, distribution, entry_points

from crmbridge.errors import CrmBridgeError, FixPlugin
from crmbridge.hookspecs import PROJECT
from crmbridge.quality.package import SHIPPED, Package, read_installed, source_folder
from crmbridge.quality.rules import applicable
from crmbridge.quality.scale import FILE, Finding, read_claims, weigh


def find_installed(name: str) -> Package:
    """Read an installed plugin by its name, or by that of its distribution.

    Raises:
        FixPlugin: There is none, or it is crmbridge's own.
    """
    for entry in entry_points(group=PROJECT):
        if entry.dist is not None and name in (entry.name, entry.dist.name):
            if entry.dist.name == PROJECT:
                raise FixPlugin("is part of crmbridge, whose own tests hold it", name, remedy="check another")
            return read_installed(entry.dist)
    remedy = "name a plugin's folder, a bridgefile.py, or a plugin of `crmbridge plugins`"
    raise FixPlugin("is neither a path nor an installed plugin", name, remedy=remedy)


def tier_of(name: str) -> str | None:
    """The tier that an installed distribution claims: the author's word; None without claims or without a tier.

    Args:
        name: Of the distribution.
    """
    try:
        found = distribution(name)
        if not _claims(found):
            return None
        package = read_installed(found)
        claims, _ = read_claims(package.claims or "")
        tier = weigh(applicable(package.traits), claims, dict[str, Finding]()).tier
    except (CrmBridgeError, OSError, PackageNotFoundError, UnicodeDecodeError):
        return None
    return tier.word if tier else None


def _claims(found: Distribution) -> bool:
    folder = source_folder(found)
    return (folder / FILE).is_file() if folder else found.read_text(SHIPPED) is not None
