"""The labels of a plan: what the link from a contact to a deal shall say, compared with what the mirror says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa

from crmbridge.connector import Label
from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.centers import BuyingCenter, Member
from crmbridge.model.changes import LabelChange
from crmbridge.model.evidence import Role, RoleAssignment
from crmbridge.model.plan import Finding
from crmbridge.model.records import Contact
from crmbridge.store import Held, Journal, Judgements, Mirror, Owned

ReadLabels = Callable[[ObjectName, ObjectName], Sequence[Label]]
"""Reads the labels that the platform has in one direction."""

Place = tuple[str, str]
"""Id of a contact, and the manifest's name of a label."""

_OF_ROLES: Final = frozenset(("propose_titles", "propose_roles"))
"""Hooks whose plugins bring the evidence of roles."""


@dataclass(frozen=True)
class Known:
    """What is known of some deals and the contacts linked to them.

    Attributes:
        links: Deal id → contact id → the labels of their link.
        ours: Labels that crmbridge put there and did not take off.
        withheld: Labels that are not planned again.
        alive: Contacts that can be written to.
    """

    links: Mapping[str, Mapping[str, set[str | None]]]
    ours: set[Place]
    withheld: Mapping[Place, Held]
    alive: Collection[str]


@dataclass
class Labels:
    """Streams the changes of labels by center, contact and label; made for one transaction.

    A label is put only on a link that is there. It is taken off if crmbridge put it there and nobody assigns the role
    any more. One that a person took off is not put on again.
    """

    tx: sa.Connection
    mirror: Mirror
    judgements: Judgements
    journal: Journal
    config: Mapping[Role, str]
    read: ReadLabels | None
    _lacking: dict[str, Finding] = field(default_factory=dict)
    _present: set[str] | None = None
    _left_out: Counter[str] = field(default_factory=Counter)

    def rows(self) -> Iterator[LabelChange]:
        """Compare all open centers of deals, some at a time."""
        for page in self.judgements.open_cases(self.tx):
            # Where evidence of roles is unknown, nothing is put on and nothing taken off.
            centers = [center for center in page if center.deal and _OF_ROLES.isdisjoint(center.failed_hooks)]
            known = self._known(centers)
            for center in centers:
                yield from self._center(center, known)

    def findings(self) -> tuple[Finding, ...]:
        """Labels that the platform lacks, and how many changes are held back."""
        held = self._left_out["withheld"]
        message = f"{held} labels are withheld, because they were rolled back: `crmbridge rejects retry --withheld`"
        extra = (Finding(severity="info", code="withheld", message=message),) if held else ()
        return (*(self._lacking[label] for label in sorted(self._lacking)), *extra)

    def _known(self, centers: Iterable[BuyingCenter]) -> Known:
        links: dict[str, dict[str, set[str | None]]] = defaultdict(lambda: defaultdict(set))
        deals = [center.deal.id for center in centers if center.deal]
        for edge in self.mirror.links.edges(self.tx, "deal", deals):
            deal, other = sorted((edge.source, edge.target), key=lambda end: end.object != "deal")
            if other.object == "contact":
                links[deal.id][other.id].add(edge.label)
        contacts = sorted({contact for linked in links.values() for contact in linked})
        return Known(
            links,
            self.journal.manifest.owned_by(self.tx, "label", "contact", contacts),
            self.journal.withheld.of(self.tx, "contact", contacts),
            self.mirror.get(self.tx, Contact, "contact", contacts),
        )

    def _center(self, center: BuyingCenter, known: Known) -> Iterator[LabelChange]:
        assert center.deal is not None, "centers without a deal are left out before"
        deal = center.deal.ref
        members = {member.id: member for member in center.members}
        for contact, there in sorted(known.links.get(deal.id, {}).items()):
            if contact in known.alive:
                wanted = self._wanted(members.get(f"contact:{contact}"))
                for label in sorted(set(self.config.values())):
                    change = self._change(Ref("contact", contact), deal, label, wanted.get(label), there)
                    if change and self._may(change, known):
                        yield change

    def _wanted(self, member: Member | None) -> dict[str, RoleAssignment]:
        """The labels that a member shall have; if several roles have one label, the most certain one says why."""
        found: dict[str, RoleAssignment] = {}
        for item in member.roles if member else ():
            if item.status in ("proposed", "confirmed", "locked") and item.role in self.config:
                found.setdefault(self.config[item.role], item)
        return found

    def _change(
        self, contact: Ref, deal: Ref, label: str, role: RoleAssignment | None, there: Collection[str | None]
    ) -> LabelChange | None:
        if (role is not None) == (label in there):
            return None
        reason = f"{role.role} {role.confidence:.2f}" if role else "the role is no longer assigned"
        return LabelChange(
            subject=contact,
            target=deal,
            label=label,
            before=role is None,
            after=role is not None,
            reason=reason,
            by="core",
        )

    def _may(self, change: LabelChange, known: Known) -> bool:
        """True if a change may be planned: what is ours is put on once, and nothing else is taken off."""
        place = (change.subject.id, Owned.label(change.subject, change.target, change.label).name)
        if (place in known.ours) == change.after:
            return False
        held = known.withheld.get(place)
        if held and (held.any_value or held.value == change.becomes):
            self._left_out["withheld"] += 1
            return False
        return not change.after or self._has(change.label)

    def _has(self, label: str) -> bool:
        """True if the platform has a label that reads the same in both directions; asked for the first one only."""
        if self._present is None:
            ways: tuple[tuple[ObjectName, ObjectName], ...] = (("contact", "deal"), ("deal", "contact"))
            said = [{kind.label for kind in self.read(*way)} if self.read else set() for way in ways]
            self._present = {text for text in said[0] & said[1] if text}
        if label not in self._present:
            self._lacking[label] = Finding(
                severity="warning",
                code="label-missing",
                message=f"there is no association label {label!r} that reads the same from contact to deal and back: "
                "create it in the CRM, or correct [writeback.labels]",
            )
            return False
        return True
