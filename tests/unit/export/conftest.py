from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import pytest

from crmbridge import Bridge
from crmbridge.config import Config
from crmbridge.model import Company, Contact, Deal, Engagement, Link, Participant
from crmbridge.model.records import Item, Owner, Pipeline, Record, Stage
from crmbridge.store import Cursor
from crmbridge.testing import MemoryConnector

CONFIG = '[connections.main]\nconnector = "memory"\n[privacy]\nprocessing = "legitimate-interest"\n'
DAY = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
MODIFIED = datetime(2026, 10, 2, 9, 30, 0, 250_000, tzinfo=UTC)
SYNCED = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)

REFUSING = """
from crmbridge import hookimpl
from crmbridge.model import ConsentDecision

@hookimpl
def decide_consent(ctx, question):
    decision = "deny" if question.person.contact.id == "{id}" else "allow"
    asked = dict(purpose=question.purpose, channel=question.channel, controller=question.controller)
    return ConsentDecision(**asked, decision=decision, reason="OBJECTED" if decision == "deny" else "FINE")
"""

Open = Callable[..., Bridge]

ANNA = Contact(
    id="11",
    email="anna@muster.example",
    emails=("anna@muster.example", "a.beispiel@muster.example"),
    first_name="Anna",
    last_name="Beispiel",
    job_title="Leiterin Einkauf",
    owner_id="3",
    created_at=DAY,
    updated_at=MODIFIED,
    properties={"score": "-5", "note": "=1+1", "crmb_roles": "decider", "hobby": None},
)
BERND = Contact(
    id="12", email="bernd@muster.example", emails=("bernd@muster.example",), last_name="Probe", job_title="CFO"
)
FIRM = Company(id="1", name="Muster AG", domains=("muster.example",), employees=120)
CASE = Deal(id="7", name="Presse", amount=Decimal("12500.50"), currency="EUR", owner_id="3", created_at=DAY)
MAIL = Engagement(
    object="email",
    id="90",
    at=DAY,
    direction="in",
    subject="Angebot",
    participants=(
        Participant(address="anna@muster.example", part="from"),
        Participant(address="kim@ours.example", part="to", owner_id="3"),
    ),
)
OTHERS = (
    Owner(id="3", email="kim@ours.example", first_name="Kim", last_name="Muster"),
    Pipeline(id="default", label="Sales", stages=(Stage(id="s1", label="Talk", order=0, probability=0.2),)),
    Item(object="custom.machine", id="5", name="Presse 9", properties={"serial": "X-1"}),
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exported")


@pytest.fixture(scope="session")
def bridge(folder: Path) -> Iterator[Bridge]:
    """A mirror of a company, two people, a deal, a mail between them, and what else there may be; only to be read."""
    with _opened(folder, CONFIG) as made:
        fill(made, [ANNA, BERND, FIRM, CASE, MAIL, *OTHERS])
        ends = [(CASE, ANNA), (CASE, BERND), (CASE, FIRM), (ANNA, FIRM), (BERND, FIRM), (MAIL, ANNA), (MAIL, CASE)]
        with made._run("sync") as run, made.store.writing(run.lease) as tx:
            made.mirror.links.add(tx, [Link(source.ref, target.ref, type_id="4") for source, target in ends])
            made.mirror.links.add(tx, [Link(CASE.ref, ANNA.ref, "Decision maker", "9")])
        made.judge()
        yield made


@pytest.fixture
def open_bridge(bridge: Bridge, folder: Path, tmp_path: Path) -> Iterator[Open]:
    """Open a bridge on a copy of that mirror, which may be changed; ``refusing`` names who may not be judged."""
    with ExitStack() as stack:

        def opened(more: str = "", *, refusing: str = "") -> Bridge:
            shutil.copytree(folder, tmp_path / "copy")
            if refusing:
                (tmp_path / "copy" / "bridgefile.py").write_text(REFUSING.replace("{id}", refusing), encoding="utf-8")
            return stack.enter_context(_opened(tmp_path / "copy", CONFIG + more))

        yield opened


def _opened(folder: Path, config: str) -> Bridge:
    (folder / "crmbridge.toml").write_text(config, encoding="utf-8")
    return Bridge(Config.load(folder / "crmbridge.toml"), connector=MemoryConnector(), as_of=date(2026, 11, 2))


def fill(bridge: Bridge, records: Sequence[Record], synced: datetime = SYNCED) -> None:
    """Put records into the mirror, as a sync does that ended at ``synced``."""
    with bridge._run("sync") as run, bridge.store.writing(run.lease) as tx:
        bridge.progress.bind(tx, "1000", "Europe/Berlin", "crmb_")
        for name, batch in groupby(sorted(records, key=lambda item: item.object), key=lambda item: item.object):
            bridge.mirror.put(tx, list(batch), 1, 1)
            bridge.progress.save(tx, Cursor(name, synced_until=synced))
        bridge.progress.completed(tx)
