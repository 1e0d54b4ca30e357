"""The fixtures work for a stranger's test, in a pytest run of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONFTEST = 'pytest_plugins = ["crmbridge.testing.fixtures"]\n'
TEST = """
from hubspot import HubSpot

def test_a_contact_is_served(portal, sandbox):
    made = portal.add("contacts", {"email": "a@b.example", "jobtitle": "CFO"})
    client = HubSpot(access_token=sandbox.token, host=sandbox.base_url)
    assert client.crm.contacts.basic_api.get_by_id(made, properties=["jobtitle"]).properties["jobtitle"] == "CFO"
"""


def test_a_strangers_test_gets_a_portal_in_three_lines(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_mine.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
