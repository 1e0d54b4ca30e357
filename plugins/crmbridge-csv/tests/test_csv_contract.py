from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crmbridge import Connector, Link, Ref
from crmbridge.model import PropertyDefinition
from crmbridge.testing import ConnectorContract, World
from crmbridge_csv.connector import CsvConnector


class TestCsvConnector(ConnectorContract):
    @pytest.fixture
    def connector(self, opened: Callable[..., CsvConnector]) -> Connector:
        made = opened()
        made.create_definition(PropertyDefinition(object="contact", name="remark", label="Remark", type="string"))
        return made

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        def edit(name: str, value: str) -> None:
            (tmp_path / "crm/crmbridge/contacts.csv").write_text(f"id,{name}\n2,{value}\n", encoding="utf-8")

        return World(
            ids={"contact": {"1", "2", "3"}, "company": {"1"}, "deal": {"1"}, "email": {"1"}, "meeting": {"1"}},
            contact="2",
            filled=("job_title", "Leiter Einkauf"),
            empty="remark",
            links=links(),
            edit=edit,
        )


def links() -> list[Link]:
    people = [Ref("contact", id_) for id_ in "123"]
    deal, firm, email, meeting = Ref("deal", "1"), Ref("company", "1"), Ref("email", "1"), Ref("meeting", "1")
    return [
        *(Link(deal, person) for person in people),
        Link(deal, people[2], "Entscheider"),
        Link(deal, firm, primary=True),
        *(Link(person, firm, primary=True) for person in people),
        Link(email, people[0]),
        Link(email, deal),
        *(Link(meeting, person) for person in people),
        Link(meeting, deal),
    ]
