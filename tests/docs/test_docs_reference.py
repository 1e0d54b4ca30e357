"""Nothing that users may build on is left out of the reference. What the pages say of it is held by the generator."""

from __future__ import annotations

import ast
import inspect
import re
import runpy
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

import crmbridge
from crmbridge import hookspecs
from crmbridge.cli import app
from crmbridge.cli.exitcodes import ExitCode
from crmbridge.config import Config, Section
from crmbridge.hookspecs import since
from crmbridge.plugins.hooks import SPECIFICATIONS, read_hooks

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
STEPS = runpy.run_path(str(Path(__file__).parent / "generate/docpages/lifecycle.py"))["STEPS"]
OURS = sorted(path.name for path in (ROOT / "plugins").iterdir() if path.is_dir())


def section(page: str, heading: str) -> str:
    """The text of a page below a heading, up to the next of its rank."""
    text = (DOCS / "reference" / page).read_text("utf-8")
    parts = re.split(rf"^## {re.escape(heading)}$", text, maxsplit=1, flags=re.MULTILINE)
    assert len(parts) == 2, f"{page} has no section {heading}"
    return re.split(r"^## ", parts[1], maxsplit=1, flags=re.MULTILINE)[0]


def commands() -> Iterator[tuple[str, Any]]:
    def walk(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
        for name, found in group.commands.items():
            yield f"{prefix} {name}", found
            if hasattr(found, "commands"):
                yield from walk(found, f"{prefix} {name}")

    return walk(typer.main.get_command(app), "crmbridge")


def settings_of(distribution: str) -> Iterator[tuple[str, type[BaseModel]]]:
    for point in metadata.distribution(distribution).entry_points.select(group="crmbridge"):
        hooks = read_hooks(point.name, point.load())
        if "register_settings" in hooks:
            yield point.name, hooks["register_settings"]({})  # type: ignore[misc]  # a hook answers anything


@pytest.mark.parametrize("hook", SPECIFICATIONS)
def test_a_hook_is_documented_with_its_exact_signature_and_age(hook: str) -> None:
    text = section("hooks.md", hook)
    (block,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (node,) = ast.parse(block).body
    (specified,) = ast.parse(inspect.getsource(getattr(hookspecs, hook))).body
    assert isinstance(node, ast.FunctionDef)
    assert isinstance(specified, ast.FunctionDef)
    assert ast.unparse(node.args) == ast.unparse(specified.args)
    assert node.returns is not None
    assert specified.returns is not None
    assert ast.unparse(node.returns) == ast.unparse(specified.returns)
    version, versions = since(getattr(hookspecs, hook))
    arguments = ", ".join(f"`{name}` {versions[name]}" for name in SPECIFICATIONS[hook])
    head = (DOCS / "reference/hooks.md").read_text("utf-8").partition("## ")[0]
    assert f"| [`{hook}`](#{hook}) | {version} | {arguments} |" in head


@pytest.mark.parametrize(("name", "found"), [pytest.param(*item, id=item[0]) for item in commands()])
def test_a_command_is_documented_with_every_option(name: str, found: Any) -> None:
    text = section("cli.md", name)
    for param in (param for param in found.params if not getattr(param, "hidden", False)):
        given = param.opts if param.param_type_name == "option" else [param.metavar]
        assert [word for word in given[:1] if word not in text] == []
    assert " ".join(found.help.split()) in " ".join(text.split())


def test_every_exit_code_is_documented() -> None:
    text = (DOCS / "reference/exit-codes.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| .+ \| (.+) \|$", text, re.MULTILINE)
    assert rows == [(str(int(code)), code.explain) for code in ExitCode]


@pytest.mark.parametrize("name", crmbridge.__all__)
def test_a_public_name_is_documented_with_its_fields(name: str) -> None:
    text, value = section("api.md", name), getattr(crmbridge, name)
    assert len(text.split()) > 3
    for field in getattr(value, "model_fields", getattr(value, "__dataclass_fields__", ())):
        assert f"| `{field}` |" in text


def test_every_key_of_the_configuration_is_documented() -> None:
    def keys(model: type[BaseModel], place: str) -> Iterator[tuple[str, str]]:
        for name, field in model.model_fields.items():
            kind = field.annotation
            if isinstance(kind, type) and issubclass(kind, Section):
                yield from keys(kind, f"{place}.{name}".strip("."))
            elif name not in ("connections", "plugins"):
                yield place, name

    found = list(keys(Config, ""))
    assert len(found) > 100
    assert [key for place, key in found if f"| `{key}` |" not in section("config.md", f"`[{place}]`")] == []


@pytest.mark.parametrize("distribution", OURS)
def test_every_setting_of_a_plugin_is_documented(distribution: str) -> None:
    for name, model in settings_of(distribution):
        text = section("plugins.md", f"`[plugins.{name}]`")
        told = re.findall(r"^\| `(\w+)` \| .+ \| .+ \| \S", text, re.MULTILINE)
        assert set(model.model_fields) <= set(told)


def test_every_hook_is_in_the_lifecycle_and_its_picture() -> None:
    fired = {hook for step in STEPS for hook in step.hooks}
    assert fired == set(SPECIFICATIONS)
    picture = ET.parse(DOCS / "images/lifecycle.svg").getroot()
    names = [item.text for item in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert fired <= set(names)
    assert all(hook in picture.attrib["aria-label"] for hook in fired)
    assert "images/lifecycle.svg" in (DOCS / "plugins/lifecycle.md").read_text("utf-8")
