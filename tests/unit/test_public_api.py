from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

import crmbridge

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "src/crmbridge" / name for name in ("context.py", "hookspecs.py")]


def rank(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions; each by name."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def test_public_names_are_sorted_and_there() -> None:
    assert crmbridge.__all__ == sorted(set(crmbridge.__all__), key=rank)
    assert [name for name in crmbridge.__all__ if not hasattr(crmbridge, name)] == []


def test_nothing_public_is_left_out_of_all() -> None:
    source = ast.parse((ROOT / "src/crmbridge/__init__.py").read_text("utf-8"))
    imported = {
        alias.asname or alias.name
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("crmbridge")
        for alias in node.names
    }
    assert imported == set(crmbridge.__all__)


@pytest.mark.parametrize("name", crmbridge.__all__)
def test_a_public_name_is_documented(name: str) -> None:
    value = getattr(crmbridge, name)
    if inspect.isclass(value):
        assert (value.__dict__.get("__doc__") or "").strip(), f"{name} needs a docstring"
    elif inspect.isfunction(value):
        assert inspect.getdoc(value)
    else:
        assert name in documented_constants(), f"{name} needs a docstring below its assignment"


def documented_constants() -> set[str]:
    """Names whose assignment is followed by a text that describes them."""
    found = set()
    for path in [*SOURCES, *(ROOT / "src/crmbridge/model").glob("*.py")]:
        body = ast.parse(path.read_text("utf-8")).body
        for node, after in pairwise(body):
            described = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            found |= {item.id for item in targets if described and isinstance(item, ast.Name)}
    return found


def test_bridge_is_loaded_on_first_use_only() -> None:
    code = (
        "import sys, crmbridge; assert 'crmbridge.app' not in sys.modules; "
        "assert crmbridge.Bridge.__name__ == 'Bridge'; assert 'crmbridge.app' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Brigde"):
        _ = crmbridge.Brigde


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert crmbridge.__version__ == project["version"] == newest[1]


def test_whatever_a_hook_takes_or_answers_can_be_imported_from_the_top() -> None:
    # Kills: an author who annotates a hook as its page does finds no such name.
    from crmbridge import hookspecs

    hooks = [hook for hook in vars(hookspecs).values() if hasattr(hook, "crmbridge_spec")]
    named = {name for hook in hooks for text in hook.__annotations__.values() for name in re.findall(r"[A-Z]\w+", text)}
    assert named - {"Any", "Callable", "Iterable", "None"} <= set(crmbridge.__all__)
