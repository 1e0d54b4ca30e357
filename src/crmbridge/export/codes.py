"""Codes in place of ids: the same id gets the same code in all tables of one export, and another in the next."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

DIGITS = 16
"""Hexadecimal digits of a code: among ten million records two share one with a chance of one in 370,000."""


@dataclass(frozen=True)
class Codes:
    """Gives codes that nobody can turn back: they are keyed, and the key is not kept. Memory stays flat."""

    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def id(self, name: str, id_: str | None) -> str | None:
        """The code of a record's id; ``name`` is the object."""
        if id_ is None:
            return None
        return hmac.digest(self._key, f"{name}:{id_}".encode(), "sha256").hex()[:DIGITS]

    def ref(self, ref: str) -> str:
        """The same of ``OBJECT:ID``: the object stays."""
        name, _, id_ = ref.partition(":")
        return f"{name}:{self.id(name, id_)}"
