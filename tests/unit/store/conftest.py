from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmbridge.store import Progress, Run, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "private" / "store.db")
    yield opened
    opened.close()


@pytest.fixture
def run(store: Store) -> Iterator[Run]:
    with Progress(store, "main").run("test", "run-1") as held:
        yield held
