from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run


@pytest.fixture
def file(project: Path, run: Run) -> Path:
    assert run("sync").exit_code == 0
    path = project / "fair.csv"
    path.write_text(
        "date,contact id,deal,channel,topic\n2026-05-04,10,7,trade_fair,presses\n2026-05-04,99,,trade_fair,x\n"
    )
    return path


def test_an_import_is_told_listed_counted_and_taken_out_again(file: Path, run: Run) -> None:
    done = run("touchpoints", "import", str(file))
    assert done.exit_code == 0, done.stderr
    assert "fair: of 2 rows 1 are new, 0 were there already." in done.stdout
    assert "there is no such contact" in done.stdout
    assert "crmbridge plan" in done.stderr
    assert "1 are new" not in run("touchpoints", "import", str(file)).stdout
    listed = run("touchpoints", "list").stdout
    assert "fair" in listed
    assert "2026-05-04" in listed
    matrix = run("touchpoints", "matrix")
    assert matrix.exit_code == 0, matrix.stderr
    assert "trade_fair" in matrix.stdout
    assert "1 (1)" in matrix.stdout
    assert "1 touchpoints of fair were removed" in run("touchpoints", "remove", "fair").stdout
    assert "No touchpoints were imported." in run("touchpoints", "list").stdout
    assert "no touches" in run("touchpoints", "matrix").stdout


def test_a_machine_reads_lines_and_cells(file: Path, run: Run) -> None:
    told = json.loads(run("touchpoints", "import", str(file), "--dry-run", "--json").stdout)
    assert told["connection"] == "main"
    assert (told["new"], told["dry_run"], told["lines"]) == (
        1,
        True,
        [{"line": 3, "reason": "there is no such contact"}],
    )
    assert run("touchpoints", "import", str(file), "--source", "x").exit_code == 0
    (source,) = json.loads(run("touchpoints", "list", "--json").stdout)["sources"]
    assert source == {"name": "x", "touchpoints": 1, "first_on": "2026-05-04", "last_on": "2026-05-04"}
    (cell,) = json.loads(run("touchpoints", "matrix", "--by", "role", "--json").stdout)["cells"]
    assert (cell["group"], cell["channel"], cell["touches"]) == ("none", "trade_fair", 1)


def test_strict_fails_with_the_line_and_stores_nothing(file: Path, run: Run) -> None:
    done = run("touchpoints", "import", str(file), "--strict")
    assert done.exit_code == 1
    assert "line 3 (there is no such contact)" in done.stderr
    assert json.loads(run("touchpoints", "list", "--json").stdout)["sources"] == []


def test_an_unknown_mapping_says_which_there_are(file: Path, run: Run) -> None:
    done = run("touchpoints", "import", str(file), "--mapping", "excel")
    assert done.exit_code == 2
    assert "adobe-campaign, crmbridge, ga4" in " ".join(done.stderr.split())
