"""The exit codes of the command line: one enum, one table."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, Self


class ExitCode(IntEnum):
    """How a command ended; if several apply, the highest wins. Those from 10 to 15 are told with ``--exit-code`` only.

    Attributes:
        explain: What it means, in one sentence.
    """

    explain: str

    def __new__(cls, value: int, explain: str) -> Self:
        """Make a member of a number and its meaning."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.explain = explain
        return member

    DONE = 0, "Everything was done, or there was nothing to do."
    FAILED = 1, "It failed; the message on stderr says what to do next."
    USAGE = 2, "The command line or crmbridge.toml is wrong."
    CHANGES = 10, "There are changes: the plan has rows, or rows were written."
    CONFLICTS = 11, "Rows were left alone because a person had edited the value."
    PARKED = 12, "The plan waits for approval; nothing was written."
    REJECTED = 13, "The CRM, or crmbridge before sending, refused rows; or a canary did not read back as written."
    PLUGIN_FAILED = 14, "A plugin was refused or failed; what it would have said is unknown there."
    SKIPPED = 15, "An object was not read because the credential lacks a scope; what rests on it is missing."
    INTERRUPTED = 130, "Interrupted with Ctrl-C; what was committed stays."
    TERMINATED = 143, "Asked to end (SIGTERM); what was committed stays, and the lease was given back."


DETAILED: Final = range(ExitCode.CHANGES, ExitCode.SKIPPED + 1)
"""Codes that say more than done or failed."""


def worst(codes: Iterable[ExitCode], *, detailed: bool) -> ExitCode:
    """The code to end with: the highest, and without ``detailed`` none of those that only say more."""
    told = (code for code in codes if detailed or code not in DETAILED)
    return max(told, default=ExitCode.DONE)
