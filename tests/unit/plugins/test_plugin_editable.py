"""A plugin that somebody works on: its code changes, its version does not."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from crmbridge.plugins import Plugins, sources

CODE = "from crmbridge import hookimpl\n\n\n@hookimpl\ndef on_event(event):\n    pass\n"

Start = Callable[[], Plugins]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed plugin; yields its package's folder."""
    home = tmp_path / "crmbridge_edited"
    home.mkdir()
    (home / "__init__.py").write_text(CODE)
    (home / "rule.py").write_text("LIMIT = 1\n")
    meta = tmp_path / "crmbridge_edited-0.1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.4\nName: crmbridge-edited\nVersion: 0.1.0\n")
    (meta / "entry_points.txt").write_text("[crmbridge]\nedited = crmbridge_edited\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    sources._code_hash.cache_clear()
    yield home
    sys.modules.pop("crmbridge_edited", None)


@pytest.fixture
def restarted(package: Path) -> Start:
    """Finds the plugin as a new process does."""

    def start() -> Plugins:
        sources._code_hash.cache_clear()
        sys.modules.pop("crmbridge_edited", None)
        return Plugins.load({}, entry_points=_distribution(package).entry_points)

    return start


def _distribution(package: Path) -> Distribution:
    return PathDistribution(package.parent / "crmbridge_edited-0.1.0.dist-info")


def _as_editable(package: Path, *, editable: bool = True) -> None:
    meta = package.parent / "crmbridge_edited-0.1.0.dist-info"
    told = {"url": package.parent.as_uri(), "dir_info": {"editable": editable}}
    (meta / "direct_url.json").write_text(json.dumps(told))


def test_code_that_changes_under_a_version_is_judged_with_anew(package: Path, restarted: Start) -> None:
    # Kills: the version of an editable install is that of its metadata; the hash covers __init__.py alone.
    _as_editable(package)
    before = restarted()
    (package / "rule.py").write_text("LIMIT = 2\n")
    after = restarted()
    assert before.versions()["edited"].startswith("0.1.0+local.")
    assert before.versions() != after.versions()
    assert before.fingerprint() != after.fingerprint()


def test_what_is_no_code_and_where_it_lies_changes_nothing(package: Path, restarted: Start) -> None:
    _as_editable(package)
    before = restarted()
    (package / "notes.txt").write_text("read me")
    (package / "__pycache__").mkdir(exist_ok=True)
    assert restarted().versions() == before.versions()


@pytest.mark.parametrize("told", [None, "folder", "[]", "{", '{"dir_info": {}}'])
def test_an_installed_copy_has_the_version_of_its_package(package: Path, restarted: Start, told: str | None) -> None:
    if told == "folder":
        _as_editable(package, editable=False)
    elif told:
        (package.parent / "crmbridge_edited-0.1.0.dist-info" / "direct_url.json").write_text(told)
    assert restarted().versions() == {"edited": "0.1.0"}


def test_nothing_is_imported_to_tell_a_version(package: Path) -> None:
    _as_editable(package)
    (package / "__init__.py").write_text("raise RuntimeError\n")
    (found,) = sources.find({}, _distribution(package).entry_points, None)
    assert found.version.startswith("0.1.0+local.")
    assert "crmbridge_edited" not in sys.modules


def test_the_version_is_that_of_the_code_that_runs_for_the_life_of_the_process(package: Path) -> None:
    # Kills: the hash is taken anew while the old modules stay imported.
    _as_editable(package)
    (before,) = sources.find({}, _distribution(package).entry_points, None)
    (package / "rule.py").write_text("LIMIT = 3\n")
    (after,) = sources.find({}, _distribution(package).entry_points, None)
    assert after.version == before.version


def test_a_package_that_is_gone_is_refused_where_plugins_are_and_not_before(package: Path, restarted: Start) -> None:
    _as_editable(package)
    for path in package.iterdir():
        path.unlink()
    package.rmdir()
    (status,) = restarted().statuses
    assert not status.ok
