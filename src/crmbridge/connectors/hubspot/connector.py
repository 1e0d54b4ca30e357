"""The HubSpot connector: the protocol, spoken by the modules beside this one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from crmbridge.connector import (
    Account,
    Activity,
    Capabilities,
    Check,
    ConnectorDefaults,
    Created,
    Creation,
    Fate,
    IdPage,
    Label,
    LinkChange,
    LinkOutcome,
    Modified,
    ModifiedPage,
    Outcome,
    Page,
    Update,
    Upsert,
    Use,
    Vacancy,
    Version,
)
from crmbridge.connectors.hubspot import (
    creating,
    definitions,
    fates,
    grants,
    health,
    history,
    linking,
    links,
    reading,
    searching,
    segments,
    subscriptions,
    vacancy,
    writing,
)
from crmbridge.connectors.hubspot.capabilities import capabilities
from crmbridge.connectors.hubspot.forms import Forms
from crmbridge.connectors.hubspot.kinds import Kinds
from crmbridge.connectors.hubspot.labels import Labels
from crmbridge.connectors.hubspot.oauth import HubSpotSignIn
from crmbridge.connectors.hubspot.settings import BASE_URL, HubSpotSettings
from crmbridge.errors import FixConfig
from crmbridge.http import HttpClient, Throttle, TokenStore
from crmbridge.model.base import ObjectName
from crmbridge.model.links import Link
from crmbridge.model.properties import PropertyDefinition
from crmbridge.model.records import Record
from crmbridge.model.subscriptions import Subscription

_WHOLE: tuple[ObjectName, ...] = ("owner", "pipeline", "form_submission")  # HubSpot has no reading of these by id

CLOCK_MARGIN_SECONDS = 0.02
"""HubSpot counts by a clock of its own, in milliseconds; clocks do not run quite alike."""


class HubSpotConnector(ConnectorDefaults):
    """HubSpot, seen from crmbridge. Threads may share it.

    Args:
        settings: The connection's section.
        http: Speaks to the account; closed with the connector.
        introspect: Asks what an access token may do; None if the token is a key.
    """

    def __init__(
        self,
        settings: HubSpotSettings,
        http: HttpClient,
        introspect: Callable[[SecretStr], Any] | None = None,
    ) -> None:
        self._settings = settings
        self._http = http
        self._kinds = Kinds(settings.custom_objects)
        self._capabilities = capabilities(settings)
        self._introspect = introspect
        self._labels = Labels(http)
        self._forms = Forms(http)

    def __repr__(self) -> str:
        return f"HubSpotConnector({self._settings.base_url!r})"

    @property
    def capabilities(self) -> Capabilities:
        """What HubSpot can do."""
        return self._capabilities

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self._http.calls

    def close(self) -> None:
        """Release connections; calling again is harmless."""
        self._http.close()

    def account(self) -> Account:
        """The account behind the credential."""
        return health.account(self._http)

    def check(self, use: Use | None = None) -> Iterable[Check]:
        """Look at credential, scopes and reachability; report, never raise."""
        return health.check(self._http, use, self._introspect)

    def read_page(self, name: ObjectName, properties: Sequence[str], after: str | None) -> Page:
        """Read one page of all records that are not archived, by ascending id."""
        if (all_of := self._few(name)) is not None:
            return Page(all_of, None)
        if name == "form_submission":
            return self._forms.page(properties, after)
        return reading.list_page(self._http, self._kinds[name], properties, after)

    def read_changes(self, name: ObjectName, since: datetime, until: datetime, after: str | None) -> ModifiedPage:
        """Read one page of what was modified from ``since`` to ``until``, by ascending id.

        Owners and pipelines cannot be searched: all of them are named.
        """
        if (all_of := self._few(name)) is not None:
            return ModifiedPage([Modified(record.id, record.updated_at) for record in all_of], None)
        if name == "form_submission":
            return self._forms.changes((since, until), after)
        return searching.modified_page(self._http, self._kinds[name], (since, until), after)

    def read_records(self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]) -> Sequence[Record]:
        """Read records by id; those that are gone are left out."""
        if (all_of := self._few(name)) is not None:
            return [record for record in all_of if record.id in set(ids)]
        if name == "form_submission":
            return self._forms.records(ids, properties)
        return reading.read_records(self._http, self._kinds[name], ids, properties)

    def read_top(
        self,
        name: ObjectName,
        properties: Sequence[str],
        low: str,
        high: str | None,
        *,
        skip: int = 0,
        since: datetime | None = None,
    ) -> Page:
        """Read up to 200 records with the highest ids in a range, by descending id; costs a search."""
        return searching.top(self._http, self._kinds[name], properties, (low, high), skip=skip, since=since)

    def read_bottom(self, name: ObjectName, since: datetime) -> str | None:
        """Find the lowest id of an engagement since a time; costs a search."""
        return searching.bottom(self._http, self._kinds[name], since)

    def read_archived(self, name: ObjectName, after: str | None) -> IdPage:
        """Read one page of the ids of archived records, by ascending id."""
        if (few := self._few(name)) is not None:
            return IdPage([record.id for record in few if record.archived], None)
        if name == "form_submission":
            return IdPage((), None)  # HubSpot archives none
        return reading.archived_page(self._http, self._kinds[name], after)

    def read_fates(self, name: ObjectName, ids: Sequence[str]) -> Mapping[str, Fate]:
        """Find out what became of records."""
        if name in _WHOLE:
            states = {record.id: record.archived for record in self.read_records(name, ids, ())}
            return {id_: fates.of_listed(states.get(id_)) for id_ in ids}
        return fates.read_fates(self._http, self._kinds[name], ids)

    def _few(self, name: ObjectName) -> Sequence[Record] | None:
        if name == "owner":
            return reading.owners(self._http)
        return reading.pipelines(self._http) if name == "pipeline" else None

    def read_links(self, source: ObjectName, target: ObjectName, ids: Sequence[str]) -> Iterator[Link]:
        """Read all links from the given records."""
        return links.read_links(self._http, self._kinds[source], self._kinds[target], ids)

    def read_definitions(self, name: ObjectName) -> Sequence[PropertyDefinition]:
        """Read the definitions of all properties of an object."""
        return definitions.read_definitions(self._http, self._kinds[name])

    def read_vacancy(self, name: ObjectName) -> Vacancy:
        """Read the names of archived properties, and how many more HubSpot takes if the credential may ask."""
        return vacancy.read_vacancy(self._http, self._kinds[name])

    def read_authors(
        self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]
    ) -> Mapping[str, Mapping[str, Version]]:
        """Read who set the present values."""
        return history.read_authors(self._http, self._kinds[name], ids, properties)

    def read_history(
        self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]
    ) -> Mapping[str, Mapping[str, Sequence[Version]]]:
        """Read all versions that HubSpot kept: id → property → versions, the newest first."""
        return history.read_history(self._http, self._kinds[name], ids, properties)

    def create_group(self, name: ObjectName, group: str, label: str) -> bool:
        """Create a property group; one that exists is left as it is, and the answer is False."""
        return definitions.create_group(self._http, self._kinds[name], group, label)

    def create_definition(self, definition: PropertyDefinition) -> None:
        """Create a property."""
        definitions.create_definition(self._http, self._kinds[definition.object], definition)

    def add_options(self, definition: PropertyDefinition) -> None:
        """Add the options that a property lacks; never removes one."""
        definitions.add_options(self._http, self._kinds[definition.object], definition)

    def remove_definition(self, name: ObjectName, definition: str) -> None:
        """Archive a property; HubSpot refuses while a calculation, form, list or workflow uses it."""
        definitions.remove_definition(self._http, self._kinds[name], definition)

    def remove_group(self, name: ObjectName, group: str) -> None:
        """Remove a property group; HubSpot refuses while a property is in it."""
        definitions.remove_group(self._http, self._kinds[name], group)

    def update(self, name: ObjectName, updates: Sequence[Update]) -> Sequence[Outcome]:
        """Write values; one outcome per update."""
        return writing.update(self._http, name, updates)

    def create(self, name: ObjectName, creations: Sequence[Creation]) -> Sequence[Created]:
        """Make records with their links; never sent again if it may have arrived."""
        return creating.create(self._http, self._labels, name, creations)

    def upsert(self, name: ObjectName, key: str, rows: Sequence[Upsert]) -> Sequence[Created]:
        """Change or make records by a unique property; by ``email`` each row must hold all that is owned."""
        return creating.upsert(self._http, name, key, rows)

    def archive(self, name: ObjectName, ids: Sequence[str]) -> Sequence[Outcome]:
        """Put records into the recycle bin, where they stay for 90 days."""
        return writing.archive(self._http, name, ids)

    def compose(self, activity: Activity) -> Creation:
        """Put a note or a task in HubSpot's words."""
        return creating.compose(activity)

    def read_labels(self, source: ObjectName, target: ObjectName) -> Sequence[Label]:
        """Read the kinds of links in one direction."""
        return self._labels.read(source, target)

    def create_label(self, source: ObjectName, target: ObjectName, label: str, inverse: str | None = None) -> Label:
        """Define a label, unless it is."""
        return self._labels.create(source, target, label, inverse)

    def link(self, changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        """Make links; other labels of the same records stay."""
        return linking.link(self._http, self._labels, changes)

    def unlink(self, changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        """Remove links."""
        return linking.unlink(self._http, self._labels, changes)

    def create_segment(self, name: ObjectName, title: str) -> str:
        """Make a list that is kept by hand, or return the id of the one of that title."""
        return segments.create(self._http, name, title)

    def remove_segment(self, segment: str) -> None:
        """Remove a list, given by its name or id."""
        segments.remove(self._http, segment)

    def change_members(self, segment: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Sequence[Outcome]:
        """Put records into a list and take them out."""
        return segments.change(self._http, segment, add, remove)

    def read_members(self, segment: str, after: str | None) -> IdPage:
        """Read one page of the members of a list, given by its name or id."""
        return segments.members(self._http, segment, after)

    def read_subscriptions(self, addresses: Sequence[str]) -> Iterator[Subscription]:
        """Read what people subscribed to or opted out of."""
        return subscriptions.read(self._http, addresses)

    def official_client(self) -> Any:
        """HubSpot's own client, signed in. It shares the rate limit, and bypasses throttle, plan and journal."""
        from hubspot import HubSpot

        host = {} if self._settings.base_url == BASE_URL else {"host": self._settings.base_url}
        return HubSpot(access_token=self._http.token().get_secret_value(), **host)


def open_hubspot(settings: HubSpotSettings, tokens: TokenStore | None = None) -> HubSpotConnector:
    """Make a connector; no call is made.

    Args:
        settings: The connection's section.
        tokens: Keeps what OAuth gives; not needed with a key.

    Raises:
        FixConfig: ``base_url`` is not https, nor http on this machine.
        FixCredential: The token is malformed.
    """
    throttle = Throttle(
        settings.most_calls,
        window=10.0 + CLOCK_MARGIN_SECONDS,
        search_limit=settings.searches_per_second,
        search_window=1.0 + CLOCK_MARGIN_SECONDS,
        search_in_pool=settings.search_in_pool,
    )
    app = None if settings.token else _app(settings, tokens)
    http = HttpClient(
        settings.base_url,
        app.auth() if app else settings.token,
        throttle=throttle,
        timeout=settings.timeout_seconds,
        until_reset=lambda: grants.until_reset(http),
    )
    return HubSpotConnector(settings, http, app.introspected if app else None)


def _app(settings: HubSpotSettings, tokens: TokenStore | None) -> HubSpotSignIn:
    if tokens is None:
        raise FixConfig("a connection that signs in by OAuth needs a token store: open it through Bridge")
    return HubSpotSignIn(settings, tokens)
