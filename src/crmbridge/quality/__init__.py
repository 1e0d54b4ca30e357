"""How good a plugin is: samples to ask it with, probes that watch it, and the scale it is held to.

``tier_of`` tells what an installed plugin claims, without importing it.
"""

from crmbridge.quality.installed import tier_of

__all__ = ["tier_of"]
