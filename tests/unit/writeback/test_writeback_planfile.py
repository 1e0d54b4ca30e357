"""Plans travel as files, and no byte of them may change on the way."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmbridge.errors import RemakePlan
from crmbridge.model import Change, Plan, PropertySpec
from crmbridge.store import Progress, Store
from crmbridge.writeback import import_plan, read_plan, write_plan

from .conftest import Portal

NOTE = PropertySpec(object="contact", name="note", label="Note", type="text")


@pytest.fixture
def plan(portal: Portal) -> Plan:
    portal.register(NOTE)
    portal.contacts("1", "2")
    portal.judge({"1": "Zoë\n;,\"'", "2": "x"}, "note")
    return portal.plan()


@pytest.fixture
def path(plan: Plan, tmp_path: Path) -> Path:
    write_plan(plan, tmp_path / "plan.jsonl")
    return tmp_path / "plan.jsonl"


def test_a_plan_comes_back_as_it_was_written(plan: Plan, path: Path) -> None:
    again = read_plan(path)
    assert again.header == plan.header.model_copy(update={"id": "", "created_at": None})
    assert list(again) == list(plan) == list(again)


def test_the_same_plan_is_the_same_bytes(portal: Portal, plan: Plan, path: Path) -> None:
    """Kills: writing the id of a plan, or when it was made."""
    again = portal.plan()
    assert again.header.id != plan.header.id
    write_plan(again, path.with_name("again"))
    assert path.with_name("again").read_bytes() == path.read_bytes()


def test_a_file_leads_to_the_plan_it_was_written_from(portal: Portal, plan: Plan, path: Path) -> None:
    """Kills: taking every file for a stranger, by which the journal of one plan would be parted in two."""
    with portal.run() as run:
        assert import_plan(portal.store, "main", read_plan(path), run=run).header == plan.header


def test_a_file_of_a_finished_plan_writes_nothing_again(portal: Portal, plan: Plan, path: Path) -> None:
    assert portal.apply(plan).status == "done"
    before = portal.crm.calls
    result = portal.apply(read_plan(path))
    assert (result.status, result.confirmed, result.calls) == ("done", 0, 0)
    assert portal.crm.calls == before


def test_the_file_is_its_owners_only(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_is_replaced_whole_or_not_at_all(plan: Plan, path: Path) -> None:
    def rows() -> Iterator[Change]:
        yield next(iter(plan))
        raise OSError("disk full")

    before = path.read_bytes()
    with pytest.raises(OSError, match="disk full"):
        write_plan(Plan(plan.header, rows), path)
    assert path.read_bytes() == before
    assert [item.name for item in path.parent.iterdir() if "plan" in item.name] == ["plan.jsonl"]


def test_an_altered_byte_is_found_wherever_it_is(path: Path) -> None:
    """T28. Kills: sealing the rows but not the header, or trusting the last line."""
    whole = path.read_bytes()
    ends = {place for line in range(len(whole)) if whole[line] == ord("\n") for place in (line - 1, line)}
    for place in sorted({*range(0, len(whole), 11), *ends}):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(RemakePlan, match=r"plan\.jsonl"):
            read_plan(path)


@pytest.mark.parametrize("end", [0, 1, 100, -1, -2, -90])
def test_a_file_that_is_cut_off_is_refused(path: Path, end: int) -> None:
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(RemakePlan):
        read_plan(path)


@pytest.mark.parametrize("order", [[0, 2, 1, 3, 4, 5], [0, 1, 2, 3, 5], [0, 1, 2, 3, 3, 4, 5], [0, 1, 2, 3, 4]])
def test_lines_keep_their_order_and_number(path: Path, order: list[int]) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 6
    path.write_bytes(b"".join(lines[place] for place in order))
    with pytest.raises(RemakePlan):
        read_plan(path)


def test_a_file_with_something_behind_it_is_refused(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\n")
    with pytest.raises(RemakePlan):
        read_plan(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a plan file"),
        (b"[1]\n", "not a plan file"),
        (b"[" * 100_000 + b"\n", "not a plan file"),
        (b"\xff\xfe\n", "not a plan file"),
        (b'{"header": {}}\n', "not a plan file"),
        (b'{"crmbridge_plan": 2, "header": {}}\n', "newer crmbridge"),
        (b'{"crmbridge_plan": 1, "header": {"id": "secret"}}\n', "altered"),
    ],
)
def test_another_file_is_refused_and_not_quoted(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(RemakePlan, match=message) as caught:
        read_plan(path)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RemakePlan, match="cannot be read"):
        read_plan(tmp_path / "none")


def test_rows_are_checked_again_whenever_they_stream(portal: Portal, path: Path) -> None:
    """Kills: checking once, by which a file exchanged between review and apply would be taken in."""
    plan = read_plan(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:-2], lines[-1]]))
    here = len(portal.journal.plans.headers(9))
    other = Plan(plan.header.model_copy(update={"hash": "0" * 64}), plan.open_rows)
    with portal.run() as run, pytest.raises(RemakePlan):
        import_plan(portal.store, "main", other, run=run)
    assert len(portal.journal.plans.headers(9)) == here


def test_a_plan_from_elsewhere_is_stored_and_parked(plan: Plan, tmp_path: Path) -> None:
    other = Plan(plan.header.model_copy(update={"id": "elsewhere"}), plan.open_rows)
    store = Store.open(tmp_path / "elsewhere" / "store.db")
    with Progress(store, "main").run("import", "run") as run:
        stored = import_plan(store, "main", other, run=run)
        assert import_plan(store, "main", other, run=run).header == stored.header
    assert list(stored) == list(plan)
    assert "foreign-plan" in [finding.code for finding in stored.parked]
    store.close()


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({"connection": "other"}, "name that connection"),
        ({"account_id": "other"}, "name that connection"),
        ({"hash": ""}, "was not finished"),
        ({"hash": "0" * 64}, "differs from the stored plan"),
    ],
)
def test_a_plan_that_is_not_this_connections_is_refused(
    portal: Portal, plan: Plan, update: dict[str, str], message: str
) -> None:
    with portal.run() as run, pytest.raises(RemakePlan, match=message):
        import_plan(portal.store, "main", Plan(plan.header.model_copy(update=update), plan.open_rows), run=run)
