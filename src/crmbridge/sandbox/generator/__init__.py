"""Generates portals: a believable one in German and English, or a large one quickly."""

from __future__ import annotations

from crmbridge.sandbox.generator.build import generate
from crmbridge.sandbox.generator.bulk import generate_bulk

__all__ = ["generate", "generate_bulk"]
