"""The pytest plugin: fixtures for tests of plugins and connectors. It is there wherever crmbridge is installed.

``-p no:crmbridge`` leaves it out. Every run of pytest imports this module, so what it needs is loaded by the fixtures.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from crmbridge.sandbox.server import Sandbox
    from crmbridge.testing.portal import SamplePortal
    from crmbridge.testing.project import BridgeProject


@pytest.fixture
def portal() -> SamplePortal:
    """An empty HubSpot account without rate limits; a few lines fill it."""
    from crmbridge.testing.portal import SamplePortal

    return SamplePortal()


@pytest.fixture
def sandbox(portal: SamplePortal) -> Iterator[Sandbox]:
    """The account ``portal``, served on this machine: ``base_url`` and ``token`` are what a connection needs."""
    from crmbridge.sandbox import serve

    with serve(portal.account) as served:
        yield served


@pytest.fixture
def bridge_project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., BridgeProject]]:
    """Makes a project: ``bridge_project(plugins=["roles"], config="", portal=None)``.

    It is a temporary folder with ``crmbridge.toml``, which becomes the current one. Its account is ``portal`` unless
    another is given; these plugins run, and no others: names of installed ones, or modules.
    """
    from crmbridge.sandbox import serve
    from crmbridge.testing.project import TOKEN, BridgeProject, install, write_config

    with ExitStack() as open_ones:

        def make(
            plugins: Sequence[str | ModuleType] = (), config: str = "", portal: SamplePortal | None = None
        ) -> BridgeProject:
            account = (portal or request.getfixturevalue("portal")).account
            served = open_ones.enter_context(serve(account))
            path = tmp_path_factory.mktemp("project")
            names = install(plugins, path / ".installed", monkeypatch)
            write_config(path, served.base_url, config)
            monkeypatch.setenv(TOKEN, served.token)
            monkeypatch.chdir(path)
            return BridgeProject(path, served, names, monkeypatch)

        yield make
