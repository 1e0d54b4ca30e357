"""Kinds of links. Type ids differ per account and direction: they are read, never known.

https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associations-schema/guide
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

from crmbridge.connector import Label
from crmbridge.connectors.hubspot import paths, values, wire
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.errors import FixRequest
from crmbridge.http import HttpClient
from crmbridge.model.base import ObjectName

Kind = tuple[ObjectName, ObjectName, str | None]


class Labels:
    """The kinds of links of an account, each direction read once and again for a label that is not among them.

    Args:
        http: Speaks to the account.
    """

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        self._known: dict[tuple[ObjectName, ObjectName], Sequence[Label]] = {}

    def read(self, source: ObjectName, target: ObjectName) -> Sequence[Label]:
        """Read the kinds of one direction."""
        path = paths.associations(source, target, "labels")
        self._known[source, target] = [_label(row) for row in wire.results(self._http.get(path).data, path)]
        return self._known[source, target]

    def by_type(self, source: ObjectName, target: ObjectName) -> Mapping[str, Label]:
        """Return the kinds that are known, by type id."""
        return {kind.type_id: kind for kind in self._known.get((source, target), ())}

    def find(self, source: ObjectName, target: ObjectName, label: str | None) -> Label | None:
        """Return the kind with this label, the plain one for None, or None if there is none so far as is known."""
        return next((kind for kind in self._known.get((source, target), ()) if kind.label == label), None)

    def resolve(self, wanted: Iterable[Kind]) -> Mapping[Kind, Label | None]:
        """Find kinds; those that are not known yet are looked up."""
        found: dict[Kind, Label | None] = {}
        for source, target, label in dict.fromkeys(wanted):
            kind = self.find(source, target, label)
            if kind is None:
                self.read(source, target)
                kind = self.find(source, target, label)
            found[source, target, label] = kind
        return found

    def create(self, source: ObjectName, target: ObjectName, label: str, inverse: str | None) -> Label:
        """Define a label, unless it is. Sent once: a second call finds what the first may have made."""
        self.read(source, target)
        if known := self.find(source, target, label):
            return known
        body = {"label": label, "name": _internal(label)} | ({"inverseLabel": inverse} if inverse else {})
        self._http.post(paths.associations(source, target, "labels"), body, retry_unsent_only=True)
        made = self.resolve([(source, target, label)])[source, target, label]
        if made is None:
            raise FixRequest(f"HubSpot took a label from {source} to {target} and does not list it: look at it there")
        return made


def types(kinds: Iterable[Label]) -> list[Json]:
    """Return kinds as a request names them."""
    return [{"associationCategory": kind.category, "associationTypeId": int(kind.type_id)} for kind in kinds]


def _label(row: Json) -> Label:
    return Label(
        type_id=wire.identity({"id": row.get("typeId")}),
        category=values.raw(row.get("category")) or "",
        label=values.text(values.raw(row.get("label"))),
    )


def _internal(label: str) -> str:
    """Return an internal name: letters, digits and underscores, else a stable one."""
    name = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    return name if name[:1].isalpha() else f"label_{hashlib.sha256(label.encode()).hexdigest()[:12]}"
