"""Finds the code blocks, commands and links of the documentation, and serves a small portal to run them against."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crmbridge.sandbox import Portal, generate, serve

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(
    r"(?:^<!-- file: (?P<file>\S+) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
INLINE = re.compile(r"`(crmbridge [^`]*)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CALL = re.compile(r"(?:^|[\s/])(crmbridge(?: [^|;&>#\n]*)?)")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page; ``file`` is the name that a comment above gives it."""

    page: Path
    line: int
    kind: str
    text: str
    file: str | None

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("text"))
        yield Block(page, line, found["kind"], found["text"], found["file"])


ALL = [block for page in PAGES for block in blocks(page)]


def commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every crmbridge command line of the pages: of blocks that a shell or cron runs, and between backticks."""
    for block in ALL:
        if block.kind in ("console", "text"):
            lines = block.text.splitlines()
            calls = [found for line in lines if line.startswith(("$ ", "*", "0")) for found in CALL.findall(line)]
            yield from ((block.name, tuple(shlex.split(call))) for call in calls)
    for page in PAGES:
        calls = INLINE.findall(page.read_text(encoding="utf-8"))
        yield from ((str(page.relative_to(ROOT)), tuple(shlex.split(call))) for call in calls)


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        targets = LINK.findall(BLOCK.sub("", page.read_text(encoding="utf-8")))
        yield from ((page, target) for target in targets if "://" not in target)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hand each block, command and link to the tests that ask for one."""
    loose = [block for block in ALL if block.file is None and "reference" not in block.page.parts]
    if "python_block" in metafunc.fixturenames:
        found = [block for block in loose if block.kind == "python"]
        metafunc.parametrize("python_block", found, ids=lambda block: block.name)
    if "toml_block" in metafunc.fixturenames:
        found = [block for block in ALL if block.kind == "toml" and block.file is None]
        metafunc.parametrize("toml_block", found, ids=lambda block: block.name)
    if "command" in metafunc.fixturenames:
        called = list(commands())
        metafunc.parametrize("command", called, ids=[f"{name} {' '.join(words)}" for name, words in called])
    if "link" in metafunc.fixturenames:
        found_links = list(links())
        metafunc.parametrize("link", found_links, ids=[f"{page.name} {target}" for page, target in found_links])


@pytest.fixture
def files() -> dict[str, dict[str, str]]:
    """The blocks that a comment gives a file name, by page and name."""
    found: dict[str, dict[str, str]] = {}
    for block in ALL:
        if block.file:
            found.setdefault(str(block.page.relative_to(ROOT)), {})[block.file] = block.text
    return found


@pytest.fixture
def portal() -> Portal:
    made = generate(companies=12, contacts=60, deals=15, engagements=200)
    made.limits.off()
    return made


@pytest.fixture
def workspace(portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a crmbridge.toml for a served portal; it is the current one."""
    with serve(portal) as server:
        monkeypatch.setenv("HUBSPOT_TOKEN", server.token)
        monkeypatch.chdir(tmp_path)
        config = f"""
[connections.main]
connector = "hubspot"
token = "env:HUBSPOT_TOKEN"
base_url = "{server.base_url}"

[privacy]
processing = "legitimate-interest"
assessment = "invented people"

[sync]
since_months = 0
"""
        Path("crmbridge.toml").write_text(config, encoding="utf-8")
        yield tmp_path
