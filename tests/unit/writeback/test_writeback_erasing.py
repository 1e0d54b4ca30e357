"""What erasing a person takes out of what was written to others."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from crmbridge.connector import Version
from crmbridge.model import Contact, PropertyChange, PropertyDefinition, PropertySpec, Ref
from crmbridge.store import Held, Reject, erase
from crmbridge.store.schema import metadata
from crmbridge.writeback.planning.assembling import Planning
from crmbridge.writeback.undo import plan_rollback

from .conftest import AT, TODAY, Portal
from .handmade import contact

ASSISTANT = PropertySpec(object="contact", name="assistant", label="Assistant")
ANNA = Contact(id="5", email="anna@erase.example", emails=("anna@erase.example",), first_name="Anna", last_name="Zweig")


@pytest.fixture
def crm(portal: Portal) -> Portal:
    """A person who is to be forgotten, and two others."""
    portal.register(ASSISTANT)
    portal.define(
        PropertyDefinition(object="contact", name="crmb_assistant", label="A", type="string", group="crmbridge")
    )
    portal.contacts("1", "2", crmb_assistant=None)
    portal.crm.add(ANNA)
    with portal.store.locking() as tx:
        portal.mirror.put(tx, [ANNA], 1, 1)
    return portal


def forget(portal: Portal) -> None:
    with portal.run() as run, portal.store.writing(run.lease) as tx:
        erase(tx, run, portal.mirror, portal.judgements, "contact", [ANNA.id])


def kept(portal: Portal, *words: str) -> list[str]:
    """Tables in which one of these words stands."""
    with portal.store.reading() as tx:
        found = [(table.name, str(tx.execute(sa.select(table)).all()).lower()) for table in metadata.sorted_tables]
    return [name for name, text in found if any(word in text for word in words)]


@pytest.mark.parametrize("text", ["Anna Zweig", "ask anna@erase.example"])
def test_what_was_found_in_the_crm_when_a_value_was_sent_is_erased(crm: Portal, text: str) -> None:
    """Kills "names are looked for in plans only": the plan was made before her name stood there."""
    crm.judge({"1": "nobody", "2": "somebody"}, "assistant")
    plan = crm.plan()
    set_by = Version(value=text, at=AT, author="system")
    crm.crm._write(contact("1"), {"crmb_assistant": text}, set_by)
    assert crm.apply(plan).confirmed == 2
    assert kept(crm, text.lower()) == ["journal_values"]
    forget(crm)
    assert kept(crm, "zweig", "erase.example") == []
    verified = crm.journal.verify()
    assert (verified.faults, verified.erased) == ((), 1)
    with crm.run() as run:
        versions, session = crm.plugins.versions(), crm.plugins.bind("main", run.id, TODAY)
        planning = Planning(crm.store, "main", crm.config, versions, session, run, TODAY, "memory")
        back = plan_rollback(planning, "last")
    assert [(str(row.record), row.becomes) for row in back] == [("contact:2", None)]


def test_labels_that_end_at_the_person_leave_the_lists(crm: Portal) -> None:
    """Kills "what is refused and withheld is looked for by who has it": the other end is in the name."""
    deal, name = Ref("deal", "9"), f"{ANNA.ref}:Decider"
    with crm.store.locking() as tx:
        crm.journal.rejects.add(tx, "p", [Reject(deal, name, "rejected", "LIMIT", "Decider")])
        crm.journal.withheld.add(tx, "p", [Held(deal, name, "Decider", any_value=False, why="dropped")])
    forget(crm)
    assert kept(crm, f"{ANNA.ref}:") == []


def test_a_value_that_named_the_person_until_the_platform_cut_it_is_erased(crm: Portal) -> None:
    """Kills "names are looked for in what the platform confirmed": what was sent stands beside it."""
    sent = PropertyChange(
        subject=contact("1"), property="crmb_assistant", before=None, after="Ms Anna Zweig", policy="own"
    )
    with crm.store.locking() as tx:
        crm.journal.manifest.confirm(tx, "p", [sent], {(sent.subject, sent.property): "Ms"})
    assert kept(crm, "anna zweig") == ["confirmed"]
    forget(crm)
    assert kept(crm, "zweig") == []
