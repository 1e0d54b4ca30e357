"""The HubSpot connector: the protocol, spoken by the modules beside this one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crmbridge.connector import (
    Account,
    Capabilities,
    Check,
    Modified,
    ModifiedPage,
    Outcome,
    Page,
    Update,
    Version,
)
from crmbridge.connectors.hubspot import definitions, health, history, links, reading, writing
from crmbridge.connectors.hubspot.settings import BASE_URL, HubSpotSettings
from crmbridge.http import HttpClient, Throttle
from crmbridge.model.base import ObjectName
from crmbridge.model.links import Link
from crmbridge.model.properties import PropertyDefinition
from crmbridge.model.records import Record

CAPABILITIES = Capabilities(
    objects=("owner", "pipeline", "company", "contact", "deal", "email", "meeting"),
    # Who belongs to a buying case: through the deal, through the company, through what was said. Each pair costs one
    # call per 1,000 source records, and one more per page of a record with very many links. E-mails and meetings are
    # not asked for companies: their contacts lead there.
    links=(
        ("deal", "contact"),
        ("deal", "company"),
        ("contact", "company"),
        ("email", "contact"),
        ("email", "deal"),
        ("meeting", "contact"),
        ("meeting", "deal"),
    ),
    writable=("contact", "company", "deal"),
    changes=True,
    definitions=True,
    history=True,
    write_batch=writing.UPDATE_LIMIT,
    read_batch=reading.READ_LIMIT,
)


NETWORK_MARGIN_SECONDS = 0.1
"""HubSpot counts when a call arrives: two may come closer together than they were sent."""


class HubSpotConnector:
    """HubSpot, seen from crmbridge. Threads may share it.

    Args:
        settings: The connection's section.
        http: Speaks to the account; closed with the connector.
    """

    def __init__(self, settings: HubSpotSettings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    def __repr__(self) -> str:
        return f"HubSpotConnector({self._settings.base_url!r})"

    @property
    def capabilities(self) -> Capabilities:
        """What HubSpot can do."""
        return CAPABILITIES.model_copy(update={"overlap_seconds": self._settings.index_lag_seconds})

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

    def check(self) -> Iterable[Check]:
        """Look at credential, scopes and reachability; report, never raise."""
        return health.check(self._http)

    def read_page(self, name: ObjectName, properties: Sequence[str], after: str | None) -> Page:
        """Read one page of all records that are not archived, by ascending id."""
        if (all_of := self._few(name)) is not None:
            return Page(all_of, None)
        return reading.list_page(self._http, name, properties, after)

    def read_changes(self, name: ObjectName, since: datetime, until: datetime, after: str | None) -> ModifiedPage:
        """Read one page of what was modified from ``since`` to ``until``, by ascending id.

        Owners and pipelines cannot be searched: all of them are named.
        """
        if (all_of := self._few(name)) is not None:
            return ModifiedPage([Modified(record.id, record.updated_at) for record in all_of], None)
        return reading.modified_page(self._http, name, (since, until), after)

    def read_records(self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]) -> Sequence[Record]:
        """Read records by id; those that are gone are left out."""
        if (all_of := self._few(name)) is not None:
            return [record for record in all_of if record.id in set(ids)]
        return reading.read_records(self._http, name, ids, properties)

    def _few(self, name: ObjectName) -> Sequence[Record] | None:
        if name == "owner":
            return reading.owners(self._http)
        return reading.pipelines(self._http) if name == "pipeline" else None

    def read_links(self, source: ObjectName, target: ObjectName, ids: Sequence[str]) -> Iterator[Link]:
        """Read all links from the given records."""
        return links.read_links(self._http, source, target, ids)

    def read_definitions(self, name: ObjectName) -> Sequence[PropertyDefinition]:
        """Read the definitions of all properties of an object."""
        return definitions.read_definitions(self._http, name)

    def read_authors(
        self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]
    ) -> Mapping[str, Mapping[str, Version]]:
        """Read who set the present values."""
        return history.read_authors(self._http, name, ids, properties)

    def create_group(self, name: ObjectName, group: str, label: str) -> None:
        """Create a property group; one that exists is left as it is."""
        definitions.create_group(self._http, name, group, label)

    def create_definition(self, definition: PropertyDefinition) -> None:
        """Create a property."""
        definitions.create_definition(self._http, definition)

    def add_options(self, definition: PropertyDefinition) -> None:
        """Add the options that a property lacks; never removes one."""
        definitions.add_options(self._http, definition)

    def update(self, name: ObjectName, updates: Sequence[Update]) -> Sequence[Outcome]:
        """Write values; one outcome per update."""
        return writing.update(self._http, name, updates)

    def official_client(self) -> Any:
        """HubSpot's own client, signed in. It shares the rate limit, and bypasses throttle, plan and journal."""
        from hubspot import HubSpot

        host = {} if self._settings.base_url == BASE_URL else {"host": self._settings.base_url}
        return HubSpot(access_token=self._settings.token.get_secret_value(), **host)


def open_hubspot(settings: HubSpotSettings) -> HubSpotConnector:
    """Make a connector; no call is made.

    Raises:
        FixConfig: ``base_url`` is not https, nor http on this machine.
        FixCredential: The token is malformed.
    """
    throttle = Throttle(
        settings.calls_per_10s,
        window=10.0 + NETWORK_MARGIN_SECONDS,
        search_limit=settings.searches_per_second,
        search_window=1.0 + NETWORK_MARGIN_SECONDS,
    )
    http = HttpClient(settings.base_url, settings.token, throttle=throttle, timeout=settings.timeout_seconds)
    return HubSpotConnector(settings, http)
