"""Take a role from a field that the client's sales team keeps on contacts.

Save it as bridgefile.py beside crmbridge.toml.
"""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge import BuyingCenter, Evidence, InputSpec, Role, RoleProposal, hookimpl

FIELD = "purchase_part"
ROLES: dict[str, Role] = {"approves": "decider", "orders": "buyer", "uses": "user"}
"""Value of the field to role. Without an entry the value says nothing."""


@hookimpl
def register_inputs() -> list[InputSpec]:
    """Have the mirror read the field."""
    return [InputSpec(object="contact", properties=(FIELD,))]


@hookimpl
def propose_roles(center: BuyingCenter) -> Iterator[RoleProposal]:
    """Give the field as evidence; core weighs it together with what the other plugins say."""
    for member in center.members:
        value = member.facts.contact.properties.get(FIELD) if member.facts else None
        if member.facts and value in ROLES:
            said = Evidence(source="crm", weight=0.9, text=f"{FIELD} says {value}", ref=member.facts.contact.ref)
            yield RoleProposal(member_id=member.id, role=ROLES[value], evidence=(said,))
