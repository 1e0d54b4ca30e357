"""The seal of the journal: each entry's hash covers the one before it, and values stand in it as keyed digests. Pure.

The key of a digest is random and stands with the values. Erasing both leaves a digest that tells nothing, and a chain
that still verifies.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring_ascii
from typing import Any, Final

START: Final = ""
"""What stands before the first entry."""

SEALED: Final = ("number", "run_id", "epoch", "actor", "plan_id", "row", "state", "reason", "at", "digest")
"""The fields of an entry that its hash covers, in order."""


def as_json(items: Iterable[str | int | None]) -> str:
    """A JSON list without spaces, as ``json.dumps`` writes it: entries come by the hundred thousand."""
    return f"[{','.join('null' if item is None else _quoted(item) for item in items)}]"


def _quoted(item: str | int) -> str:
    return encode_basestring_ascii(item) if isinstance(item, str) else str(item)


def seal(previous: str, entry: Mapping[str, Any]) -> str:
    """Hash an entry onto the hash of the one before it; SHA-256 in hex."""
    facts = as_json([previous, *(entry[name] for name in SEALED)])
    return hashlib.sha256(facts.encode()).hexdigest()


def new_key() -> str:
    """A random key for one digest: 128 bits in hex."""
    return secrets.token_hex(16)


def digest(key: str, body: str, before: str | None, after: str | None, made: str | None) -> str:
    """Digest the values of an entry, and the row of the plan they belong to: HMAC-SHA-256 in hex."""
    return hmac.digest(bytes.fromhex(key), as_json([body, before, after, made]).encode(), hashlib.sha256).hex()
