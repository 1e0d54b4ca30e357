from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

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
    with pytest.raises(RetryLater, match="contacts.csv cannot be written: No space left on device; mend that"):
        put(connector, _1="user", _2="user")
    monkeypatch.undo()
    assert path.read_bytes() == before
    put(connector, _1="user")  # what was left lying about is in nobody's way
    assert role(connector) == "user"


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
    with pytest.raises(FixRequest, match="contacts.csv line 1: the first column must be id"):
        role(connector)
    (path.parent / "properties.json").write_text("{", encoding="utf-8")
    with pytest.raises(FixRequest, match="properties.json is damaged"):
        connector.read_definitions("contact")


def test_the_delimiter_of_the_users_file_is_taken(opened: Open, path: Path) -> None:
    connector = opened(contacts="id;job_title\n1;CFO\n")
    connector.create_definition(ROLE)
    put(connector, _1="Käufer")
    assert path.read_bytes() == "\ufeffid;role\r\n1;Käufer\r\n".encode()  # as a German Excel opens it


def test_a_text_does_not_become_a_formula(connector: CsvConnector, path: Path) -> None:
    put(connector, _1='=HYPERLINK("http://x.example")', _2="-0.5")
    text = path.read_text("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert "2,-0.5" in text  # numbers stay numbers
    assert role(connector) == '=HYPERLINK("http://x.example")'


@settings(max_examples=40)
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)
    | st.from_regex(r"'*[=+@-]\w?", fullmatch=True)
)
def test_every_value_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    values = Values(tmp_path_factory.getbasetemp() / "values")
    values.define(values.definitions().model_copy(update={"properties": {"contact": (ROLE,)}}))
    values.update("contact", [Update(id="1", properties={"role": value})], ",")
    assert Values(values.path).read("contact").get("1", {}) == ({"role": value} if value else {})
