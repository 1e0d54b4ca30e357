"""The site builds without a warning, holds every page and asks nobody else for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md"))
LOADED = re.compile(r"""<(?:script|link|img|iframe)[^>]+?(?:src|href)=["']?(?:https?:)?//|@import|url\(["']?https?:""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    # Not with --quiet: that keeps --strict from seeing any warning.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if not line.startswith("INFO ")]
    assert (done.returncode, told) == (0, [])
    return target


def built(site: Path, page: Path) -> Path:
    """Where a page stands on the site."""
    return site / (page.parent if page.name == "README.md" else page.with_suffix("")) / "index.html"


def test_every_page_is_in_the_navigation_of_every_other(site: Path) -> None:
    home = (site / "index.html").read_text("utf-8")
    navigation = home.partition("md-nav--primary")[2].partition("md-content")[0]
    linked = set(re.findall(r'href="?([^">#\s]*)', navigation))
    places = {page: built(Path(), page).parent.as_posix() for page in PAGES}
    assert [str(page) for page, place in places.items() if f"{place}/" not in linked and place != "."] == []


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    files = [*site.rglob("*.html"), *site.rglob("*.css")]
    assert [str(path) for path in files if LOADED.search(path.read_text("utf-8"))] == []


def test_lists_after_a_line_of_text_are_lists_and_links_out_of_the_documentation_are_text(site: Path) -> None:
    limits = built(site, Path("limits.md")).read_text("utf-8")
    assert limits.count("<li>") > 30
    assert not re.search(r"<p>[^<]*\n- ", limits)
    assert "README" in limits
    assert not re.search(r"""href="?[^">]*README\.md""", limits)


def test_what_is_searched_for_is_found(site: Path) -> None:
    index = (site / "search/search_index.json").read_text("utf-8")
    assert "propose_relations" in index
