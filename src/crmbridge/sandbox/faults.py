"""Faults on demand: wrong statuses, foreign bodies and dying connections, so that clients can be tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crmbridge.sandbox.envelope import Json, Response, respond


@dataclass
class Fault:
    """One order to fail.

    Attributes:
        match: Substring of ``METHOD path``, e.g. ``POST /crm/objects`` or ``batch/read``; empty is any.
        response: What is answered; its ``dropped`` kills the connection.
        times: How often it strikes.
        skip: Matching calls that pass first.
        applied: The request takes effect before its answer is lost.
    """

    match: str
    response: Response
    times: int
    skip: int
    applied: bool


@dataclass
class Faults:
    """The faults that are still to come, tried in the order in which they were added."""

    _waiting: list[Fault] = field(default_factory=list)

    def add(
        self,
        match: str = "",
        *,
        status: int = 500,
        body: str | bytes | Json = "",
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        skip: int = 0,
        drop: bool = False,
        applied: bool = False,
    ) -> None:
        """Let the next matching calls fail.

        Args:
            match: Substring of ``METHOD path``; empty matches every call.
            status: Status to answer with.
            body: Text or bytes as they are, or a mapping to send as JSON.
            headers: More headers, e.g. ``{"Retry-After": "3"}``.
            times: Number of calls to fail.
            skip: Number of matching calls to let through first.
            drop: Kill the connection instead of answering.
            applied: Carry the request out, then fail.
        """
        if isinstance(body, dict):
            response = respond(status, body, headers)
        else:
            data = body.encode() if isinstance(body, str) else body
            response = Response(status, {"Content-Type": "text/html", **(headers or {})}, data)
        if drop:
            response = Response(0, {}, b"", dropped=True)
        self._waiting.append(Fault(match, response, times, skip, applied))

    def clear(self) -> None:
        """Forget every fault that has not struck."""
        self._waiting.clear()

    def strike(self, method: str, path: str) -> Fault | None:
        """Return the fault that this call meets, and count it."""
        call = f"{method} {path}"
        for fault in self._waiting:
            if fault.match not in call:
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self._waiting.remove(fault)
            return fault
        return None
