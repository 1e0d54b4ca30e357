"""What a configuration reads and writes, from the config and from what the plugins ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from crmbridge.config import Config, Sync
from crmbridge.connector import Use
from crmbridge.model.base import ObjectName
from crmbridge.model.properties import PropertySpec
from crmbridge.plugins import Plugins
from crmbridge.sync import Selection, SyncScope
from crmbridge.writeback import select

DAYS_PER_MONTH: Final = 365.25 / 12


def sync_scope(config: Config, connection: str, plugins: Plugins) -> SyncScope:
    """What a sync of a connection reads."""
    asked = config.sync
    properties: dict[ObjectName, set[str]] = {}
    owned: dict[ObjectName, dict[str, PropertySpec]] = {}
    inputs = plugins.inputs(config.connection(connection).connector)
    for name, item in texts_read(config, connection, plugins).items():
        properties.setdefault(name, set()).add(item)
    for source in (inputs, asked.properties, config.centers.reads()):
        for name, items in source.items():
            properties.setdefault(name, set()).update(items)
    targets, _ = select(plugins.properties(), config.writeback, plugins.versions())
    for target in targets:
        properties.setdefault(target.spec.object, set()).add(target.name)
        if target.spec.policy == "own" and not target.spec.stamp:
            owned.setdefault(target.spec.object, {})[target.name] = target.spec
    return SyncScope(
        frozenset((*asked.engagements, *asked.objects, *inputs)),
        {name: sorted(items) for name, items in properties.items()},
        owned,
        _selection(asked),
        asked.subscriptions,
    )


def texts_read(config: Config, connection: str, plugins: Plugins) -> dict[ObjectName, str]:
    """Object → the property that holds its texts, of those that are read over a connection."""
    connector = config.connection(connection).connector
    spec = plugins.connectors().get(connector)
    wanted = plugins.texts(connector) & set(config.sync.texts)
    return {name: item for name, item in (spec.texts.items() if spec else ()) if name in wanted}


def use_of(config: Config, connection: str, plugins: Plugins) -> Use:
    """What the configuration reads and writes over a connection."""
    asked = config.sync
    reads = {"contact", "company", "deal", "owner", "pipeline", *asked.engagements, *asked.objects, *asked.properties}
    reads |= {*plugins.inputs(config.connection(connection).connector)}
    reads |= {name for name, wanted in (("segment", asked.segments), ("subscription", asked.subscriptions)) if wanted}
    targets, _ = select(plugins.properties(), config.writeback, plugins.versions())
    return Use(reads=frozenset(reads), writes=frozenset(target.spec.object for target in targets))


def _selection(asked: Sync) -> Selection:
    months = asked.since_months
    return Selection(
        pipelines=frozenset(asked.pipelines),
        owners=frozenset(asked.owners),
        since=datetime.now(UTC) - timedelta(days=months * DAYS_PER_MONTH) if months else None,
        months=months,
        segments=asked.segments,
        linked=asked.engagements_of == "open-deals",
    )
