"""A value that HubSpot moves forward only is set back by a whole apply: emptied, set, read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crmbridge import Bridge
from crmbridge.errors import RetryLater
from crmbridge.model import PropertyChange
from crmbridge.sandbox import Portal

Opened = Callable[..., Bridge]
PLUGIN = """
from crmbridge import Option, PropertySpec, PropertyValue, hookimpl

STAGES = ("lead", "opportunity", "customer")


@hookimpl
def register_properties():
    options = tuple(Option(value=value, label=value) for value in STAGES)
    yield PropertySpec(
        object="contact", name="lifecyclestage", label="Stage", type="enumeration", options=options, policy="overwrite"
    )


@hookimpl
def derive_contact(person):
    yield PropertyValue(subject=person.contact.ref, property="lifecyclestage", value=person.contact.first_name)
"""
WRITEBACK = """
[writeback]
overwrite = {"contact.lifecyclestage" = true}
[writeback.guard]
first_apply = false
"""


@pytest.fixture
def opened(tmp_path: Path, bridge_to: Opened) -> Opened:
    """Open bridges whose plugin takes each contact's first name for its stage."""
    (tmp_path / "bridgefile.py").write_text(PLUGIN, encoding="utf-8")
    return lambda portal: bridge_to(portal, plugins=WRITEBACK)


def stage(portal: Portal, contact: str) -> str:
    return str(portal.record("contacts", contact)["properties"].get("lifecyclestage"))


def planned(bridge: Bridge) -> list[PropertyChange]:
    bridge.sync()
    bridge.judge()
    rows = bridge.plan().open_rows()
    return [one for one in rows if isinstance(one, PropertyChange) and one.property == "lifecyclestage"]


def test_a_stage_goes_back_and_forward_in_one_apply(portal: Portal, opened: Opened) -> None:
    back = portal.add("contacts", {"firstname": "lead", "lifecyclestage": "customer"})
    forward = portal.add("contacts", {"firstname": "customer", "lifecyclestage": "lead"})
    bridge = opened(portal)
    assert len(planned(bridge)) == 2
    bridge.apply(bridge.plan())
    assert (stage(portal, back), stage(portal, forward)) == ("lead", "customer")  # kills: no restart
    assert planned(bridge) == []


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_an_answer_lost_on_the_way_back_leaves_no_empty_stage(portal: Portal, opened: Opened, calls: int) -> None:
    # Kills: an emptied value taken for somebody else's.
    contact = portal.add("contacts", {"firstname": "lead", "lifecyclestage": "customer"})
    bridge = opened(portal)
    assert len(planned(bridge)) == 1
    portal.faults.named("lost_answer", "contacts/batch/update", skip=calls)
    try:
        bridge.apply(bridge.plan())
    except RetryLater:
        bridge.apply(bridge.plan())
    assert stage(portal, contact) == "lead"
