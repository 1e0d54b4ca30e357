"""The how-to of touchpoints does what it says, with the list that it shows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crmbridge import Bridge
from crmbridge.cli import app
from crmbridge.model.touchpoints import ACTIONS, CHANNELS
from crmbridge.sandbox import Portal
from crmbridge.sync.imports import load_mapping, mapping_names

ROOT = Path(__file__).parents[2]
PAGE = "docs/howto/touchpoints.md"


@pytest.fixture
def fair(workspace: Path, portal: Portal) -> Path:
    firm = portal.add("companies", {"name": "Muster-Maschinen", "domain": "muster-maschinen.example"})
    for name in ("anna", "bernd"):
        mail = f"{name}.beispiel@muster-maschinen.example"
        person = portal.add("contacts", {"firstname": name.title(), "lastname": "Beispiel", "email": mail})
        portal.link("contacts", person, "companies", firm)
    with Bridge.from_config("crmbridge.toml") as bridge:
        bridge.sync()
    return Path(shutil.copy(ROOT / "examples" / "trade_fair.csv", workspace))


def call(*words: str) -> dict[str, object]:
    done = CliRunner().invoke(app, ["touchpoints", *words, "--json"])
    assert done.exit_code == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_list_of_the_page_is_taken_in_and_out_again(
    fair: Path, files: dict[str, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    told = call("import", fair.name)
    assert (told["source"], told["new"]) == ("trade-fair", 4)
    assert told["lines"] == [{"line": 6, "reason": "no contact has this e-mail address"}]
    exec(compile(files[PAGE]["channels.py"], "channels.py", "exec"), {"__name__": "__main__"})
    assert "trade_fair" in capsys.readouterr().out
    assert call("remove", "trade-fair")["removed"] == 4


def test_the_page_shows_the_list_as_it_is(fair: Path) -> None:
    page = (ROOT / PAGE).read_text("utf-8")
    lines = fair.read_text("utf-8").splitlines()
    assert "\n".join([lines[0], lines[1], lines[4]]) in page


def test_the_mapping_of_the_page_reads_what_it_speaks_of(fair: Path, files: dict[str, dict[str, str]]) -> None:
    Path("ours.toml").write_text(files[PAGE]["ours.toml"], encoding="utf-8")
    mail = "anna.beispiel@muster-maschinen.example"
    rows = [f"04/05/2026 10:30,{mail},presses,hall 4", f"04/05/2026 12:30,{mail},soup,Canteen"]
    Path("booth.csv").write_text("\n".join(["Scanned at,Badge e-mail,Product,Hall", *rows]), encoding="utf-8")
    told = call("import", "booth.csv", "--mapping", "ours.toml")
    assert (told["source"], told["new"], told["skipped"], told["set_aside"]) == ("booth", 1, 1, 0)


def test_the_page_names_every_mapping_channel_action_and_head(files: dict[str, dict[str, str]]) -> None:
    page = (ROOT / PAGE).read_text("utf-8")
    for word in (*mapping_names(), *CHANNELS, *ACTIONS):
        assert f"`{word}`" in page
    for name in load_mapping("crmbridge").columns:
        assert f"`{'date' if name == 'time' else 'id' if name == 'key' else name}" in page
