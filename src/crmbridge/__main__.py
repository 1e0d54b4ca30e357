"""Lets ``python -m crmbridge`` do what ``crmbridge`` does."""

from __future__ import annotations

from crmbridge.cli import main

main()
