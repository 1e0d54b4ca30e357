"""From a file to rows: encodings, delimiters, heads, cells, and what is wrong, by line and column."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.errors import FixConfig, FixRequest
from crmbridge.sync.imports import Aside, TouchpointMapping, load_mapping, mapping_names, source_name
from crmbridge.sync.imports.cells import address, domain, moment, plain, seconds
from crmbridge.sync.imports.mapping import FORMATS
from crmbridge.sync.imports.rows import Reader, Row
from crmbridge.sync.imports.table import Table

BERLIN = ZoneInfo("Europe/Berlin")


def read(path: Path, mapping: str | TouchpointMapping = "crmbridge") -> list[Row | Aside | None]:
    chosen = load_mapping(mapping) if isinstance(mapping, str) else mapping
    table = Table(path, chosen)
    reader = Reader("test", chosen, table.heads, BERLIN)
    return [reader.read(line) for line in table.rows()]


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "touches.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_file_is_read_in_every_encoding_and_with_every_delimiter(tmp_path: Path, encoding: str, mark: str) -> None:
    lines = [["Datum", "E-Mail", "Kanal", "Thema"], ["04.05.2026", "A@Client.example", "Außenwerbung", "Maße"]]
    found = read(written(tmp_path, "\r\n".join(map(mark.join, lines)), encoding))
    assert isinstance(found[0], Row)
    assert found[0].email == "a@client.example"
    assert (found[0].touch.channel, found[0].touch.topic) == ("out_of_home", "Maße")


@pytest.mark.parametrize(
    ("text", "moment_in_utc"),
    [
        ("2026-05-04T10:30:00+02:00", (8, 30)),
        ("2026-05-04T10:30:00Z", (10, 30)),
        ("2026-05-04 10:30", (8, 30)),
        ("04.05.2026 10:30", (8, 30)),
        ("4.5.2026, 10:30:00", (8, 30)),
        ("04.05.26", (10, 0)),  # a day is its midday where the account is
        ("2026-05-04", (10, 0)),
        ("20260504", (10, 0)),
    ],
)
def test_times_are_read_in_the_zone_of_the_account(text: str, moment_in_utc: tuple[int, int]) -> None:
    # kills: a day that becomes its midnight, which is the day before in UTC
    assert moment(text, FORMATS, BERLIN) == datetime(2026, 5, 4, *moment_in_utc, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "05/06/2026", "32.01.2026", "soon", "1.76E+15", "01.01.0001", "31.12.9999"])
def test_what_could_be_two_days_or_none_is_no_time(text: str) -> None:
    assert moment(text, FORMATS, ZoneInfo("Asia/Tokyo")) is None


def test_clocks_of_analytics_count_from_1970() -> None:
    at = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
    for form, factor in (("unix", 1), ("unix_ms", 1_000), ("unix_us", 1_000_000)):
        assert moment(str(int(at.timestamp()) * factor), [form], BERLIN) == at


@pytest.mark.parametrize(
    ("text", "unit", "length"),
    [
        ("90", "s", 90),
        ("1,5", "min", 90),
        ("1.5", "min", 90),
        ("1.234,5", "s", 1234),
        ("1,234.5", "s", 1234),
        ("90000", "ms", 90),
        ("1:30", "min", 90),
        ("0:01:30", "s", 90),
        ("-3", "s", None),
        ("long", "s", None),
        ("nan", "s", None),
        ("inf", "s", None),
    ],
)
def test_durations_take_decimal_commas_and_clocks(text: str, unit: str, length: int | None) -> None:
    assert seconds(text, unit) == length  # type: ignore[arg-type]  # the cases give what the type allows


@given(st.text(max_size=40))
def test_no_text_breaks_a_cell(text: str) -> None:
    moment(text, FORMATS, BERLIN)
    seconds(text, "s")
    address(text)
    domain(text)
    found = plain(text)
    assert found is None or not found.startswith(("=", "+", "-", "@", "\t"))


def test_a_formula_stays_a_text_for_any_spreadsheet() -> None:
    # kills: keeping the cell as it stands
    assert plain('=HYPERLINK("x")') == '\'=HYPERLINK("x")'
    assert plain(" \x00a\nb ") == "a b"


def test_what_cannot_be_read_is_told_by_line_and_column_and_never_by_value(tmp_path: Path) -> None:
    text = (
        "Datum;E-Mail;Kanal;Dauer;Bot\n"
        "gestern;a@client.example;Messe;;\n"
        ";a@client.example;Messe;;\n"
        "04.05.2026;kein Mensch;Messe;;\n"
        "04.05.2026;a@client.example;Brieftaube;;\n"
        "04.05.2026;a@client.example;Messe;lang;\n"
        "04.05.2026;a@client.example;Messe;;vielleicht\n"
        "\n"
        "04.05.2026;a@client.example;Messe;;;;zu viel\n"
    )
    found = read(written(tmp_path, text))
    assert found == [
        Aside(2, "column 'Datum' is no time in a format of the mapping"),
        Aside(3, "column 'Datum' is empty"),
        Aside(4, "column 'E-Mail' is no e-mail address"),
        Aside(5, "column 'Kanal' has a value that the mapping does not know"),
        Aside(6, "column 'Dauer' is no duration"),
        Aside(7, "column 'Bot' is neither yes nor no"),
        Aside(9, "has 7 cells for 5 columns"),
    ]


def test_lines_are_counted_through_cells_of_several_lines_and_remarks_above(tmp_path: Path) -> None:
    text = 'sep=,\n# Report\n\ndate,email,topic\n2026-05-04,a@c.example,"two\nlines"\nnever,a@c.example,x\n'
    first, second = read(written(tmp_path, text))
    assert isinstance(first, Row)
    assert (first.line, first.touch.topic) == (5, "two lines")
    assert second == Aside(7, "column 'date' is no time in a format of the mapping")


def test_the_first_head_that_a_mapping_names_counts_and_of_two_alike_the_left_one(tmp_path: Path) -> None:
    text = "tag,E_MAIL,date,e-mail\n2026-01-01,left@c.example,2026-05-04,right@c.example\n"
    (row,) = read(written(tmp_path, text))
    assert isinstance(row, Row)
    assert (row.touch.at.month, row.email) == (5, "left@c.example")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("# only a remark\n", "is empty"),
        ("e-mail;kanal\n", "line 1: no column tells the time"),
        ("datum;kanal\n", "line 1: no column tells whom it was with"),
        ('date,email\n2026-05-04,"a@c.example\n', "line 2: .*quotation marks"),
    ],
)
def test_a_file_that_cannot_be_one_says_so_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FixRequest, match=message) as caught:
        read(written(tmp_path, text))
    assert "touches.csv" in str(caught.value)
    assert "a@c.example" not in str(caught.value)


def test_a_missing_file_and_a_folder_say_so(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(FixRequest, match="cannot be read"):
            read(path)


def test_a_row_has_the_same_id_wherever_it_stands_and_another_one_if_it_differs(tmp_path: Path) -> None:
    # kills: an id of the line, and one of the raw text
    one = read(written(tmp_path, "date,email,topic\n2026-05-04,a@c.example,x\n2026-05-04,a@c.example,y\n"))
    other = read(written(tmp_path, "topic;datum;e-mail\ny;04.05.2026;A@c.example\nx;04.05.2026;a@c.example\n"))
    ids = [[row.touch.id for row in found if isinstance(row, Row)] for found in (one, other)]
    assert ids[0] == ids[1][::-1]
    assert len(set(ids[0])) == 2
    assert all(id_.startswith("test:") for id_ in ids[0])


def test_a_key_makes_the_id_whatever_else_the_row_says(tmp_path: Path) -> None:
    one = read(written(tmp_path, "id,date,email,topic\n7,2026-05-04,a@c.example,x\n"))
    other = read(written(tmp_path, "id,date,email,topic\n7,2026-05-04,a@c.example,corrected\n"))
    assert isinstance(one[0], Row)
    assert isinstance(other[0], Row)
    assert one[0].touch.id == other[0].touch.id


def test_which_way_it_went_follows_from_what_was_done(tmp_path: Path) -> None:
    # kills: every row inbound, so that a page view becomes an answer
    rows = read(
        written(
            tmp_path,
            "date,email,channel,action\n"
            "2026-05-04,a@c.example,trade_fair,\n"
            "2026-05-04,a@c.example,event,registered\n"
            "2026-05-04,a@c.example,website,page_view\n"
            "2026-05-04,a@c.example,newsletter,open\n"
            "2026-05-04,a@c.example,out_of_home,\n",
        )
    )
    assert [row.touch.direction for row in rows if isinstance(row, Row)] == [
        "both",
        "in",
        "internal",
        "internal",
        "out",
    ]


def test_the_address_of_a_page_tells_more_than_that_it_was_seen(tmp_path: Path) -> None:
    text = (
        "event_timestamp,event_name,user_id,page_location,engagement_time_msec\n"
        "1777883400000000,page_view,a@c.example,https://v.example/Pricing?x=1,12000\n"
        "1777883400000000,page_view,4711,https://v.example/blog/a,\n"
        "1777883400000000,file_download,a@c.example,https://v.example/blog/a.pdf,\n"
        "1777883400000000,session_start,a@c.example,https://v.example/,\n"
        "1777883400000000,our_own_event,a@c.example,https://v.example/,\n"
    )
    rows = read(written(tmp_path, text), "ga4")
    seen = [(row.touch.channel, row.touch.action) for row in rows if isinstance(row, Row)]
    assert seen == [("website", "key_page"), ("blog", "page_view"), ("website", "download"), ("website", "other")]
    assert rows[3] is None
    assert isinstance(rows[0], Row)
    assert isinstance(rows[1], Row)
    assert (rows[0].email, rows[1].contact) == ("a@c.example", "4711")
    assert (rows[0].touch.duration_seconds, rows[0].touch.at) == (12, datetime(2026, 5, 4, 8, 30, tzinfo=UTC))


SAMPLES = {
    "crmbridge": "Datum;Uhrzeit;E-Mail;Kanal;Dauer\n04.05.2026;10:30;a@c.example;Messe;15\n",
    "ga4": "event_timestamp,event_name,user_id\n1777883400000000,page_view,a@c.example\n",
    "matomo": "idVisit,userId,serverTimestamp,visitDuration\n4,a@c.example,1777883400,60\n",
    "piwik-pro": "event_id,timestamp,user_id,event_type,event_url\n1,2026-05-04T08:30:00Z,a@c.example,Download,x.pdf\n",
    "adobe-campaign": "Log date;E-mail;Type;URL\n2026-05-04 10:30:00;a@c.example;E-mail click;https://v.example\n",
    "woopra": "time,email,action name,url\n1777883400000,a@c.example,pv,https://v.example/demo\n",
    "intelliad": "Zeitpunkt;E-Mail;Kanal;Typ\n04.05.2026 10:30;a@c.example;SEA;Klick\n",
}


@pytest.mark.parametrize("name", mapping_names())
def test_every_mapping_reads_a_row_of_its_product(tmp_path: Path, name: str) -> None:
    (row,) = read(written(tmp_path, SAMPLES[name]), name)
    assert isinstance(row, Row)
    assert (row.email, row.touch.at) == ("a@c.example", datetime(2026, 5, 4, 8, 30, tzinfo=UTC))


def test_a_mapping_of_ones_own_is_read_by_its_path_and_its_faults_are_named_together(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('[columns]\ntime = ["wann"]\ndeal = ["fall"]\n[constants]\nchannel = "trade_fair"\n')
    (row,) = read(written(tmp_path, "wann,fall\n2026-05-04,9\n"), str(path))
    assert isinstance(row, Row)
    assert (row.deal, row.touch.channel) == ("9", "trade_fair")
    path.write_text('zone = "Mars"\n[columns]\nwhen = ["x"]\n')
    with pytest.raises(FixConfig, match=r"(?s)ours.toml.*columns.*zone"):
        load_mapping(str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[columns]\nemail = ["e"]', "columns.time is required"),
        ('[columns]\ntime = ["t"]', "names nobody"),
        ('[columns]\ntime = ["t"]\nemail = ["e"]\n[values.channel]\n"x" = "pigeon"', "values.channel: pigeon"),
        ('[columns]\ntime = ["t"]\nemail = ["e"]\n[values.topic]\n"x" = "y"', "values.topic: unknown"),
        ('[columns]\ntime = ["t"]\nemail = ["e"]\n[constants]\naction = "danced"', "constants.action: danced"),
        ("[columns", "is no TOML"),
    ],
)
def test_a_mapping_that_means_nothing_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(text)
    with pytest.raises(FixConfig, match=message):
        load_mapping(str(path))


def test_an_unknown_mapping_names_those_that_there_are() -> None:
    with pytest.raises(FixConfig, match="adobe-campaign, crmbridge, ga4"):
        load_mapping("google")


@pytest.mark.parametrize("name", mapping_names())
def test_every_mapping_says_where_its_columns_come_from(name: str) -> None:
    path = Path(__file__).parents[3] / "src/crmbridge/sync/imports/mappings" / f"{name}.toml"
    text = path.read_text("utf-8")
    assert tomllib.loads(text)
    assert name == "crmbridge" or "https://" in text or "not checked" in text


def test_an_import_is_called_as_asked_else_by_its_mapping_else_after_its_file() -> None:
    ours, ga4 = load_mapping("crmbridge"), load_mapping("ga4")
    assert source_name("fair", ga4, Path("a.csv")) == "fair"
    assert source_name("", ga4, Path("a.csv")) == "ga4"
    assert source_name("", ours, Path("/x/Hannover Messe (2026).csv")) == "hannover-messe-2026"
    for bad in ("a:b", "Ä"):
        with pytest.raises(FixConfig, match="--source"):
            source_name(bad, ours, Path("a.csv"))
