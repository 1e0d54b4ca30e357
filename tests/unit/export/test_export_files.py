"""Files that appear whole or not at all, that only their owner reads, and that never take another's place."""

from __future__ import annotations

import csv
import errno
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crmbridge import Bridge
from crmbridge.errors import FixConfig, FixRequest
from crmbridge.export import Column, Table, target_of, write_tables
from crmbridge.export.columns import Kind, Value
from crmbridge.export.files import FORMATS, private_file

from .conftest import MODIFIED


def column_of(kind: Kind, *values: Value) -> Table:
    return Table("values", "", (Column("v", kind, lambda row: row),), (), lambda: iter(values))


def failing() -> Table:
    def items() -> Iterator[str]:
        yield "one"
        raise RuntimeError

    return Table("broken", "", (Column("v", "text", lambda row: row),), (), items)


@pytest.mark.parametrize("wanted", FORMATS)
def test_a_folder_and_its_files_are_their_owners_alone(wanted: str, bridge: Bridge, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    result = bridge.export(["contacts", "roles"], folder, format=wanted)  # type: ignore[arg-type]  # any of FORMATS
    assert [file.path for file in result.files] == [folder / f"contacts.{wanted}", folder / f"roles.{wanted}"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert {path.name for path in folder.iterdir()} == {file.path.name for file in result.files}
    assert result.files[0].rows == 2


def test_all_tables_are_exported_where_none_is_named(bridge: Bridge, tmp_path: Path) -> None:
    result = bridge.export([], tmp_path / "all", format="jsonl")
    assert [file.table for file in result.files] == list(bridge.exportable())


@pytest.mark.parametrize("wanted", FORMATS)
def test_an_export_that_fails_leaves_nothing_and_takes_nothing_away(wanted: str, tmp_path: Path) -> None:
    # Kills: files that take their places one by one.
    target = target_of(tmp_path, wanted, ["values", "broken"])  # type: ignore[arg-type]  # any of FORMATS
    target.of("broken").write_text("old")
    with pytest.raises(RuntimeError):
        write_tables([column_of("text", "a"), failing()], target, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == [f"broken.{wanted}"]
    assert target.of("broken").read_text() == "old"


def test_a_disk_that_is_full_at_the_last_table_leaves_every_place_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Kills: files kept one by one as they take their places: some tables would be new and some old.
    target, real, left = target_of(tmp_path, "jsonl", ["a", "b", "c"]), os.fsync, [1]

    def full(number: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(number)

    for name in "abc":
        target.of(name).write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    tables = [replace(column_of("text", "x"), name=name) for name in "abc"]
    with pytest.raises(OSError, match="No space left"):
        write_tables(tables, target, overwrite=True)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(
        ("a.jsonl", "b.jsonl", "c.jsonl"), "old"
    )


def test_a_file_that_comes_up_at_one_place_keeps_the_others_from_theirs(tmp_path: Path) -> None:
    # Kills: each place looked at only when its own file takes it.
    target = target_of(tmp_path, "csv", ["values", "late"])

    def items() -> Iterator[str]:
        target.of("values").write_text("theirs")
        yield "x"

    late = Table("late", "", (Column("v", "text", lambda row: row),), (), items)
    with pytest.raises(FixConfig, match="values.csv is there already"):
        write_tables([column_of("text", "a"), late], target)
    assert [path.name for path in tmp_path.iterdir()] == ["values.csv"]


def test_what_a_killed_export_left_goes_with_the_next_one_to_that_place(tmp_path: Path) -> None:
    # Kills: personal data of killed exports that lies about for good; taking away what is being written, or another's.
    path, killed, alive = tmp_path / "a.csv", tmp_path / ".a.csv.x1.part", tmp_path / ".a.csv.x2.part"
    others = [tmp_path / ".b.csv.x3.part", tmp_path / ".a.csv.swp"]
    for left in (killed, alive, *others):
        left.write_text("personal")
    for old in (killed, *others):
        os.utime(old, (0, 0))
    with private_file(path) as file:
        file.write(b"x")
    assert sorted(tmp_path.iterdir()) == sorted([path, alive, *others])


def test_a_file_that_is_there_stays_unless_it_is_to_be_overwritten(bridge: Bridge, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text("somebody's")
    path.chmod(0o644)
    with pytest.raises(FixConfig, match="is there already: .* --overwrite"):
        bridge.export("contacts", path)
    assert path.read_text() == "somebody's"
    bridge.export("contacts", path, overwrite=True)
    assert path.read_text().startswith("id,email")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_comes_up_meanwhile_stays(tmp_path: Path) -> None:
    # Kills: looking only before the work.
    path = tmp_path / "a.csv"
    with pytest.raises(FixConfig), private_file(path) as file:
        file.write(b"ours")
        path.write_text("theirs")
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_to_somewhere_else_is_not_followed(tmp_path: Path) -> None:
    other, path = tmp_path / "other", tmp_path / "a.csv"
    path.symlink_to(other)
    with pytest.raises(FixConfig), private_file(path):
        pass
    with private_file(path, overwrite=True) as file:
        file.write(b"x")
    assert not other.exists()
    assert not path.is_symlink()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FixConfig, match="cannot be written"), private_file(tmp_path / "file" / "a.csv"):
        pass
    with pytest.raises(FixConfig, match="is a folder"), private_file(tmp_path):
        pass


def test_the_name_of_a_file_says_its_format_and_another_one_is_refused(tmp_path: Path) -> None:
    assert target_of(tmp_path / "a.PARQUET", None, ["roles"]).format == "parquet"
    assert target_of(tmp_path / "a.b", None, ["roles"]).of("roles") == tmp_path / "a.b" / "roles.csv"
    with pytest.raises(FixConfig, match=r"is to be jsonl, and ends in \.csv"):
        target_of(tmp_path / "a.csv", "jsonl", ["roles"])
    with pytest.raises(FixConfig, match="can hold one table, and there are 2"):
        target_of(tmp_path / "a.csv", None, ["roles", "members"])


def test_cells_are_guarded_in_csv_and_exact_where_programs_read(bridge: Bridge, tmp_path: Path) -> None:
    guarded, raw = tmp_path / "guarded.csv", tmp_path / "raw.csv"
    bridge.export("contacts", guarded)
    bridge.export("contacts", raw, raw=True)
    bridge.export("contacts", tmp_path / "c.jsonl")
    bridge.export("contacts", tmp_path / "c.parquet")
    with guarded.open(encoding="utf-8", newline="") as file:
        anna = next(csv.DictReader(file))
    assert (anna["properties.note"], anna["properties.score"], anna["properties.hobby"]) == ("'=1+1", "-5", "")
    assert anna["emails"] == "anna@muster.example;a.beispiel@muster.example"
    with raw.open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["properties.note"] == "=1+1"
    assert json.loads((tmp_path / "c.jsonl").read_text("utf-8").splitlines()[0])["properties.note"] == "=1+1"
    assert pq.read_table(tmp_path / "c.parquet").to_pylist()[0]["properties.note"] == "=1+1"


def test_a_parquet_file_gives_back_the_rows_with_their_types(bridge: Bridge, tmp_path: Path) -> None:
    for name in ("contacts", "deals", "members", "journeys", "feedback"):
        path = tmp_path / f"{name}.parquet"
        bridge.export(name, path)
        rows = [{key: list(v) if isinstance(v, tuple) else v for key, v in row.items()} for row in bridge.rows(name)]
        assert pq.read_table(path).to_pylist() == rows
    schema = pq.read_schema(tmp_path / "contacts.parquet")
    assert schema.field("updated_at").type == pa.timestamp("us", "UTC")
    assert schema.field("emails").type == pa.list_(pa.string())
    assert pq.read_schema(tmp_path / "deals.parquet").field("amount").type == pa.decimal128(38, 9)
    assert pq.read_table(tmp_path / "contacts.parquet").column("updated_at")[0].as_py() == MODIFIED


def test_a_long_table_is_written_in_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kills: one row group, for which all rows are held.
    monkeypatch.setattr("crmbridge.export.parquet.ROW_GROUP", 3)
    target = target_of(tmp_path / "v.parquet", None, ["values"])
    assert write_tables([column_of("integer", *range(7))], target)[0].rows == 7
    assert pq.ParquetFile(tmp_path / "v.parquet").num_row_groups == 3
    assert pq.read_table(tmp_path / "v.parquet").column("v").to_pylist() == list(range(7))


@pytest.mark.parametrize(("kind", "value"), [("decimal", Decimal("0.12345678901")), ("integer", 2**70)])
def test_a_number_that_parquet_cannot_hold_is_told_without_the_number(kind: Kind, value: Value, tmp_path: Path) -> None:
    with pytest.raises(FixRequest, match="values: a value of column v does not fit") as told:
        write_tables([column_of(kind, value)], target_of(tmp_path / "v.parquet", None, ["values"]))
    assert str(value) not in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_without_pyarrow_it_is_said_what_to_install(
    bridge: Bridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(FixConfig, match=r'pip install "crmbridge\[parquet\]"'):
        bridge.export("deals", tmp_path / "deals.parquet")
    assert list(tmp_path.iterdir()) == []
    bridge.export("deals", tmp_path / "deals.csv")


@pytest.mark.parametrize(
    ("kind", "value", "cell", "document"),
    [
        ("datetime", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("date", date(2026, 1, 2), "2026-01-02", "2026-01-02"),
        ("boolean", False, "false", False),
        ("decimal", Decimal("1E+3"), "1000", "1000"),
        ("decimal", Decimal("0.10"), "0.10", "0.10"),
        ("number", 0.1, "0.1", 0.1),
        ("texts", ("=a", "b"), "'=a;b", ["=a", "b"]),
        ("texts", (), "", []),
        ("text", None, "", None),
    ],
)
def test_a_value_is_written_as_documented(
    kind: Kind, value: Value, cell: str, document: object, tmp_path: Path
) -> None:
    for name in ("v.csv", "v.jsonl"):
        write_tables([column_of(kind, value)], target_of(tmp_path / name, None, ["values"]))
    with (tmp_path / "v.csv").open(encoding="utf-8", newline="") as file:
        assert [row["v"] for row in csv.DictReader(file)] == [cell]
    assert json.loads((tmp_path / "v.jsonl").read_text("utf-8")) == {"v": document}
