from __future__ import annotations

import re
import runpy
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from crmbridge.connector import Connector
from crmbridge.connectors.hubspot.scopes import READ_SCOPES, WRITE_SCOPES

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
FILES = runpy.run_path(str(HERE / "generate"))["FILES"]


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_generated_file_is_what_the_code_says(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == FILES[name](), "run: python tests/docs/generate"


def test_every_reference_page_is_generated() -> None:
    pages = {f"reference/{path.name}" for path in (ROOT / "docs" / "reference").iterdir()}
    assert pages == {name for name in FILES if name.startswith("reference/")}


def test_every_method_of_a_connector_is_described() -> None:
    headings = re.findall(r"^## (\w+)$", (ROOT / "docs/reference/connector.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(name for name in dir(Connector) if not name.startswith("_"))


def test_the_picture_shows_the_center_that_the_sandbox_gives() -> None:
    picture = (ROOT / "docs/images/buying-center.svg").read_text("utf-8")
    seats = _summary(picture)
    assert seats == _summary(runpy.run_path(str(HERE / "picture.py"))["draw"]()), "run: python tests/docs/picture.py"
    for seat in ("Initiator", "Influencer", "User", "Buyer", "Gatekeeper"):
        assert re.search(rf"{seat}: [A-Z]\w+ [A-Z]\w+ \(1 person\)", seats)
    assert "Decider: no decider yet" in seats
    assert "Made-up data" in picture


def _summary(svg: str) -> str:
    """What a picture says of its seats to somebody who cannot see it."""
    picture = ET.fromstring(svg)
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    return picture.attrib["aria-label"]


def test_the_quickstart_names_exactly_the_scopes_that_the_connector_needs() -> None:
    text = (ROOT / "docs/quickstart.md").read_text("utf-8")
    found = re.findall(r"`((?:crm\.|sales-)[a-z.-]+)`", text)
    assert sorted(found) == sorted({*READ_SCOPES, *WRITE_SCOPES})


def test_each_runtime_dependency_is_decided_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["sandbox"]]
    rows = re.findall(
        r"^\| ([a-z0-9-]+) \|", (ROOT / "docs/decisions/0001-dependencies.md").read_text("utf-8"), re.MULTILINE
    )
    assert sorted(row for row in rows if row != "package") == sorted(re.split(r"[<>=\[]", item)[0] for item in wanted)


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"\((\d{4}-[a-z-]+\.md)\)", (folder / "README.md").read_text("utf-8"))
    assert listed == sorted(path.name for path in folder.glob("0*.md"))


def test_architecture_shows_the_layers_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(item["layers"] for item in contracts if item["type"] == "layers")
    text = (ROOT / "docs/explanation/architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| \d+ \| (.+) \|$", text, re.MULTILINE)
    assert [re.findall(r"`(\w+)`", row) for row in rows] == [layer.split(" | ") for layer in layers]


def test_the_readme_is_short_and_begins_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 180
    first = text.partition("```console\n")[2].partition("```")[0]
    assert first.split("\n")[:2] == ["$ make demo", "$ make test"]


def test_a_link_leads_somewhere(link: tuple[Path, str]) -> None:
    page, target = link
    path, _, anchor = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    assert found.exists()
    assert found.is_relative_to(ROOT)
    if anchor:
        found = found / "README.md" if found.is_dir() else found
        heads = re.findall(r"^#+ (.+)$", found.read_text("utf-8"), re.MULTILINE)
        assert anchor in [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads]
