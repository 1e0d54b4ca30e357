"""Two small plugins that keep every rule: one judges, one connects. Tests break them one place at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from crmbridge.quality.package import Package, read_folder

Files = Mapping[str, str]
Make = Callable[..., Package]

_PROJECT = """\
[project]
name = "crmbridge-{name}"
version = "1.2.0"
authors = [{{ name = "Acme Ltd" }}]
dependencies = ["crmbridge>=0.1,<0.2"]

[project.entry-points.crmbridge]
{name} = "crmbridge_{name}"
"""
_LOG = "# Changes\n\n## 1.2.0\n\nIt counts deals.\n"
_SECTIONS = """
## When values change

With each deal.

## Troubleshooting

Run it again.

## Limits

It counts, no more.

## Cost

0.1 ms a company on one core.

## How often it is right

99 of 100.
"""

JUDGING: Files = {
    "pyproject.toml": _PROJECT.format(name="acme"),
    "CHANGELOG.md": _LOG,
    "README.md": "# crmbridge-acme\n\n`least` is 1, it writes `deal_count`.\n\n"
    "```toml\n[plugins.acme]\nleast = 2\n```\n" + _SECTIONS,
    "src/crmbridge_acme/py.typed": "",
    "src/crmbridge_acme/__init__.py": '''\
"""Counts deals."""

from collections.abc import Iterator

from crmbridge import CompanyFacts, InputSpec, PropertySpec, PropertyValue, RunContext, hookimpl
from crmbridge_acme.counting import COUNT, counted
from crmbridge_acme.settings import AcmeSettings


@hookimpl
def register_settings() -> type[AcmeSettings]:
    return AcmeSettings


@hookimpl
def register_inputs() -> Iterator[InputSpec]:
    yield InputSpec(object="deal")


@hookimpl
def register_properties() -> Iterator[PropertySpec]:
    yield COUNT


@hookimpl
def derive_company(ctx: RunContext[AcmeSettings], facts: CompanyFacts) -> Iterator[PropertyValue]:
    yield from counted(facts, ctx.settings.least)
''',
    "src/crmbridge_acme/settings.py": '''\
"""The section ``[plugins.acme]``."""

from crmbridge import PluginSettings


class AcmeSettings(PluginSettings):
    """What can be tuned.

    Attributes:
        least: Fewer deals are not counted.
    """

    least: int = 1
''',
    "src/crmbridge_acme/counting.py": '''\
"""Counts."""

from collections.abc import Iterator

from crmbridge import CompanyFacts, PropertySpec, PropertyValue

COUNT = PropertySpec(
    object="company", name="deal_count", label="Deals", description="How many deals there are.", type="number"
)


def counted(facts: CompanyFacts, least: int) -> Iterator[PropertyValue]:
    count = len(facts.deals)
    if count >= least:
        yield PropertyValue(
            subject=facts.company.ref, property="deal_count", value=count, reason=f"{count} deals are linked"
        )
''',
    "tests/test_acme_contract.py": """\
from crmbridge.testing import PluginContract


class TestAcme(PluginContract):
    plugin = "acme"
    settings = {"least": 2}
""",
}

CONNECTING: Files = {
    "pyproject.toml": _PROJECT.format(name="files"),
    "CHANGELOG.md": _LOG,
    "README.md": "# crmbridge-files\n\nThe `token` needs the scope files.read, the `url` none.\n\n"
    '```toml\n[connections.main]\nconnector = "files"\nurl = "https://crm.example"\ntoken = "env:TOKEN"\n```\n'
    + _SECTIONS,
    "src/crmbridge_files/py.typed": "",
    "src/crmbridge_files/__init__.py": '''\
"""Connects to files."""

from collections.abc import Iterator

from crmbridge import Connector, ConnectorSpec, hookimpl
from crmbridge_files.hearing import receiver
from crmbridge_files.settings import FilesSettings


@hookimpl
def register_connectors() -> Iterator[ConnectorSpec]:
    yield ConnectorSpec(name="files", settings=FilesSettings, open=_open, webhooks=receiver)


def _open(settings: FilesSettings) -> Connector:
    from crmbridge_files.connector import FilesConnector

    return FilesConnector(settings)
''',
    "src/crmbridge_files/settings.py": '''\
"""The section of a connection."""

from pydantic import Field, SecretStr

from crmbridge import ConnectorSettings


class FilesSettings(ConnectorSettings):
    """Where the files are."""

    url: str = Field(description="Address of the files.")
    token: SecretStr = Field(description="Allows to read them.")
''',
    "src/crmbridge_files/connector.py": '''\
"""Reads files."""

from crmbridge.connector import Capabilities, ConnectorDefaults
from crmbridge.errors import FixCredential
from crmbridge.http import HttpClient
from crmbridge_files.settings import FilesSettings

CAPABILITIES = Capabilities(objects=("contact",), changes=True, archived=("contact",))


class FilesConnector(ConnectorDefaults):
    def __init__(self, settings: FilesSettings) -> None:
        self._client = HttpClient

    def refuse(self) -> None:
        raise FixCredential("the token is refused: replace it")
''',
    "src/crmbridge_files/hearing.py": '''\
"""Checks who calls."""

import hmac


def receiver(settings: object) -> None:
    hmac.compare_digest("a", "b")
''',
    "tests/test_files_contract.py": '''\
from crmbridge.testing import ConnectorContract


class TestFiles(ConnectorContract):
    """Runs it."""
''',
    "tests/data/contacts.json": "[]",
}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a plugin and read it: ``make(JUDGING, {"README.md": "…"})``; None leaves a file out."""

    def write(base: Files, changes: Mapping[str, str | None] | None = None) -> Package:
        for name, text in {**base, **(changes or {})}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink(missing_ok=True)
            else:
                path.write_text(text, encoding="utf-8")
        return read_folder(tmp_path)

    return write
