from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmbridge.errors import FixConfig
from crmbridge.model import BuyingCenter
from crmbridge.report import ReportResult, write_report

AS_OF = date(2026, 3, 31)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_result_says_what_was_written(tmp_path: Path, any_center: Callable[[int], BuyingCenter]) -> None:
    path = tmp_path / "report.html"
    centers = (any_center(number) for number in range(9))
    result = write_report(path, centers, account="Muster", as_of=AS_OF, top=2, rows=5)
    assert result == ReportResult(path=path, centers=9, rows=5, maps=2)


def test_the_file_is_private_whatever_was_there_before(tmp_path: Path, full_center: BuyingCenter) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    path.chmod(0o644)
    write_report(str(path), [full_center], account="Muster", as_of=AS_OF)
    assert mode(path) == 0o600
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_missing_folder_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    write_report(path, [], account="Muster", as_of=AS_OF)
    assert (mode(path.parent), mode(path)) == (0o700, 0o600)


def test_a_failing_stream_leaves_the_old_report(tmp_path: Path, full_center: BuyingCenter) -> None:
    def broken() -> Iterator[BuyingCenter]:
        yield full_center
        raise RuntimeError("the store went away")

    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        write_report(path, broken(), account="Muster", as_of=AS_OF)
    assert [(item.name, item.read_text()) for item in tmp_path.iterdir()] == [("report.html", "old")]


def test_a_failure_while_rendering_leaves_no_partial_file(
    tmp_path: Path, full_center: BuyingCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Mutant: write straight into the target.
    def half(**_: Any) -> Iterator[str]:
        yield "<!DOCTYPE html>" * 10_000
        raise RuntimeError("template")

    path = tmp_path / "report.html"
    path.write_text("old")
    monkeypatch.setattr(sys.modules[write_report.__module__], "render_page", half)
    with pytest.raises(RuntimeError):
        write_report(path, [full_center], account="Muster", as_of=AS_OF)
    assert [(item.name, item.read_text()) for item in tmp_path.iterdir()] == [("report.html", "old")]


@pytest.mark.parametrize("name", ["file/report.html", "folder"])
def test_a_place_that_cannot_be_written_says_what_to_set(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FixConfig, match=r"\[report\] path"):
        write_report(tmp_path / name, [], account="Muster", as_of=AS_OF)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["file", "folder"]


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FixConfig, match="No space left"):
        write_report(tmp_path / "report.html", [], account="Muster", as_of=AS_OF)
    assert list(tmp_path.iterdir()) == []


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, any_center: Callable[[int], BuyingCenter]) -> None:
    centers = [any_center(number) for number in range(12)]
    one, two = tmp_path / "one.html", tmp_path / "two.html"
    write_report(one, centers, account="Muster", as_of=AS_OF)
    write_report(two, centers[::-1], account="Muster", as_of=AS_OF)
    assert one.read_bytes() == two.read_bytes()
