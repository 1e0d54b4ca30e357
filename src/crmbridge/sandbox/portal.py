"""A portal: the whole state of one CRM account, and how people and programs change it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from crmbridge.errors import FixRequest, RecordMissing
from crmbridge.sandbox import derived
from crmbridge.sandbox.calls import CallLog
from crmbridge.sandbox.consent import Consent
from crmbridge.sandbox.database import open_database
from crmbridge.sandbox.definitions import custom, definition, option, standard, wide_contacts
from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.events import Events, Subscription
from crmbridge.sandbox.faults import Faults
from crmbridge.sandbox.forms import Forms
from crmbridge.sandbox.grants import Grant, Grants
from crmbridge.sandbox.kinds import KINDS, Kind, custom_kind
from crmbridge.sandbox.limits import Limits
from crmbridge.sandbox.links import Links
from crmbridge.sandbox.lists import Lists
from crmbridge.sandbox.pipelines import DEFAULT_PIPELINES, TICKET_PIPELINES, stage_properties
from crmbridge.sandbox.records import CALCULATED, IMPORT, Record, Source, person, record_json
from crmbridge.sandbox.scopes import ALL_SCOPES
from crmbridge.sandbox.times import iso, now_ms
from crmbridge.sandbox.validation import Refused, normalise
from crmbridge.sandbox.vault import Vault

FOUNDED = 1_640_995_200_000  # the day from which the standard definitions date


class Portal(Vault):
    """One CRM account: records and links in a database, the rest in memory.

    Args:
        seed: Decides ids, label type ids and the token; equal seeds give equal portals.
        clock: Returns the present in epoch milliseconds; a test may pass a virtual one.
        scopes: What the token may do.
        path: The file of the database; without one it is in memory.

    Attributes:
        token: The bearer token to send.
        app_id: What history shows as ``sourceId`` of writes through the API.
        portal_id: The account's number.
        time_zone: The account's IANA zone, in which the daily allowance resets.
        currency: The account's currency.
        search_lag: Milliseconds by which the search index trails behind writes.
        association_page: Links in one page of a batch read.
        max_url: Longest path and query; a longer one is a 414.
        lock: Held during every call and every change.
        properties: Property definitions by object type and name, as the API shows them.
        groups: Property groups by object type and name.
        kinds: Object types by name, custom ones too.
        owners: Owners as the API shows them.
        pipelines: Deal pipelines; change them with ``set_pipelines``.
        ticket_pipelines: Ticket pipelines; change them with ``set_ticket_pipelines``.
        schemas: Schemas of custom objects by name; add one with ``define_object``.
        merged: For each (object type, id) that was merged away: the id of the record that it went into.
        merges_make_ids: Whether a merge over the API gives the survivor a new id.
        blocked: Addresses that were deleted for privacy and cannot come back.
        privacy_mode: Whether the account's data privacy settings are on.
        validations: Validation rules by object type and property, as the API shows them.
        lists: Lists and their members.
        consent: Subscription types and the choices of addresses.
        forms: Forms and their submissions.
        grants: Tokens beside ``token``, and the OAuth app.
        events: Webhook events; ``subscribe`` begins to record them.
        rules: Admin rules; add them with ``require``.
        links: Associations and their labels.
        limits: Rate limits; ``limits.off()`` switches them off.
        faults: Faults to come.
        calls: Counts of the calls made.
        truth: For each generated deal id: contact id to the roles that the generator had in mind.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        clock: Callable[[], int] = now_ms,
        scopes: Iterable[str] = ALL_SCOPES,
        path: Path | None = None,
    ) -> None:
        self._dice = random.Random(f"portal {seed}")  # noqa: S311 - no secret hangs on it
        self.clock = clock
        self.scopes = set(scopes)
        self.token = f"pat-sandbox-{self._dice.getrandbits(64):016x}"
        self.portal_id = 140_000_000 + self._dice.randrange(9_000_000)
        self.app_id = 8_000_000 + self._dice.randrange(900_000)
        self.time_zone = "Europe/Berlin"
        self.currency = "EUR"
        self.search_lag = 0
        self.association_page = 500
        self.max_url = 16_000
        self.lock = threading.RLock()
        self.database = open_database(path)
        self.links = Links(self.database, 10 + self._dice.randrange(60))
        self.limits, self.faults, self.calls = Limits(), Faults(), CallLog()
        self.properties, self.groups = standard(iso(FOUNDED))
        self.owners: list[Json] = []
        self.pipelines: list[Json] = []
        self.rules: list[tuple[str, str, str, str]] = []
        self.truth: dict[str, dict[str, frozenset[str]]] = {}
        self.ticket_pipelines: list[Json] = []
        self.schemas: dict[str, Json] = {}
        self.merged: dict[tuple[str, str], str] = {}
        self.merges_make_ids = False
        self.blocked: set[str] = set()
        self.privacy_mode = False
        self.validations: dict[str, dict[str, list[Json]]] = {}
        self.lists, self.consent, self.forms = Lists(), Consent(), Forms()
        self.grants = Grants(self.token, self.app_id + 1)
        self.events = Events(self.portal_id, self.app_id)
        self.kinds = dict(KINDS)
        super().__init__()
        self.set_pipelines(DEFAULT_PIPELINES)
        self.set_ticket_pipelines(TICKET_PIPELINES)

    # -- reading

    def owner_ids(self) -> list[str]:
        """Return the ids of all owners, archived ones too."""
        return [owner["id"] for owner in self.owners]

    def record(self, name: str, record_id: str) -> Json:
        """Return a record as the API shows it, with every value that is set and its history.

        Raises:
            RecordMissing: There is no such record.
        """
        with self.lock:
            kind, record = self._get(name, record_id)
            names = [*record.properties]
            return record_json(kind, record, names, names, self.portal_id)

    def ids(self, name: str) -> list[str]:
        """Return the ids of all records that are not archived, ascending."""
        with self.lock:
            return self.shelf(self._kind(name)).ids()

    # -- what the API and people do

    def create(self, kind: Kind, values: Mapping[str, str], source: Source) -> Record:
        """Store a new record with values that were normalised before."""
        now = self.clock()
        record = Record(self.shelf(kind).next_id(self._dice), {}, now, now, source)
        record.properties.update({name: value for name, value in values.items() if value})
        record.properties.setdefault(kind.created, iso(now))
        record.properties |= {"hs_object_id": record.id, "hs_object_source": source.type}
        self._derive(kind, record, values, "", now)
        self._stamp(kind, record, now)
        self.shelf(kind).insert([record], now if self.search_lag else None)
        self._recount_roles(kind, record, values)
        self.events.add(kind, "creation", record.id, now, source)
        return record

    def insert(self, kind: Kind, record: Record) -> None:
        """Take in a finished record."""
        self.insert_many(kind, [record])

    def insert_many(self, kind: Kind, records: Iterable[Record]) -> None:
        """Take in finished records."""
        self.shelf(kind).insert(records)

    def save(self, record: Record, *, lag: bool = True) -> None:
        """Store what became of a record that was found; without ``lag``, searches see it at once."""
        self.shelf(self.kinds[record.kind]).save(record, self.clock() if lag and self.search_lag else None)

    def write(self, kind: Kind, record: Record, values: Mapping[str, str], source: Source) -> None:
        """Change values that were normalised before; every write moves the modification date."""
        now = self.clock()
        old_stage = record.properties.get("dealstage", "")
        changed = [
            name
            for name, value in values.items()
            if record.put(name, self._settle(kind, record, name, value, source), now, source)
        ]
        self._derive(kind, record, changed, old_stage, now)
        self._stamp(kind, record, now)
        self.save(record)
        self._recount_roles(kind, record, changed)
        for name in changed:
            value = record.properties.get(name, "")
            self.events.add(kind, "propertyChange", record.id, now, source, propertyName=name, propertyValue=value)

    def remove(self, kind: Kind, record: Record, source: Source = IMPORT) -> None:
        """Archive a record: it keeps its id and can be restored."""
        record.archived = self.clock()
        self.save(record)
        self.events.add(kind, "deletion", record.id, record.archived, source)

    def connect(self, pair: tuple[str, str], from_id: str, to_id: str, type_ids: Iterable[int] = ()) -> None:
        """Link two records and recalculate what hangs on it."""
        self.links.add(pair, from_id, to_id, type_ids)
        self._recount(pair, from_id, to_id)
        self._tell_of_link(pair, from_id, to_id, removed=False)

    def disconnect(self, pair: tuple[str, str], from_id: str, to_id: str) -> None:
        """Remove every link between two records and recalculate what hung on it."""
        self.links.drop(pair, from_id, to_id)
        self._recount(pair, from_id, to_id)
        self._tell_of_link(pair, from_id, to_id, removed=True)

    # -- the same from Python, for tests and demos

    def add(self, name: str, properties: Mapping[str, str], source: Source = IMPORT) -> str:
        """Create a record, read-only properties included, and return its id.

        Raises:
            FixRequest: A property is not defined or does not take the value.
        """
        with self.lock:
            kind = self._kind(name)
            return self.create(kind, self._normalised(kind, properties), source).id

    def edit(
        self,
        name: str,
        record_id: str,
        properties: Mapping[str, str],
        user: int = 9_586_504,
        source: Source | None = None,
    ) -> None:
        """Edit a record as a person does in the platform's screens, or as another ``source``.

        Raises:
            FixRequest: A property is not defined or does not take the value.
            RecordMissing: There is no such record.
        """
        with self.lock:
            kind, record = self._get(name, record_id)
            self.write(kind, record, self._normalised(kind, properties), source or person(user))

    def link(self, name: str, record_id: str, to_name: str, to_id: str, label: str | None = None) -> None:
        """Link two records; ``label`` is ``Primary`` or one that was defined with ``define_label``.

        Raises:
            FixRequest: There is no such label in this direction.
            RecordMissing: One of the records does not exist.
        """
        with self.lock:
            pair = self._get(name, record_id)[0].name, self._get(to_name, to_id)[0].name
            known = self.links.find(pair, label) if label else None
            if label and known is None:
                raise FixRequest(f"no label {label!r} from {pair[0]} to {pair[1]}: call define_label first")
            self.connect(pair, record_id, to_id, [known.id] if known else [])

    def unlink(self, name: str, record_id: str, to_name: str, to_id: str) -> None:
        """Remove every link between two records."""
        with self.lock:
            self.disconnect((self._kind(name).name, self._kind(to_name).name), record_id, to_id)

    def archive(self, name: str, record_id: str) -> None:
        """Archive a record."""
        with self.lock:
            self.remove(*self._get(name, record_id), person(9_586_504))

    def restore(self, name: str, record_id: str) -> None:
        """Bring an archived record back under its old id."""
        with self.lock:
            kind, record = self._get(name, record_id)
            record.archived = None
            self.save(record, lag=False)
            self.events.add(kind, "restore", record_id, self.clock(), person(9_586_504))

    def touch(self, name: str, ids: Iterable[str] | None = None) -> None:
        """Give many records (default: all) one and the same modification date, as bulk jobs do."""
        with self.lock:
            kind, now = self._kind(name), self.clock()
            for record_id in self.ids(name) if ids is None else ids:
                record = self._get(name, record_id)[1]
                self._stamp(kind, record, now)
                self.save(record)

    def define(
        self,
        name: str,
        prop: str,
        type_: str = "string",
        field: str = "text",
        *,
        options: Iterable[str] = (),
        unique: bool = False,
    ) -> None:
        """Define a custom property."""
        with self.lock:
            kind = self._kind(name)
            group = next(iter(self.groups[kind.name]))
            made = definition(
                prop, prop, type_, field, group, [option(value) for value in options], created=iso(self.clock())
            )
            made["hasUniqueValue"] = unique
            self.properties[kind.name][prop] = made

    def define_label(self, name: str, to_name: str, label: str, inverse: str | None = None) -> tuple[int, int]:
        """Define an association label and return its type ids there and back."""
        with self.lock:
            there, back = self.links.define((self._kind(name).name, self._kind(to_name).name), label, inverse=inverse)
            return there.id, back.id

    def require(self, name: str, prop: str, when: str = "", equals: str = "") -> None:
        """Add an admin's rule: ``prop`` must have a value (if ``when`` has the value ``equals``).

        Such rules are enforced on API writes from version 2026-09 on.
        """
        with self.lock:
            self.rules.append((self._kind(name).name, prop, when, equals))

    def set_pipelines(self, pipelines: Iterable[Json]) -> None:
        """Set the deal pipelines, and with them the options and calculated properties of stages."""
        self.pipelines = list(pipelines)
        deals = self.properties["deals"]
        deals["pipeline"]["options"] = [option(line["id"], line["label"]) for line in self.pipelines]
        stages = [stage for line in self.pipelines for stage in line["stages"]]
        deals["dealstage"]["options"] = [option(stage["id"], stage["label"]) for stage in stages]
        deals.update(stage_properties(stages, iso(FOUNDED)))

    def set_ticket_pipelines(self, pipelines: Iterable[Json]) -> None:
        """Set the ticket pipelines, and with them the options of stages."""
        self.ticket_pipelines = list(pipelines)
        tickets = self.properties["tickets"]
        tickets["hs_pipeline"]["options"] = [option(line["id"], line["label"]) for line in self.ticket_pipelines]
        stages = [stage for line in self.ticket_pipelines for stage in line["stages"]]
        tickets["hs_pipeline_stage"]["options"] = [option(stage["id"], stage["label"]) for stage in stages]

    def define_object(
        self, name: str, singular: str = "", *, required: Iterable[str] = (), main: str = "name", label: str = ""
    ) -> Kind:
        """Define a custom object with one text property, and let it be linked with every standard object.

        Args:
            name: Plural name, e.g. ``projects``.
            singular: Name in association type names; without one, the plural's.
            required: Properties that must be set on create; define others than ``main`` with ``define``.
            main: The property that names a record.
            label: What people read.
        """
        with self.lock:
            number = 20_000_000 + self._dice.randrange(9_000_000)
            kind = custom_kind(number, self.portal_id, name, singular or name, required, main)
            now = iso(self.clock())
            self.properties[name], self.groups[name] = custom(name, label or name.title(), now)
            self.kinds[name] = kind
            self.define(name, main)
            for other in KINDS.values():
                self.links.introduce(kind, other)
            self.schemas[name] = {"label": label or name.title(), "createdAt": now, "updatedAt": now, "archived": False}
            return kind

    def widen(self) -> None:
        """Define the 300 contact properties more that a real portal has, for clients that ask for all of them."""
        with self.lock:
            self.properties["contacts"] = wide_contacts(iso(FOUNDED)) | self.properties["contacts"]

    def subscribe(self, url: str, secret: str, types: Collection[str] = ()) -> Subscription:
        """Register a webhook receiver and record events from now on; ``types`` narrows them."""
        with self.lock:
            return self.events.subscribe(url, secret, types)

    # -- inside

    def _get(self, name: str, record_id: str) -> tuple[Kind, Record]:
        kind = self._kind(name)
        record = self.find(kind, record_id)
        if record is None:
            raise RecordMissing(f"the sandbox has no {kind.singular} {record_id}")
        return kind, record

    def _normalised(self, kind: Kind, properties: Mapping[str, str]) -> dict[str, str]:
        known, owners = self.properties[kind.name], self.owner_ids()
        kept = {}
        for name, value in properties.items():
            if name not in known:
                raise FixRequest(f"{kind.name} have no property {name}: call define first")
            try:
                kept[name] = normalise(known[name], value, owners)
            except Refused as refused:
                raise FixRequest(f"{kind.name}: {name} does not take this value ({refused.code})") from None
        return kept

    def _settle(self, kind: Kind, record: Record, name: str, value: str, source: Source) -> str:
        """Return the value to keep: a leading ``;`` appends, only people set a lifecycle stage back."""
        shown = self.properties[kind.name][name]
        old = record.properties.get(name, "")
        if value.startswith(";") and shown["fieldType"] == "checkbox":
            return ";".join(dict.fromkeys(part for part in f"{old}{value}".split(";") if part))
        if name == "lifecyclestage" and old and value and source.user is None:
            order = [item["value"] for item in shown["options"]]
            return max(old, value, key=order.index)
        return value

    def _derive(self, kind: Kind, record: Record, changed: Iterable[str], old_stage: str, now: int) -> None:
        values = record.properties
        match kind.name:
            case "deals":
                found = derived.deal_values(values, changed, old_stage, self.pipelines, now)
            case "contacts":
                found = derived.contact_values(values, changed)
            case "emails":
                found = derived.email_values(values, changed)
            case _:
                found = {}
        for name, value in found.items():
            record.put(name, value, now, CALCULATED)

    def _recount_roles(self, kind: Kind, record: Record, changed: Iterable[str]) -> None:
        if kind.name == "contacts" and "hs_buying_role" in changed:
            for company in self.links.of(("contacts", "companies"), record.id):
                self._count_roles(company)

    def _recount(self, pair: tuple[str, str], from_id: str, to_id: str) -> None:
        """Recalculate the primary company of a contact and the counts of a company after a link changed."""
        if pair == ("companies", "contacts"):
            pair, from_id, to_id = pair[::-1], to_id, from_id
        if pair == ("contacts", "companies"):
            self._calculate("contacts", from_id, {"associatedcompanyid": self.links.primary_of(pair, from_id) or ""})
            self._count_roles(to_id)

    def _count_roles(self, company: str) -> None:
        pair = ("companies", "contacts")
        contacts = (self.alive(self.kinds["contacts"], one) for one in self.links.of(pair, company))
        roles = [one.properties.get("hs_buying_role", "") for one in contacts if one]
        self._calculate("companies", company, derived.role_counts(roles) | {"num_associated_contacts": str(len(roles))})

    def _calculate(self, name: str, record_id: str, values: Mapping[str, str]) -> None:
        kind, now = self.kinds[name], self.clock()
        record = self.find(kind, record_id)
        if record is None or all(record.properties.get(key, "") == value for key, value in values.items()):
            return
        for key, value in values.items():
            record.put(key, value, now, CALCULATED)
        self._stamp(kind, record, now)
        self.save(record)

    def _stamp(self, kind: Kind, record: Record, now: int) -> None:
        record.updated = now
        record.properties[kind.modified] = iso(now)
        if kind.name == "contacts":
            record.properties["hs_lastmodifieddate"] = iso(now)

    def _kind(self, name: str) -> Kind:
        kind = self.kind(name)
        if kind is None:
            raise FixRequest(f"the sandbox has no object type {name!r}: use one of {', '.join(self.kinds)}")
        return kind

    def _tell_of_link(self, pair: tuple[str, str], from_id: str, to_id: str, *, removed: bool) -> None:
        """Record the event of a link that was made or removed, once from each side."""
        if not self.events.enabled:
            return
        for (one, other), here, there in ((pair, from_id, to_id), (pair[::-1], to_id, from_id)):
            primary = self.links.primary_of((one, other), here) == there
            ends = (self.kinds[one], here), (self.kinds[other], there)
            self.events.add_link(*ends, self.clock(), removed=removed, primary=primary)

    # -- what other modules of the sandbox build on

    def grant(self, token: str) -> Grant | None:
        """Return what a bearer token may do, expired or not; None for an unknown one."""
        if token == self.token:
            return Grant(token, frozenset(self.scopes), self.app_id, self.grants.user_id)
        return self.grants.find(token)

    def survivor(self, kind: Kind, record_id: str) -> str:
        """Return the id under which a record lives on that was merged; any other id as it is."""
        while (found := self.merged.get((kind.name, record_id))) is not None:
            record_id = found
        return record_id

    def unlabel(self, pair: tuple[str, str], from_id: str, to_id: str, type_ids: Iterable[int]) -> None:
        """Take types from a link and recalculate what hung on them."""
        self.links.strip(pair, from_id, to_id, type_ids)
        self._recount(pair, from_id, to_id)

    def erase(self, kind: Kind, record_id: str) -> None:
        """Remove a record and its links for good."""
        for pair in [pair for pair in self.links.types if pair[0] == kind.name]:
            for to_id in list(self.links.of(pair, record_id)):
                self.disconnect(pair, record_id, to_id)
        self.shelf(kind).erase(record_id)
