"""One step of ``judging`` in a process of its own; its figures are one line of JSON.

``python -m benchmarks.judging_job FOLDER fill PEOPLE CENTERS EACH SPREAD`` makes the store, ``judge DAYS`` judges as of
so many days later, ``touch PEOPLE CENTERS EACH SPREAD NUMBER`` changes records, ``forget`` makes the next judging a
full one.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from benchmarks import judging_store as rows
from benchmarks.apply_job import peak_mib
from crmbridge import Bridge
from crmbridge.cli.program import GC_THRESHOLDS
from crmbridge.model.records import Company, Contact, Deal, Record
from crmbridge.store import Mirror
from crmbridge.store.schema import addresses, links, members, records

CHUNK: Final = 10_000
CONFIG: Final = """
[connections.main]
connector = "hubspot"
token = "env:NONE"
[privacy]
processing = "legitimate-interest"
[store]
path = "store.db"
"""


def main() -> None:
    """Take one step."""
    gc.set_threshold(*GC_THRESHOLDS)
    sys.stdout.write(json.dumps(step(Path(sys.argv[1]), *sys.argv[2:])) + "\n")


def step(folder: Path, name: str, *given: str) -> Mapping[str, Any]:
    """Take a step in this process; say what came of it."""
    later = int(given[0]) if name == "judge" else 0
    with Bridge.from_config(folder / "crmbridge.toml", as_of=rows.TODAY + timedelta(later)) as bridge:
        if name == "judge":
            return _judge(bridge)
        if name == "forget":
            return _forget(bridge)
        people, firms, each, spread, *more = given
        layout = rows.Layout(int(people), int(firms), int(each), float(spread))
        return _fill(bridge, layout) if name == "fill" else _touch(bridge, layout, *map(int, more))


def _judge(bridge: Bridge) -> Mapping[str, Any]:
    """Judge; only that is measured."""
    started, before = time.monotonic(), time.process_time()
    result = bridge.judge()
    seconds, cpu = time.monotonic() - started, time.process_time() - before
    with bridge.store.reading() as tx:
        found = tx.scalar(sa.select(sa.func.count()).select_from(members)) or 0
    counts = {"seen": result.seen, "judged": result.judged, "failed": result.failed, "members": found}
    return {**counts, "seconds": seconds, "cpu": cpu, "peak_mib": peak_mib()}


def _forget(bridge: Bridge) -> Mapping[str, Any]:
    """Let the next judging be a full one, as after a change of the config."""
    with bridge.progress.run("forget", "forget") as run, bridge.store.writing(run.lease) as tx:
        bridge.progress.set_fingerprint(tx, "another config")
    return {}


def _fill(bridge: Bridge, layout: rows.Layout) -> Mapping[str, Any]:
    """Store everything that judging reads."""
    firms, people, happened = range(layout.firms), range(layout.people), range(layout.people * layout.each)
    standing = chain(rows.owner_rows(), chain.from_iterable(rows.firm_rows(one, layout) for one in firms))
    with bridge.progress.run("fill", "fill") as run, bridge.store.writing(run.lease) as tx:
        bridge.progress.bind(tx, "1", "UTC", bridge.config.writeback.prefix)
        bridge.progress.completed(tx)
        _insert(tx, records, chain(standing, (rows.person_row(one, layout) for one in people)))
        _insert(tx, records, (rows.engagement_row(one, layout) for one in happened))
        _insert(tx, addresses, (_address(one, layout) for one in people))
        _insert(tx, links, chain.from_iterable(rows.firm_links(one, layout) for one in firms))
        _insert(tx, links, chain.from_iterable(rows.engagement_links(one, layout) for one in happened))
    return {"contacts": bridge.mirror.count("contact")}


def _address(person: int, layout: rows.Layout) -> rows.Row:
    where = rows.address(person, layout.firm_of(person))
    return {"connection": rows.CONNECTION, "address": where, "contact_id": str(rows.FIRST["contact"] + person)}


def _insert(tx: sa.Connection, table: sa.Table, found: Iterable[rows.Row]) -> None:
    waiting = iter(found)
    while chunk := list(islice(waiting, CHUNK)):
        tx.execute(table.insert(), chunk)


def _touch(bridge: Bridge, layout: rows.Layout, number: int) -> Mapping[str, Any]:
    """Change records as a sync would: titles, amounts, names of companies, subjects of engagements."""
    mirror: Mirror = bridge.mirror
    with bridge.progress.run("touch", "touch") as run, bridge.store.writing(run.lease) as tx:
        for name, place in rows.touched(layout, number):
            key = str(rows.FIRST.get(name, rows.FIRST["engagement"]) + place)
            [record] = mirror.get(tx, Record, name, [key]).values()
            mirror.put(tx, [record.model_copy(update=_changes(record))], 1, 1)
    return {"touched": number}


def _changes(record: Record) -> Mapping[str, Any]:
    """What somebody changes in a record."""
    match record:
        case Contact():
            return {"job_title": "Inhaber" if record.job_title != "Inhaber" else "Einkäufer"}
        case Deal():
            return {"amount": (record.amount or 0) + 1_000}
        case Company():
            return {"name": f"{record.name} Holding"}
        case _:
            return {"subject": f"{getattr(record, 'subject', '')}, geändert"}


if __name__ == "__main__":
    main()
