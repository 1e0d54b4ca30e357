"""Fixtures for tests against the sandbox: name this module in ``pytest_plugins`` of your ``conftest.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crmbridge.sandbox import Portal, serve
from crmbridge.sandbox.server import Sandbox


@pytest.fixture
def portal() -> Portal:
    """An empty HubSpot account without rate limits; fill it with ``add`` and ``link``."""
    made = Portal()
    made.limits.off()
    return made


@pytest.fixture
def sandbox(portal: Portal) -> Iterator[Sandbox]:
    """The account ``portal``, served on this machine: ``base_url`` and ``token`` are what a connection needs."""
    with serve(portal) as served:
        yield served
