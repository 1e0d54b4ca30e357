from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner, Result

from crmbridge.cli import app
from crmbridge.model import Company, Contact, Deal
from crmbridge.testing import MemoryConnector

CONFIG = """
[connections.main]
connector = "memory"

[privacy]
processing = "legitimate-interest"
"""

BRIDGEFILE = """
import fake_crm_of_cli_tests as fake
from crmbridge import ConnectorSettings, ConnectorSpec, hookimpl

class Settings(ConnectorSettings):
    pass

@hookimpl
def register_connectors():
    yield ConnectorSpec(name="memory", settings=Settings, open=lambda _: fake.crm)
"""

Run = Callable[..., Result]


@pytest.fixture
def crm(monkeypatch: pytest.MonkeyPatch) -> MemoryConnector:
    """A CRM of one company, two people and a deal; the bridgefile hands it to every command."""
    ticks = iter(range(10_000))
    start = datetime.now(UTC) - timedelta(days=30)
    made = MemoryConnector(clock=lambda: start + timedelta(seconds=next(ticks)))
    firm = made.add(Company(id="1", name="Muster AG"))
    deal = made.add(Deal(id="7", name="Presse"))
    people = [made.add(Contact(id=str(10 + place), first_name="P", last_name=str(place))) for place in range(2)]
    for person in people:
        made.connect(deal, person)
        made.connect(person, firm, "Primary", primary=True)
    made.connect(deal, firm, "Primary", primary=True)
    home = ModuleType("fake_crm_of_cli_tests")
    vars(home)["crm"] = made
    monkeypatch.setitem(sys.modules, home.__name__, home)
    return made


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with nothing in the environment that a command reads."""
    for name in ("CRMBRIDGE_CONFIG", "CRMBRIDGE_PLUGINS", "HUBSPOT_TOKEN", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def project(folder: Path, crm: MemoryConnector, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration for that CRM, and no plugin but its bridgefile."""
    monkeypatch.setenv("CRMBRIDGE_PLUGINS", "bridgefile")
    (folder / "crmbridge.toml").write_text(CONFIG)
    (folder / "bridgefile.py").write_text(BRIDGEFILE)
    return folder


@pytest.fixture
def run() -> Run:
    """Runs a command line and keeps stdout and stderr apart."""

    def call(*words: str, answers: Sequence[str] = ()) -> Result:
        return CliRunner().invoke(app, list(words), input="\n".join([*answers, ""]) if answers else None)

    return call
