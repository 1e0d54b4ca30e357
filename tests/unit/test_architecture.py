from __future__ import annotations

import ast
import math
import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path for path in (ROOT / "plugins").iterdir() if path.is_dir())
MODULES = sorted([*(ROOT / "src").rglob("*.py"), *(path for plugin in PLUGINS for path in plugin.glob("src/**/*.py"))])
HEAVY = ("alembic", "httpx", "hubspot", "jinja2", "rich", "sqlalchemy", "starlette", "tenacity", "typer", "uvicorn")
MACHINES = re.compile(
    r"(?<![\w.])/(?:home/(?!somebody)|root/|Users/|work/)\w+"  # somebody is invented
    r"|\b(?:pypi\.org|pythonhosted\.org|index[-_]url)\b"
)

LONGEST_MODULE = 500
LONGEST_HOOKSPECS = 300
USUAL_MODULE = 150
LONGEST_USUAL_FUNCTION = 35
LONGEST_HOOKS_MODULE = 60


def lines(path: Path) -> int:
    """Lines that are not empty."""
    return sum(bool(line.strip()) for line in path.read_text("utf-8").splitlines())


def test_no_module_is_too_long() -> None:
    sizes = {str(path.relative_to(ROOT)): lines(path) for path in MODULES}
    figures = f"{len(sizes)} modules, median {statistics.median(sizes.values()):.0f}, longest {max(sizes.values())}"
    assert {path: size for path, size in sizes.items() if size > LONGEST_MODULE} == {}, figures
    assert sizes["src/crmbridge/hookspecs.py"] <= LONGEST_HOOKSPECS
    assert statistics.median(sizes.values()) <= USUAL_MODULE, figures


def test_nine_functions_of_ten_are_short() -> None:
    sizes = sorted(
        ((node.end_lineno or 0) - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.lineno}")
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    percentile = sizes[math.ceil(len(sizes) * 0.9) - 1][0]
    assert percentile <= LONGEST_USUAL_FUNCTION, f"p90 {percentile} of {len(sizes)}; longest {sizes[-5:]}"


@pytest.mark.parametrize("module", ["crmbridge", *(plugin.name.replace("-", "_") for plugin in PLUGINS)])
def test_an_import_loads_nothing_heavy(module: str) -> None:
    # Kills: a top-level import of the store or of HTTP in anything that `crmbridge/__init__.py` imports.
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_a_plugin_package_is_complete(plugin: Path) -> None:
    package = plugin.name.replace("-", "_")
    project = tomllib.loads((plugin / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["name"] == plugin.name
    assert package in project["entry-points"]["crmbridge"].values()
    assert (plugin / "README.md").read_text("utf-8").startswith(f"# {plugin.name}\n")
    assert (plugin / "src" / package / "py.typed").exists()
    assert list((plugin / "tests").glob("test_*.py"))
    assert lines(plugin / "src" / package / "__init__.py") <= LONGEST_HOOKS_MODULE


def test_crmbridge_is_typed() -> None:
    assert (ROOT / "src/crmbridge/py.typed").exists()


def test_no_file_names_a_machine_or_a_registry() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            text = path.read_bytes().decode("utf-8", "replace")
            found += [f"{name}: {hit.group()}" for hit in MACHINES.finditer(text)]
    assert found == []
