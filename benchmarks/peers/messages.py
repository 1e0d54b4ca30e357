"""Count what a tap wrote to standard output: Singer's and Airbyte's messages, one JSON document a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.job import ENGAGEMENTS, LINKS, Kept
from benchmarks.peers.airbyte import STREAMS

Row = tuple[str, dict[str, Any]]
Pair = tuple[str, str, str, str]


def counted(path: Path) -> Kept:
    """Count each record and each pair of linked records once."""
    records, pairs = set[tuple[str, str]](), set[Pair]()
    for stream, row in _rows(path):
        kind = STREAMS.get(stream, _typed(stream, row))
        if kind in LINKS:
            records.add((kind, _id(kind, row)))
        pairs.update(_forward(_pairs(stream, kind, row)))
    kept = Kept()
    kept.records.update(kind for kind, _ in records)
    kept.links.update(f"{kind}>{to_kind}" for kind, _, to_kind, _ in pairs)
    return kept


def _rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("{"):
                message = json.loads(line)
                if message.get("type") == "RECORD":
                    held = message["record"]
                    yield (message["stream"], held) if "stream" in message else (held["stream"], held["data"])


def _typed(stream: str, row: dict[str, Any]) -> str:
    """Name the object of a row: Singer keeps all engagements in one stream."""
    return f"{row['engagement']['type'].lower()}s" if stream == "engagements" else stream


def _id(kind: str, row: dict[str, Any]) -> str:
    if kind in ENGAGEMENTS and "engagement" in row:
        return str(row["engagement_id"])
    return str(row.get("id") or row.get("companyId") or row.get("dealId"))


def _pairs(stream: str, kind: str, row: dict[str, Any]) -> Iterator[Pair]:
    """Yield what a row links, from whichever side it says so."""
    if stream == "contacts_by_company":
        yield "contacts", str(row["contact-id"]), "companies", str(row["company-id"])
    elif stream.endswith("_associations"):
        kind, to_kind = stream.removesuffix("_associations").split("_")
        yield kind, row["from_id"], to_kind, row["to_id"]
    elif kind in LINKS:
        held = row.get("associations") or {}
        for to_kind in LINKS:
            for to_id in _ids(row.get(to_kind), held.get(to_kind), held.get(_singer(to_kind))):
                yield kind, _id(kind, row), to_kind, to_id


def _singer(kind: str) -> str:
    singular = "company" if kind == "companies" else kind.removesuffix("s")
    return f"{singular}Ids"


def _ids(*held: Any) -> Iterator[str]:
    """Yield linked ids, whether they stand as such or within the platform's own answer."""
    for items in held:
        for item in items.get("results", ()) if isinstance(items, dict) else items or ():
            yield str(item["id"] if isinstance(item, dict) else item)


def _forward(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Turn pairs the way in which ``LINKS`` names them; others are left out."""
    for kind, one, to_kind, other in pairs:
        if to_kind in LINKS[kind]:
            yield kind, one, to_kind, other
        elif kind in LINKS.get(to_kind, ()):
            yield to_kind, other, kind, one
