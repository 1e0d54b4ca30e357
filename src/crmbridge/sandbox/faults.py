"""Faults on demand: wrong statuses, foreign bodies and dying connections, so that clients can be tried."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crmbridge.errors import FixRequest
from crmbridge.sandbox import fault_kinds as kinds
from crmbridge.sandbox.envelope import Json, Request, Response, respond
from crmbridge.sandbox.fault_kinds import Around
from crmbridge.sandbox.toxics import TOXICS, Toxic

POLICIES = ("TEN_SECONDLY_ROLLING", "SECONDLY", "DAILY")


@dataclass
class Fault:
    """One order to fail.

    Attributes:
        match: Substring of ``METHOD path``, e.g. ``POST /crm/objects`` or ``batch/read``; empty is any.
        around: Takes the request and what would answer it, and returns what is answered instead.
        times: How often it strikes; 0 is for good.
        skip: Matching calls that pass first.
        share: Share of the matching calls that it strikes.
    """

    match: str
    around: Around
    times: int = 1
    skip: int = 0
    share: float = 1.0


class Faults:
    """The faults that are still to come, tried in the order in which they were added.

    Args:
        seed: Decides which calls a fault with a share strikes.
    """

    def __init__(self, seed: int = 0) -> None:
        self._waiting: list[Fault] = []
        self._dice = random.Random(f"faults {seed}")  # noqa: S311 - no secret hangs on it

    def add(  # noqa: PLR0913 - what a response is made of, and when
        self,
        match: str = "",
        *,
        status: int = 500,
        body: str | bytes | Json = "",
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        skip: int = 0,
        share: float = 1.0,
        drop: bool = False,
        applied: bool = False,
    ) -> None:
        """Let the next matching calls fail.

        Args:
            match: Substring of ``METHOD path``; empty matches every call.
            status: Status to answer with.
            body: Text or bytes as they are, or a mapping to send as JSON.
            headers: More headers, e.g. ``{"Retry-After": "3"}``.
            times: Number of calls to fail; 0 is for good.
            skip: Number of matching calls to let through first.
            share: Share of the matching calls that fail.
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
        self._waiting.append(Fault(match, kinds.instead(response, applied=applied), times, skip, share))

    def toxic(self, toxic: Toxic, match: str = "", *, times: int = 1, skip: int = 0, share: float = 1.0) -> None:
        """Let the connection misbehave while the next matching calls are answered."""
        self._waiting.append(Fault(match, kinds.poisoned(toxic), times, skip, share))

    def storm(
        self,
        policy: str = "TEN_SECONDLY_ROLLING",
        match: str = "",
        *,
        retry_after: int | None = None,
        times: int = 10,
        skip: int = 0,
        share: float = 1.0,
    ) -> None:
        """Refuse calls with 429 by one of ``POLICIES``, whatever the limits say."""
        if policy not in POLICIES:
            raise FixRequest(f"there is no rate limit policy {policy!r}: use one of {', '.join(POLICIES)}")
        self._waiting.append(Fault(match, kinds.instead(kinds.limited(policy, retry_after)), times, skip, share))

    def named(
        self,
        name: str,
        match: str = "",
        *,
        times: int = 1,
        skip: int = 0,
        share: float = 1.0,
        **values: float,
    ) -> None:
        """Add a fault by its name, as ``crmbridge sandbox --fault`` does.

        Args:
            name: A toxic of Toxiproxy's (``latency``, ``timeout`` …), a policy of ``POLICIES`` in lower case for a
                storm of 429, or one of ``fault_kinds.NAMED``.
            match: Substring of ``METHOD path``; empty matches every call.
            times: How often it strikes; 0 is for good.
            skip: Matching calls that pass first.
            share: Share of the matching calls that it strikes.
            values: What the fault takes, e.g. ``seconds``.

        Raises:
            FixRequest: There is no such fault, or it takes no such value.
        """
        try:
            self._waiting.append(Fault(match, _make(name, values, self._dice), times, skip, share))
        except TypeError:
            raise FixRequest(f"the fault {name} does not take {', '.join(sorted(values))}") from None

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
            if fault.share < 1 and self._dice.random() >= fault.share:
                continue
            if fault.times == 1:
                self._waiting.remove(fault)
            fault.times = max(fault.times - 1, 0)
            return fault
        return None

    def answer(self, request: Request, answer: Callable[[Request], Response]) -> Response:
        """Answer a request, or let it meet the fault that waits for it."""
        fault = self.strike(request.method, request.path)
        return answer(request) if fault is None else fault.around(request, answer)


def _make(name: str, values: Mapping[str, float], dice: random.Random) -> Around:
    if name in TOXICS:
        return kinds.poisoned(Toxic(name, **values))
    if name.upper() in POLICIES:
        return kinds.instead(kinds.limited(name.upper(), **{key: round(value) for key, value in values.items()}))
    if name == "partial":
        return kinds.partial(dice, **values)
    if name == "bad_rows":
        return kinds.bad_rows(**values)
    if name not in kinds.NAMED:
        known = sorted([*TOXICS, *map(str.lower, POLICIES), "partial", "bad_rows", *kinds.NAMED])
        raise FixRequest(f"there is no fault {name!r}: use one of {', '.join(known)}")
    return kinds.NAMED[name](**{key: round(value) for key, value in values.items()})
