"""``forget`` and ``subject-access``, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from crmbridge import Bridge, Ref
from crmbridge.store import Store
from crmbridge.testing import MemoryConnector

Run = Callable[..., Result]


@pytest.fixture
def synced(project: Path, run: Run) -> Path:
    assert run("sync").exit_code == 0
    return project


def people(folder: Path) -> set[str]:
    with Bridge.from_config(folder / "crmbridge.toml") as bridge:
        return {person.id for person in bridge.contacts()}


def test_forgetting_asks_first_and_no_means_no(synced: Path, run: Run) -> None:
    done = run("forget", "contact:10", answers=["n"])
    assert done.exit_code != 0
    assert people(synced) == {"10", "11"}
    done = run("forget", "10", answers=["y"])
    assert done.exit_code == 0
    assert people(synced) == {"11"}
    assert "Forgotten: contact:10." in done.stdout
    assert "Not touched: the CRM" in done.stderr


def test_forgetting_prints_one_document_without_names(synced: Path, run: Run) -> None:
    done = run("forget", "10", "--yes", "--json")
    told = json.loads(done.stdout)
    assert (told["forgotten"], told["wiped"], told["connection"]) == (["contact:10"], True, "main")
    assert json.loads(run("sync", "--full", "--json").stdout)["forgotten"] == 1
    assert people(synced) == {"11"}


@pytest.mark.parametrize(
    "words", [[], ["--lift"], ["company:1"], ["contact:"], ["10", "--export", "x"], ["--export", "x", "--import", "y"]]
)
def test_it_wants_one_contact_or_one_file(synced: Path, run: Run, words: list[str]) -> None:
    assert run("forget", *words, "--yes").exit_code == 2
    assert people(synced) == {"10", "11"}


def test_bytes_that_a_reader_keeps_are_told(synced: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kills: ending with 0 although the file still holds them.
    monkeypatch.setattr(Store, "wipe", lambda _: False)
    done = run("forget", "10", "--yes", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["wiped"] is False
    assert "run the same command again" in done.stderr


def test_lifting_and_carrying_tombstones(synced: Path, run: Run) -> None:
    run("forget", "10", "--yes")
    assert "1 tombstones" in run("forget", "--export", "t.json").stdout
    assert "contact:10 is read again" in run("forget", "10", "--lift").stdout
    assert run("sync").exit_code == 0
    assert people(synced) == {"10", "11"}
    assert "Forgotten: contact:10." in run("forget", "--import", "t.json").stdout
    assert people(synced) == {"11"}
    assert "had no tombstone" in run("forget", "11", "--lift").stdout


def test_what_is_held_of_a_person_goes_into_a_private_file(synced: Path, run: Run, crm: MemoryConnector) -> None:
    assert run("plan").exit_code == 0
    done = run("subject-access", "10", "-o", "answer.json")
    assert done.exit_code == 0
    path = synced / "answer.json"
    assert path.stat().st_mode & 0o777 == 0o600
    found = json.loads(path.read_text())
    assert [one["first_name"] for one in found["records"]] == ["P"]
    assert {link["target"] for link in found["links"]} == {"company:1", "contact:10"}
    assert [seat["center"] for seat in found["centers"]] == ["deal:7"]
    assert found["centers"][0]["member"]["id"] == "contact:10"
    assert "contact:11" not in path.read_text(), "nothing of others"
    assert Ref("contact", "10") in crm.records


def test_of_somebody_who_was_forgotten_only_that_is_told(synced: Path, run: Run) -> None:
    run("forget", "10", "--yes")
    told = json.loads(run("subject-access", "10").stdout)
    assert told == {"connection": "main", "subject": "contact:10", "forgotten": True}
    assert "nothing is held" in run("subject-access", "10", "-o", "a.json").stdout
    assert "nothing is held" in run("subject-access", "404", "-o", "a.json").stdout
