"""Generates a believable B2B portal in German and English."""

from __future__ import annotations

from crmbridge.sandbox.generator.build import generate

__all__ = ["generate"]
