"""``crmbridge.toml``, and the settings of the plugins of this repository."""

from __future__ import annotations

import inspect
import tomllib
import typing
from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path

from pydantic import BaseModel

from crmbridge.config import Config, ConnectionTable, Section
from crmbridge.connector import ConnectorSpec
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.plugins.hooks import read_hooks
from docpages.settings import described, heading, is_section, keys
from docpages.writing import page

ROOT = Path(__file__).parents[4]


def config_page() -> str:
    """Every section and key of crmbridge.toml."""
    return page(
        "crmbridge.toml",
        "Paths are relative to the file. Unknown keys are errors. A secret never stands in the file: write "
        '`"env:NAME"` for an environment variable, `"file:PATH"` for a file of mode 0600, or `"keyring:NAME"` for the '
        "system's keyring ([credentials](../howto/credentials.md)). The least that is needed:",
        '```toml\n[connections.main]\nconnector = "hubspot"\ntoken = "env:HUBSPOT_TOKEN"\n\n'
        '[privacy]\nprocessing = "record-required"\n```',
        "`crmbridge init` writes a file with every key, commented.",
        *_sections(Config, ""),
    )


def _sections(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        place = f"{prefix}{name}"
        if name == "connections":
            yield "## `[connections.NAME]`\n\nAn account of a CRM, under a name of yours. There may be several."
            yield keys(ConnectionTable)
            yield 'With `connector = "hubspot"`:'
            yield keys(HubSpotSettings)
        elif name == "plugins":
            yield "## `[plugins.NAME]`\n\nThe settings of one plugin: [those of this repository](plugins.md)."
        elif is_section(field):
            section = typing.cast("type[Section]", field.annotation)
            yield f"## `[{place}]`\n\n{(inspect.getdoc(section) or '').splitlines()[0]}"
            yield from described(section)
            yield from _sections(section, f"{place}.")


def plugins_page() -> str:
    """Every setting of the plugins of this repository, and of the connectors they bring."""
    return page(
        "Settings of the plugins",
        "What `[plugins.NAME]` takes for the packages in [plugins](../../plugins), whose READMEs explain it. Unknown "
        "keys are errors. *Shipped*: tables that the plugin brings.",
        *(text for point in ours() for text in _plugin(point)),
    )


def _plugin(point: EntryPoint) -> Iterator[str]:
    hooks = read_hooks(point.name, point.load())
    owner = f"Of `{point.dist.name}`." if point.dist else ""
    if "register_settings" in hooks:
        model = typing.cast("type[BaseModel]", hooks["register_settings"]({}))
        yield f"## `[plugins.{point.name}]`\n\n{owner} {heading(model)}"
        yield from described(model)
    if "register_connectors" in hooks and point.name != "hubspot":
        for spec in typing.cast("Iterable[ConnectorSpec]", hooks["register_connectors"]({})):
            yield f'## `connector = "{spec.name}"`\n\n{owner} What `[connections.NAME]` takes besides.'
            yield from described(spec.settings)


def ours() -> list[EntryPoint]:
    """The plugins of this repository that are installed, and crmbridge's own, by name."""
    projects = ROOT.glob("plugins/*/pyproject.toml")
    names = {"crmbridge", *(tomllib.loads(path.read_text("utf-8"))["project"]["name"] for path in projects)}
    points = metadata.entry_points(group="crmbridge")
    return sorted((item for item in points if item.dist and item.dist.name in names), key=lambda item: item.name)
