from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge import Company, Contact, Deal, Engagement, Link, Ref
from crmbridge.errors import FixRequest
from crmbridge_csv import connector as module
from crmbridge_csv.connector import CsvConnector
from crmbridge_csv.reading import split
from crmbridge_csv.source import Source

Open = Callable[..., CsvConnector]
PEOPLE = "id,First name,E-Mail,job_title\n7,Jörg,J@X.example,Leiter Einkauf\n"


def first(connector: CsvConnector, name: str = "contact", *properties: str) -> Contact:
    record = connector.read_page(name, properties, None).records[0]
    assert isinstance(record, Contact)
    return record


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_is_read_however_excel_wrote_it(opened: Open, encoding: str, delimiter: str) -> None:
    text = PEOPLE.replace(",", delimiter).replace("\n", "\r\n")
    connector = opened(contacts=text.encode(encoding), settings={"columns": {"contact": {"email": "E-Mail"}}})
    person = first(connector)
    assert (person.id, person.first_name, person.email) == ("7", "Jörg", "j@x.example")
    assert connector.read_records("contact", ["7"], ())[0] == person  # by its place in the file, behind the mark


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_heads_may_be_quoted_and_hold_other_delimiters_and_lines(opened: Open, delimiter: str) -> None:
    # Mutants: a delimiter that cannot part the heads ends the search; heads of one line only.
    heads = delimiter.join(('"id"', '"first_name"', '"Name, Vorname; Titel"', '"Straße\nund Nummer"'))
    connector = opened(contacts=f"{heads}\n1{delimiter}Anna{delimiter}x{delimiter}y\n2{delimiter}Bert\n")
    with pytest.raises(FixRequest, match="line 4: 2 cells under 4 heads"):
        first(connector)
    connector = opened(contacts=f"\ufeff{heads}\n1{delimiter}Anna{delimiter}x{delimiter}y\n")
    assert first(connector).first_name == "Anna"
    assert connector.read_definitions("contact")[2].name == "Name, Vorname; Titel"
    connector = opened(contacts=f'id{delimiter}"a, b; c"\n1{delimiter}x\n')  # mutant: parted within the marks
    assert [one.name for one in connector.read_definitions("contact")] == ["id", "a, b; c"]


def test_excels_line_about_the_delimiter_is_no_head(opened: Open) -> None:
    assert first(opened(contacts="sep=;\nid;first_name\n7;Jörg\n")).first_name == "Jörg"


def test_a_cell_may_hold_the_delimiter_quotes_and_lines(opened: Open) -> None:
    connector = opened(contacts='id,job_title,note\n1,"Leiter, ""Einkauf""","one\ntwo"\n2,CFO,\n')
    records = {one.id: one for one in connector.read_page("contact", ["note"], None).records}
    assert isinstance(records["1"], Contact)
    assert records["1"].job_title == 'Leiter, "Einkauf"'
    assert records["1"].properties["note"] == "one\ntwo"
    assert records["2"].properties["note"] is None  # found behind a row of two lines


def test_days_and_times_are_of_the_accounts_zone(opened: Open) -> None:
    connector = opened(settings={"timezone": "Europe/Berlin"})
    (deal,), (meeting,) = (connector.read_page(name, (), None).records for name in ("deal", "meeting"))
    assert isinstance(deal, Deal)
    assert isinstance(meeting, Engagement)
    assert deal.close_at == datetime(2026, 12, 30, 23, tzinfo=UTC)
    assert meeting.at == datetime(2026, 10, 5, 12, tzinfo=UTC)
    assert meeting.direction == "both"


@pytest.mark.parametrize(
    ("text", "decimal"), [("48,000.50", "."), ("48000.50", "."), ("48.000,50", ","), ("48000,5", ",")]
)
def test_amounts_are_read_by_the_decimal_that_is_set(opened: Open, text: str, decimal: str) -> None:
    (deal,) = (
        opened(deals=f'id,amount\n1,"{text}"\n', settings={"decimal": decimal}).read_page("deal", (), None).records
    )
    assert isinstance(deal, Deal)
    assert deal.amount == Decimal("48000.50")


def test_who_took_part_is_read_from_addresses(opened: Open) -> None:
    email = "id,at,direction,from,to\n1,2026-10-01,in,Anna <A@muster.example>,v@wir.example; w@wir.example\n"
    (record,) = opened(emails=email).read_page("email", (), None).records
    assert isinstance(record, Engagement)
    found = [(one.part, one.address) for one in record.participants]
    assert found == [("from", "a@muster.example"), ("to", "v@wir.example"), ("to", "w@wir.example")]


def test_lists_in_a_cell_are_taken_apart(opened: Open) -> None:
    (firm,) = (
        opened(companies="id,domains\n1,Muster.example|muster.example;m.example\n")
        .read_page("company", (), None)
        .records
    )
    assert isinstance(firm, Company)
    assert firm.domains == ("muster.example", "m.example")


def test_pages_hold_each_record_once_though_the_file_changes_between_them(
    opened: Open, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    connector = opened(contacts="id\nb\nd\na\nc\n")
    page = connector.read_page("contact", (), None)
    assert [one.id for one in page.records] == ["a", "b"]
    write(contacts="id\nd\nc\nb\n")  # mutant: a cursor that counts rows would leave c out, and c would be archived
    rest = connector.read_page("contact", (), page.after)
    assert ([one.id for one in rest.records], rest.after) == (["c", "d"], None)


def test_a_link_is_read_from_whichever_file_names_it(opened: Open) -> None:
    people = "id,company_ids,deal_ids\n1,1,1\n2,1;9,\n3,,\n"
    connector = opened(contacts=people, deals="id\n1\n", links="source,target\ncontact:2,deal:1\n")
    deal = Ref("deal", "1")
    found = set(connector.read_links("deal", "contact", ["1"]))
    assert found == {Link(deal, Ref("contact", "1")), Link(deal, Ref("contact", "2"))}
    # the company 9 is not there, and of several none is the primary one
    assert list(connector.read_links("contact", "company", ["2"])) == [Link(Ref("contact", "2"), Ref("company", "1"))]


def test_only_files_that_are_there_are_read(opened: Open, tmp_path: Path) -> None:
    connector = opened()
    (tmp_path / "crm/emails.csv").unlink()
    able = connector.capabilities
    assert "email" not in able.objects
    assert {"company", "contact", "deal", "meeting"} <= set(able.objects)
    assert ("email", "contact") not in able.links


@settings(max_examples=40)
@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2)))
def test_every_row_that_is_written_is_found_again_at_its_place(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    import csv

    path = tmp_path_factory.getbasetemp() / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "text"], *([f"{at}-{a}", b] for at, (a, b) in enumerate(rows))])
    source = Source.look(path)
    walked = list(source.walk())
    assert [row.cells for row in walked] == [[f"{at}-{a}", b] for at, (a, b) in enumerate(rows)]
    assert source.at(row.start for row in reversed(walked)) == [row.cells for row in reversed(walked)]


def test_a_cell_is_split_at_semicolons_commas_and_bars() -> None:
    assert split(" 1; 2,3|1 ;") == ["1", "2", "3"]
