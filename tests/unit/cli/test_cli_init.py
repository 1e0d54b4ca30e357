from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from crmbridge.cli.commands import init
from crmbridge.config import Config, Section, connection_settings
from crmbridge.connectors.hubspot import register_connectors
from crmbridge.errors import FixCredential

from .conftest import Run

GIVEN = ("--processing", "legitimate-interest", "--assessment", 'see "folder 7"\\legal')


def test_the_written_file_loads_and_holds_what_was_given(folder: Path, run: Run) -> None:
    result = run("init", *GIVEN, "--token-env", "OUR_TOKEN", "--connection", "sales")
    assert result.exit_code == 0, result.output
    config = Config.load(folder / "crmbridge.toml")
    assert config.privacy.processing == "legitimate-interest"
    assert config.privacy.assessment == 'see "folder 7"\\legal'
    assert config.connection("sales").settings == {"token": "env:OUR_TOKEN"}
    assert "Service keys" in result.stdout
    assert "export OUR_TOKEN=" in result.stdout


def test_every_comment_that_is_a_setting_stands_at_its_default(folder: Path, run: Run) -> None:
    run("init", *GIVEN)
    text = (folder / "crmbridge.toml").read_text()
    (folder / "all.toml").write_text(re.sub(r"^#(?! )", "", text, flags=re.MULTILINE))
    written, uncommented = Config.load(folder / "crmbridge.toml"), Config.load(folder / "all.toml")
    assert uncommented.model_dump(exclude={"connections"}) == written.model_dump(exclude={"connections"})
    assert (folder / "all.toml").read_text() != text
    (spec,) = register_connectors()
    # What has no default is told in words: there is no value to show.
    fields = {name for name, info in spec.settings.model_fields.items() if info.default is not None}
    assert set(uncommented.connection().settings) == {"token"} | fields
    with pytest.raises(FixCredential, match="HUBSPOT_TOKEN"):  # the settings are valid: only the token is missing
        connection_settings(uncommented, None, spec)


def test_every_setting_there_is_stands_in_the_file(folder: Path, run: Run) -> None:
    run("init", *GIVEN)
    text = (folder / "crmbridge.toml").read_text()

    def check(model: type[BaseModel]) -> None:
        for name, field in model.model_fields.items():
            if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
                check(field.annotation)
            else:
                assert re.search(rf"^(#|# |\[)?{name}( =| is not set|\.main\]|\])", text, re.MULTILINE), name

    check(Config)


def test_an_existing_file_is_never_overwritten(folder: Path, run: Run) -> None:
    (folder / "crmbridge.toml").write_text("mine")
    result = run("init", *GIVEN)
    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert (folder / "crmbridge.toml").read_text() == "mine"


def test_the_basis_is_never_assumed(folder: Path, run: Run) -> None:
    result = run("init")
    assert result.exit_code == 2
    assert "--processing legitimate-interest" in result.stderr.replace("│", "").replace("\n", " ")
    assert not (folder / "crmbridge.toml").exists()


def test_what_is_not_given_is_asked_for(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init, "interactive", lambda: True)
    result = run("init", "--connector", "hubspot", answers=["CRM_KEY", "record-required"])
    assert result.exit_code == 0, result.output
    assert "withheld" in result.stderr  # what the bases mean stands before the question
    config = Config.load(folder / "crmbridge.toml")
    assert config.privacy.processing == "record-required"
    assert config.connection().settings["token"] == "env:CRM_KEY"


def test_a_pasted_token_is_refused_and_not_repeated(folder: Path, run: Run) -> None:
    result = run("init", *GIVEN, "--token-env", "pat-eu1-secret-1234")
    assert result.exit_code == 2
    assert "secret" not in result.output
    assert not (folder / "crmbridge.toml").exists()


def test_an_unknown_connector_names_those_that_are_there(folder: Path, run: Run) -> None:
    result = run("init", *GIVEN, "--connector", "nosuch")
    assert result.exit_code == 2
    assert "hubspot" in result.stderr
