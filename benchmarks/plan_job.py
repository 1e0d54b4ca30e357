"""One step of ``plan_memory`` in a process of its own; its figures are one line of JSON.

``python -m benchmarks.plan_job FOLDER fill CONTACTS DAY`` makes a store, ``python -m benchmarks.plan_job FOLDER plan``
plans from it. The rows of the store are made here, as a sync, a judging and an apply would have left them: with a
portal and a plugin that would take an hour.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from benchmarks import apply_values as values
from benchmarks.apply_job import peak_mib
from crmbridge import Bridge, Plan
from crmbridge.cli.program import GC_THRESHOLDS
from crmbridge.model.records import Contact
from crmbridge.store import Journal, Mirror, Owned, Run
from crmbridge.store.database import upsert
from crmbridge.store.schema import proposals, records, units
from crmbridge.writeback import make_plan

CONNECTION: Final = "main"
ACCOUNT: Final = "1"
TODAY: Final = date(2026, 3, 1)
MADE: Final = datetime(2025, 3, 1, 9, 30, tzinfo=UTC)
FIRST_ID: Final = 10**10
"""Ids have eleven digits, as in large accounts."""
CHUNK: Final = 5_000
CONFIG: Final = f"""
[connections.{CONNECTION}]
connector = "hubspot"
token = "env:NONE"
[privacy]
processing = "legitimate-interest"
[store]
path = "store.db"
[pipeline]
allow = ["bridgefile.py"]
"""

Row = dict[str, Any]


def main() -> None:
    """Take one step."""
    folder, step, *given = Path(sys.argv[1]), *sys.argv[2:]
    gc.set_threshold(*GC_THRESHOLDS)
    with Bridge.from_config(folder / "crmbridge.toml", as_of=TODAY) as bridge:
        figures = _fill(bridge, *map(int, given)) if step == "fill" else _plan(bridge)
    sys.stdout.write(json.dumps(figures) + "\n")


def _plan(bridge: Bridge) -> Mapping[str, Any]:
    """Plan; only that is measured."""
    with bridge.progress.run("plan", "plan") as run:
        started, before = time.monotonic(), time.process_time()
        header = _planned(bridge, run).header
        seconds, cpu = time.monotonic() - started, time.process_time() - before
    rows = {"rows": header.rows, "records": header.records, "counted": sum(one.rows for one in header.counts)}
    return {**rows, "seconds": seconds, "cpu": cpu, "peak_mib": peak_mib()}


def _planned(bridge: Bridge, run: Run) -> Plan:
    session = bridge.plugins.bind(CONNECTION, run.id, TODAY, "UTC")
    return make_plan(
        bridge.store,
        CONNECTION,
        config=bridge.config.writeback,
        plugins=bridge.plugins,
        session=session,
        run=run,
        as_of=TODAY,
        account_id=ACCOUNT,
    )


def _fill(bridge: Bridge, contacts: int, day: int) -> Mapping[str, Any]:
    """Store contacts that have the values of day 1, and proposals of those of ``day``."""
    with bridge.progress.run("fill", "fill") as run:
        with bridge.store.writing(run.lease) as tx:
            bridge.progress.bind(tx, ACCOUNT, "UTC", values.PREFIX)
            bridge.progress.completed(tx)
        _define(bridge, run)
        ids = map(str, range(FIRST_ID, FIRST_ID + contacts))
        while chunk := list(islice(ids, CHUNK)):
            with bridge.store.writing(run.lease) as tx:
                upsert(tx, records, [_record(key) for key in chunk])
                upsert(tx, units, [_unit(key) for key in chunk])
                upsert(tx, proposals, [row for key in chunk for row in _proposals(key, day)])
    return {"contacts": bridge.mirror.count("contact")}


def _define(bridge: Bridge, run: Run) -> None:
    """Take what a first plan would create for created."""
    plan = _planned(bridge, run)
    with bridge.store.writing(run.lease) as tx:
        for change in plan:
            kind, (name, item) = change.kind, change.place
            if change.kind == "definition" and change.after:
                Mirror(bridge.store, CONNECTION, values.PREFIX).add_definitions(tx, [change.after])
            owned = Owned("group" if kind == "group" else "property", name, "", item)
            Journal(bridge.store, CONNECTION).manifest.own(tx, plan.header.id, [owned])


def _record(key: str) -> Row:
    return {
        "connection": CONNECTION,
        "object": "contact",
        "id": key,
        "body": _body(key),
        "property_set": 1,
        "content_hash": key,
        "listing": 1,
        "archived": False,
    }


def _body(key: str) -> str:
    """A contact as a sync stores it, with the values of day 1; only what differs is written anew."""
    return _TEMPLATE.replace("KEY", key).replace('"OURS"', json.dumps(values.expected(key, 1))[1:-1], 1)


def _template() -> str:
    known = {"city": "Bremen", "country": "Germany", "numemployees": "50", "crmb_computed_at": "2026-02-28"}
    contact = Contact(
        id="KEY",
        properties={**known, "OURS": ""},
        created_at=MADE,
        updated_at=MADE,
        url="https://app.hubspot.com/contacts/1/record/0-1/KEY",
        email="someone.KEY@company-0.example",
        emails=("someone.KEY@company-0.example",),
        first_name="Someone",
        last_name="Of Company",
        job_title="Head of Procurement",
        company_name="Company Machinery Ltd",
        phone="+44 20 7946 0217",
        language="en",
        lifecycle_stage="lead",
        owner_id="21678966",
    )
    return contact.model_dump_json(exclude_defaults=True).replace('"OURS":""', '"OURS"')


_TEMPLATE: Final = _template()


def _unit(key: str) -> Row:
    given = {"is_open": True, "input_hash": key, "due_on": None, "last_on": None, "company_id": None, "body": None}
    return {"connection": CONNECTION, "kind": "contact", "id": key, **given}


def _proposals(key: str, day: int) -> Iterator[Row]:
    for name, value in values.proposed(key, day).items():
        yield {
            "connection": CONNECTION,
            "object": "contact",
            "id": key,
            "property": name,
            "unit_kind": "contact",
            "unit_id": key,
            "plugin": "bridgefile",
            "value": json.dumps(value),
            "confidence": None,
            "reason": "as the benchmark wants it",
            "on_day": None,
        }


if __name__ == "__main__":
    main()
