"""Plans as files: JSON Lines that are refused if one byte differs from what was written.

The first line is the header, then comes a row a line; the last line seals all bytes before it. The same plan is the
same bytes, in whichever store it was made.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final

from crmbridge.errors import RemakePlan
from crmbridge.model.changes import CHANGE, Change
from crmbridge.model.plan import HANDLES, Finding, Plan, PlanHeader
from crmbridge.store import Buried, Journal, Progress, Run, Store, Tombstones
from crmbridge.writeback.strangers import Allowed
from crmbridge.writeback.tally import Tally

FORMAT: Final = 1
"""Version of the file format; a file of a later one is refused."""

FOREIGN: Final = Finding(
    severity="park",
    code="foreign-plan",
    message="the plan was not made by this store, so no guard looked at it: review it and apply it with --approve HASH",
)
"""A file can claim anything about itself: what another store made always waits for approval."""


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan to a file (0600); an existing one is replaced whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            _write(plan, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_plan(path: Path) -> Plan:
    """Read a plan from a file, every byte of it checked; its rows are checked again whenever they stream.

    Raises:
        RemakePlan: The file is no plan, is altered or cut off, or of a newer version.
    """
    header, rows = _open(path)
    tally = Tally(header)
    for _ in tally.watch(rows):
        pass
    found = tally.complete()
    if (found.hash, found.rows) != (header.hash, header.rows):
        raise _altered(path)
    return Plan(_counted(header, found), lambda: _open(path)[1])


def import_plan(store: Store, connection: str, plan: Plan, *, run: Run, allowed: Allowed | None = None) -> Plan:
    """Give the stored plan of this id, else of this hash; a plan from elsewhere is stored first, and parked.

    Args:
        store: Where it is looked for, or put.
        connection: Its connection.
        plan: The plan.
        run: Holds the lease.
        allowed: What a plan from elsewhere may do; without it, anything.

    Raises:
        RemakePlan: It is for another connection or account, was not finished, differs from the stored one, names
            somebody who was forgotten, or does what this config does not.
    """
    header = plan.header
    account = Progress(store, connection).account()
    if header.connection != connection or (account and account.account_id != header.account_id):
        raise RemakePlan(
            f"the plan is for connection {header.connection!r}, account {header.account_id}: "
            f"name that connection, or make a new plan for {connection!r}"
        )
    if not header.hash:
        raise RemakePlan(f"plan {header.hash[:12]} was not finished: make a new plan")
    plans = Journal(store, connection).plans
    stored = (plans.get(header.id) if header.id else None) or plans.find(header.hash)
    if stored is None:
        here = {"id": uuid.uuid4().hex, "created_at": plans.now(), "findings": (*header.findings, FOREIGN)}
        header, tally = header.model_copy(update=here), Tally(header)
        applied = plans.latest(["applying", "applied"])
        newest = plans.get(applied) if applied else None
        if newest and newest.header.as_of > header.as_of:
            raise RemakePlan(
                f"the plan is of {header.as_of}, and a plan of {newest.header.as_of} was applied: remake it"
            )
        if allowed and not allowed.takes_plan(plan):
            raise RemakePlan(f"the plan ({header.origin}) was made by another store: make it on the one that wrote")
        with store.writing(run.lease) as tx:
            rows = _of_the_living(Tombstones(connection).read(tx), _of_ours(allowed, plan))
            plans.save(tx, header, tally.watch(rows))
            found = tally.complete()
            if (found.hash, found.rows) != (header.hash, header.rows):
                raise RemakePlan(f"plan {header.hash[:12]} no longer has the rows that it was made of: make a new plan")
            header = _counted(header, found)
            plans.set_header(tx, header)
        return Plan(header, lambda: plans.changes(header.id))
    if stored.hash != plan.hash:
        raise RemakePlan(f"plan {plan.hash[:12]} differs from the stored plan of its id: make a new plan")
    return stored


def _counted(header: PlanHeader, found: PlanHeader) -> PlanHeader:
    """The header with the figures of its rows: a file can claim any."""
    had = {(count.object, count.property): count.existing for count in header.counts}
    counts = (one.model_copy(update={"existing": had.get((one.object, one.property), 0)}) for one in found.counts)
    return header.model_copy(update={"counts": tuple(counts), "definitions": found.definitions})


def _of_ours(allowed: Allowed | None, rows: Iterable[Change]) -> Iterator[Change]:
    """Pass rows on, unless one could not be in a plan of this store.

    Raises:
        RemakePlan: One could not.
    """
    for change in rows:
        if allowed and not allowed.takes(change):
            raise RemakePlan(
                f"the plan was made by another store and writes {'.'.join(change.place)} as this config does not: "
                "make a new plan here"
            )
        yield change


def _of_the_living(buried: Buried, rows: Iterable[Change]) -> Iterator[Change]:
    """Pass rows on, unless one is about somebody who was forgotten.

    Raises:
        RemakePlan: One is.
    """
    for change in rows:
        if change.record is not None and buried.has(str(change.record)):
            raise RemakePlan("the plan names somebody who was forgotten since: make a new plan, and delete the file")
        yield change


def _write(plan: Plan, file: BinaryIO) -> None:
    digest = hashlib.sha256()
    first = json.dumps({"crmbridge_plan": FORMAT, "header": plan.header.model_dump(mode="json", exclude=set(HANDLES))})
    for text in chain([first], (change.model_dump_json() for change in plan)):
        line = text.encode() + b"\n"
        digest.update(line)
        file.write(line)
    file.write(_seal(digest.hexdigest()))


def _open(path: Path) -> tuple[PlanHeader, Iterator[Change]]:
    """Read the header, and make a stream of the rows."""
    try:
        with path.open("rb") as file:
            first = file.readline()
    except OSError as error:
        raise RemakePlan(f"{path} cannot be read ({error.strerror}): name another file, or make a new plan") from None
    return _header(first, path), _rows(path)


def _header(line: bytes, path: Path) -> PlanHeader:
    try:
        data: Any = json.loads(line)
        version = data["crmbridge_plan"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise RemakePlan(f"{path} is not a plan file: name one that `crmbridge plan` wrote") from None
    if isinstance(version, int) and version > FORMAT:
        raise RemakePlan(f"{path} was written by a newer crmbridge: update crmbridge, or make a new plan")
    try:
        return PlanHeader.model_validate_json(json.dumps(data["header"]))
    except (ValueError, KeyError):
        raise _altered(path) from None


def _rows(path: Path) -> Iterator[Change]:
    """Stream the rows; at the end the seal must fit, so a reader must not trust rows before it has seen the last."""
    with path.open("rb") as file:
        first = file.readline()
        digest = hashlib.sha256(first)
        line = file.readline()
        while following := file.readline():
            digest.update(line)
            try:
                change = CHANGE.validate_json(line)
            except ValueError:  # its text would quote values
                raise _altered(path) from None
            yield change
            line = following
    if line != _seal(digest.hexdigest()):
        raise _altered(path)


def _seal(digest: str) -> bytes:
    return json.dumps({"sha256": digest}).encode() + b"\n"


def _altered(path: Path) -> RemakePlan:
    return RemakePlan(f"{path} was altered or cut off: fetch it again, or make a new plan")
