"""The recipes of examples/: each is put beside a configuration as it stands, and does what it says."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from crmbridge.testing import BridgeProject, SamplePortal

RECIPES = Path(__file__).parents[2] / "examples" / "bridgefiles"
FRIDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 30)

Project = Callable[..., BridgeProject]
Recipe = Callable[..., BridgeProject]


@pytest.fixture
def recipe(bridge_project: Project, portal: SamplePortal) -> Recipe:
    """Makes a project with one recipe as its bridgefile."""

    def recipe(name: str, config: str = "", plugins: tuple[str, ...] = ()) -> BridgeProject:
        project = bridge_project(plugins=list(plugins), config=config, portal=portal)
        shutil.copy(RECIPES / f"{name}.py", project.path / "bridgefile.py")
        return project

    return recipe


def test_each_recipe_is_tested_and_short() -> None:
    tested = Path(__file__).read_text(encoding="utf-8")
    for path in RECIPES.glob("*.py"):
        assert f'recipe("{path.stem}"' in tested
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 60


def test_own_properties_fill_empty_fields_and_only_those(recipe: Recipe, portal: SamplePortal) -> None:
    firm = portal.company("Muster GmbH", branche="Maschinenbau")
    portal.person("Anna Beispiel", "", firm, position_de="Einkaufsleiterin")
    portal.person("Ben Muster", "CFO", firm, position_de="Kaufmann")
    with recipe("custom_properties").bridge() as bridge:
        bridge.sync()
        assert {person.first_name: person.job_title for person in bridge.contacts()} == {
            "Anna": "Einkaufsleiterin",
            "Ben": "CFO",
        }
        assert [company.industry for company in bridge.companies()] == ["Maschinenbau"]


def test_a_field_gives_a_role_with_its_evidence(recipe: Recipe, portal: SamplePortal) -> None:
    firm = portal.company("Muster GmbH")
    anna = portal.person("Anna Beispiel", "", firm, purchase_part="approves")
    ben = portal.person("Ben Muster", "", firm, purchase_part="watches")
    portal.deal("Presse", anna, ben)
    with recipe("role_from_field").bridge() as bridge:
        bridge.sync()
        (center,) = (item for item in bridge.buying_centers() if item.deal)
    roles = {member.id: [(role.role, role.status) for role in member.roles] for member in center.members}
    assert roles == {str(anna): [("decider", "proposed")], str(ben): []}


def test_a_journey_of_its_own_is_told_up_to_today(recipe: Recipe, portal: SamplePortal) -> None:
    days: dict[str, Any] = {
        "trial_started_on": "2026-10-01",
        "trial_ended_on": "2026-11-02",
        "contract_sent_on": "2026-12-01",
    }
    portal.deal("Presse", company=portal.company("Muster GmbH"), **days)
    project = recipe("custom_journey")
    for today, stages in ((MONDAY, ["trial", "review"]), (date(2026, 12, 1), ["trial", "review", "contract"])):
        with project.bridge(as_of=today) as bridge:
            bridge.sync()
            (center,) = (item for item in bridge.buying_centers() if item.deal)
            told = [visit for visit in center.visits if visit.model == "trial"]
            assert [visit.stage for visit in told] == stages
            assert [visit.left_on for visit in told] == [visit.entered_on for visit in told[1:]] + [None]


def test_consent_comes_from_records_of_an_own_object(recipe: Recipe, portal: SamplePortal) -> None:
    kind = portal.account.define_object("permission")
    for name in ("channel", "given_on", "withdrawn_on"):
        portal.account.define(kind.name, name)
    firm = portal.company("Muster GmbH")
    anna, ben, cleo = portal.people(firm, "Anna Beispiel, CFO", "Ben Muster, CTO", "Cleo Test, COO")
    for person, values in (
        (anna, {"channel": "email", "given_on": "2026-01-05"}),
        (ben, {"channel": "email", "given_on": "2026-01-05"}),
        (ben, {"channel": "email", "withdrawn_on": "2026-03-01"}),
        (cleo, {"channel": "phone", "given_on": "2026-01-05"}),
    ):
        made = portal.account.add(kind.name, values)
        portal.account.link(kind.name, made, "contacts", person.id)
    project = recipe("consent_object", f'[connections.main.custom_objects]\npermission = "{kind.type_id}"\n')
    with project.bridge() as bridge:
        bridge.sync()
        said = {
            found.contact: {one.decision for one in found.contacting if one.channel == "email"}
            for found in bridge.contactable()
        }
    assert said == {anna: {"allow"}, ben: {"deny"}, cleo: {"review"}}


def test_nothing_is_written_on_a_friday(recipe: Recipe, portal: SamplePortal) -> None:
    portal.person("Anna Beispiel", "", portal.company("Muster GmbH"), purchase_part="approves")
    project = recipe("no_fridays")
    for day, status in ((FRIDAY, "blocked"), (MONDAY, "done")):
        with project.bridge(as_of=day) as bridge:
            bridge.sync()
            plan = bridge.plan()
            assert not plan.is_empty
            assert bridge.apply(plan, approve=plan.hash).status == status


def test_a_chat_is_told_counts_and_no_secret_is_logged(
    recipe: Recipe, portal: SamplePortal, caplog: pytest.LogCaptureFixture
) -> None:
    portal.people(portal.company("Muster GmbH"), "Anna Beispiel, CFO")
    address = "https://chat.example/hooks/very-secret"
    project = recipe("notify", f'[plugins.bridgefile]\nwebhook = "{address}"\n')
    with respx.mock(assert_all_mocked=True) as mocked:
        mocked.route(host="127.0.0.1").pass_through()
        hook = mocked.post(address).mock(return_value=httpx.Response(200))
        project.write_back()
        told = [call.request.content.decode() for call in hook.calls]
        hook.mock(side_effect=httpx.ConnectError("refused"))
        with project.bridge() as bridge:
            bridge.sync()
            plan = bridge.plan()
            assert bridge.apply(plan, approve=plan.hash).status == "done"
    assert len(told) == 1
    assert "confirmed" in told[0]
    assert "Anna" not in told[0]
    assert "very-secret" not in caplog.text
