from __future__ import annotations

import csv
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.connector import Update
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.model import PropertyDefinition
from crmbridge_csv.connector import CsvConnector
from crmbridge_csv.values import Values

Open = Callable[..., CsvConnector]
ROLE = PropertyDefinition(object="contact", name="role", label="Role", type="string", group="crmbridge")


@pytest.fixture
def connector(opened: Open) -> CsvConnector:
    made = opened()
    made.create_definition(ROLE)
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crm/crmbridge/contacts.csv"


def put(connector: CsvConnector, **values: str | None) -> None:
    updates = [Update(id=id_[1:], properties={"role": value}) for id_, value in values.items()]
    assert all(one.ok for one in connector.update("contact", updates))


def role(connector: CsvConnector, id_: str = "1") -> str | None:
    return connector.read_records("contact", [id_], ["role"])[0].properties["role"]


def author(connector: CsvConnector, id_: str = "1") -> str:
    return connector.read_authors("contact", [id_], ["role"])[id_]["role"].author


def test_no_file_of_the_user_is_changed(connector: CsvConnector, tmp_path: Path) -> None:
    def files() -> dict[str, tuple[bytes, int]]:
        found = (tmp_path / "crm").glob("*.csv")
        return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in found}

    before = files()
    put(connector, _1="buyer")
    connector.remove_definition("contact", "role")
    assert files() == before


def test_values_survive_a_new_export(connector: CsvConnector, write: Callable[..., Path]) -> None:
    put(connector, _1="buyer")
    write(contacts="id,job_title\n1,CEO\n")
    record = connector.read_records("contact", ["1"], ["role", "job_title"])[0]
    assert dict(record.properties) == {"role": "buyer", "job_title": "CEO"}


def test_files_are_for_their_owner_only_until_somebody_shares_them(connector: CsvConnector, path: Path) -> None:
    put(connector, _1="buyer")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o640)
    put(connector, _1="user")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_write_that_is_interrupted_leaves_the_file_as_it_was(
    connector: CsvConnector, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(connector, _1="buyer")
    before = path.read_bytes()

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)  # mutant: written in place, half of the file would be gone
    with pytest.raises(RetryLater, match=r"contacts\.next\.csv cannot be written: No space left on device; mend that"):
        put(connector, _1="user", _2="user")
    monkeypatch.undo()
    assert path.read_bytes() == before
    put(connector, _1="user")  # what was left lying about is in nobody's way
    assert role(connector) == "user"


@pytest.mark.parametrize("dies", ["contacts.next.csv", "contacts.csv", "between", "renaming"])
def test_a_crash_at_any_place_makes_nobody_a_person_and_the_next_run_ends_it(
    opened: Open, connector: CsvConnector, path: Path, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    # Mutant: the file and its copy written one behind the other; killed between them, all of it is a person's for good.
    put(connector, _1="buyer", _2="user")
    path.write_text(path.read_text("utf-8-sig").replace("2,user", "2,decider"), encoding="utf-8")
    real = Path.replace

    def killed(self: Path, target: Path) -> Path:
        place = "renaming" if self.name == "contacts.next.csv" else target.name
        if place == dies:
            raise KeyboardInterrupt
        made = real(self, target)
        if dies == "between" and target == path:
            raise KeyboardInterrupt
        return made

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        put(connector, _1="user", _3="buyer")
    monkeypatch.undo()
    again = CsvConnector(connector._settings)
    found = again.read_authors("contact", ["1", "2", "3"], ["role"])
    assert {id_: row["role"].author for id_, row in found.items()} == {"1": "system", "2": "person"} | (
        {"3": "system"} if dies in ("between", "renaming") else {}
    )
    put(again, _1="user", _3="buyer")
    assert [author(again, id_) for id_ in "123"] == ["system", "person", "system"]
    assert sorted(one.name for one in path.parent.rglob("*.*") if one.is_file()) == [
        *("contacts.csv", "contacts.csv", "properties.json")
    ]


def test_what_a_killed_run_left_lying_about_goes_with_the_next_write(connector: CsvConnector, path: Path) -> None:
    put(connector, _1="buyer")
    (path.parent / ".contacts.csv.abc.new").write_text("id,role\n1,bu")  # mutant: the personal data stays for good
    put(connector, _1="user")
    assert [one.name for one in path.parent.glob(".*")] == []


def test_two_processes_never_put_half_a_file_in_place(
    connector: CsvConnector, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(connector, _1="buyer")
    other, real = CsvConnector(connector._settings), os.fsync

    def late(number: int) -> None:
        monkeypatch.setattr(os, "fsync", real)
        put(other, _2="user")  # mutant: one draft's name for both
        real(number)

    monkeypatch.setattr(os, "fsync", late)
    with pytest.raises(RetryLater):
        put(connector, _1="user")
    assert (role(connector), role(connector, "2")) == ("buyer", "user")


def test_what_somebody_saves_while_a_long_file_is_written_is_not_lost(
    connector: CsvConnector, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(connector, _1="buyer")
    real = os.fsync

    def late(number: int) -> None:
        path.write_text("id,role\n1,by a person\n", encoding="utf-8")
        real(number)

    monkeypatch.setattr(os, "fsync", late)  # mutant: the state is compared before the draft is written
    with pytest.raises(RetryLater, match="changed meanwhile"):
        put(connector, _2="user")
    monkeypatch.undo()
    assert (role(connector), role(connector, "2")) == ("by a person", None)


def test_what_somebody_writes_meanwhile_is_not_lost(
    connector: CsvConnector, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(connector, _1="buyer")
    real = Values._heads

    def late(self: Values, name: str) -> list[str]:
        path.write_text("id,role\n1,by a person\n", encoding="utf-8")
        return real(self, name)

    monkeypatch.setattr(Values, "_heads", late)
    with pytest.raises(RetryLater, match="changed meanwhile"):
        put(connector, _2="user")
    monkeypatch.undo()
    assert (role(connector), role(connector, "2")) == ("by a person", None)


def test_a_persons_edit_is_told_from_what_crmbridge_wrote(connector: CsvConnector, path: Path) -> None:
    put(connector, _1="buyer", _2="user", _3="user")
    text = path.read_text("utf-8-sig")
    path.write_text(text.replace("1,buyer", "1,decider").replace("2,user", "2,"), encoding="cp1252")
    assert [author(connector, id_) for id_ in "123"] == ["person", "person", "system"]
    assert (role(connector), role(connector, "2")) == ("decider", None)
    put(connector, _3="buyer")  # mutant: a copy of the whole file would take the person's words for ours
    assert [author(connector, id_) for id_ in "123"] == ["person", "person", "system"]
    put(connector, _1="buyer")
    assert author(connector) == "system"


def test_an_update_beside_ours_is_refused_whole(connector: CsvConnector, path: Path) -> None:
    for updates in (
        [Update(id="1", properties={"role": "x"}), Update(id="2", properties={"job_title": "x"})],
        [Update(id="1", properties={"role": "x"}), Update(id="1", properties={"role": "y"})],
    ):
        with pytest.raises(FixRequest):
            connector.update("contact", updates)
    assert not path.exists()


def test_a_property_cannot_hide_a_column(connector: CsvConnector) -> None:
    for name in ("job_title", "Role"):
        with pytest.raises(FixRequest, match="already"):
            connector.create_definition(ROLE.model_copy(update={"name": name}))


def test_files_that_people_damaged_are_named(connector: CsvConnector, path: Path) -> None:
    put(connector, _1="buyer")
    path.write_text("nummer,role\n1,buyer\n", encoding="utf-8")
    with pytest.raises(FixRequest, match="contacts.csv line 1: there is no column id; put it back"):
        role(connector)
    (path.parent / "properties.json").write_text("{", encoding="utf-8")
    with pytest.raises(FixRequest, match="properties.json is damaged"):
        connector.read_definitions("contact")


def test_the_delimiter_of_the_users_file_is_taken(opened: Open, path: Path) -> None:
    connector = opened(contacts="id;job_title\n1;CFO\n")
    connector.create_definition(ROLE)
    put(connector, _1="Käufer")
    assert path.read_bytes() == "\ufeffid;role\r\n1;Käufer\r\n".encode()  # as a German Excel opens it


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x.example")', " =1+1", "\ufeff=1", "＝1", "\t1", "+49 170", "@x"])  # noqa: RUF001 - a spreadsheet takes the wide form for a sign, too
def test_a_text_does_not_become_a_formula(connector: CsvConnector, path: Path, text: str) -> None:
    put(connector, _1=text, _2="-0.5")
    written = path.read_text("utf-8-sig")
    assert "'" + text.replace('"', '""') in written
    assert "2,-0.5" in written  # numbers stay numbers
    assert role(connector) == text


def test_an_id_does_not_become_a_formula(opened: Open, path: Path) -> None:
    connector = opened(contacts="id\n=1+1\n")
    connector.create_definition(ROLE)
    connector.update("contact", [Update(id="=1+1", properties={"role": "buyer"})])  # mutant: the id as it is
    assert "'=1+1,buyer" in path.read_text("utf-8-sig")
    assert role(connector, "=1+1") == "buyer"


@pytest.mark.parametrize("value", ["a\0b", "\ud83d", "x" * 200_000], ids=["NUL", "surrogate", "long"])
def test_a_value_that_no_cell_can_hold_is_refused_and_harms_nothing(connector: CsvConnector, value: str) -> None:
    put(connector, _1="buyer")
    with pytest.raises(FixRequest) as raised:  # mutant: written, the file could not be read any more
        put(connector, _1=value)
    assert raised.value.category == "VALIDATION_ERROR"
    assert role(connector) == "buyer"


# What a spreadsheet makes of the file


@pytest.fixture
def filled(connector: CsvConnector, path: Path) -> list[list[str]]:
    """The rows of a file with values of two properties for three people."""
    connector.create_definition(ROLE.model_copy(update={"name": "level"}))
    updates = [Update(id=id_, properties={"role": "buyer", "level": "1"}) for id_ in "123"]
    connector.update("contact", updates)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def save(path: Path, rows: list[list[str]], **how: Any) -> None:
    with path.open("w", encoding=how.pop("encoding", "utf-8"), newline="") as file:
        csv.writer(file, **how).writerows(rows)


def test_however_a_spreadsheet_saves_the_file_nobody_becomes_a_person(
    connector: CsvConnector, path: Path, filled: list[list[str]]
) -> None:
    blank = [[""] * 5] * 3
    for rows, how in (
        (filled, {"delimiter": ";", "quoting": csv.QUOTE_ALL, "encoding": "utf-8-sig"}),  # mutant: "," is tried only
        (filled, {"delimiter": "\t", "encoding": "utf-16", "lineterminator": "\r"}),
        ([[*row, "", ""] for row in filled] + blank, {"delimiter": ";"}),
        ([row[::-1] for row in filled], {}),
        ([[filled[0][0], *filled[0][1:]], *([f" {row[0]} ", *row[1:]] for row in filled[1:])], {}),
    ):
        save(path, rows, **how)
        found = connector.read_authors("contact", ["1", "2", "3"], ["role", "level"])
        assert {version.author for row in found.values() for version in row.values()} == {"system"}
        assert role(connector) == "buyer"


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda rows: [row[:-1] for row in rows], "line 1: the column level is gone; put it back"),
        (lambda rows: [[row[0].replace("1", "1,00E+0"), *row[1:]] for row in rows], "1 ids are no contact's"),
        (lambda rows: [*rows, rows[1]], "line 5: the id stands on another line too"),
        (lambda rows: [*rows, ["", "x", ""]], "line 5: the id is empty"),
        (lambda rows: [[*row, row[1]] for row in rows], "line 1: the column role stands there twice"),
    ],
    ids=["column", "ids", "row-twice", "no-id", "column-twice"],
)
def test_what_a_spreadsheet_lost_is_not_taken_for_a_persons_word(
    connector: CsvConnector, path: Path, filled: list[list[str]], damage: Callable[..., list[list[str]]], why: str
) -> None:
    # Mutants: _shown without each of its questions; then every cell that is gone was emptied by a person, for good.
    save(path, damage(filled))
    with pytest.raises(FixRequest) as raised:
        role(connector)
    assert f"{path}" in str(raised.value)
    assert why in str(raised.value)
    with pytest.raises(FixRequest):
        put(connector, _1="user")
    save(path, filled)
    assert author(connector) == "system"


def test_a_file_that_is_gone_is_not_taken_for_an_emptied_one(
    connector: CsvConnector, path: Path, filled: list[list[str]]
) -> None:
    path.unlink()
    with pytest.raises(FixRequest, match="contacts.csv is missing: put it back, or remove .*written as well"):
        role(connector)
    (path.parent / "written" / "contacts.csv").unlink()
    assert role(connector) is None


def test_a_row_that_is_gone_from_the_users_file_keeps_its_values(
    connector: CsvConnector, path: Path, filled: list[list[str]], write: Callable[..., Path]
) -> None:
    # Mutant: ids that no record has are always refused; a smaller export would then stop each sync.
    write(contacts="id\n1\n")
    assert role(connector) == "buyer"
    save(path, [*filled, ["7", "user", "2"]])  # a person may write of somebody who is not there any more
    assert role(connector) == "buyer"


@settings(max_examples=40)
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)
    | st.from_regex(r"'*[ \t\ufeff]?[=＝+@-]\w?", fullmatch=True)  # noqa: RUF001 - spreadsheets take it for a sign
)
def test_every_value_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    values = Values(tmp_path_factory.getbasetemp() / "values")
    values.define(values.definitions().model_copy(update={"properties": {"contact": (ROLE,)}}))
    values.update("contact", [Update(id="1", properties={"role": value})], ",", {"1": 0})
    assert Values(values.path).read("contact", {"1": 0}).get("1", {}) == ({"role": value} if value else {})
