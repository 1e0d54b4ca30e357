"""A connector that reads contacts and companies, and nothing more, passes the contract: all else is skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from crmbridge.connector import Account, Capabilities, Check, ConnectorDefaults, Page
from crmbridge.model import Company, Contact, Record
from crmbridge.model.base import ObjectName
from crmbridge.testing import ConnectorContract, World

ROWS: Mapping[str, Sequence[Record]] = {
    "company": [Company(id="1", name="Muster GmbH", properties={"Firma": "Muster GmbH"})],
    "contact": [
        Contact(id="1", job_title="CFO", properties={"Titel": "CFO", "Mail": None}),
        Contact(id="2", properties={"Titel": None, "Mail": None}),
    ],
}


class Folder(ConnectorDefaults):
    capabilities = Capabilities(objects=("company", "contact"))
    calls = 0

    def account(self) -> Account:
        return Account(id="folder", timezone="Europe/Berlin")

    def check(self) -> Sequence[Check]:
        return [Check(name="folder", ok=True, message="it is there")]

    def read_page(self, name: ObjectName, properties: Sequence[str], after: str | None) -> Page:
        return Page(self._read(name, None, properties), None)

    def read_records(self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]) -> Sequence[Record]:
        return self._read(name, ids, properties)

    def close(self) -> None:
        pass

    def _read(self, name: ObjectName, ids: Sequence[str] | None, properties: Sequence[str]) -> list[Record]:
        self.calls += 1
        return [
            row.model_copy(update={"properties": {prop: row.properties.get(prop) for prop in properties}})
            for row in ROWS.get(name, ())
            if ids is None or row.id in ids
        ]


class TestReadOnlyConnector(ConnectorContract):
    @pytest.fixture
    def connector(self) -> Folder:
        return Folder()

    @pytest.fixture
    def world(self) -> World:
        return World(ids={"company": {"1"}, "contact": {"1", "2"}}, contact="1", filled=("Titel", "CFO"))
