"""The pytest plugin works for a stranger's test, in a pytest run of its own, and costs others next to nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import crmbridge.testing

TEST = """
from hubspot import HubSpot

def test_a_contact_is_served(portal, sandbox):
    made = portal.person("Anna Beispiel", "CFO")
    client = HubSpot(access_token=sandbox.token, host=sandbox.base_url)
    assert client.crm.contacts.basic_api.get_by_id(made.id, properties=["jobtitle"]).properties["jobtitle"] == "CFO"
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def test_a_strangers_test_gets_a_portal_without_a_conftest(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TEST)
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_the_plugin_can_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("def test_none(portal):\n    pass\n")
    done = run(tmp_path, "-p", "no:crmbridge")
    assert "fixture 'portal' not found" in done.stdout


def test_importing_the_plugin_loads_nothing_else() -> None:
    # mutant: `from crmbridge.testing.portal import SamplePortal` at the top of fixtures.py
    code = (
        "import sys, pytest; before = set(sys.modules); import crmbridge.testing.fixtures\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["crmbridge", "crmbridge.testing", "crmbridge.testing.fixtures"]


def test_every_name_of_the_kit_is_there() -> None:
    assert [name for name in crmbridge.testing.__all__ if getattr(crmbridge.testing, name).__name__ != name] == []
    with pytest.raises(AttributeError, match="PluginContrat"):
        _ = crmbridge.testing.PluginContrat
