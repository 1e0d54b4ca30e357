"""The command line: ``crmbridge``, and ``python -m crmbridge``."""

from crmbridge.cli.program import app, main

__all__ = ["app", "main"]
