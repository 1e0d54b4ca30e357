from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmbridge.quality.rules import Tier

from .conftest import Run

ROOT = Path(__file__).parents[3]
SOUND = """
from crmbridge import PropertySpec, PropertyValue, hookimpl

@hookimpl
def register_properties():
    yield PropertySpec(object="company", name="known", label="Known", type="bool")

@hookimpl
def derive_company(facts):
    yield PropertyValue(subject=facts.company.ref, property="known", value=facts.touches > 0, reason="touches")
"""
TRIAL = "crmbridge.quality.trial.in_own_process"


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is run: what runs a plugin is tested where it is."""
    monkeypatch.setattr(TRIAL, lambda _: {})


def test_a_sound_file_is_checked_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    path = tmp_path / "bridgefile.py"
    path.write_text(SOUND, "utf-8")
    result = run("plugins", "check", str(path))
    assert result.exit_code == 0, result.output
    assert "a file of its own has no tier" in result.stdout
    monkeypatch.setattr(TRIAL, lambda _: {})
    path.write_text("import random\n" + SOUND.replace("facts.touches > 0", "random.random() > 2"), "utf-8")
    result = run("plugins", "check", str(path), "--json")
    assert result.exit_code == 1
    (document,) = json.loads(result.stdout)["plugins"]
    (pure,) = (rule for rule in document["rules"] if rule["rule"] == "pure")
    assert pure["found"] == "broken"
    assert [fault["where"] for fault in pure["faults"]] == ["bridgefile.py:11"]


@pytest.mark.usefixtures("untried")
def test_a_tier_can_be_demanded(run: Run) -> None:
    result = run("plugins", "check", "roles", "--json")
    assert result.exit_code == 0, result.output
    (document,) = json.loads(result.stdout)["plugins"]
    reached = Tier[document["tier"].upper()]
    assert run("plugins", "check", "roles", "--tier", reached.word).exit_code == 0
    if document["next"]:
        assert document["missing"]
        assert run("plugins", "check", "roles", "--tier", document["next"]).exit_code == 1
    assert run("plugins", "check", "roles", "--tier", "diamond").exit_code == 2


@pytest.mark.usefixtures("untried")
def test_the_folder_at_hand_is_checked_and_a_broken_claim_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    package = tmp_path / "src/crmbridge_acme"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(SOUND, "utf-8")
    (tmp_path / "quality.toml").write_text('owner = "done"\n', "utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "crmbridge-acme"\nversion = "1"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    result = run("plugins", "check")
    assert result.exit_code == 1
    assert "owner: claimed done, but it is not." in result.stdout
    assert "pyproject.toml: nobody looks after it; name authors or maintainers" in result.stdout
    assert "tier: none; for bronze it lacks entry-point" in result.stdout


def test_what_is_not_there_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("plugins", "check")
    assert result.exit_code == 1
    assert "has no pyproject.toml" in result.stderr
    assert "neither a path nor an installed plugin" in run("plugins", "check", "nobody").stderr


def test_what_cannot_be_tried_is_told_once(tmp_path: Path, run: Run) -> None:
    # Kills: the reason stands under each rule that the trial would have verified.
    path = tmp_path / "bridgefile.py"
    path.write_text(SOUND.replace("def derive_company", "async def derive_company"), "utf-8")
    result = run("plugins", "check", str(path))
    assert result.exit_code == 1
    assert result.stdout.count("is asynchronous") == 1


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "@hookimpl\ndef derive_company",
            "def derive_company",
            "derive_company is a hook's name, but it is not",
        ),
        ('name="known"', 'name="crmb_known"', "the property crmb_known begins with the prefix"),
        ("import PropertySpec", "import NoSuchName, PropertySpec", "do without"),
        (
            "from crmbridge import",
            "from crmbridge.context import DROP\nfrom crmbridge import",
            "from crmbridge import DROP",
        ),
        ("touches > 0", "touches > 0 # \udce9", "save it as UTF-8"),
    ],
)
def test_a_slip_is_told_with_its_remedy(tmp_path: Path, run: Run, old: str, new: str, told: str) -> None:
    path = tmp_path / "bridgefile.py"
    path.write_text(SOUND.replace(old, new), "utf-8", errors="surrogateescape")
    result = run("plugins", "check", str(path))
    assert result.exit_code == 1
    assert told in " ".join(result.output.split())
