"""What crmbridge put into the CRM is left out when it judges."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from crmbridge import BuyingCenter, Engagement, Evidence, Link, Ref, RoleProposal, hookimpl
from crmbridge.centers.graph import Graph, Reads
from crmbridge.centers.graph import World as WorldOfGraph
from crmbridge.store import Manifest, Owned
from crmbridge.store.schema import confirmed

from .conftest import TODAY, World, person, plugin


def owns(world: World, *items: Owned) -> None:
    with world.store.writing(world.run.lease) as tx:
        Manifest(world.store, "main").own(tx, "plan", items)


def test_a_label_of_ours_is_no_evidence_for_its_own_role(world: World) -> None:
    """Kills "judge what crmbridge wrote": its own label would make every later judgement surer."""

    @hookimpl
    def propose_roles(ctx: Any, center: BuyingCenter) -> Iterable[RoleProposal]:
        for member in center.members:
            labelled = (Evidence(source="crm", weight=0.9, text=label) for label in member.labels)
            evidence = (Evidence(source="title", weight=0.6, text="title"), *labelled)
            yield RoleProposal(member_id=member.id, role="decider", evidence=evidence)

    def confidences() -> dict[str, float]:
        center = world.center("deal:9")
        assert center is not None
        return {member.id: member.confidence("decider") for member in center.members}

    world.plugins = {"roles": plugin("roles", propose_roles=propose_roles)}
    world.put(person(1), person(2))
    world.link("deal:9", "contact:1")
    world.link("deal:9", "contact:2", None, "Decider")
    world.judge()
    before = confidences()
    assert before["contact:2"] > before["contact:1"], "a person's label counts"
    deal, labelled = Ref("deal", "9"), Ref("contact", "1")
    owns(world, Owned.label(labelled, deal, "Decider"))
    with world.store.writing(world.run.lease) as tx:
        world.mirror.links.add(tx, [Link(source=deal, target=labelled, label="Decider", type_id="7")])
        world.mirror.changed.mark(tx, [deal, labelled])
    assert (world.judge().judged, confidences()) == (0, before), "looked at, and nothing differs"
    with world.store.writing(world.run.lease) as tx:
        world.judgements.forget_hashes(tx)
        world.mirror.changed.mark(tx, [deal])
    assert world.judge().judged > 0
    assert confidences() == before
    assert confidences() == before


def test_a_note_of_ours_is_no_touch(world: World) -> None:
    """Kills "every note counts": each review would bring the deal its next touch."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    for number in ("71", "72"):
        world.put(Engagement(object="note", id=number, at=at, direction="internal"))
        world.link(f"note:{number}", "deal:9")
    owns(world, Owned("note", "deal", "9", "71"))
    world.judge()
    center = world.center("deal:9")
    assert center is not None
    assert [str(touch.ref) for touch in center.touches] == ["note:72"]


def test_a_value_of_ours_in_a_property_of_the_platform_is_no_input(world: World) -> None:
    # Kills: judging that rests on what crmbridge itself wrote into a native property.
    world.put(
        person(1, properties={"hs_buying_role": "END_USER"}), person(2, properties={"hs_buying_role": "END_USER"})
    )
    with world.store.writing(world.run.lease) as tx:
        row = {"object": "contact", "id": "1", "property": "hs_buying_role", "value": "END_USER", "sent": "END_USER"}
        tx.execute(confirmed.insert().values(connection="main", plan_id="p", **row))
    reads = Reads(written={"contact": frozenset(("hs_buying_role",))})
    graph = Graph(WorldOfGraph.load(world.mirror, world.judgements, TODAY, "UTC", reads))
    with world.store.reading() as tx:
        graph.tx = tx
        people = graph.persons(["1", "2"])
    assert {key: one.contact.properties["hs_buying_role"] for key, one in people.items()} == {
        "1": None,
        "2": "END_USER",
    }
