"""What holds for all tests: a slow machine is no failure, and what all of them need is done once."""

from __future__ import annotations

import gc
from functools import cache

import typer.testing
from hypothesis import HealthCheck, settings
from typer.main import get_command

settings.register_profile("crmbridge", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("crmbridge")

# Typer's runner puts the command line together for each call, which takes longer than most commands.
vars(typer.testing)["_get_command"] = cache(get_command)


def pytest_collection_finish() -> None:
    """Spare the garbage collector thousands of tests and modules, which live to the end anyway."""
    gc.collect()
    gc.freeze()
