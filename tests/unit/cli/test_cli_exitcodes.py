from __future__ import annotations

import pytest

from crmbridge.cli.commands import apply, plan
from crmbridge.cli.exitcodes import ExitCode, worst
from crmbridge.model.plan import Finding, Plan, PlanHeader
from crmbridge.writeback import ApplyResult


def test_the_table_has_every_code_once_and_says_what_it_means() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 10, 11, 12, 13, 14, 15, 130, 143]
    assert all(code.explain.endswith(".") for code in ExitCode)
    assert len({code.explain for code in ExitCode}) == len(ExitCode)


@pytest.mark.parametrize(
    ("codes", "plain", "detailed"),
    [
        ([], 0, 0),
        ([ExitCode.CHANGES], 0, 10),
        ([ExitCode.REJECTED, ExitCode.CONFLICTS, ExitCode.CHANGES], 0, 13),
        ([ExitCode.PARKED, ExitCode.FAILED], 1, 12),
        ([ExitCode.USAGE, ExitCode.FAILED, ExitCode.PLUGIN_FAILED], 2, 14),
    ],
)
def test_the_highest_code_wins_and_details_are_told_on_request_only(
    codes: list[ExitCode], plain: int, detailed: int
) -> None:
    assert worst(codes, detailed=False) == plain
    assert worst(codes, detailed=True) == detailed


@pytest.mark.parametrize(
    ("result", "codes"),
    [
        (ApplyResult("done", "p"), set()),
        (ApplyResult("done", "p", confirmed=3), {10}),
        (ApplyResult("done", "p", confirmed=3, conflicts=1, rejected=2), {10, 11, 13}),
        (ApplyResult("parked", "p"), {12}),
        (ApplyResult("blocked", "p"), {1}),
        (ApplyResult("done", "p", unknown=1), {1}),  # a row without an answer is no success
    ],
)
def test_an_apply_stands_for_what_became_of_its_rows(result: ApplyResult, codes: set[int]) -> None:
    assert set(map(int, apply.codes_of(result))) == codes


@pytest.mark.parametrize(
    ("rows", "severity", "codes"), [(0, "info", set()), (2, "info", {10}), (2, "park", {10, 12}), (2, "error", {1, 10})]
)
def test_a_plan_stands_for_its_rows_and_findings(rows: int, severity: str, codes: set[int]) -> None:
    finding = Finding.model_validate({"severity": severity, "code": "x", "message": "y"})
    facts = {"id": "1", "connection": "main", "account_id": "1", "as_of": "2026-03-02", "serial": 0, "plugins": {}}
    header = PlanHeader.model_validate({**facts, "created_at": "2026-03-02T00:00:00Z", "rows": rows})
    made = Plan(header.model_copy(update={"findings": (finding,)}), lambda: iter(()))
    assert set(map(int, plan.codes_of(made))) == codes


def test_findings_of_one_kind_take_one_line() -> None:
    findings = [Finding(severity="park", code="first-apply", message=f"m{place}") for place in range(3)]
    findings.append(Finding(severity="park", code="too-many-rows", message="n"))
    assert apply.in_short(findings) == ["first-apply: m0 (and 2 more of this kind)", "too-many-rows: n"]
