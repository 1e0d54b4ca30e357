"""Writes what docs holds of the code: ``python tests/docs/generate``. A test holds the files equal to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from docpages.api import api_page
from docpages.cli import cli_page, exit_codes_page
from docpages.config import config_page, plugins_page
from docpages.connector import connector_page
from docpages.hooks import hooks_page
from docpages.hubspot import hubspot_page
from docpages.picture import lifecycle_svg
from docpages.properties import properties_page

DOCS = Path(__file__).parents[3] / "docs"
FILES: Mapping[str, Callable[[], str]] = {
    "images/lifecycle.svg": lifecycle_svg,
    "reference/api.md": api_page,
    "reference/cli.md": cli_page,
    "reference/config.md": config_page,
    "reference/connector.md": connector_page,
    "reference/exit-codes.md": exit_codes_page,
    "reference/hooks.md": hooks_page,
    "reference/hubspot.md": hubspot_page,
    "reference/plugins.md": plugins_page,
    "reference/properties.md": properties_page,
}

if __name__ == "__main__":
    for name, write in FILES.items():
        (DOCS / name).write_text(write(), encoding="utf-8")
