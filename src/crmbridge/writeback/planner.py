"""Makes a plan of what the stored proposals would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import sqlalchemy as sa

from crmbridge.config import Writeback
from crmbridge.connector import Label, Vacancy
from crmbridge.errors import FixConfig
from crmbridge.model.base import ObjectName
from crmbridge.model.changes import Change, Place
from crmbridge.model.plan import Finding, Plan
from crmbridge.model.properties import PropertySpec
from crmbridge.plugins import Plugins, Session
from crmbridge.store import Journal, Judgements, Mirror, Run, Store
from crmbridge.writeback.definitions import Definitions, Manifest, define, fit
from crmbridge.writeback.planning.assembling import Part, Planning, store_plan
from crmbridge.writeback.planning.labels import Labels
from crmbridge.writeback.planning.moot import Moot
from crmbridge.writeback.planning.review import Review
from crmbridge.writeback.planning.scope import OBJECTS, First, Places, Scope, narrow, of_places
from crmbridge.writeback.planning.values import Values
from crmbridge.writeback.targets import select

ReadVacancy = Callable[[ObjectName], Vacancy]
ReadLabels = Callable[[ObjectName, ObjectName], Sequence[Label]]


def make_plan(  # noqa: PLR0913 - what is planned from what, and the user's choices
    store: Store,
    connection: str,
    *,
    config: Writeback,
    plugins: Plugins,
    session: Session,
    run: Run,
    as_of: date,
    account_id: str,
    origin: Literal["judged", "retry"] = "judged",
    only: Collection[str] = (),
    places: Places | None = None,
    limit: int | None = None,
    said: Sequence[Finding] = (),
    vacancy: ReadVacancy | None = None,
    labels: ReadLabels | None = None,
) -> Plan:
    """Plan what the stored proposals would change, and store the plan; nothing is sent.

    Args:
        store: With mirror and judgements.
        connection: Its name.
        config: Section ``[writeback]``.
        plugins: Those that judged.
        session: Of this run; narrows changes and checks the plan.
        run: Holds the lease.
        as_of: The day that was judged for.
        account_id: The platform's id of the account.
        origin: ``retry`` for a plan of places that were refused.
        only: Plugins, properties as ``contact.roles`` or ``contact.crmb_roles``, records as ``contact:1``: all else is
            left out. Plugins and properties add up, records narrow what is left.
        places: Single values, in place of ``only``.
        limit: Most records to write to; the first of each object in the order of their ids.
        said: What there is to say of the plan already.
        vacancy: Tells what stands in the way of new properties; asked only for objects that get some.
        labels: Reads the labels that the platform has; asked only if there is one to put on.

    Raises:
        FixConfig: The config gives a property a policy that it cannot have, or ``only`` names what is not there.
        LeaseLost: Another run has taken over.
    """
    versions = plugins.versions()
    planning = Planning(store, connection, config, versions, session, run, as_of, account_id)
    journal, mirror = Journal(store, connection), Mirror(store, connection, config.prefix)
    targets, findings = select(plugins.properties(), config, versions)
    named = [f"contact.deal: {label}" for label in config.labels.values()]
    scope = of_places(places) if places is not None else narrow(only, targets, versions, named)
    if places is None:
        _check_records(store, mirror, scope)
    present, manifest = _present(store, journal, mirror)
    needed = define(scope.targets(targets), present, manifest, config.group)
    if vacancy:
        needed = fit(needed, {name: vacancy(name) for name in needed.created()})
    whole = origin == "judged" and scope == Scope() and limit is None
    header = planning.header(origin, only=scope.names, limit=limit)
    proposed: Counter[str] = Counter()

    def parts(tx: sa.Connection) -> Iterator[Part]:
        judgements, first = Judgements(store, connection), First(limit)
        yield _Given(needed.changes, (*said, *findings, *needed.findings))
        yield Values(
            tx, mirror, judgements, journal, session, needed, present, as_of, header.id, scope, first, proposed
        )
        if config.labels:
            yield _Chosen(Labels(tx, mirror, judgements, journal, config.labels, labels), scope, first)
        if whole:
            yield Moot(tx, mirror, judgements, journal, header.id)
        if config.review.activity != "off" or config.review.segments:
            specs: dict[Place, PropertySpec] = {(item.spec.object, item.name): item.spec for item in needed.targets}
            yield Review(tx, mirror, journal.plans, header, config.review, specs)

    return store_plan(planning, header, parts, proposed if whole else None)


def _present(store: Store, journal: Journal, mirror: Mirror) -> tuple[Definitions, Manifest]:
    """What the platform has, and what of it is ours."""
    with store.reading() as tx:
        groups, properties = (frozenset(journal.manifest.owned(tx, kind)) for kind in ("group", "property"))
        return {name: mirror.definitions(tx, name) for name in OBJECTS}, Manifest(groups, properties)


def _check_records(store: Store, mirror: Mirror, scope: Scope) -> None:
    """Refuse to plan for records that a user has named and that are not there."""
    for name, ids in (scope.records or {}).items():
        with store.reading() as tx:
            gone = sorted(ids - mirror.living(tx, name, ids))
        if gone:
            raise FixConfig(f"there is no {name}:{gone[0]} in the mirror: name a record that was read, or sync first")


@dataclass(frozen=True)
class _Given:
    """Rows that are known from the start."""

    changes: Sequence[Change]
    said: Sequence[Finding]

    def rows(self) -> Iterator[Change]:
        return iter(self.changes)

    def findings(self) -> Sequence[Finding]:
        return self.said


@dataclass(frozen=True)
class _Chosen:
    """The rows of a part that a plan is narrowed to."""

    part: Part
    scope: Scope
    first: First

    def rows(self) -> Iterator[Change]:
        return (row for row in self.part.rows() if self.scope.admits(row) and self.first(row))

    def findings(self) -> Iterable[Finding]:
        return self.part.findings()
