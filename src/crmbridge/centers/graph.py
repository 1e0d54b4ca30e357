"""Reading a batch of the mirror as a graph: records around some contacts or deals, and how they hang together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from crmbridge.centers.foreign import foreign
from crmbridge.centers.people import OurPeople, addresses_of, outsiders, senders
from crmbridge.centers.reach import MOST_PEOPLE, Message, Reach, reach
from crmbridge.centers.remarks import Texts
from crmbridge.model.base import TOUCHES, ObjectName, Ref
from crmbridge.model.persons import CompanyFacts, Decision, PersonFacts, Remark
from crmbridge.model.records import Company, Contact, Deal, Engagement, Item, Owner, Pipeline, Record, Ticket
from crmbridge.model.subscriptions import Subscription
from crmbridge.store import Edge, Judgements, Manifest, Mirror

MOST_RECORDS: Final = 5_000
"""Engagements and contacts that a graph holds before it is thrown away."""

TEXT_WEIGHT: Final = 2_000
"""So many characters of texts count like one record."""

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(9000, 1, 1)
"""Days are counted between these: there is room for a sum at either end."""

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Reads:
    """Properties of the platform's own that judging treats apart.

    Attributes:
        texts: Object → the property that holds what its records say, of those that are read.
        written: Object → those that plans write: a value of ours in them is no input.
        items: The account's own objects, and ``feedback``, that plugins read.
    """

    texts: Mapping[ObjectName, str] = field(default_factory=dict)
    written: Mapping[ObjectName, frozenset[str]] = field(default_factory=dict)
    items: frozenset[ObjectName] = frozenset()


@dataclass(frozen=True)
class World:
    """What every center of a connection shares.

    Attributes:
        today: Engagements after this day have not happened yet.
        zone: The account's time zone: days are counted in it.
        reads: Properties that are treated apart.
    """

    mirror: Mirror
    judgements: Judgements
    manifest: Manifest
    today: date
    zone: ZoneInfo
    owners: dict[str, Owner]
    pipelines: dict[str, Pipeline]
    ours: OurPeople
    reads: Reads = field(default_factory=Reads)

    @classmethod
    def load(
        cls, mirror: Mirror, judgements: Judgements, today: date, timezone: str, reads: Reads | None = None
    ) -> World:
        """Read owners and pipelines once."""
        owners = {item.id: item for item in mirror.records("owner") if isinstance(item, Owner)}
        pipelines = {item.id: item for item in mirror.records("pipeline") if isinstance(item, Pipeline)}
        manifest = Manifest(mirror.store, mirror.connection)
        ours = OurPeople.of(owners.values())
        zone = ZoneInfo(timezone)
        return cls(mirror, judgements, manifest, today, zone, owners, pipelines, ours, reads or Reads())

    def day(self, at: datetime) -> date:
        """The day of an instant where the account is; far days, by which people mean "never", are brought nearer."""
        if not FIRST_DAY.year < at.year < LAST_DAY.year:
            return LAST_DAY if at.year >= LAST_DAY.year else FIRST_DAY
        return at.astimezone(self.zone).date()


@dataclass
class Graph:
    """Records around a batch, read in a few queries, and the links between them.

    It may serve several batches: what was read once is not read again.

    Attributes:
        tx: The snapshot it reads from.
    """

    world: World
    tx: sa.Connection = field(init=False)
    deals: dict[str, Deal] = field(default_factory=dict)
    companies: dict[str, Company] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    engagements: dict[Ref, Engagement] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    items: dict[Ref, Item] = field(default_factory=dict)
    texts: Texts = field(default_factory=Texts)
    upcoming: dict[Ref, date] = field(default_factory=dict)
    by_address: dict[str, str] = field(default_factory=dict)
    neighbours: dict[Ref, dict[Ref, list[Edge]]] = field(default_factory=lambda: defaultdict(dict))
    _read: set[Ref] = field(default_factory=set)
    _manned: set[Ref] = field(default_factory=set)
    _outsiders: dict[Ref, list[str]] = field(default_factory=dict)
    _touches: dict[Ref, list[Engagement]] = field(default_factory=dict)
    _persons: dict[str, PersonFacts] = field(default_factory=dict)
    _reach: dict[str, Reach] = field(default_factory=dict)

    @property
    def people(self) -> list[str]:
        """Ids of the contacts of which all is read that their own facts need."""
        return list(self._persons)

    @property
    def staffed(self) -> list[str]:
        """Ids of the companies whose people are read."""
        return list(self._reach)

    @property
    def is_full(self) -> bool:
        """True if it holds so much that the next batch should start a new one: memory stays flat."""
        return len(self.engagements) + len(self.contacts) + self.texts.characters // TEXT_WEIGHT > MOST_RECORDS

    def around(self, name: ObjectName, ids: Iterable[str]) -> None:
        """Read all links of the given records that crmbridge did not make, and the records at their other ends."""
        new = [ref for ref in (Ref(name, record_id) for record_id in ids) if ref not in self._read]
        if not new:
            return
        read, manned = self._read, self._manned
        edges = self.world.mirror.links.edges(self.tx, name, [ref.id for ref in new])
        self._join(
            edge
            for edge in edges
            if edge.source not in read
            and edge.target not in read
            and not (name == "contact" and (edge.source in manned or edge.target in manned))
        )
        read.update(new)
        self.load([*new, *(end for ref in new for end in self.neighbours[ref])])

    def people_of(self, touches: Iterable[Engagement]) -> None:
        """Read which contacts are linked to engagements, and the contacts."""
        wanted: dict[ObjectName, list[Ref]] = defaultdict(list)
        for ref in dict.fromkeys(item.ref for item in touches):
            if ref not in self._manned and ref not in self._read:
                wanted[ref.object].append(ref)
        for name, new in wanted.items():
            edges = self.world.mirror.links.edges(self.tx, name, [ref.id for ref in new], ("contact",))
            self._join(edge for edge in edges if edge.source not in self._read and edge.target not in self._read)
            self._manned.update(new)
            self.load(end for ref in new for end in self.neighbours[ref] if end.object == "contact")

    def _join(self, edges: Iterable[Edge]) -> None:
        neighbours = self.neighbours
        for edge in foreign(self.tx, self.world.manifest, edges):
            source, target = edge.source, edge.target
            neighbours[source].setdefault(target, []).append(edge)
            neighbours[target].setdefault(source, []).append(edge)

    def load(self, refs: Iterable[Ref]) -> None:
        """Read records that are not here yet."""
        wanted: dict[ObjectName, list[str]] = defaultdict(list)
        for ref in refs:
            wanted[ref.object].append(ref.id)
        self.deals |= self._inputs(Deal, "deal", _new(wanted["deal"], self.deals))
        self.companies |= self._inputs(Company, "company", _new(wanted["company"], self.companies))
        self.contacts |= self._inputs(Contact, "contact", _new(wanted["contact"], self.contacts))
        if "ticket" in self.world.reads.texts:
            self.tickets |= self._inputs(Ticket, "ticket", _new(wanted["ticket"], self.tickets))
        for name in self.world.reads.items:
            missing = [item for item in wanted[name] if Ref(name, item) not in self.items]
            self.items |= {item.ref: item for item in self._inputs(Item, name, missing).values()}
        for name in TOUCHES:
            refs_of = [Ref(name, item) for item in wanted[name]]
            ids = [ref.id for ref in refs_of if ref not in self.engagements and ref not in self.upcoming]
            found = self._inputs(Engagement, name, ids)
            for item in found.values():
                day = self.world.day(item.at)
                if day > self.world.today:
                    self.upcoming[item.ref] = day
                else:
                    self.engagements[item.ref] = item

    def _inputs(self, kind: type[R], name: ObjectName, ids: Iterable[str]) -> dict[str, R]:
        """Read records as judging sees them: without what crmbridge owns, and without modification times.

        So no answer can rest on them, and own writes echo nothing.
        """
        mirror, said = self.world.mirror, self.world.reads.texts.get(name)
        found = mirror.get(self.tx, kind, name, ids)
        if said:
            for item in found.values():
                self.texts.keep(item.ref, item.properties.get(said))
        if kind is Engagement:  # hooks see touches, which are made of their fields alone
            return found
        ours = self._ours(name, found)
        return {key: _as_input(item, mirror.prefix, said, ours.get(key, {})) for key, item in found.items()}

    def _ours(self, name: ObjectName, ids: Iterable[str]) -> dict[str, dict[str, str | None]]:
        """Values of ours in the platform's own properties, by record."""
        written = self.world.reads.written.get(name, frozenset())
        found: dict[str, dict[str, str | None]] = defaultdict(dict)
        for (key, item), value in self.world.manifest.confirmed(self.tx, name, ids).items() if written else ():
            if item in written:
                found[key][item] = value
        return found

    def know_addresses(self, engagements: Iterable[Engagement]) -> None:
        """Find out which contacts the outside addresses of engagements belong to, and read them."""
        wanted = {address for item in engagements for address in self.outsiders(item)} - set(self.by_address)
        self.by_address |= self.world.mirror.addresses.find(self.tx, wanted)
        self.load(Ref("contact", contact_id) for contact_id in self.by_address.values())

    def linked(self, ref: Ref, name: ObjectName) -> list[str]:
        """Ids of the ``name`` records linked to a record, in text order."""
        return sorted(other.id for other in self.neighbours[ref] if other.object == name)

    def linked_items(self, ref: Ref) -> tuple[Item, ...]:
        """Records of the account's own objects, and answers to surveys, linked to a record, by object and id."""
        return tuple(self.items[other] for other in sorted(self.neighbours[ref]) if other in self.items)

    def next_engagement(self, refs: Iterable[Ref]) -> date | None:
        """Day of the first engagement to come that is linked to any of these records."""
        days = [self.upcoming[other] for ref in refs for other in self.neighbours[ref] if other in self.upcoming]
        return min(days, default=None)

    def outsiders(self, engagement: Engagement) -> list[str]:
        """Addresses of the other side in an engagement."""
        ref = engagement.ref
        if ref not in self._outsiders:
            self._outsiders[ref] = outsiders(engagement, self.world.ours)
        return self._outsiders[ref]

    def touches(self, ref: Ref) -> list[Engagement]:
        """Engagements linked to a record that took place, oldest first. What hangs on the record must be read."""
        if ref not in self._touches:
            self._touches[ref] = self._find_touches(ref)
        return self._touches[ref]

    def _find_touches(self, ref: Ref) -> list[Engagement]:
        found = [self.engagements[other] for other in self.neighbours[ref] if other in self.engagements]
        return sorted((item for item in found if not item.failed), key=lambda item: (item.at, item.object, item.id))

    def company(self, ref: Ref) -> Company | None:
        """The primary company of a record, else the one with the smallest id."""
        linked = {other: links for other, links in self.neighbours[ref].items() if other.id in self.companies}
        firms = {other.id: links for other, links in linked.items() if other.object == "company"}
        primary = sorted(key for key, links in firms.items() if any(link.primary for link in links))
        chosen = (primary or sorted(firms))[:1]
        return self.companies[chosen[0]] if chosen else None

    def responders(self, engagement: Engagement) -> set[str]:
        """Contact ids that acted in an engagement: wrote it, or were in the conversation."""
        if engagement.direction == "both":
            return set(self.linked(engagement.ref, "contact")) | {
                self.by_address[item] for item in self.outsiders(engagement) if item in self.by_address
            }
        if engagement.direction != "in":
            return set()
        if wrote := self._writers(engagement):
            return wrote
        if any(item.part == "from" and not (item.address or item.owner_id) for item in engagement.participants):
            return set()  # it was written by somebody who was forgotten
        linked = self.linked(engagement.ref, "contact")
        return set(linked) if len(linked) == 1 else set()

    def _writers(self, engagement: Engagement) -> set[str]:
        return {self.by_address[address] for address in senders(engagement) if address in self.by_address}

    def persons(self, ids: Sequence[str]) -> dict[str, PersonFacts]:
        """Facts of contacts: their company, cases and last touches. Everything around them is read."""
        new = [key for key in ids if key not in self._persons]
        self.read_people(new)
        self.around_engagements(new)
        people = [self.contacts[key] for key in new if key in self.contacts]
        decisions = self.world.judgements.decisions(self.tx, "contact", new)
        addresses = {person.id: addresses_of(person) for person in people}
        said = self.world.mirror.subscriptions.of(self.tx, sorted({one for all_ in addresses.values() for one in all_}))
        for person in people:
            subscriptions = [item for address in addresses[person.id] for item in said.get(address, ())]
            self._persons[person.id] = self._person(person, decisions, subscriptions)
        return {key: self._persons[key] for key in ids if key in self._persons}

    def read_people(self, ids: Iterable[str]) -> None:
        """Read contacts, what hangs on them, and who stands behind the addresses there."""
        people = sorted(set(ids))
        self.around("contact", people)
        self.know_addresses(item for key in people for item in self.touches(Ref("contact", key)))

    def around_engagements(self, contact_ids: Sequence[str]) -> None:
        """Read who else took part in the engagements of contacts, where that tells who acted in them."""
        self.people_of(
            item
            for key in contact_ids
            for item in self.touches(Ref("contact", key))
            if item.direction == "both" or (item.direction == "in" and not self._writers(item))
        )

    def firms(self, ids: Sequence[str]) -> dict[str, CompanyFacts]:
        """Facts of companies: their deals, and the touches of them and their contacts."""
        self.around("company", ids)
        self.around("contact", sorted({ref.id for key in ids for ref in self.circle(key) if ref.object == "contact"}))
        decisions = self.world.judgements.decisions(self.tx, "company", ids)
        found: dict[str, CompanyFacts] = {}
        for key in ids:
            if key not in self.companies:
                continue
            ref = Ref("company", key)
            touches = {item.ref: item for near in self.circle(key) for item in self.touches(near)}
            days = sorted(self.world.day(item.at) for item in touches.values())
            found[key] = CompanyFacts(
                company=self.companies[key],
                deals=tuple(self.deals[item] for item in self.linked(ref, "deal") if item in self.deals),
                touches=len(days),
                first_touch_on=days[0] if days else None,
                last_touch_on=days[-1] if days else None,
                decisions=decisions.get(key, ()),
                remarks=self.remarks(self.circle(key)),
                items=self.linked_items(ref),
            )
        return found

    def remarks(self, refs: Iterable[Ref], contact_id: str = "") -> tuple[Remark, ...]:
        """What is written in the engagements and tickets linked to records, oldest first; some of it by a contact."""
        if not self.world.reads.texts:
            return ()
        ends = (other for ref in refs for other in self.neighbours[ref])
        return self.texts.remarks(
            ends, self.engagements, self.tickets, self.world.day, lambda item: contact_id in self.responders(item)
        )

    def reach(self, company_id: str) -> Reach:
        """Who turns to whom in a company. Its contacts, and what hangs on them, must be read."""
        if company_id not in self._reach:
            people = self.linked(Ref("company", company_id), "contact")
            known = reach(people, self._messages(people), self.world.today) if len(people) <= MOST_PEOPLE else Reach()
            self._reach[company_id] = known
        return self._reach[company_id]

    def _messages(self, contact_ids: Iterable[str]) -> Iterator[Message]:
        """Messages to contacts, each to each of them it was sent to."""
        for key in contact_ids:
            for item in self.touches(Ref("contact", key)):
                sent = {one.address for one in item.participants if one.address and one.part in ("to", "cc")}
                if any(self.by_address.get(address) == key for address in sent):
                    on = self.world.day(item.at)
                    yield from (Message(self.by_address.get(one, one), key, on) for one in senders(item))

    def circle(self, company_id: str) -> list[Ref]:
        """A company and its contacts."""
        ref = Ref("company", company_id)
        return [ref, *(Ref("contact", key) for key in self.linked(ref, "contact"))]

    def _person(
        self, contact: Contact, decisions: dict[str, tuple[Decision, ...]], subscriptions: Sequence[Subscription]
    ) -> PersonFacts:
        cases = [self.deals[item] for item in self.linked(contact.ref, "deal") if item in self.deals]
        active = [item for item in self.touches(contact.ref) if contact.id in self.responders(item)]
        inbound = [item for item in active if item.direction == "in"]
        return PersonFacts(
            contact=contact,
            company=self.company(contact.ref),
            open_cases=sum(not deal.is_closed for deal in cases),
            won_cases=sum(deal.is_won for deal in cases),
            last_inbound_on=self.world.day(inbound[-1].at) if inbound else None,
            last_two_way_on=self.world.day(active[-1].at) if active else None,
            decisions=decisions.get(contact.id, ()),
            subscriptions=tuple(subscriptions),
            remarks=self.remarks([contact.ref], contact.id),
            items=self.linked_items(contact.ref),
        )


def _as_input(record: R, prefix: str, text: str | None, ours: Mapping[str, str | None]) -> R:
    properties = {
        name: None if name in ours and ours[name] == value else value
        for name, value in record.properties.items()
        if not name.startswith(prefix) and not name.endswith("lastmodifieddate") and name != text
    }
    return record.model_copy(update={"updated_at": None, "properties": MappingProxyType(properties)})


def _new(ids: Iterable[str], known: Container[str]) -> list[str]:
    return sorted({item for item in ids if item not in known})
