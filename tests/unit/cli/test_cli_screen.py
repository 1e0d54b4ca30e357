from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from crmbridge.cli.progress import LINE_EVERY, counting, metered
from crmbridge.cli.screen import Screen, clipped, plain
from crmbridge.model import Company, Deal, Ref
from crmbridge.testing import MemoryConnector

from .conftest import Run

EVIL = "Evil\x1b[31m\x07\u202e AG [bold]x[/bold] [/nosuch]"


def screen(*, terminal: bool) -> tuple[Screen, io.StringIO]:
    told = io.StringIO()
    return Screen(Console(file=io.StringIO()), Console(file=told, force_terminal=terminal, width=100)), told


def test_control_and_hidden_characters_are_taken_out() -> None:
    assert plain("a\x1b[2J\tb\u202ec\u200bd\ne\r\x00") == "a[2J bcd\ne"


def test_names_from_the_crm_cannot_steer_the_terminal(project: Path, crm: MemoryConnector, run: Run) -> None:
    crm.records[Ref(object="company", id="1")] = Company(id="1", name=EVIL)
    run("sync")
    for words in (("centers", "list"), ("centers", "show", "deal:7")):
        result = run(*words)
        assert result.exit_code == 0, result.output
        assert "[bold]x[/bold]" in result.stdout  # shown as it stands, not taken as markup
        assert not {"\x1b", "\x07", "\u202e"} & set(result.output)


def shown_centers(crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    crm.records[Ref("company", "1")] = Company(id="1", name="Vektorkunststofftechnik SE & Co. KGaA")
    crm.add(Deal(id="298621419118", name="x" * 65_536))
    run("sync")
    return run("centers", "list").stdout.splitlines()


@pytest.mark.parametrize("width", [80, 120])
def test_a_table_fits_and_its_ids_can_be_copied(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    lines = shown_centers(crm, run, monkeypatch, width)
    assert max(map(len, lines)) <= width
    (line,) = (line for line in lines if line.startswith("deal:298621419118"))
    assert run("centers", "show", line.split()[0]).exit_code == 0
    assert len(lines) < 20  # although a name has 65,536 characters
    assert len(run("centers", "show", line.split()[0]).stdout) < 3_000
    assert "members" in " ".join(lines)
    assert ("Vektor" in " ".join(lines)) == (width >= 100)  # the companies' column is for wide terminals


def test_a_cell_is_one_line_and_says_that_it_was_cut() -> None:
    assert clipped("a\nb\t c\x1b") == "a b c"
    assert clipped("x" * 60) == "x" * 60
    assert clipped("x" * 61) == "x" * 59 + "…"


def test_the_first_column_is_whole_however_narrow_the_terminal_is() -> None:
    told = io.StringIO()
    out = Console(file=told, width=30)
    Screen(out, out).table(("id", "case", "n"), [("company:298621419118", "Vektorkunststofftechnik", 1)])
    assert "company:298621419118" in told.getvalue()


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    made = Screen.make()
    assert made.err.no_color
    assert made.out.no_color


def test_a_long_message_is_not_cut_into_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Screen.make().note("word " * 100)
    assert capsys.readouterr().err.count("\n") == 1


def test_where_nobody_watches_each_stream_ends_with_a_line() -> None:
    shown, told = screen(terminal=False)
    with metered(shown) as meter:
        meter("contact", 100, None)
        meter("contact", 200, None)
        meter("deal", 10, None)
    assert told.getvalue() == "  contact: 200\n  deal: 10\n"


def test_a_long_stream_tells_now_and_then_how_far_it_is() -> None:
    shown, told = screen(terminal=False)
    with metered(shown) as meter:
        for done in range(0, 2 * LINE_EVERY + 1, 100):
            meter("contact", done, None)
        meter("rows", LINE_EVERY, 3 * LINE_EVERY)
    assert told.getvalue().splitlines() == [
        "  contact: 10,000 so far",
        "  contact: 20,000 so far",
        "  rows: 10,000 of 30,000",
        "  contact: 20,000",
        "  rows: 10,000",
    ]


def test_on_a_terminal_each_stream_has_a_bar_that_is_full_in_the_end() -> None:
    shown, told = screen(terminal=True)
    with metered(shown) as meter:
        add = counting(meter, {"rows": 10})
        meter("contact", 1234, None)
        add("rows", 4)
        add("rows", 6)
    last = told.getvalue().rsplit("\x1b[2K", 1)[-1]
    assert "1,234" in last
    assert "✓" in last


def test_json_is_ascii(project: Path, crm: MemoryConnector, run: Run) -> None:
    crm.records[Ref(object="company", id="1")] = Company(id="1", name="Müller 😀")
    run("sync")
    text = run("centers", "list", "--json").stdout
    assert text.isascii()
    assert json.loads(text)[0]["company"] == "Müller 😀"
