"""The tutorial for authors of plugins does what it says, block by block.

Three things differ from what a reader does: the sandbox gets a port of its own, pip is replaced by what it would leave
behind, and the hash of a plan, which nobody knows before, is put in.
"""

from __future__ import annotations

import importlib
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pytest
from typer.testing import CliRunner

from crmbridge.cli import app
from crmbridge.sandbox import Portal, generate, serve

from .conftest import ROOT, Block, blocks

PAGE = ROOT / "docs/plugins/tutorial.md"
ADDRESS = "http://127.0.0.1:8765"
TITLES = {"Director": "true", "Geschäftsführer": "true", "Assistant to the Director": "false", "Fitter": "false"}
"""What the page says of whom."""


class Reader:
    """Somebody who follows the page in an empty folder.

    Attributes:
        told: What each line printed, by the line.
        portal: The account that is served.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: dict[str, str] = {}
        self.portal: Portal
        self._patch, self._open, self._served = monkeypatch, ExitStack(), ADDRESS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def follow(self, block: Block) -> None:
        """Do what a block says."""
        if block.kind == "console":
            for line in block.text.splitlines():
                assert line.startswith("$ "), f"{block.name}: it shows what a command prints, which nobody checks"
                self.told[line] = self._type(line[2:])
            return
        assert block.file is not None, block.name
        path = Path(block.file)
        text = block.text.replace(ADDRESS, self._served)
        path.write_text(patched(path, text) if block.kind == "diff" else text, encoding="utf-8")

    def _type(self, line: str) -> str:
        program, *words = shlex.split(line)
        doing: dict[str, Callable[[list[str]], str]] = {
            "crmbridge": self._crmbridge,
            "export": self._export,
            "pip": self._pip,
            "python": self._python,
        }
        return doing[program](words)

    def _crmbridge(self, words: list[str]) -> str:
        if words[0] == "sandbox":
            return self._sandbox(words[1:])
        self._forget()
        done = CliRunner().invoke(app, [self._hash() if word.endswith("…") else word for word in words])
        assert done.exit_code == 0, f"{words}\n{done.output}"
        return done.stdout

    def _sandbox(self, words: list[str]) -> str:
        figures: dict[str, Any] = {
            name.removeprefix("--"): int(number) for name, number in zip(words[::2], words[1::2], strict=True)
        }
        self.portal = generate(**figures)
        for title in TITLES:
            self.portal.add("contacts", {"lastname": "Probe", "jobtitle": title})
        server = self._open.enter_context(serve(self.portal))
        self._served = server.base_url
        return server.token

    def _hash(self) -> str:
        """The hash of the plan, as the command says it that ``plan`` prints."""
        (found,) = set(re.findall(r"--approve ([0-9a-f]+)", self.told["$ crmbridge plan --only acme"]))
        return str(found)

    def _export(self, words: list[str]) -> str:
        name, _, value = words[0].partition("=")
        self._patch.setenv(name, value)
        return ""

    def _pip(self, words: list[str]) -> str:
        if words == ["install", ".[testing]"]:
            return ""
        if words[:2] == ["install", "-e"]:
            return self._install(Path(words[2]))
        return _run("-m", "pip", *words, "--no-index", "--no-build-isolation", "--disable-pip-version-check")

    def _install(self, folder: Path) -> str:
        """Leave what an editable install leaves: metadata, and the way to the sources."""
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        info = Path("site", "crmbridge_acme.dist-info")
        info.mkdir(parents=True, exist_ok=True)
        about = f"Metadata-Version: 2.4\nName: {project['name']}\nVersion: {project['version']}\n"
        (info / "METADATA").write_text(about, encoding="utf-8")
        points = "".join(f"{name} = {value}\n" for name, value in project["entry-points"]["crmbridge"].items())
        (info / "entry_points.txt").write_text(f"[crmbridge]\n{points}", encoding="utf-8")
        for path in (folder / "src", Path("site")):
            self._patch.syspath_prepend(str(path.absolute()))
        importlib.invalidate_caches()
        return ""

    def _python(self, words: list[str]) -> str:
        if words[:2] != ["-m", "pytest"]:
            return _run(*words)
        self._forget()
        assert pytest.main(["--assert=plain", "-p", "no:cacheprovider", *words[2:]]) == 0
        self._forget()
        return ""

    def _forget(self) -> None:
        """Import nothing from memory that stands below the folder: each command is a process of its own."""
        here = f"{Path.cwd()}{os.sep}"
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(here):
                del sys.modules[name]


def patched(path: Path, diff: str) -> str:
    """Apply a diff of one place to a file that has it exactly once."""
    lines = diff.splitlines()
    before, after = ("".join(f"{line[1:]}\n" for line in lines if line[:1] != sign) for sign in "+-")
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{path} has not the lines of the diff:\n{before}"
    return text.replace(before, after)


def _run(*words: str) -> str:
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, *words]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    for name in ("CRMBRIDGE_CONFIG", "CRMBRIDGE_PLUGINS", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with Reader(monkeypatch) as made:
        yield made


@pytest.mark.timeout(300)  # it starts processes, which take their time on a busy machine
def test_the_tutorial_leads_to_a_property_in_the_crm_and_to_silver(reader: Reader) -> None:
    for block in blocks(PAGE):
        reader.follow(block)
    told = reader.told
    assert f"$ export SANDBOX_TOKEN={reader.portal.token}" in told
    pairs = [line.split(" ", 1) for line in told["$ python look.py"].splitlines()]
    assert TITLES.items() <= {title: value for value, title in pairs}.items()
    assert "propose_roles" in told["$ crmbridge plugins trace"]
    assert "decider" in told["$ crmbridge centers review"]
    assert "tier: silver" in told["$ crmbridge plugins check crmbridge-acme --tier silver"]
    assert list(Path("dist").glob("crmbridge_acme-0.2.0-*.whl"))
