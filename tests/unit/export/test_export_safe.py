from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmbridge.export import Column, Table, write_stream
from crmbridge.export.safe import safe

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫"  # noqa: RUF001 - the point of it
HIDDEN = ' \t\r\n\x00\x0b\x1f\x7f\x85\xa0\xad\u200b\u2028\u202e\u2060\u3000\ufeff"'
RISKY = st.text(st.sampled_from(SIGNS + HIDDEN + ";,'|!1a5.") | st.characters(codec="utf-8"), max_size=12)
PLAIN_NUMBER = re.compile(r"-[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?")


def one_table(rows: list[tuple[str, ...]]) -> Table:
    def items() -> Iterator[tuple[str, ...]]:
        return iter(rows)

    def cell(place: int) -> Column:
        return Column(f"c{place}", "text", lambda row: row[place])

    return Table("cells", "", tuple(map(cell, range(len(rows[0])))), (), items)


def written(rows: list[tuple[str, ...]], *, raw: bool = False) -> str:
    file = io.BytesIO()
    assert write_stream(one_table(rows), file, "csv", raw=raw) == len(rows)
    return file.getvalue().decode("utf-8")


def read(text: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))][1:]


@given(st.lists(st.tuples(st.just("1"), RISKY, RISKY), min_size=1, max_size=4))
@example([("1", "=1+1", "\t=1")])
@example([("1", "\u3000\uff1dcmd", "a;=1")])
@example([("1", 'a;"=1"', "a\n=1")])
def test_no_cell_begins_as_a_formula_does(rows: list[tuple[str, ...]]) -> None:
    # Kills: safe() without the blanks, without the wide forms, without TAB and CR, without what follows a semicolon.
    text = written(rows)
    for cell in (cell for row in read(text) for cell in row):
        assert cell[:1] not in ("\t", "\r", "\n")
        assert cell.lstrip(HIDDEN)[:1] not in tuple(SIGNS) or PLAIN_NUMBER.fullmatch(cell)
    for cell in re.split(r"[;\t\r\n]", text):  # read as German spreadsheets do: commas part nothing
        assert cell.lstrip(HIDDEN)[:1] not in tuple(SIGNS)


@given(st.lists(st.tuples(RISKY, RISKY, RISKY), min_size=1, max_size=4))
def test_a_raw_file_gives_back_every_character(rows: list[tuple[str, ...]]) -> None:
    assert read(written(rows, raw=True)) == rows


@given(RISKY)
def test_only_apostrophes_are_added(text: str) -> None:
    assert safe(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize(
    "text", ["-5", "-5.25", "-1.234,56", "-1e-05", "5", "a@b.example", "Müller-Lüdenscheidt", "", "'"]
)
def test_numbers_and_harmless_texts_stay(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize("text", ["-5+cmd", "-cmd", "+49 170", "- 5", "-5;-6", "--5", "-\u0665"])
def test_what_only_looks_like_a_number_does_not_stay(text: str) -> None:
    assert safe(text).startswith("'")


@pytest.mark.parametrize("blank", HIDDEN, ids=ascii)
def test_no_blank_helps_a_formula_through(blank: str) -> None:
    assert safe(f"{blank}=1").startswith("'")
    assert safe(f"a;{blank}=1").startswith("a;'")


def test_numbers_of_a_column_of_numbers_stay() -> None:
    column = Column("score", "number", lambda row: row)
    file = io.BytesIO()
    write_stream(Table("scores", "", (column,), (), lambda: iter([-0.25, -1e-7])), file, "csv")
    assert file.getvalue() == b"score\r\n-0.25\r\n-1e-07\r\n"


def test_lines_end_and_quotes_double_as_rfc_4180_says() -> None:
    assert written([('a "b", c', "d")]) == 'c0,c1\r\n"a ""b"", c",d\r\n'
