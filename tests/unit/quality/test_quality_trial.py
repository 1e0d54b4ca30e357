from __future__ import annotations

from pathlib import Path

import pytest

from crmbridge.quality.examine import examine
from crmbridge.quality.package import read_file
from crmbridge.quality.rules import RULES, Verified
from crmbridge.quality.trial import PROBES_OF, in_own_process, job_of, run

from .conftest import CONNECTING, JUDGING, Make

HEAD = "from itertools import count\nfrom crmbridge import PropertySpec, PropertyValue, hookimpl\nCALLS = count()\n"
REGISTER = """
@hookimpl
def register_properties():
    yield PropertySpec(object="company", name="deal_count", label="Deals", type="number")
"""
DERIVE = """
@hookimpl
def derive_company(facts):
    {before}
    yield PropertyValue(subject=facts.company.ref, property="{name}", value={value}, reason="{reason}")
"""


def written(
    folder: Path, *, before: str = "pass", name: str = "deal_count", value: str = "1", reason: str = "one"
) -> Path:
    path = folder / "bridgefile.py"
    derive = DERIVE.format(before=before, name=name, value=value, reason=reason)
    path.write_text(HEAD + REGISTER + derive, encoding="utf-8")
    return path


def broken(path: Path) -> set[str]:
    return {rule for rule, faults in run(job_of(read_file(path))).items() if faults}


def test_a_sound_file_passes_all_probes(tmp_path: Path) -> None:
    package = read_file(written(tmp_path))
    verdict = examine(package, lambda package: run(job_of(package)))
    assert verdict.ok
    assert {row.finding.found for row in verdict.rows} == {"holds"}


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ({"value": "next(CALLS)"}, "deterministic"),
        ({"name": "other"}, "valid-answers"),
        ({"value": "float('nan')"}, "valid-answers"),
        ({"reason": " "}, "reasons"),
        ({"before": "__import__('pathlib').Path(__file__).read_text()"}, "pure"),
        ({"before": "raise ValueError('secret words')"}, "valid-answers"),
    ],
)
def test_what_runs_badly_is_found(tmp_path: Path, fault: dict[str, str], rule: str) -> None:
    verdict = examine(read_file(written(tmp_path, **fault)), lambda package: run(job_of(package)))
    assert not verdict.ok
    assert rule in {row.rule.name for row in verdict.rows if row.finding.found == "broken"}
    assert "secret words" not in str(verdict)


def test_an_answer_that_changes_with_time_alone_needs_a_due(tmp_path: Path) -> None:
    path = written(tmp_path, value="ctx.today.year")
    path.write_text(path.read_text("utf-8").replace("derive_company(facts)", "derive_company(ctx, facts)"), "utf-8")
    assert broken(path) == {"due-told"}


def test_a_process_of_its_own_tells_the_same_and_sees_no_secret(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kills: handing the whole environment on.
    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-secret")
    settings = (
        JUDGING["src/crmbridge_acme/settings.py"] + "\n\nimport os\n\nif 'HUBSPOT_TOKEN' in os.environ:\n    1 / 0\n"
    )
    told = in_own_process(make(JUDGING, {"src/crmbridge_acme/settings.py": settings}))
    assert told.keys() == {rule.name for rule in RULES if Verified.PROBED in rule.verified}
    assert {rule: [fault.problem for fault in faults] for rule, faults in told.items() if faults} == {}


def test_what_a_plugin_loads_when_it_is_imported_is_named(make: Make) -> None:
    heavy = {
        "src/crmbridge_files/hearing.py": "import hmac\nimport httpx\n\n\ndef receiver(settings: object) -> None: ...\n"
    }
    problems = [fault.problem for fault in in_own_process(make(CONNECTING, heavy))["light-import"]]
    assert "importing the plugin loads httpx" in problems


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import os\nos._exit(3)\n", "ended the process with code 3"),
        ("while True: pass\n", "did not end within 1 seconds"),
    ],
)
def test_a_plugin_that_breaks_its_process_is_told_of(make: Make, code: str, problem: str) -> None:
    package = make(JUDGING, {"src/crmbridge_acme/counting.py": code})
    told = in_own_process(package, seconds=1.0 if "while" in code else 60.0)
    assert set(PROBES_OF) < set(told)
    assert all(problem in faults[0].problem for faults in told.values())


def test_a_plugin_that_cannot_be_imported_breaks_every_rule_that_runs_it(tmp_path: Path) -> None:
    path = tmp_path / "bridgefile.py"
    path.write_text("import no_such_module\n", encoding="utf-8")
    told = run(job_of(read_file(path)))
    assert all("cannot be imported" in faults[0].problem for faults in told.values())
    assert set(PROBES_OF) < set(told)


def test_the_settings_are_those_of_the_contract_tests(make: Make) -> None:
    assert job_of(make(JUDGING)).settings == {"least": 2}
    computed = JUDGING["tests/test_acme_contract.py"].replace('{"least": 2}', "dict(least=2)")
    assert job_of(make(JUDGING, {"tests/test_acme_contract.py": computed})).settings == {}
