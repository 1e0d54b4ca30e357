from __future__ import annotations

import logging

import pytest
from pydantic import SecretStr

from crmbridge.errors import FixCredential
from crmbridge.http import BearerAuth, RedactingFilter, redact

CANARY = "canary/7f3e+9b"
SECRET = SecretStr(CANARY)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"token {CANARY} end", "token *** end"),
        ("GET /x?t=canary%2F7f3e%2B9b", "GET /x?t=***"),
        ("key pat-na1-11111111-2222-3333 end", "key pat-*** end"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ***"),
        ('{"access_token": "abc", "expires_in": 1800}', '{"access_token": "***", "expires_in": 1800}'),
        (r"{\"refresh_token\":\"abc\"}", r"{\"refresh_token\":\"***\"}"),
        ("{'refreshToken': 'abc'}", "{'refreshToken': '***'}"),
        ("grant_type=x&client_secret=abc&b=1", "grant_type=x&client_secret=***&b=1"),
        ("https://localhost/callback?code=abc&state=1", "https://localhost/callback?code=***&state=1"),
        ("/contacts/erika.m@example.org/x", "/contacts/***/x"),
        ("/contacts/erika%40example.org", "/contacts/***"),
        ('{"code": "INVALID_INTEGER"}', '{"code": "INVALID_INTEGER"}'),
        ("GET /crm/objects/2026-09/contacts/123: HTTP 503", "GET /crm/objects/2026-09/contacts/123: HTTP 503"),
    ],
)
def test_secrets_are_masked_and_the_rest_stays(text: str, shown: str) -> None:
    assert redact(text, (SECRET,)) == shown


def test_an_empty_secret_masks_nothing() -> None:
    assert redact("abc", (SecretStr(""),)) == "abc"


@pytest.mark.parametrize("part", ["a", "a.", "pat", "Bearer ", "access_token ", "\\", "a@"])
def test_long_hostile_text_costs_linear_time(part: str) -> None:
    # Kills: a backtracking pattern, which runs into the suite's time limit here.
    text = part * 100_000
    assert len(redact(text)) <= len(text) + len("***")


def emitted(record_of: str) -> logging.LogRecord:
    record = logging.LogRecord("x", logging.INFO, "f.py", 1, "to %s with %r", (CANARY, {"t": CANARY}), None)
    if record_of == "exception":
        error = RuntimeError(CANARY)
        error.__cause__ = ValueError(f"Bearer {CANARY}")
        record.exc_info = (RuntimeError, error, None)
    if record_of == "extra":
        record.headers = {"authorization": f"Bearer {CANARY}"}
        record.stack_info = f"line with {CANARY}"
    return record


@pytest.mark.parametrize("kind", ["arguments", "exception", "extra"])
def test_a_filtered_record_holds_no_secret(kind: str) -> None:
    # Kills: masking msg alone; leaving exc_info for the next handler to print.
    record = emitted(kind)
    assert RedactingFilter(lambda: (SECRET,)).filter(record)
    assert CANARY not in logging.Formatter("%(message)s").format(record)
    assert CANARY not in repr(vars(record))
    assert record.getMessage() == "to *** with {'t': '***'}"
    if kind == "exception":
        assert record.exc_info is None
        assert "RuntimeError: ***" in logging.Formatter().format(record)


@pytest.mark.parametrize("token", ["", " ", "a b", "abc\n", "\tabc", "a\x00b", "tökén", "a\r\nX-Evil: 1", "a\x7f"])
def test_a_malformed_token_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(FixCredential) as caught:
        BearerAuth(SecretStr(token))
    if token.strip():
        assert token not in str(caught.value)


def test_a_bearer_token_travels_in_one_header_and_not_in_its_repr() -> None:
    auth = BearerAuth(SECRET)
    assert auth.current().get_secret_value() == CANARY
    assert CANARY not in repr(auth)
