"""``crmbridge config check`` and ``config schema``."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crmbridge.app import config_schema
from crmbridge.config import schema
from crmbridge.errors import FixConfig

from .conftest import CONFIG, Run

ROOT = Path(__file__).parents[3]

SETTINGS = """
from pydantic import Field, SecretStr
from crmbridge import PluginSettings

class Limits(PluginSettings):
    floor: int = Field(default=3, ge=0, description="The least.")
    must: str = Field(description="Has no default.")
    key: SecretStr | None = None

@hookimpl
def register_settings():
    return Limits
"""

FAULTY = """
colour = 1

[connections.main]
connector = "hubspott"

[connections.exposed]
connector = "hubspot"
token = "pat-eu1-secret"
calls_per_10s = 0

[connections.absent]
connector = "hubspot"
token = "env:NO_SUCH_TOKEN"
timeout_seconds = "env:NO_SUCH_TIME"

[privacy]
processing = "yes"

[sync]
since_months = "many"

[pipeline]
order = ["rols"]

[plugins.rolls]

[plugins.roles]
wieghts = {}

[plugins.journey]
engaged_days = "x"
"""


def checked(run: Run, *words: str, code: int) -> dict[str, Any]:
    result = run("config", "check", "--json", *words)
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def places(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(fault["section"], fault["field"]) for fault in found["faults"]}


# check


def test_a_valid_configuration_has_no_faults(project: Path, run: Run) -> None:
    assert checked(run, code=0) == {"ok": True, "faults": [], "warnings": []}
    assert run("config", "check").stdout == "crmbridge.toml is valid\n"


def test_all_faults_are_told_at_once_by_section_and_field(folder: Path, run: Run) -> None:
    # mutants: the first plugin's faults end the search; a fault of [sync] hides those of plugins and connections
    (folder / "crmbridge.toml").write_text(FAULTY)
    found = checked(run, code=2)
    assert places(found) == {
        ("colour", ""),
        ("connections.main", ""),
        ("connections.exposed", "token"),
        ("connections.exposed", "calls_per_10s"),
        ("privacy", "processing"),
        ("sync", "since_months"),
        ("pipeline", "order"),
        ("plugins.rolls", ""),
        ("plugins.roles", "wieghts"),
        ("plugins.journey", "engaged_days"),
    }
    messages = {fault["section"]: fault["message"] for fault in found["faults"]}
    assert "did you mean roles?" in messages["plugins.rolls"]
    assert "did you mean hubspot?" in messages["connections.main"]
    assert "secret" not in json.dumps(found).replace("a secret must not", "")
    assert "[sync] since_months: " in run("config", "check").stdout


def test_what_a_reference_refers_to_is_looked_at_only_with_secrets(folder: Path, run: Run, monkeypatch: Any) -> None:
    (folder / "crmbridge.toml").write_text(FAULTY)
    resolved = places(checked(run, "--secrets", code=2)) - places(checked(run, code=2))
    assert resolved == {("connections.absent", "token"), ("connections.absent", "timeout_seconds")}
    monkeypatch.setenv("NO_SUCH_TOKEN", "pat-eu1-real")
    monkeypatch.setenv("NO_SUCH_TIME", "0")  # there, but out of range: mutant: what is resolved is not validated
    resolved = places(checked(run, "--secrets", code=2)) - places(checked(run, code=2))
    assert resolved == {("connections.absent", "timeout_seconds")}
    assert "pat-eu1-real" not in run("config", "check", "--secrets").output


@pytest.mark.parametrize("more", [f"a = {'[' * 3000}{']' * 3000}", f"a = {'9' * 5000}"], ids=["deep", "long"])
def test_what_python_cannot_read_is_a_fault_and_no_crash(folder: Path, run: Run, more: str) -> None:
    (folder / "crmbridge.toml").write_text(f"{CONFIG}{more}\n")
    (fault,) = checked(run, code=2)["faults"]
    assert "nests too deep, or a number in it has too many digits" in fault["message"]


def test_a_byte_order_mark_is_no_fault(project: Path, run: Run) -> None:
    (project / "crmbridge.toml").write_text(CONFIG, encoding="utf-8-sig")
    assert checked(run, code=0)["faults"] == []


def test_a_distribution_that_is_allowed_but_brings_nothing_is_told(project: Path, run: Run) -> None:
    (project / "crmbridge.toml").write_text(f'{CONFIG}[pipeline]\nallow = ["bridgefile.py", "crmbridge_roels"]\n')
    assert checked(run, code=0)["warnings"] == ["[pipeline] allow: crmbridge_roels brings no plugin that is installed"]


def test_nothing_is_imported_while_the_pipeline_is_faulty(project: Path, run: Run) -> None:
    (project / "bridgefile.py").write_text("raise SystemExit('imported')\n")
    (project / "crmbridge.toml").write_text(f"{CONFIG}[pipeline]\nallow = 1\n[plugins.rolls]\n")
    found = checked(run, code=2)
    assert places(found) == {("pipeline", "allow")}
    assert "[pipeline] comes first" in found["warnings"][0]


def test_a_file_that_is_not_there_or_no_toml_is_one_fault(folder: Path, run: Run) -> None:
    assert "crmbridge init" in checked(run, code=2)["faults"][0]["message"]
    (folder / "crmbridge.toml").write_text("[")
    assert "is not TOML" in checked(run, code=2)["faults"][0]["message"]


def test_properties_that_nobody_registers_and_plugins_that_do_not_run_are_warnings(project: Path, run: Run) -> None:
    (project / "crmbridge.toml").write_text(f'{CONFIG}[writeback]\nskip = ["contact.nosuch"]\n')
    assert "contact.nosuch" in checked(run, code=0)["warnings"][0]
    (project / "bridgefile.py").write_text("import nosuchmodule\n")
    found = checked(run, code=2)  # it brought the connector
    assert places(found) == {("connections.main", "")}
    assert any("bridgefile does not run" in warning for warning in found["warnings"])


def test_a_policy_that_no_plan_could_follow_is_a_fault(project: Path, run: Run) -> None:
    (project / "crmbridge.toml").write_text(
        f"""{CONFIG}
[writeback]
properties = ["contact.influence"]
policies = {{"contact.influence" = "overwrite"}}
"""
    )
    assert places(checked(run, code=2)) == {("writeback.policies", "contact.influence")}


def test_tables_of_a_plugin_are_checked_without_those_of_others(project: Path, run: Run) -> None:
    (project / "bridgefile.py").write_text((project / "bridgefile.py").read_text() + SETTINGS)
    assert places(checked(run, code=2)) == {("plugins.bridgefile", "must")}
    (project / "crmbridge.toml").write_text(f'{CONFIG}[plugins.bridgefile]\nmust = "x"\n')
    assert checked(run, code=0)["ok"]


# schema


def plain(value: Any) -> Any:
    """TOML's dates as JSON has them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def faults(document: dict[str, Any], text: str) -> list[str]:
    found = Draft202012Validator(document).iter_errors(plain(tomllib.loads(text)))
    return ["/".join(map(str, error.absolute_path)) for error in found]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The schema with all plugins of this environment."""
    return config_schema(tmp_path_factory.mktemp("schema") / "crmbridge.toml")


LEAST = '[connections.main]\nconnector = "hubspot"\ntoken = "env:TOKEN"\n[privacy]\nprocessing = "record-required"\n'


def test_the_schema_is_valid_itself_and_knows_no_null(installed: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(installed)
    assert installed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert '"null"' not in json.dumps(installed)  # TOML has none
    assert not re.search(r'"default": null', json.dumps(installed))


def test_every_key_is_described_and_has_its_default(installed: dict[str, Any]) -> None:
    sync = installed["$defs"]["Sync"]["properties"]
    assert all(value["description"] for value in sync.values())
    assert (sync["since_months"]["default"], sync["engagements"]["default"][0]) == (24, "email")
    weights = installed["$defs"]["Engagement"]["properties"]["weights"]
    assert weights["default"]["meeting"] == 40.0  # mutant: defaults of factories are left out


def test_what_init_writes_is_accepted(folder: Path, run: Run, installed: dict[str, Any]) -> None:
    assert run("init", "--processing", "record-required", "--connector", "hubspot").exit_code == 0
    text = (folder / "crmbridge.toml").read_text()
    assert faults(installed, text) == []
    opened = re.sub(r"^#(?=[\w\[\"])", "", text, flags=re.MULTILINE)  # every setting at its default
    assert len(opened) < len(text) - 100
    assert [place for place in faults(installed, opened) if not place.startswith("connections")] == []


def documented() -> Iterator[Any]:
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/README.md")]):
        for found in re.finditer(r"^```toml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            yield pytest.param(found[1], id=f"{page.relative_to(ROOT)}:{found.start()}")


@pytest.mark.parametrize("block", list(documented()))
def test_the_configurations_of_the_documentation_are_accepted(block: str, installed: dict[str, Any]) -> None:
    document = tomllib.loads(block)
    if not document.keys() <= installed["properties"].keys():
        pytest.skip("it is another file's")
    known = installed["properties"]["plugins"]["properties"].keys()
    if not document.get("plugins", {}).keys() <= known:
        pytest.skip("it names a plugin that is an example")
    accounts = installed["properties"]["connections"]["additionalProperties"]["anyOf"]
    there = {account["properties"]["connector"]["const"] for account in accounts}
    if not {account["connector"] for account in document.get("connections", {}).values()} <= there:
        pytest.skip("it names a connector that is an example")
    whole = {**tomllib.loads(LEAST), **document}
    found = list(Draft202012Validator(installed).iter_errors(plain(whole)))
    assert [error.message for error in found] == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[sync]\nsince_month = 3\n", "sync"),
        ("[sink]\n", ""),
        ('[sync]\nsince_months = "3"\n', "sync/since_months"),
        ("[sync]\nsince_months = -1\n", "sync/since_months"),
        ('[sync]\nengagements = ["fax"]\n', "sync/engagements/0"),
        ('[sync.properties]\nfax = ["a"]\n', "sync/properties"),
        ("[centers.required]\nboss = 1\n", "centers/required"),
        ("[plugins.rolls]\n", "plugins"),
        ("[plugins.roles]\nwieghts = {}\n", "plugins/roles"),
        ('[connections.other]\nconnector = "hubspott"\n', "connections/other"),
        ('[connections.other]\nconnector = "hubspot"\ntokn = "env:A"\n', "connections/other"),
        ('[connections.other]\nconnector = "hubspot"\ntoken = "pat-eu1-secret"\n', "connections/other"),
        ('[connections.other]\nconnector = "hubspot"\ncalls_per_10s = 0\n', "connections/other"),
        ("[connections.other]\n", "connections/other"),
    ],
)
def test_what_config_refuses_the_schema_refuses(text: str, place: str, installed: dict[str, Any]) -> None:
    assert faults(installed, LEAST + text) == [place]


def test_any_setting_of_a_connection_may_be_a_reference(installed: dict[str, Any]) -> None:
    assert faults(installed, LEAST.replace("[privacy]", 'calls_per_10s = "env:CALLS"\n[privacy]')) == []


def test_the_bridgefiles_settings_are_in_the_schema_though_its_table_is_not_valid(project: Path, run: Run) -> None:
    (project / "bridgefile.py").write_text((project / "bridgefile.py").read_text() + SETTINGS)
    assert run("config", "schema", "--to", "schema.json").exit_code == 0  # `must` is not set
    found = json.loads((project / "schema.json").read_text())
    model = found["$defs"][found["properties"]["plugins"]["properties"]["bridgefile"]["$ref"].rpartition("/")[2]]
    assert model["required"] == ["must"]
    assert model["properties"]["floor"] == {"default": 3, "description": "The least.", "minimum": 0, "type": "integer"}
    assert model["properties"]["key"]["type"] == "string"
    memory = found["properties"]["connections"]["additionalProperties"]["anyOf"]
    assert "memory" in [item["properties"]["connector"]["const"] for item in memory]


def test_the_schema_on_stdout_is_json_and_nothing_else(project: Path, run: Run) -> None:
    result = run("config", "schema")
    assert json.loads(result.stdout)["title"] == "crmbridge.toml"
    assert "#:schema ./s.json" in run("config", "schema", "--to", "s.json").stdout
    assert run("config", "schema", "--to", ".").exit_code == 2


def test_the_table_of_a_plugin_that_is_switched_off_may_hold_anything(project: Path) -> None:
    (project / "crmbridge.toml").write_text(f'{CONFIG}[pipeline]\ndisabled = ["bridgefile"]\n')
    found = config_schema(project / "crmbridge.toml")
    assert faults(found | {"required": []}, "[plugins.bridgefile]\nwhatever = 1\n") == []


def test_without_any_connector_or_plugin_there_is_still_a_schema() -> None:
    found = schema({}, {})
    Draft202012Validator.check_schema(found)
    assert faults(found, '[connections.a]\nconnector = "x"\n[privacy]\nprocessing = "record-required"\n') == []


def test_a_pipeline_that_does_not_validate_is_told(project: Path) -> None:
    (project / "crmbridge.toml").write_text(f"{CONFIG}[pipeline]\nallow = 1\n")
    with pytest.raises(FixConfig, match=r"\[pipeline\] allow"):
        config_schema(project / "crmbridge.toml")
