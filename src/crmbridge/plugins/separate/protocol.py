"""Messages between crmbridge and the process of a plugin: bytes with their length before them, on a private socket.

crmbridge sends pickles, because models hold what their JSON leaves out. It gets JSON, which it reads and checks:
nothing that comes from there is unpickled or run.
"""

from __future__ import annotations

import copyreg
import io
import json
import pickle
import socket
import struct
from collections.abc import Callable, Mapping
from datetime import date
from importlib.metadata import EntryPoint
from time import monotonic
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from crmbridge.model.portfolio import Portfolio
from crmbridge.plugins.sources import Source

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of one answer."""

_LONGEST_WAIT: Final = 1_000_000.0
"""Seconds; the system cannot wait for much longer."""

_LENGTH: Final = struct.Struct("!Q")


class Garbled(Exception):
    """The other side said what it never should. The text is ours."""


class Hello(NamedTuple):
    """What a process is told first: which plugin it is.

    Attributes:
        source: The plugin.
        section: Its table ``[plugins.NAME]``.
        memory_mb: Address space in MiB; None for no limit.
        log_level: From which level on what it logs is wanted.
    """

    source: Source
    section: dict[str, Any]
    memory_mb: int | None
    log_level: int


class Known(NamedTuple):
    """What hooks know of a run: ``RunContext`` without what the process has itself."""

    connection: str
    run_id: str
    today: date
    timezone: str
    stats: Portfolio
    wanted: frozenset[tuple[str, str]] | None


class Call(NamedTuple):
    """One call of one hook.

    Attributes:
        hook: Its name.
        arguments: By name, without ``ctx``; of a plan only its header, whose rows are asked for.
        known: What the hook may know of the run, if that is news.
    """

    hook: str
    arguments: dict[str, object]
    known: Known | None


class Channel:
    """One end of the socket. Any failure of it is an ``OSError``, ``EOFError`` or ``Garbled``."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def send(self, message: bytes, deadline: float | None = None) -> None:
        """Send a message.

        Raises:
            TimeoutError: The other side did not take it until ``deadline``, by ``time.monotonic``.
        """
        self._wait_until(deadline)
        self._socket.sendall(_LENGTH.pack(len(message)) + message)

    def receive(self, deadline: float | None = None, most: int | None = None) -> bytes:
        """Receive a message of ``most`` bytes.

        Raises:
            TimeoutError: It was not there until ``deadline``, by ``time.monotonic``.
            EOFError: The other side is gone.
            Garbled: It is longer.
        """
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size, deadline))
        if most is not None and length > most:
            raise Garbled(f"answered more than {most} bytes")
        return self._exactly(length, deadline)

    def _exactly(self, length: int, deadline: float | None) -> bytes:
        pieces = bytearray()
        while len(pieces) < length:
            self._wait_until(deadline)
            piece = self._socket.recv(min(length - len(pieces), 1 << 20))
            if not piece:
                raise EOFError
            pieces += piece
        return bytes(pieces)

    def _wait_until(self, deadline: float | None) -> None:
        left = None if deadline is None else deadline - monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        self._socket.settimeout(None if left is None else min(left, _LONGEST_WAIT))


_REDUCED: Final[dict[type, Callable[[Any], Any]]] = {
    EntryPoint: lambda entry: (EntryPoint, (entry.name, entry.value, entry.group)),
    MappingProxyType: lambda mapping: (_frozen, (dict(mapping),)),
}
"""How pickle writes what it does not know, or would write too much of."""


def _frozen(mapping: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(mapping)


def pickled(message: object) -> bytes:
    """Write a message to a process."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = copyreg.dispatch_table | _REDUCED
    pickler.dump(message)
    return buffer.getvalue()


def read_json(message: bytes) -> dict[str, Any]:
    """Read a message from a process.

    Raises:
        Garbled: It is none.
    """
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        raise Garbled("answered what is no message") from None
    if not isinstance(found, dict):
        raise Garbled("answered what is no message")
    return found
