from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest
from pydantic import ValidationError

from crmbridge.errors import FixRequest, RetryLater
from crmbridge_csv import source as module
from crmbridge_csv.connector import CsvConnector
from crmbridge_csv.mapping import FILES, NEEDED, known
from crmbridge_csv.settings import CsvSettings

Open = Callable[..., CsvConnector]
SECRET = "geheim"

FAULTS = [
    ("", "line 1", "there are no heads"),
    ("\n\n", "line 1", "there are no heads"),
    (f"name,{SECRET}\nx,y\n", "line 1", "there is no column id"),
    ("id,email,E-Mail,e_mail,email\n", "line 1", "email stands there twice"),
    (f"id,first_name\n1,{SECRET}\n2,b\n1,c\n", "line 4", "stands on another line too"),
    (f"id,first_name\n ,{SECRET}\n", "line 2", "the id is empty"),
    (f"id,first_name\n1,{SECRET},c\n", "line 2", "3 cells under 2 heads"),
    (f'id,first_name\n1,"two\nlines"\n2,{SECRET},c\n', "line 4", "3 cells under 2 heads"),
    (f"id,first_name\n1,{SECRET}\0\n", "line 2", "a NUL character"),
    (f'id,first_name\n1,"{SECRET}"x\n', "line 2", "mend the quotation marks"),
    (f'id,first_name\n1,"{SECRET}\n2,b\n', "line 2", "mend the quotation marks"),
    (f"id,first_name\n1,{'x' * 200_000}\n", "line 2", "field larger than"),
    (f"id,created_at\n1,2026-01-01\n2,{SECRET}\n", "line 3", "column created_at: no day or time; write 2026-12-31"),
    ("id,created_at\n1,31/12/2026\n", "line 2", "no day or time"),
    ("id,created_at\n1,2026\n", "line 2", "no day or time"),
    ("id,created_at\n1,31.02.2026\n", "line 2", "no day or time"),
]


@pytest.mark.parametrize(("text", "line", "why"), FAULTS)
def test_what_is_wrong_is_told_with_file_and_line_and_nobodys_data(
    opened: Open, text: str, line: str, why: str
) -> None:
    connector = opened(contacts=text)
    with pytest.raises(FixRequest) as raised:
        connector.read_page("contact", (), None)
    assert f"contacts.csv {line}: " in str(raised.value)
    assert why in str(raised.value)
    assert SECRET not in str(raised.value)
    (check,) = [one for one in connector.check() if not one.ok]  # the doctor tells the same, and looks at the others
    assert (check.name, check.message) == ("contacts.csv", str(raised.value))


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("deal", "id,amount\n1,48.000.00\n", "column amount: no number with decimal '.'"),
        ("deal", f"id,is_won\n1,{SECRET}\n", "column is_won: neither yes nor no"),
        ("email", "id,at\n1,2026-01-01\n", "column direction: it is empty; write in or out"),
        ("email", f"id,at,direction\n1,2026-01-01,{SECRET}\n", "column direction: "),
        ("meeting", "id,at\n1,\n", "column at: "),
    ],
)
def test_a_cell_that_cannot_be_read_names_its_column(opened: Open, name: str, text: str, why: str) -> None:
    with pytest.raises(FixRequest) as raised:
        opened(**{f"{name}s": text}).read_page(name, (), None)
    assert f"{name}s.csv line 2: {why}" in str(raised.value)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("source,label\na,b\n", "line 1: there must be the columns source and target"),
        ("source,target\ndeal:1,Anna\n", "line 2: write both ends as object:id"),
    ],
)
def test_a_link_that_cannot_be_read_is_told(opened: Open, text: str, why: str) -> None:
    with pytest.raises(FixRequest, match=why):
        list(opened(links=text).read_links("deal", "contact", ["1"]))


def test_a_file_that_must_be_there_is_asked_for(opened: Open, tmp_path: Path) -> None:
    connector = opened()
    (tmp_path / "crm/deals.csv").unlink()  # mutant: taken for an empty one, every deal would be archived
    assert "deal" in connector.capabilities.objects
    with pytest.raises(FixRequest, match="deals.csv is missing: put it there"):
        connector.read_page("deal", (), None)


def test_a_file_that_changes_while_it_is_read_is_read_later(
    opened: Open, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = opened()
    real = module.Source.at

    def late(self: module.Source, starts: object) -> object:
        write(contacts="id\n1\n")
        return real(self, starts)  # type: ignore[arg-type]

    monkeypatch.setattr(module.Source, "at", late)
    with pytest.raises(RetryLater, match="changed while it was read"):
        connector.read_page("contact", (), None)
    monkeypatch.undo()
    assert [one.id for one in connector.read_page("contact", (), None).records] == ["1"]


@pytest.mark.parametrize(
    "text", ["id\n", 'id,"a\n' + '"x"y\n' * 9, "id,first_name\n1,a,b\n"], ids=["cut", "quotes", "cells"]
)
def test_a_file_that_is_written_to_in_place_while_rows_are_read_is_read_later(
    opened: Open, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    # Mutant: looked at only when it is opened; half a row ends in a traceback, or in another's cells.
    connector = opened(contacts="id,first_name\n1,Anna\n2,Bert\n")
    connector.read_page("contact", (), None)
    real = module.Source._row

    def late(self: module.Source, file: TextIO, start: int) -> list[str]:
        write(contacts=text)
        return real(self, file, start)

    monkeypatch.setattr(module.Source, "_row", late)
    with pytest.raises(RetryLater, match="changed while it was read"):
        connector.read_page("contact", (), None)


def test_a_folder_that_cannot_be_written_to_is_told_before_a_plan(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crmbridge.connector import Use

    connector, use = opened(), Use(reads=frozenset(), writes=frozenset({"contact"}))
    assert [one.name for one in connector.check(use)][-1] == "writing"
    assert all(one.ok for one in connector.check(use))
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert [one.name for one in connector.check(use) if not one.ok] == ["writing"]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"timezone": "Nowhere"}, "IANA"),
        ({"timezone": "../etc"}, "IANA"),
        ({"columns": {"customer": {"id": "No"}}}, "there are no files of customer"),
        ({"columns": {"contact": {"vorname": "Vorname"}}}, "contact has no vorname, but id, "),
        ({"decimal": ";"}, "decimal"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        CsvSettings.model_validate({"folder": "crm", **settings})


def test_the_settings_of_the_readme_are_valid() -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    table = tomllib.loads(text.partition("```toml\n")[2].partition("```")[0])["connections"]["main"]
    assert table.pop("connector") == "csv"
    assert set(table) == set(CsvSettings.model_fields)
    assert CsvSettings.model_validate(table).decimal == ","


def test_the_readme_names_every_file_and_column() -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    columns = {name for table in FILES for name in known(table)} - {f"{end}_id{s}" for end in NEEDED for s in ("", "s")}
    rare = {"action", "content", "topic", "is_bot"}  # of machines that count clicks
    assert {f"`{name}`" for name in {*columns, *FILES.values()} - rare if f"`{name}`" not in text} == set()
