from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.errors import CrmBridgeError, FixCredential, FixRequest, GrantScope, RecordMissing, RetryLater
from crmbridge.http import Ok, Retry, Stop, Verdict, verdict
from crmbridge.http.policy import LONGEST_PARK, LONGEST_WAIT

PERSON = "Erika Mustermann erika@example.org"
CORRELATION = "20f98dfa-0000-4000-8000-1234567890ab"
HTML = b"<html><body>Bad gateway</body></html>"


def judge(status: int, body: Any = None, **headers: str) -> Verdict:
    raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return verdict(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def error_of(outcome: Verdict) -> CrmBridgeError:
    assert isinstance(outcome, Stop)
    return outcome.error


@pytest.mark.parametrize("status", [200, 201, 207])
def test_success_brings_its_data(status: int) -> None:
    assert judge(status, {"results": [1]}) == Ok({"results": [1]})


def test_an_empty_success_has_no_data() -> None:
    assert judge(204, b"") == Ok(None)


@pytest.mark.parametrize("body", [HTML, b'{"results": [', b"\xff\xfe\xfa", b"[" * 100_000])
def test_success_without_valid_json_is_tried_again(body: bytes) -> None:
    assert isinstance(judge(200, body), Retry)


# status, body, headers -> seconds asked (None: back off), certainly without effect
RETRIES: list[tuple[int, Any, dict[str, str], float | None, bool]] = [
    (429, {"policyName": "SECONDLY"}, {}, 1.0, True),
    # Kills: looking for SECONDLY before TEN_SECONDLY, which waits 1 s of 10.
    (429, {"policyName": "TEN_SECONDLY_ROLLING"}, {}, 10.0, True),
    (429, {"message": "You have reached your secondly limit."}, {}, 1.0, True),
    (429, {"message": "You have reached your ten_secondly_rolling limit."}, {}, 10.0, True),
    (429, {"policyName": "SECONDLY", "message": "your daily limit"}, {}, 1.0, True),
    (429, {"policyName": "SOMETHING_NEW"}, {}, 10.0, True),
    (429, HTML, {}, 10.0, True),
    (429, {"policyName": "SECONDLY"}, {"retry_after": "7"}, 7.0, True),
    (423, {}, {}, 2.0, True),
    (423, {}, {"retry_after": "1"}, 2.0, True),
    (423, {}, {"retry_after": "5"}, 5.0, True),
    (408, {}, {}, None, False),
    (500, {}, {}, None, False),
    (502, HTML, {}, None, False),
    (503, {}, {"retry_after": "30"}, 30.0, False),
    (504, HTML, {}, None, False),
    (521, HTML, {}, None, True),
    (523, HTML, {}, None, True),
    # Kills: a create repeated although the edge gave up waiting for an origin that may have done it.
    (524, HTML, {}, None, False),
    (525, b"", {}, None, False),
]


@pytest.mark.parametrize(("status", "body", "headers", "after", "unsent"), RETRIES)
def test_what_is_tried_again_and_when(
    status: int, body: Any, headers: dict[str, str], after: float | None, unsent: bool
) -> None:
    outcome = judge(status, body, **headers)
    assert isinstance(outcome, Retry)
    assert (outcome.after, outcome.unsent) == (after, unsent)
    assert f"HTTP {status}" in outcome.reason


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("12", 12.0),
        ("1.5", 1.5),
        ("Sat, 21 Nov 2026 10:00:20 GMT", 20.0),
        ("Sat, 21 Nov 2026 09:59:00 GMT", None),  # past
        ("0", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("٣", None),
        ("soon", None),
        ("Sat, 21 Nov 99999999999999999999 10:00:20 GMT", None),
        ("Sat, 21 Nov 2026 10:00:20 -0000", None),  # no zone, not comparable
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_own_clock(value: str, after: float | None) -> None:
    outcome = judge(503, retry_after=value, date="Sat, 21 Nov 2026 10:00:00 GMT")
    assert isinstance(outcome, Retry)
    assert outcome.after == after


def test_a_long_wait_ends_the_run_and_is_told() -> None:
    assert isinstance(judge(503, retry_after=str(LONGEST_WAIT)), Retry)
    error = error_of(judge(503, retry_after=str(LONGEST_WAIT + 1)))
    assert isinstance(error, RetryLater)
    assert error.after == LONGEST_WAIT + 1


def test_the_daily_limit_ends_the_run_until_the_reset() -> None:
    body = {"policyName": "DAILY", "errorType": "RATE_LIMIT", "correlationId": CORRELATION}
    error = error_of(judge(429, body))
    assert isinstance(error, RetryLater)
    assert error.after is None
    assert "midnight in the account's time zone" in str(error)
    assert f"HTTP 429, RATE_LIMIT, correlation id {CORRELATION}" in str(error)
    assert isinstance(error_of(judge(429, {"message": "You have reached your daily limit."})), RetryLater)


def test_a_data_centre_move_parks_the_run() -> None:
    error = error_of(judge(477, retry_after="36000"))
    assert isinstance(error, RetryLater)
    assert error.after == 36_000
    capped = error_of(judge(477, retry_after="999999999"))
    assert isinstance(capped, RetryLater)
    assert capped.after == LONGEST_PARK


def test_a_refused_token_is_to_be_replaced() -> None:
    refused = judge(401, {"category": "INVALID_AUTHENTICATION"})
    assert isinstance(error_of(refused), FixCredential)
    assert isinstance(refused, Stop)
    assert not refused.expired


def test_only_an_ended_token_is_worth_renewing() -> None:
    # Kills: renewing on any 401, which asks the token endpoint again for what was taken away.
    ended = judge(401, {"category": "EXPIRED_AUTHENTICATION"})
    assert isinstance(ended, Stop)
    assert ended.expired


@pytest.mark.parametrize(("asked", "daily"), [(None, True), ("3600", False)])
def test_a_used_up_day_without_an_end_is_marked(asked: str | None, daily: bool) -> None:
    stop = judge(429, {"policyName": "DAILY"}, **({"retry_after": asked} if asked else {}))
    assert isinstance(stop, Stop)
    assert stop.daily == daily


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 414, 429, 477])
def test_every_error_carries_the_correlation_id(status: int) -> None:
    # Kills: reading it from the body only, or for some errors only.
    body = {"policyName": "DAILY", "category": "MISSING_SCOPES"}
    error = error_of(judge(status, body | {"correlationId": CORRELATION}))
    assert error.correlation_id == CORRELATION
    assert CORRELATION in str(error)
    error = error_of(judge(status, body, x_hubspot_correlation_id=CORRELATION))
    assert error.correlation_id == CORRELATION
    assert error_of(judge(status, body)).correlation_id == ""


def test_a_correlation_id_of_another_shape_is_left_out() -> None:
    error = error_of(judge(400, {"correlationId": "a@b.example"}, x_hubspot_correlation_id="x y"))
    assert error.correlation_id == ""


def test_a_refusal_of_a_token_endpoint_has_its_name() -> None:
    error = error_of(judge(400, {"status": "BAD_REFRESH_TOKEN", "error": "invalid_grant"}))
    assert isinstance(error, FixRequest)
    assert error.category == "BAD_REFRESH_TOKEN"
    plain = error_of(judge(400, {"status": "error", "category": "VALIDATION_ERROR"}))
    assert isinstance(plain, FixRequest)
    assert plain.category == "VALIDATION_ERROR"


def test_a_missing_scope_is_named() -> None:
    detail = {"message": "x", "context": {"requiredGranularScopes": ["crm.objects.deals.read", "sales-email-read"]}}
    error = error_of(judge(403, {"category": "MISSING_SCOPES", "errors": [detail, detail]}))
    assert isinstance(error, GrantScope)
    assert error.scopes == ("crm.objects.deals.read", "sales-email-read")
    assert "crm.objects.deals.read, sales-email-read" in str(error)


def test_another_403_is_no_matter_of_scopes() -> None:
    assert type(error_of(judge(403, HTML))) is FixRequest


def test_a_404_says_the_record_is_missing() -> None:
    error = error_of(judge(404, {"category": "OBJECT_NOT_FOUND", "context": {"id": ["123"]}}))
    assert isinstance(error, RecordMissing)
    assert (error.status, error.category, error.context) == (404, "OBJECT_NOT_FOUND", {"id": ("123",)})


@pytest.mark.parametrize("status", [301, 302, 307, 400, 405, 409, 414, 415, 418, 600])
def test_what_sending_again_cannot_help_stops(status: int) -> None:
    error = error_of(judge(status, HTML))
    assert type(error) is FixRequest
    assert error.status == status


def test_refused_property_values_are_named_without_their_values() -> None:
    rows = [
        {"isValid": False, "message": PERSON, "error": "INVALID_OPTION", "name": "hs_lead_status"},
        {"isValid": False, "message": PERSON, "error": "PROPERTY_DOESNT_EXIST", "name": "crmb_role"},
    ]
    message = f"Property values were not valid: {json.dumps(rows)}"
    error = error_of(judge(400, {"category": "VALIDATION_ERROR", "message": message}))
    assert isinstance(error, FixRequest)
    assert error.category == "VALIDATION_ERROR"
    assert error.context == {
        "code": ("INVALID_OPTION", "PROPERTY_DOESNT_EXIST"),
        "propertyName": ("hs_lead_status", "crmb_role"),
    }


def test_a_missing_required_property_is_named() -> None:
    detail = {"code": "MISSING_REQUIRED_PROPERTY", "context": {"propertyName": ["discount"]}}
    error = error_of(judge(400, {"errors": [detail]}))
    assert isinstance(error, FixRequest)
    assert error.context == {"propertyName": ("discount",), "code": ("MISSING_REQUIRED_PROPERTY",)}


def test_a_conflict_names_the_existing_record() -> None:
    error = error_of(judge(409, {"category": "CONFLICT", "message": "Contact already exists. Existing ID: 4711"}))
    assert isinstance(error, FixRequest)
    assert error.context == {"existingId": ("4711",)}


def test_a_narrower_name_is_found_beside_the_message_or_inside_it() -> None:
    inner = '{"status": "error", "subCategory": "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"}'
    for body in ({"subCategory": "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"}, {"message": inner}):
        error = error_of(judge(400, body))
        assert isinstance(error, FixRequest)
        assert error.context == {"subCategory": ("PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES",)}


def test_no_free_text_of_the_platform_reaches_an_error() -> None:
    # Kills: the vendor's message in the exception; context copied whole.
    body = {
        "message": PERSON,
        "category": PERSON,
        "correlationId": PERSON,
        "context": {"email": ["erika@example.org"], "id": ["erika@example.org"], "lastname": ["Mustermann"]},
        "errors": [{"message": PERSON, "code": PERSON, "context": {"propertyName": [PERSON]}}],
    }
    for status in (400, 401, 403, 404, 409, 429, 477, 500):
        shown = repr(judge(status, body))
        outcome = judge(status, body)
        if isinstance(outcome, Stop):
            shown += repr(vars(outcome.error))
        assert "erika" not in shown.lower()
        assert "mustermann" not in shown.lower()


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["message", "category", "correlationId", "policyName", "context", "errors", "errorType"])


@given(
    st.integers(100, 700),
    st.text(max_size=40),
    st.dictionaries(FIELDS, ODD).map(lambda body: json.dumps(body).encode()) | st.binary(max_size=40),
)
def test_any_answer_gets_a_verdict(status: int, asked: str, body: bytes) -> None:
    outcome = verdict(status, {"retry-after": asked, "date": asked}, body)
    assert isinstance(outcome, Ok | Retry | Stop)
    assert isinstance(outcome, Ok) <= (200 <= status < 300)


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    body = rb'{"name": "M\u00fcller \ud83d", "\ud800": ["\ud83d\ude00", 1, null, "C:\\ud83d"]}'
    answer = verdict(200, {}, body)
    assert isinstance(answer, Ok)
    assert answer.data == {"name": "M\u00fcller \ufffd", "\ufffd": ["\U0001f600", 1, None, "C:\\ud83d"]}
