"""``crmbridge export`` on a sandbox portal; what it says in Singer's words is judged by the Singer SDK."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator
from pydantic import SecretStr
from singer_sdk import RecordSink, Stream, Tap, Target
from singer_sdk.testing.config import SuiteConfig
from singer_sdk.testing.runners import TapTestRunner
from singer_sdk.testing.suites import tap_stream_attribute_tests, tap_stream_tests, tap_tests
from typer.testing import CliRunner, Result

from crmbridge import Bridge
from crmbridge.cli import app
from crmbridge.config import Config
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.http import HttpClient
from crmbridge.sandbox import SandboxTransport, generate

TODAY = date(2026, 11, 20)
CONFIG = """
[connections.main]
connector = "hubspot"
token = "env:UNUSED"
[privacy]
processing = "legitimate-interest"
"""
PAGE = Path(__file__).parents[2] / "docs/howto/export.md"
EMPTY = ["tickets", "line_items", "feedback"]

Messages = list[dict[str, Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a synced mirror: exporting calls no CRM."""
    made = tmp_path_factory.mktemp("synced")
    portal = generate(seed=5, today=TODAY, companies=4, contacts=16, deals=5, engagements=60)
    portal.limits.off()
    path = made / "crmbridge.toml"
    path.write_text(CONFIG, encoding="utf-8")
    settings = HubSpotSettings(token=SecretStr(portal.token), index_lag_seconds=0)
    http = HttpClient(settings.base_url, settings.token, transport=SandboxTransport(portal))
    with Bridge(Config.load(path), connector=HubSpotConnector(settings, http)) as bridge:
        bridge.sync()
    return made


def _run(folder: Path, *words: str) -> Result:
    config = ["--config", str(folder / "crmbridge.toml"), "--as-of", str(TODAY)]
    return CliRunner().invoke(app, ["export", *words, *config])


@pytest.fixture(scope="module")
def output(folder: Path) -> str:
    result = _run(folder, "--singer")
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def messages(output: str) -> Messages:
    return [json.loads(line) for line in output.splitlines()]


# -- judged by JSON Schema


def test_every_record_is_as_its_schema_says_and_every_stream_has_its_schema_first(messages: Messages) -> None:
    checks: dict[str, Draft202012Validator] = {}
    for message in messages:
        if message["type"] == "SCHEMA":
            Draft202012Validator.check_schema(message["schema"])
            checks[message["stream"]] = Draft202012Validator(
                message["schema"] | {"additionalProperties": False},
                format_checker=Draft202012Validator.FORMAT_CHECKER,
            )
        if message["type"] == "RECORD":
            checks[message["stream"]].validate(message["record"])
    assert {"contacts", "roles", "consent"} <= checks.keys()
    assert messages[-1]["type"] == "STATE"


def test_no_two_records_of_a_stream_have_the_same_key(messages: Messages) -> None:
    keys = {item["stream"]: item["key_properties"] for item in messages if item["type"] == "SCHEMA"}
    found = Counter(
        (item["stream"], *(item["record"][key] for key in keys[item["stream"]]))
        for item in messages
        if item["type"] == "RECORD"
    )
    assert max(found.values()) == 1


# -- judged by the tests for taps of the Singer SDK


class Replay(Stream):
    """A stream of what was printed."""

    def __init__(self, tap: Tap, schema: dict[str, Any], records: Iterable[dict[str, Any]]) -> None:
        super().__init__(tap, name=schema["stream"], schema=schema["schema"])
        self.primary_keys = schema["key_properties"]
        self.replication_key = next(iter(schema.get("bookmark_properties", [])), None)
        self._printed = list(records)

    def get_records(self, context: Any) -> Iterator[dict[str, Any]]:
        yield from self._printed


class ReplayTap(Tap):
    """A tap whose streams are those that ``crmbridge export --singer`` printed."""

    name = "tap-crmbridge-replay"
    config_jsonschema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {}}
    printed: ClassVar[Messages] = []

    def discover_streams(self) -> list[Stream]:
        records = [item for item in self.printed if item["type"] == "RECORD"]
        return [
            Replay(self, item, [one["record"] for one in records if one["stream"] == item["stream"]])
            for item in self.printed
            if item["type"] == "SCHEMA"
        ]


@pytest.fixture(scope="module")
def runner(messages: Messages) -> TapTestRunner:
    ReplayTap.printed = messages
    made = TapTestRunner(ReplayTap, config={}, suite_config=SuiteConfig(max_records_limit=1000))
    made.sync_all()
    return made


@pytest.mark.parametrize("suite", tap_tests.tests, ids=lambda suite: suite.name)
def test_the_sdk_finds_a_tap(suite: Any, runner: TapTestRunner) -> None:
    suite().run(SuiteConfig(), None, runner)


@pytest.mark.parametrize("suite", tap_stream_tests.tests, ids=lambda suite: suite.name)
def test_the_sdk_finds_each_stream_sound(suite: Any, runner: TapTestRunner) -> None:
    streams = runner.new_tap().streams.values()
    assert len(streams) == 17
    for stream in streams:
        if not (suite.name == "returns_record" and stream.name in EMPTY):
            suite().run(SuiteConfig(), None, runner, stream)


@pytest.mark.parametrize("suite", tap_stream_attribute_tests.tests, ids=lambda suite: suite.name)
def test_the_sdk_finds_each_column_of_its_type(suite: Any, runner: TapTestRunner) -> None:
    for stream in runner.new_tap().streams.values():
        for name, schema in stream.schema["properties"].items():
            if suite.evaluate(stream=stream, property_name=name, property_schema=schema):
                suite().run(SuiteConfig(ignore_no_records=True), None, runner, stream, name)


# -- read by a target of the Singer SDK


class Collecting(RecordSink):
    """Keeps how many records came; the SDK has checked each against its schema."""

    came: ClassVar[Counter[str]] = Counter()

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        self.came[self.stream_name] += 1


class CollectingTarget(Target):
    name = "target-collecting"
    config_jsonschema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {}}
    default_sink_class = Collecting


def test_a_target_of_the_sdk_reads_every_record(output: str, messages: Messages, folder: Path) -> None:
    Collecting.came.clear()
    CollectingTarget(config={}).listen(io.StringIO(output))
    assert Collecting.came == Counter(item["stream"] for item in messages if item["type"] == "RECORD")
    with Bridge.from_config(folder / "crmbridge.toml", as_of=TODAY) as bridge:
        assert Collecting.came["contacts"] == len(list(bridge.contacts()))


def test_the_last_state_given_back_leaves_out_what_did_not_change(
    folder: Path, messages: Messages, tmp_path: Path
) -> None:
    state = copy.deepcopy(messages[-1])
    for mark in state["value"]["bookmarks"].values():
        if mark:  # as a sync would leave it that ran two hours later
            mark["replication_key_value"] = "2999-01-01T00:00:00Z"
    (tmp_path / "state.json").write_text(json.dumps(state))
    result = _run(folder, "contacts", "deals", "roles", "--singer", "--state", str(tmp_path / "state.json"))
    came = Counter(item.get("stream") for item in map(json.loads, result.stdout.splitlines()) if "record" in item)
    assert set(came) == {"roles"}


# -- the command


def test_one_table_goes_to_stdout_and_nothing_else_does(folder: Path) -> None:
    result = _run(folder, "contacts")
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(result.stdout, newline="")))
    assert rows
    assert {"id", "email", "job_title", "properties.salutation"} <= rows[0].keys()
    lines = [json.loads(line) for line in _run(folder, "roles", "--format", "jsonl").stdout.splitlines()]
    assert all(0 <= line["confidence"] <= 1 for line in lines)
    assert _run(folder, "contacts", "--to", "-").stdout == result.stdout  # kills: a folder whose name is "-"


def test_a_folder_is_filled_and_the_summary_counts(folder: Path, tmp_path: Path) -> None:
    result = _run(folder, "contacts", "centers", "--to", str(tmp_path / "out"), "--format", "parquet", "--json")
    document = json.loads(result.stdout)
    assert (document["connection"], document["redacted"]) == ("main", False)
    assert [(item["table"], Path(item["path"]).name) for item in document["files"]] == [
        ("contacts", "contacts.parquet"),
        ("centers", "centers.parquet"),
    ]
    assert document["files"][0]["rows"] > 0


def test_without_a_table_the_command_lists_them(folder: Path) -> None:
    assert "journeys" in _run(folder).stdout
    assert {"contacts", "consent"} <= json.loads(_run(folder, "--json").stdout)["tables"].keys()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["contacts", "--json"], "leave out --json"),
        (["contacts", "roles"], "stdout takes one table"),
        (["contacts", "--format", "parquet"], "give --to FILE"),
        (["--singer", "--to", "x"], "leave out --to"),
        (["--to", "-"], "stdout takes one table"),
        (["contacts", "--to", "-", "--format", "parquet"], "give --to FILE"),
        (["--singer", "--redact"], "cannot be redacted"),
        (["contacts", "--state", "x"], "--state is for --singer"),
        (["people"], "there is no table people"),
    ],
)
def test_options_that_do_not_go_together_are_told(words: list[str], said: str, folder: Path) -> None:
    result = _run(folder, *words)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert result.stdout == "" or "error" in json.loads(result.stdout)


def test_no_personal_value_is_logged(folder: Path, tmp_path: Path) -> None:
    names = {row["last_name"] for row in csv.DictReader(io.StringIO(_run(folder, "contacts").stdout, newline=""))}
    result = _run(folder, "--to", str(tmp_path / "out"), "-vv")
    assert result.exit_code == 0
    assert not [name for name in names if name and name in result.output]


# -- the documentation


def test_the_documentation_lists_exactly_the_columns_there_are(folder: Path) -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    with Bridge.from_config(folder / "crmbridge.toml", as_of=TODAY) as bridge:
        tables = {table.name: table for table in bridge.open_tables(list(bridge.exportable()))}
        about = bridge.exportable()
    assert [name for name, _, _ in rows] == list(tables)
    for name, row, columns in rows:
        assert row == about[name]
        fixed = [item for item in tables[name].names if not item.startswith("properties.")]
        assert [item.strip(" `*") for item in columns.split(",")] == fixed
        assert tuple(re.findall(r"\*\*`(\w+)`\*\*", columns)) == tables[name].keys


def test_the_script_of_the_documentation_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = re.search(r"<!-- file: deciders.py -->\n```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert script
    monkeypatch.chdir(folder)
    exec(compile(script[1], "deciders.py", "exec"), {})
    assert "contacts.parquet" in capsys.readouterr().out
