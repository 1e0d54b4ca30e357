"""Keep secrets and e-mail addresses out of logs and messages, by exact value and by shape."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

from pydantic import SecretStr

MASK = "***"
"""What stands where a secret stood."""

# Each pattern keeps its first group. None backtracks over a long run: a log line costs linear time.
_PATTERNS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"(\bpat-)[\w-]+", 0),
        (r"(\bBearer\s+)[\w.~+/=-]+", re.IGNORECASE),
        (
            r"""((?:access_?token|refresh_?token|client_?secret|token_?key)\\?["']?\s{0,9}[=:]\s{0,9}\\?["']?)[^"'&\s,}\\]+""",
            re.IGNORECASE,
        ),
        (r"([?&]code=)[^&\s]+", 0),
        (r"()(?<![\w.+-])[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+", 0),
    )
)


def redact(text: str, secrets: Iterable[SecretStr] = ()) -> str:
    """Return `text` with every secret masked.

    Masked are the given values, as they are and percent-encoded, and what looks like a HubSpot token (``pat-…``), a
    bearer token, an OAuth token or code in JSON or a URL, or an e-mail address.
    """
    for secret in secrets:
        if value := secret.get_secret_value():
            text = text.replace(value, MASK).replace(quote(value, safe=""), MASK)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


class RedactingFilter(logging.Filter):
    """Masks secrets in a record before any handler sees it: message, arguments, exception, stack and extras.

    Args:
        secrets: Asked at each record, because tokens are renewed.
    """

    def __init__(self, secrets: Callable[[], Iterable[SecretStr]] = tuple) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place and let it pass."""
        record.msg, record.args = record.getMessage(), None
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        secrets = tuple(self._secrets())
        for name, value in vars(record).items():
            if value is None or isinstance(value, int | float):
                continue
            text = value if isinstance(value, str) else repr(value)
            masked = redact(text, secrets)
            if masked != text:
                setattr(record, name, masked)
        return True
