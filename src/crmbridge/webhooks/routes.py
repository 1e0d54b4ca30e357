"""From the configuration to the addresses that are served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from crmbridge.config import Config, connection_settings
from crmbridge.connector import ConnectorSpec, WebhookReceiver
from crmbridge.errors import FixConfig
from crmbridge.store import Store
from crmbridge.webhooks.app import Endpoint
from crmbridge.webhooks.inbox import Inbox


@dataclass(frozen=True)
class Desk:
    """A connection whose platform calls."""

    connection: str
    receiver: WebhookReceiver

    @property
    def path(self) -> str:
        """Where its calls arrive: the path of the address, which a proxy in between must keep."""
        return urlsplit(self.receiver.url).path


def open_desks(config: Config, specs: Mapping[str, ConnectorSpec], name: str | None, *, every: bool) -> list[Desk]:
    """Make the receivers of one connection, or of every one that asks for webhooks.

    Args:
        config: The configuration.
        specs: The connectors that are installed, by name.
        name: Of the connection; None if there is one.
        every: Take all connections, and leave those out that ask for none.

    Raises:
        FixConfig: No connection asks for webhooks, or a setting is wrong.
        FixCredential: A variable or file that is referred to is missing.
    """
    names = sorted(config.connections) if every else [config.connection(name).name]
    desks = list(_opened(config, specs, names))
    if not desks:
        raise FixConfig(
            f"{config.path}: no webhooks are set up for {', '.join(names)}: give webhook_url and its secret"
        )
    return desks


def routes(desks: Sequence[Desk], store: Store) -> dict[str, list[Endpoint]]:
    """Lead the calls for each path to the connections behind it."""
    found: dict[str, list[Endpoint]] = {}
    for desk in desks:
        found.setdefault(desk.path, []).append(Endpoint(desk.receiver, Inbox(store, desk.connection)))
    return found


def _opened(config: Config, specs: Mapping[str, ConnectorSpec], names: Iterable[str]) -> Iterator[Desk]:
    for name in names:
        spec = specs.get(config.connection(name).connector)
        if spec is None or spec.webhooks is None:
            continue
        settings = connection_settings(config, name, spec)
        try:
            receiver = spec.webhooks(settings)
        except FixConfig as error:
            raise FixConfig(f"{config.path}: [connections.{name}] {error}") from None
        if receiver is not None:
            yield Desk(name, receiver)
