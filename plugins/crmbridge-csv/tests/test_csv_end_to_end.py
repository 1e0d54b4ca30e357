"""A folder of CSV files through a whole run: sync, judge, plan, apply, and back."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crmbridge import Bridge
from crmbridge.app import load_plugins
from crmbridge.config import Config
from crmbridge.model import PropertyChange

CONFIG = """
[connections.main]
connector = "csv"
folder = "crm"
timezone = "Europe/Berlin"

[privacy]
processing = "legitimate-interest"
assessment = "invented people"

[sync]
since_months = 0
"""


@pytest.fixture(scope="module")
def finished(files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after its first apply."""
    path = tmp_path_factory.mktemp("finished")
    (path / "crm").mkdir()
    for name, text in files.items():
        (path / "crm" / name).write_text(text, encoding="utf-8")
    (path / "crmbridge.toml").write_text(CONFIG, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRMBRIDGE_PLUGINS", "csv,roles")
        with Bridge.from_config(path / "crmbridge.toml") as bridge:
            applied(bridge)
    return path


@pytest.fixture
def config(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # the folder counts from the configuration, not from where it is run
    monkeypatch.setenv("CRMBRIDGE_PLUGINS", "csv,roles")
    return tmp_path / "crmbridge.toml"


@pytest.fixture
def values(config: Path) -> Path:
    return config.parent / "crm/crmbridge/contacts.csv"


def planned(bridge: Bridge) -> dict[tuple[str, str], str | None]:
    """Sync, and tell what would be written."""
    bridge.sync()
    return {(str(row.subject), row.property): row.after for row in bridge.plan() if isinstance(row, PropertyChange)}


def applied(bridge: Bridge) -> None:
    bridge.sync()
    plan = bridge.plan()
    done = bridge.apply(plan, approve=plan.hash)
    assert (done.status, done.conflicts, done.invalid, done.rejected, done.unknown) == ("done", 0, 0, 0, 0)
    assert bridge.failures == 0


def column(path: Path, name: str) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["id"]: row[name] for row in csv.DictReader(file)}


def test_what_is_judged_stands_in_the_folder_and_the_second_plan_is_empty(config: Path, values: Path) -> None:
    with Bridge.from_config(config) as bridge:
        assert column(values, "crmb_roles") == {"1": "decider", "2": "buyer", "3": "decider"}
        assert column(values, "crmb_seniority")["2"] == "lead"
        assert column(values.with_name("deals.csv"), "crmb_missing_roles") == {"1": "influencer;user"}
        assert bridge.plan().is_empty
        assert planned(bridge) == {}
        assert list(bridge.drift()) == []


def test_a_persons_edit_is_a_decision(config: Path, values: Path) -> None:
    with Bridge.from_config(config) as bridge:
        text = values.read_text("utf-8-sig")
        values.write_text(text.replace("buyer,lead", "gatekeeper,lead"), encoding="utf-8")
        rows = planned(bridge)
        assert ("contact:2", "crmb_roles") not in rows
        assert rows["contact:2", "crmb_role_evidence"] == "gatekeeper 1.00: set by a person in the CRM"
        applied(bridge)
        assert column(values, "crmb_roles")["2"] == "gatekeeper"
        assert bridge.plan().is_empty


def test_an_edit_after_the_plan_is_a_conflict(config: Path, values: Path, write: Callable[..., Path]) -> None:
    with Bridge.from_config(config) as bridge:
        write(contacts="id,email,job_title,company_id\n1,anna@muster.example,Werkstudentin,1\n2,b@m.example,CEO,1\n")
        bridge.sync()
        plan = bridge.plan()
        text = values.read_text("utf-8-sig")
        values.write_text(text.replace("buyer,lead", "gatekeeper,lead"), encoding="utf-8")
        done = bridge.apply(plan, approve=plan.hash)
        assert done.conflicts == 1
        assert column(values, "crmb_roles")["2"] == "gatekeeper"


def test_each_sync_sees_rows_that_came_changed_and_went(config: Path, write: Callable[..., Path]) -> None:
    with Bridge.from_config(config) as bridge:
        again = bridge.sync()
        assert (again.changed.get("contact", 0), again.archived.get("contact", 0)) == (0, 0)
        write(contacts="id,first_name,job_title\n2,Bert,CEO\n3,Cleo,Werkleiterin\n4,Dana,CFO\n")
        result = bridge.sync()
        # mutant: without `not desk.can.changes` in the engine nothing is read for a week
        assert (result.changed["contact"], result.archived["contact"]) == (3, 1)


def test_a_write_is_taken_back(config: Path, values: Path) -> None:
    with Bridge.from_config(config) as bridge:
        before = {path.name: path.read_bytes() for path in (config.parent / "crm").glob("*.csv")}
        plan = bridge.uninstall()
        assert bridge.apply(plan, approve=plan.hash).status == "done"
        assert values.read_text("utf-8-sig").split() == ["id"]
        assert {path.name: path.read_bytes() for path in (config.parent / "crm").glob("*.csv")} == before


def test_the_package_loads_nothing_until_a_connection_opens(config: Path) -> None:
    specs = load_plugins(Config.load(config)).connectors()
    assert specs["csv"].texts["email"] == "text"
    assert "contacts.csv" in specs["csv"].setup
