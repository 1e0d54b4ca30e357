"""Leaving out what crmbridge itself put into the CRM: no judgement may rest on its own earlier one."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

import sqlalchemy as sa

from crmbridge.store import Edge, Manifest, Owned, OwnedKind

_MADE: Final[tuple[OwnedKind, ...]] = ("note", "task")
_KINDS: Final[tuple[OwnedKind, ...]] = ("label", "note", "task")


def foreign(tx: sa.Connection, manifest: Manifest, edges: Iterable[Edge]) -> list[Edge]:
    """Leave out labels that crmbridge wrote, and links to notes and tasks that it made.

    A person who adds the same label afterwards cannot be told apart from it.
    """
    known = list(edges)
    suspects = {end for edge in known if edge.label or _leads_to_made(edge) for end in (edge.source, edge.target)}
    ours = manifest.on(tx, suspects, _KINDS) if suspects else set()
    if not ours:
        return known
    return [edge for edge in known if not _is_ours(edge, ours)]


def _leads_to_made(edge: Edge) -> bool:
    return edge.source.object in _MADE or edge.target.object in _MADE


def _is_ours(edge: Edge, ours: Container[Owned]) -> bool:
    for here, there in ((edge.source, edge.target), (edge.target, edge.source)):
        if edge.label and Owned.label(here, there, edge.label) in ours:
            return True
        made = (Owned(kind, here.object, here.id, there.id) for kind in _MADE if kind == there.object)
        if any(one in ours for one in made):
            return True
    return False
