from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors.hubspot.signature import ESCAPES, signed, verify

URL = "https://www.example.com/webhook_uri"
BODY = b'[{"eventId":1}]'
AT = 1767225600000
GOOD = "lWSppOqsS6w/pCwnygkGvIpZ4oDpZuIsSsLP4VLLcAM="


def headers(signature: str = GOOD, timestamp: str = str(AT)) -> dict[str, str]:
    return {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": timestamp}


def accepted(signature: str = GOOD, timestamp: str = str(AT), now_ms: int = AT, **changed: object) -> bool:
    request = {"secret": "secret", "method": "POST", "url": URL, "body": BODY, **changed}
    return verify(**request, headers=headers(signature, timestamp), now_ms=now_ms)  # type: ignore[arg-type]  # a request in parts


def test_the_known_vector() -> None:
    assert signed("secret", "POST", URL, BODY, str(AT)) == GOOD.encode()
    assert accepted()


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "other"},
        {"method": "PUT"},
        {"url": URL + "?a=1"},
        {"url": "http://www.example.com/webhook_uri"},
        {"body": b'[{"eventId":2}]'},
        {"body": BODY + b"\n"},
        {"timestamp": str(AT + 1)},
        {"signature": ""},
        {"signature": GOOD.lower()},
        {"signature": GOOD + "\n"},
        {"signature": GOOD[:-1]},
        {"signature": "é" + GOOD[1:]},
        {"signature": "\ud800"},
    ],
)
def test_any_difference_is_refused(changed: dict[str, object]) -> None:
    # Kills: a part left out of what is signed; text compared instead of bytes, which raises on "é".
    assert not accepted(**changed)  # type: ignore[arg-type]  # parts of a request


def sign(timestamp: str) -> str:
    return signed("secret", "POST", URL, BODY, timestamp).decode()


@pytest.mark.parametrize(("late_ms", "holds"), [(300_000, True), (300_001, False), (-300_000, True), (-300_001, False)])
def test_a_call_holds_for_five_minutes_both_ways(late_ms: int, holds: bool) -> None:
    # Kills: `now - ts <= TOLERANCE` without abs, which takes any time to come; and `<` in place of `<=`.
    assert accepted(now_ms=AT + late_ms) is holds


@pytest.mark.parametrize(
    "timestamp",
    [
        "",
        "NaN",
        "inf",
        "-1767225600000",
        "+1767225600000",
        "1767225600000.0",
        "1e12",
        " 1767225600000",
        "1767225600000\n",
        "9" * 16,
        "9" * 5000,
        "١٧٦٧٢٢٥٦٠٠٠٠٠",
        "²",
        "1_767_225_600_000",
        "\ud800",
    ],
)
def test_a_time_that_is_none_is_refused_even_when_signed(timestamp: str) -> None:
    # Kills: float(timestamp) or str.isdigit() in place of the pattern.
    assert not accepted(signature=sign(timestamp), timestamp=timestamp)


def test_missing_headers_are_refused() -> None:
    assert not verify("secret", "POST", URL, BODY, {}, now_ms=AT)
    unsigned = {"x-hubspot-request-timestamp": str(AT)}
    assert not verify("secret", "POST", URL, BODY, unsigned, now_ms=AT)


@pytest.mark.parametrize(
    "signature",
    [hashlib.sha256(b"secret" + BODY).hexdigest(), hashlib.sha256(b"secretPOST" + URL.encode() + BODY).hexdigest()],
)
def test_older_signatures_open_nothing(signature: str) -> None:
    # Kills: a fall back to X-HubSpot-Signature (versions 1 and 2).
    assert not accepted(signature=signature)
    older = {"x-hubspot-signature": signature, "x-hubspot-signature-version": "v1"}
    timed = {"x-hubspot-request-timestamp": str(AT)}
    assert not verify("secret", "POST", URL, BODY, older | timed, now_ms=AT)
    assert not verify("secret", "POST", URL, BODY, {"x-hubspot-signature": GOOD} | timed, now_ms=AT)


def test_only_the_listed_escapes_are_decoded_before_signing() -> None:
    travelled = URL + "?q=" + "".join(ESCAPES) + "%20%26%253A%3a"
    meant = URL + "?q=" + "".join(ESCAPES.values()) + "%20%26%253A%3a"
    assert len(ESCAPES) == 12
    expected = base64.b64encode(
        hmac.new(b"secret", b"POST" + meant.encode() + BODY + str(AT).encode(), hashlib.sha256).digest()
    )
    assert signed("secret", "POST", travelled, BODY, str(AT)) == expected


@given(st.binary(max_size=200), st.text(max_size=60), st.text(max_size=40))
def test_bodies_and_headers_of_any_kind_raise_nothing(body: bytes, signature: str, timestamp: str) -> None:
    assert accepted(body=body, signature=sign_body(body))
    assert not accepted(body=body, signature=signature, timestamp=timestamp)


def sign_body(body: bytes) -> str:
    return signed("secret", "POST", URL, body, str(AT)).decode()
