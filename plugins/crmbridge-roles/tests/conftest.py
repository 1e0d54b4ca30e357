from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from crmbridge import (
    BuyingCenter,
    Contact,
    Deal,
    Decision,
    Evidence,
    Member,
    PersonFacts,
    Ref,
    Role,
    RoleProposal,
    Touch,
)
from crmbridge_roles.proposals import role_proposals
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.title_evidence import readings

Found = dict[tuple[str, Role], tuple[Evidence, ...]]


@pytest.fixture
def person() -> Callable[..., Member]:
    """Makes a member ``contact:<id>`` whose title has been read."""

    def make(contact_id: str = "1", title: str | None = None, **fields: Any) -> Member:
        decided = fields.pop("decided", ())
        decisions = tuple(
            Decision(
                subject=Ref(object="contact", id=contact_id),
                property="roles",
                value=value,
                source=source,
                at=datetime(2026, 5, 1, tzinfo=UTC),
            )
            for value, source in decided
        )
        contact = Contact(id=contact_id, job_title=title, properties=fields.pop("properties", {}))
        facts = PersonFacts(contact=contact, decisions=decisions)
        member = Member(id=f"contact:{contact_id}", facts=facts, **{"joined_by": "deal", **fields})
        return member.model_copy(update={"titles": tuple(readings(member))})

    return make


@pytest.fixture
def center() -> Callable[..., BuyingCenter]:
    """Makes the center of deal 9."""

    def make(*members: Member, amount: str | None = None, **fields: Any) -> BuyingCenter:
        deal = Deal.model_validate({"id": "9", "amount": amount})
        return BuyingCenter(id="deal:9", name="Deal", deal=deal, members=members, **fields)

    return make


@pytest.fixture
def touch() -> Callable[..., Touch]:
    """Makes an engagement at a time of January 2026 (day, hour)."""

    def make(day: int, hour: int, direction: Any, *responders: str, number: str = "1") -> Touch:
        at = datetime(2026, 1, day, hour, tzinfo=UTC)
        ref = Ref(object="email", id=number)
        return Touch(
            ref=ref,
            at=at,
            on=date(2026, 1, day),
            direction=direction,
            member_ids=responders,
            responders=responders,
        )

    return make


@pytest.fixture
def judge() -> Callable[..., Found]:
    """Proposes roles and gives the evidence by (member id, role)."""

    def run(center: BuyingCenter, settings: RolesSettings | None = None) -> Found:
        proposals: list[RoleProposal] = list(role_proposals(center, settings or RolesSettings()))
        found = {(item.member_id, item.role): item.evidence for item in proposals}
        assert len(found) == len(proposals), "one proposal per member and role"
        return found

    return run
