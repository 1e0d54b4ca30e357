from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run

COMMANDS = """
from pathlib import Path
from typing import Annotated
import typer
from crmbridge import CommandSpec

def greet(name: Annotated[str, typer.Argument()], *, loud: bool = False) -> None:
    \"\"\"Say hello.\"\"\"
    typer.echo(f"Hello {name}" + "!" * loud)

def crash() -> None:
    \"\"\"Fail.\"\"\"
    raise ValueError("quotes erika.muster@example.org")

def odd(thing: "NoSuchType") -> None:
    \"\"\"Typer cannot read this.\"\"\"

@hookimpl
def register_commands():
    yield CommandSpec(name="greet", run=greet)
    yield CommandSpec(name="crash", run=crash)
    yield CommandSpec(name="odd", run=odd)
    yield CommandSpec(name="status", run=crash)
"""


@pytest.fixture
def extended(project: Path) -> Path:
    with (project / "bridgefile.py").open("a") as file:
        file.write(COMMANDS)
    return project


def test_a_plugins_command_takes_arguments_and_has_help(extended: Path, run: Run) -> None:
    assert run("greet", "Erika", "--loud").stdout == "Hello Erika!\n"
    assert "Say hello." in run("greet", "--help").stdout
    assert run("greet").exit_code == 2
    assert "greet" in run("plugins").stdout


def test_a_plugins_command_that_fails_is_the_plugins_fault(extended: Path, run: Run) -> None:
    result = run("crash")
    assert result.exit_code == 1
    assert "command crash failed: ValueError at bridgefile.py:" in result.stderr
    assert "bug of crmbridge" not in result.stderr
    assert "erika" not in result.output


def test_a_signature_that_typer_cannot_read_breaks_that_command_only(extended: Path, run: Run) -> None:
    result = run("odd")
    assert result.exit_code == 1
    assert "command odd" in result.stderr
    assert run("greet", "Erika").exit_code == 0


def test_crmbridges_own_commands_keep_their_names(extended: Path, run: Run) -> None:
    assert "never synced" in run("status").stdout


def test_what_a_plugin_prints_spoils_no_document_but_its_command_prints_where_it_wants(project: Path, run: Run) -> None:
    # mutants: stdout holds the document and what hooks print; a plugin's own `--json` goes to stderr, too
    with (project / "bridgefile.py").open("a") as file:
        file.write(
            "from crmbridge import CommandSpec\n"
            "print('imported')\n"
            "def tell(*, as_json: bool = False) -> None:\n    print('told')\n"
            "@hookimpl\ndef register_commands():\n    yield CommandSpec(name='tell', run=tell)\n"
            "@hookimpl\ndef transform_record(record):\n    print('seen', record.object)\n"
        )
    result = run("sync", "--json")
    assert json.loads(result.stdout)["connection"] == "main"
    assert {"imported", "seen deal"} <= set(result.stderr.splitlines())
    assert "told" in run("tell", "--as-json").stdout


def test_a_broken_plugin_is_reported_and_breaks_nothing(extended: Path, run: Run) -> None:
    (extended / "bridgefile.py").write_text("import nosuchmodule\n")
    result = run("greet", "Erika")
    assert result.exit_code == 2
    assert "bridgefile does not run" in result.stderr
    assert "No such command" in result.stderr
    listed = run("plugins", "--exit-code")
    assert listed.exit_code == 14
    assert "refused" in listed.stdout


def test_a_broken_configuration_is_told_where_a_plugin_was_asked_for(extended: Path, run: Run) -> None:
    (extended / "crmbridge.toml").write_text("[")
    result = run("greet", "Erika")
    assert result.exit_code == 2
    assert "is not TOML" in result.stderr
    assert "No such command" in result.stderr


def test_plugins_are_listed_without_a_configuration(folder: Path, run: Run) -> None:
    result = run("plugins", "--no-plugins")
    assert result.exit_code == 0
    assert "hubspot" in result.stdout


def test_without_plugins_only_what_crmbridge_ships_runs(project: Path, run: Run) -> None:
    result = run("sync", "--no-plugins")
    assert result.exit_code == 2
    assert "not installed" in result.stderr


def test_a_fault_in_a_plugins_table_names_the_file(project: Path, run: Run) -> None:
    with (project / "crmbridge.toml").open("a") as file:
        file.write("[plugins.bridgefile]\nnosuch = 1\n")
    result = run("plugins")
    assert result.exit_code == 2
    assert "crmbridge.toml needs mending:" in result.stderr
    assert "[plugins.bridgefile] nosuch" in result.stderr
