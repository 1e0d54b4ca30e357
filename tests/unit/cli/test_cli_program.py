from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crmbridge import __version__

from .conftest import Run

COMMANDS = (
    "init",
    "doctor",
    "sync",
    "plan",
    "apply",
    "run",
    "report",
    "status",
    "plugins",
    "sandbox",
    "demo",
    "centers",
)


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"crmbridge {__version__}\n"


def test_help_works_without_a_configuration_and_names_every_command(folder: Path, run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert [name for name in COMMANDS if name not in result.stdout] == []
    assert run().stdout.split() == result.stdout.split()


@pytest.mark.parametrize("name", [*COMMANDS, "centers list", "centers show"])
def test_every_command_explains_itself(folder: Path, run: Run, name: str) -> None:
    result = run(*name.split(), "--help")
    assert result.exit_code == 0
    assert "--help" in result.stdout


def test_help_loads_neither_store_nor_http_nor_plugins(folder: Path) -> None:
    code = (
        "import sys; from crmbridge.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'httpx', 'jinja2', 'crmbridge.app', 'crmbridge.plugins', 'starlette'}\n"
        "sys.exit(', '.join(sorted(heavy & sys.modules.keys())) or 0)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "--help"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_python_m_is_the_same_program(folder: Path) -> None:
    words = [sys.executable, "-m", "crmbridge", "--version"]
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    assert ended.stdout == f"crmbridge {__version__}\n"


def test_names_print_on_a_terminal_without_unicode(folder: Path) -> None:
    words = [sys.executable, "-m", "crmbridge", "plan", "--help"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    subprocess.run(words, cwd=folder, capture_output=True, check=True, env=environment)


def test_an_unknown_command_or_option_is_a_usage_error(folder: Path, run: Run) -> None:
    assert run("nosuch").exit_code == 2
    assert run("sync", "--nosuch").exit_code == 2
