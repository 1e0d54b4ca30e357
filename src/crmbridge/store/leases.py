"""One run per connection: a lease with an epoch that every write carries."""

from __future__ import annotations

import os
import secrets
import socket
import time
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from crmbridge.errors import LeaseLost, WaitForRun
from crmbridge.store.schema import leases

TTL_SECONDS: Final = 900.0
"""A lease lapses when its run has written nothing for so long: longer than the HTTP client retries (600 s)."""


_PROCESS: Final = secrets.token_hex(4)


@dataclass(frozen=True)
class Lease:
    """The right to write for one connection.

    Attributes:
        epoch: Grows with each holder; a write that carries an older one fails.
    """

    connection: str
    run_id: str
    epoch: int


def acquire(connection: sa.Connection, name: str, run_id: str) -> Lease:
    """Take the lease of connection ``name`` in a locking transaction.

    A lease that lapsed, or whose process on this machine is gone, is taken over.

    Raises:
        WaitForRun: Another run holds it.
    """
    row = connection.execute(sa.select(leases).where(leases.c.connection == name)).one_or_none()
    if row and row.expires_at > time.time() and _alive(row.holder):
        raise WaitForRun(
            f"another run ({row.holder}) holds the connection {name!r}: wait until it ends, "
            f"or if it is stuck on another machine, until its lease lapses in {row.expires_at - time.time():.0f} s"
        )
    lease = Lease(name, run_id, (row.epoch if row else 0) + 1)
    values = {"holder": _holder(run_id), "epoch": lease.epoch, "expires_at": time.time() + TTL_SECONDS}
    if row:
        connection.execute(leases.update().where(leases.c.connection == name).values(values))
    else:
        connection.execute(leases.insert().values(connection=name, **values))
    return lease


def renew(connection: sa.Connection, lease: Lease) -> None:
    """Prolong the lease within a write.

    Raises:
        LeaseLost: Its epoch is no longer the newest.
    """
    held = connection.execute(
        leases.update()
        .where(leases.c.connection == lease.connection, leases.c.epoch == lease.epoch, leases.c.holder != "")
        .values(expires_at=time.time() + TTL_SECONDS)
    )
    if held.rowcount != 1:
        raise _lost(lease)


def check(connection: sa.Connection, lease: Lease) -> None:
    """See that the lease still holds, without prolonging it.

    Raises:
        LeaseLost: Another run has taken over, or may do so now.
    """
    held = sa.select(leases.c.epoch).where(leases.c.connection == lease.connection, leases.c.expires_at > time.time())
    if connection.scalar(held) != lease.epoch:
        raise _lost(lease)


def _lost(lease: Lease) -> LeaseLost:
    return LeaseLost(f"another run took the connection {lease.connection!r} over: start this one again")


def release(connection: sa.Connection, lease: Lease) -> None:
    """Give the lease back; one that was lost is left alone."""
    connection.execute(
        leases.update()
        .where(leases.c.connection == lease.connection, leases.c.epoch == lease.epoch)
        .values(holder="", expires_at=0.0)
    )


def _holder(run_id: str) -> str:
    return f"{socket.gethostname()}/{os.getpid()}-{_PROCESS}/{run_id}"


def _alive(holder: str) -> bool:
    """Say whether the holder may still run; of another machine nothing is known."""
    host, pid, _ = (holder or "//").split("/", 2)
    if host != socket.gethostname() or os.name != "posix":  # elsewhere os.kill does not merely ask
        return bool(host)
    number, _, process = pid.partition("-")
    if int(number) == os.getpid():  # a number may be given again: in a container it is always 1
        return process == _PROCESS
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
