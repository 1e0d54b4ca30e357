"""The tables of the store. Every row belongs to a connection; times are ISO 8601 text in UTC, days ISO dates."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()


def _key(name: str = "connection") -> Column[str]:
    return Column(name, String, primary_key=True)


connections = Table(
    "connections",
    metadata,
    _key("name"),
    Column("account_id", String, nullable=False),
    Column("timezone", String, nullable=False),
    Column("prefix", String, nullable=False),
    Column("serial", Integer, nullable=False),  # grows with every committed write to the mirror
    Column("complete", Boolean, nullable=False),  # a sync has read everything to its end once
    Column("fingerprint", String, nullable=False),  # of config and plugins at the last judging, and its day
)

# The mirror ----------------------------------------------------------------------------------------------------------

records = Table(
    "records",
    metadata,
    _key(),
    _key("object"),
    _key("id"),
    Column("body", Text, nullable=False),
    Column("property_set", Integer, nullable=False),  # the properties it was read with
    Column("content_hash", String, nullable=False),  # without what crmbridge owns, and without modification times
    Column("listing", Integer, nullable=False),  # number of the listing that saw it last
    Column("archived", Boolean, nullable=False),
)

property_sets = Table(
    "property_sets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("connection", String, nullable=False),
    Column("object", String, nullable=False),
    Column("names", Text, nullable=False),  # JSON list, sorted
)

addresses = Table(
    "addresses",
    metadata,
    _key(),
    _key("address"),
    _key("contact_id"),
    Index("addresses_by_contact", "connection", "contact_id"),
    sqlite_with_rowid=False,
)

links = Table(
    "links",
    metadata,
    _key(),
    _key("source_object"),
    _key("source_id"),
    _key("target_object"),
    _key("target_id"),
    _key("type_id"),
    Column("label", String),
    Column("is_primary", Boolean, nullable=False),
    Index("links_by_target", "connection", "target_object", "target_id", "source_object"),
    sqlite_with_rowid=False,
)

merges = Table(
    "merges",  # where records went that were merged away
    metadata,
    _key(),
    _key("object"),
    _key("id"),
    Column("survivor", String, nullable=False),
    Index("merges_by_survivor", "connection", "object", "survivor"),
    sqlite_with_rowid=False,
)

subscriptions = Table(
    "subscriptions",  # what people subscribed to or opted out of
    metadata,
    _key(),
    _key("address"),
    _key("id"),
    Column("body", Text, nullable=False),
)

definitions = Table("definitions", metadata, _key(), _key("object"), _key("name"), Column("body", Text, nullable=False))

cursors = Table(
    "cursors",
    metadata,
    _key(),
    _key("stream"),
    Column("property_set", Integer, nullable=False),
    Column("listing", Integer, nullable=False),
    Column("after", String),  # the platform's cursor of the next page of the pass under way
    Column("started_at", String),  # start of the pass under way; null between passes
    Column("synced_until", String),  # everything modified before is in the mirror; null until a listing has finished
)

quarantine = Table(
    "quarantine",
    metadata,
    _key(),
    _key("object"),
    _key("id"),
    Column("plugin", String, nullable=False),
    Column("message", String, nullable=False),
)

dirty = Table("dirty", metadata, _key(), _key("object"), _key("id"), sqlite_with_rowid=False)

due = Table(
    "due",  # what the next sync is to read by id
    metadata,
    _key(),
    _key("kind"),
    _key("object"),
    _key("id"),
    Column("asked", Integer, nullable=False),  # how often it was asked for while it waits
    sqlite_with_rowid=False,
)

received = Table(
    "received",  # notifications of the platform that have arrived, so that one counts once
    metadata,
    _key(),
    _key("key"),
    Column("at", Float, nullable=False),  # seconds since 1970
    Index("received_by_time", "connection", "at"),
)

queue = Table("queue", metadata, _key(), _key("kind"), _key("id"))  # units that wait to be judged

# What was judged -----------------------------------------------------------------------------------------------------

units = Table(
    "units",  # what is judged in one go: a center, a contact by itself, a company by itself
    metadata,
    _key(),
    _key("kind"),
    _key("id"),
    Column("is_open", Boolean, nullable=False),
    Column("input_hash", String, nullable=False),
    Column("due_on", String),  # first day on which its outputs could change with no new record
    Column("last_on", String),  # day of its last touch, for the fold "latest"
    Column("company_id", String),
    Column("body", Text),  # the judged center
    Index("units_by_due", "connection", "due_on"),
    Index("units_by_company", "connection", "company_id"),
)

members = Table(
    "members",
    metadata,
    _key(),
    _key("center_id"),
    _key("member_id"),
    Index("members_by_member", "connection", "member_id"),
)

proposals = Table(
    "proposals",
    metadata,
    _key(),
    _key("object"),
    _key("id"),
    _key("property"),
    _key("unit_kind"),
    _key("unit_id"),
    _key("plugin"),
    Column("value", Text, nullable=False),  # JSON
    Column("confidence", Float),
    Column("reason", String, nullable=False),
    Column("on_day", String),
    Index("proposals_by_unit", "connection", "unit_kind", "unit_id"),
)

failures = Table(
    "failures",
    metadata,
    _key(),
    _key("unit_kind"),
    _key("unit_id"),
    _key("plugin"),
    _key("hook"),
    Column("message", String, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    _key(),
    _key("object"),
    _key("id"),
    _key("property"),
    Column("value", String),
    Column("source", String, nullable=False),
    Column("author", String),
    Column("at", String, nullable=False),
)

rulings = Table(
    "rulings",  # what people said to crmbridge about the roles in a center
    metadata,
    _key(),
    _key("center_id"),
    _key("member_id"),
    _key("role"),
    Column("word", String, nullable=False),  # confirmed, dismissed, locked
    Column("confidence", Float, nullable=False),  # of the evidence, when it was said
    Column("author", String, nullable=False),
    Column("at", String, nullable=False),
    Index("rulings_by_member", "connection", "member_id"),
)

portfolio = Table(
    "portfolio",  # figures over all cases, taken once a week
    metadata,
    _key(),
    Column("body", Text, nullable=False),
)

# What was written ----------------------------------------------------------------------------------------------------

leases = Table(
    "leases",
    metadata,
    _key(),
    Column("holder", String, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("expires_at", Float, nullable=False),  # seconds since 1970
)

runs = Table(
    "runs",
    metadata,
    _key("id"),
    Column("connection", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("actor", String, nullable=False),  # who started it
    Column("epoch", Integer, nullable=False),
    Column("started_at", String, nullable=False),
    Column("ended_at", String),
    Column("status", String, nullable=False),
    Column("summary", Text, nullable=False),
    Index("runs_by_start", "connection", "started_at"),
)

plans = Table(
    "plans",
    metadata,
    _key("id"),
    Column("connection", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("header", Text, nullable=False),
    Column("created_at", String, nullable=False),
    Column("state", String, nullable=False),  # planned, applying, applied
)

plan_rows = Table(
    "plan_rows",
    metadata,
    _key("plan_id"),
    Column("row", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("object", String, nullable=False),
    Column("id", String, nullable=False),  # the record; empty for definitions
    Column("body", Text, nullable=False),
    Index("plan_rows_by_record", "object", "id"),
)

journal = Table(
    "journal",  # append-only: every intent before it is sent, every outcome after; each entry seals those before it
    metadata,
    _key(),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1, without gaps
    Column("run_id", String, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("actor", String, nullable=False),
    Column("plan_id", String, nullable=False),
    Column("row", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("at", String, nullable=False),
    Column("digest", String, nullable=False),  # keyed digest of the values; empty if it has none
    Column("hash", String, nullable=False),
    Index("journal_by_row", "plan_id", "row", "number"),
    Index("journal_by_run", "run_id", "state"),
    sqlite_with_rowid=False,
)

journal_values = Table(
    "journal_values",  # what erasure can take away while the journal still verifies
    metadata,
    _key(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("key", String, nullable=False),  # of the digest: with it the digest tells nothing any more
    Column("before", String),
    Column("after", String),
    Column("made", String),  # id of the record that was made
    sqlite_with_rowid=False,
)

confirmed = Table(
    "confirmed",  # the last value of ours that the platform confirmed
    metadata,
    _key(),
    _key("object"),
    _key("id"),
    _key("property"),
    Column("value", String),  # as the platform has it
    Column("sent", String),  # of which it made that
    Column("plan_id", String, nullable=False),
)

ownership = Table(
    "ownership",  # what crmbridge created on the platform, and has not removed
    metadata,
    _key(),
    _key("kind"),  # group, property, segment; label, membership, note, task
    _key("object"),
    _key("id"),  # the record; empty for what belongs to the whole account
    _key("name"),
    Column("plan_id", String, nullable=False),
)

released = Table(
    "released",  # which plugin version last had its values of a property approved
    metadata,
    _key(),
    _key("object"),
    _key("property"),
    Column("plugin", String, nullable=False),
    Column("version", String, nullable=False),
    Column("plan_id", String, nullable=False),
)

rejects = Table(
    "rejects",  # rows that were refused, until they go through or are dropped
    metadata,
    _key(),
    _key("object"),
    _key("id"),
    _key("property"),
    Column("kind", String, nullable=False),  # invalid: by crmbridge, never sent; rejected: by the platform
    Column("reason", String, nullable=False),
    Column("value", String),  # what was refused
    Column("plan_id", String, nullable=False),
    Column("first_at", String, nullable=False),
    Column("last_at", String, nullable=False),
    Column("times", Integer, nullable=False),
)

withheld = Table(
    "withheld",  # values that are not planned again: rolled back, dropped from the rejects, or edited by a person
    metadata,
    _key(),
    _key("object"),
    _key("id"),
    _key("property"),
    Column("value", String),  # until another one is proposed
    Column("any_value", Boolean, nullable=False),  # whatever is proposed
    Column("why", String, nullable=False),  # rolled-back, dropped, edited-by-person
    Column("plan_id", String, nullable=False),
    Column("at", String, nullable=False),
)

tombstones = Table(
    "tombstones",  # keyed digests of who was forgotten, so that no sync brings them back
    metadata,
    _key(),
    _key("digest"),
    Column("at", String, nullable=False),
    sqlite_with_rowid=False,
)

keys = Table(
    "keys",  # random keys of this store: of the tombstones
    metadata,
    _key(),
    _key("purpose"),
    Column("key", String, nullable=False),
)
