from __future__ import annotations

import importlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from crmbridge import ROLES
from crmbridge.cli import scaffold
from crmbridge.cli.commands import plugins_new
from crmbridge.cli.scaffold import SUBJECTS, Answers, ObjectChoice, range_of, render, write
from crmbridge.errors import FixConfig
from crmbridge.quality.examine import examine
from crmbridge.quality.package import read_folder
from crmbridge.quality.rules import Tier
from crmbridge.testing import BridgeProject, SamplePortal

from .conftest import Run

ROOT = Path(__file__).parents[3]
HOME = "src/crmbridge_acme/__init__.py"
Make = Callable[[Answers], ModuleType]


def answers(object_name: ObjectChoice = "contact", **given: str) -> Answers:
    fields = {"name": "acme", "property_name": "acme_fit", "label": "Acme fit", "role": "decider", **given}
    return Answers(object_name=object_name, **fields)  # type: ignore[arg-type]  # a role is one of the tests' own


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes a plugin and imports it; each test gives it a name of its own."""

    def make(wanted: Answers) -> ModuleType:
        write(tmp_path / "made", render(wanted))
        monkeypatch.syspath_prepend(str(tmp_path / "made" / "src"))
        return importlib.import_module(wanted.package)

    return make


# -- the command


def test_a_package_is_made_with_the_defaults_and_says_what_to_do_next(folder: Path, run: Run) -> None:
    result = run("plugins", "new", "acme")  # nobody sits at this terminal: it asks nothing
    assert result.exit_code == 0, result.output
    made = folder / "crmbridge-acme"
    assert {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()} == set(render(answers()))
    assert (made / HOME).read_text() == render(answers())[HOME]
    assert [path.name for path in folder.iterdir()] == ["crmbridge-acme"]
    for line in ("pip install -e crmbridge-acme", "python -m pytest crmbridge-acme", "crmbridge plugins"):
        assert line in result.stdout


def test_options_decide(folder: Path, run: Run) -> None:
    options = ("--object", "company", "--property", "target", "--label", "Our target", "--role", "buyer")
    assert run("plugins", "new", "my-client", *options, "--folder", "deep/er/mine").exit_code == 0
    found = (folder / "deep/er/mine/src/crmbridge_my_client/values.py").read_text()
    assert all(word in found for word in ('object="company"', 'name="target"', 'label="Our target"'))
    assert 'role="buyer"' in (folder / "deep/er/mine/src/crmbridge_my_client/roles.py").read_text()
    assert 'my-client = "crmbridge_my_client"' in (folder / "deep/er/mine/pyproject.toml").read_text()


def test_what_is_not_given_is_asked_for_until_the_answer_will_do(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins_new, "interactive", lambda: True)
    result = run("plugins", "new", "acme", "--role", "user", answers=["lead", "deal", "Bad Name", "fits", ""])
    assert result.exit_code == 0, result.output
    assert "'lead' is none of contact, company, deal" in result.stderr
    assert (folder / "crmbridge-acme" / HOME).read_text() == render(
        answers("deal", property_name="fits", label="Fits", role="user")
    )[HOME]


def test_yes_asks_nothing(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins_new, "interactive", lambda: True)
    assert run("plugins", "new", "acme", "--yes").exit_code == 0
    assert (folder / "crmbridge-acme").is_dir()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["Acme"], "a-z, 0-9"),
        (["acme-"], "a-z, 0-9"),
        (["../acme"], "a-z, 0-9"),
        (["a" * 25], "at most 24"),
        (["crmbridge-acme"], "leave out crmbridge"),
        (["crmbridge_Foo"], ", as foo"),
        (["Übermut & Söhne"], ", as ubermut-sohne"),
        (["acme", "--property", "crmb_fit"], "leave out crmb_"),
        (["roles"], "another plugin"),
        (["hubspot"], "another plugin"),
        (["bridgefile"], "another plugin"),
        (["acme", "--object", "ticket"], "'ticket' is none of contact, company, deal"),
        (["acme", "--role", "boss"], "'boss' is none of initiator"),
        (["acme", "--property", "Fit"], "name the property"),
        (["acme", "--property", "f" * 41], "at most 40"),
        (["acme", "--property", "roles"], "written by the plugin roles"),
        (["acme", "--label", "two\nlines"], "one line"),
        (["acme", "--label", " "], "one line"),
    ],
)
def test_what_would_make_no_good_plugin_is_refused(folder: Path, run: Run, words: list[str], told: str) -> None:
    result = run("plugins", "new", *words)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", "").split())
    assert not any(folder.iterdir())


def test_nothing_is_written_over(folder: Path, run: Run) -> None:
    (folder / "crmbridge-acme").mkdir()
    (folder / "crmbridge-acme" / "mine.txt").write_text("mine")
    result = run("plugins", "new", "acme")
    assert result.exit_code == 2
    assert "--folder" in result.stderr
    assert [path.name for path in (folder / "crmbridge-acme").iterdir()] == ["mine.txt"]
    (folder / "file").write_text("mine")
    assert run("plugins", "new", "acme", "--folder", "file").exit_code == 2
    assert (folder / "file").read_text() == "mine"


def test_an_empty_folder_is_filled(folder: Path, run: Run) -> None:
    (folder / "crmbridge-acme").mkdir()
    assert run("plugins", "new", "acme").exit_code == 0
    assert (folder / "crmbridge-acme" / HOME).is_file()


def test_a_write_that_fails_leaves_nothing(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kills: writing straight into the folder.
    texts, real = iter(range(100)), Path.write_text

    def full(self: Path, data: str, *words: object, **more: object) -> int:
        if next(texts) == 3:
            raise OSError(28, "No space left on device")
        return real(self, data, encoding="utf-8")

    monkeypatch.setattr(Path, "write_text", full)
    result = run("plugins", "new", "acme")
    assert result.exit_code == 2
    assert "No space left" in result.stderr
    assert not any(folder.iterdir())


def test_a_folder_that_appears_meanwhile_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kills: relying on the check alone.
    monkeypatch.setattr(scaffold, "refuse_occupied", lambda _: None)
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine.txt").write_text("mine")
    with pytest.raises(FixConfig, match="cannot be made"):
        write(tmp_path / "made", render(answers()))
    assert [path.name for path in tmp_path.rglob("*")] == ["made", "mine.txt"]


# -- what it makes


@pytest.mark.parametrize("object_name", SUBJECTS)
def test_what_is_made_is_clean_with_the_longest_names(object_name: ObjectChoice, tmp_path: Path) -> None:
    long = {
        "name": "a-name-of-several-parts1",
        "property_name": "p" * 40,
        "label": "L" * 60,
        "role": max(ROLES, key=len),
    }
    assert len(long["name"]) == plugins_new.LONGEST_NAME
    assert len(long["property_name"]) == plugins_new.LONGEST_PROPERTY
    assert len(long["label"]) == plugins_new.LONGEST_LABEL
    texts = render(answers(object_name, **long))
    write(tmp_path / "made", texts)
    for words in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *words, "--no-cache", "."]
        done = subprocess.run(command, cwd=tmp_path / "made", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert not any("{{" in text or "{%" in text for text in texts.values())
    assert len(texts["src/crmbridge_a_name_of_several_parts1/__init__.py"].splitlines()) <= 60


def test_a_label_arrives_as_it_was_said(imported: Make) -> None:
    label = 'Größe "XL" \\ 100 % {fit}'
    plugin = imported(answers(name="labelled", label=label))
    assert [spec.label for spec in plugin.register_properties()] == [label]


@pytest.mark.parametrize(
    ("version", "expected"), [("0.1.0", ">=0.1,<0.3"), ("0.12.3rc1", ">=0.12,<0.14"), ("2.4.1", ">=2.4,<3")]
)
def test_the_range_ends_before_the_next_version_that_may_break_it(version: str, expected: str) -> None:
    assert range_of(version) == expected


def test_the_property_of_a_company_arrives_in_the_crm(
    imported: Make, portal: SamplePortal, bridge_project: Callable[..., BridgeProject]
) -> None:
    plugin = imported(answers("company", name="firms"))
    yes, no = portal.company("Muster", industry="MACHINERY"), portal.company("Probe", industry="CONSTRUCTION")
    bridge_project(plugins=[plugin]).write_back()
    assert (portal.value(yes, "crmb_acme_fit"), portal.value(no, "crmb_acme_fit")) == ("true", "false")


def test_the_property_of_a_deal_and_the_role_arrive(
    imported: Make, portal: SamplePortal, bridge_project: Callable[..., BridgeProject]
) -> None:
    plugin = imported(answers("deal", name="cases", role="buyer"))
    people = portal.people(portal.company("Muster"), "Anna Beispiel, Director", "Bernd Muster, Engineer")
    deal = portal.deal("Pilot line", *people)
    project = bridge_project(plugins=[plugin])
    project.write_back()
    assert portal.value(deal, "crmb_acme_fit") == "true"
    with project.bridge() as bridge:
        (center,) = bridge.buying_centers()
    assert [member.name for member in center.members if member.plays("buyer")] == ["Anna Beispiel"]


@pytest.mark.parametrize("object_name", SUBJECTS)
def test_what_is_made_claims_each_rule_that_applies_and_no_other(object_name: ObjectChoice, tmp_path: Path) -> None:
    write(tmp_path / "made", render(answers(object_name)))
    package = read_folder(tmp_path / "made")
    verdict = examine(package, lambda _: {})
    assert verdict.faults == ()
    assert [(row.rule.name, row.finding.faults) for row in verdict.rows if row.error] == []
    assert (verdict.tier, verdict.next) == (Tier.BRONZE, (Tier.SILVER, ("owner",)))


@pytest.mark.timeout(300)  # it starts processes, which take their time on a busy machine
def test_the_package_installs_and_its_own_tests_pass(tmp_path: Path) -> None:
    write(tmp_path / "made", render(answers()))
    site = tmp_path / "site"
    offline = ("--no-index", "--no-build-isolation", "--no-deps", "--disable-pip-version-check", "--target", str(site))
    _call("pip", "install", "--quiet", *offline, "./made", cwd=tmp_path)
    environment = {"PYTHONPATH": os.pathsep.join([str(site), *sys.path]), "PYTEST_ADDOPTS": "--assert=plain"}
    told = _call("pytest", "-q", "-p", "no:cacheprovider", "made", cwd=tmp_path, environment=environment)
    assert " passed" in told
    assert "warning" not in told


def test_a_wheel_holds_the_template_and_makes_the_same(tmp_path: Path) -> None:
    _call("hatchling", "build", "-t", "wheel", "-d", str(tmp_path), cwd=ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(io.BytesIO(wheel.read_bytes())).extractall(tmp_path / "site")
    packed = tmp_path / "site" / "crmbridge" / "_templates" / "plugin"
    assert (packed / ".gitignore.jinja").is_file()
    program = """
import json
from pathlib import Path
import crmbridge
from crmbridge.cli.scaffold import Answers, render
assert "site" in Path(crmbridge.__file__).parts, crmbridge.__file__
made = Answers(name="acme", object_name="contact", property_name="acme_fit", label="Acme fit", role="decider")
print(json.dumps(render(made)))
"""
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), *sys.path])}
    assert json.loads(_call("-c", program, cwd=tmp_path, environment=environment)) == render(answers())


def _call(module: str, *words: str, cwd: Path, environment: dict[str, str] | None = None) -> str:
    """Run a module, or with ``-c`` a program, in a process of its own."""
    command = [sys.executable, *(["-c"] if module == "-c" else ["-m", module]), *words]
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
