"""Reads a CRM from a folder of CSV files, and writes results beside them: a crmbridge plugin."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge import Connector, ConnectorSpec, hookimpl
from crmbridge_csv.mapping import TEXTS
from crmbridge_csv.settings import CsvSettings

SETUP = """\
A folder of CSV files needs no credential. It must hold contacts.csv, companies.csv and deals.csv, each with a first
line that names the columns; one of them is called id. Name the folder in crmbridge.toml:
   folder = "crm"
"""


@hookimpl
def register_connectors() -> Iterator[ConnectorSpec]:
    """Name the connector for a folder of CSV files."""
    yield ConnectorSpec(name="csv", settings=CsvSettings, open=_open, setup=SETUP, texts=TEXTS)


def _open(settings: CsvSettings) -> Connector:
    from crmbridge_csv.connector import CsvConnector

    return CsvConnector(settings)
