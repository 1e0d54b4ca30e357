"""The folder: its files indexed by id, and the links that their columns and ``links.csv`` name."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from crmbridge.model import Link, ObjectName, Ref
from crmbridge_csv.mapping import FILES, NEEDED, Columns, columns, link_columns
from crmbridge_csv.reading import split
from crmbridge_csv.source import Source, Stamp, stamp, wrong

LINKS_FILE: Final = "links.csv"
_ENDS: Final = ("source", "target")


@dataclass(frozen=True)
class Table:
    """A file and where in it each record begins; the records themselves are not held.

    Attributes:
        starts: Id → where its row begins.
        linked: Object → id → the ids of that object to which its row links; the first is the primary one if the
            column holds one id only.
    """

    source: Source
    columns: Columns
    starts: Mapping[str, int]
    linked: Mapping[ObjectName, Mapping[str, tuple[str, ...]]]

    @cached_property
    def ids(self) -> list[str]:
        """All ids in a stable order."""
        return sorted(self.starts)

    @cached_property
    def linking(self) -> Mapping[ObjectName, Mapping[str, Sequence[str]]]:
        """Object → id of that object → the ids of the rows that link to it."""
        turned: dict[ObjectName, dict[str, list[str]]] = {}
        for target, pairs in self.linked.items():
            for id_, ends in pairs.items():
                for end in ends:
                    turned.setdefault(target, {}).setdefault(end, []).append(id_)
        return turned

    def page(self, after: str | None, size: int) -> tuple[list[str], str | None]:
        """The ids that follow on a cursor, and the next cursor."""
        start = 0 if after is None else bisect_right(self.ids, after)
        page = self.ids[start : start + size]
        return page, page[-1] if start + size < len(self.ids) else None

    def rows(self, ids: Sequence[str]) -> list[list[str]]:
        """Read rows by id; those that are not there are left out."""
        return self.source.at(self.starts[id_] for id_ in ids if id_ in self.starts)

    def line(self, id_: str) -> int:
        """The line on which a record's row begins."""
        return next((row.line for row in self.source.walk() if row.start == self.starts[id_]), 0)


@dataclass
class Folder:
    """The files of a connection. What was learned of a file is kept until the file changes.

    Attributes:
        path: The folder.
        heads: Object → what crmbridge knows → the head of its column.
    """

    path: Path
    heads: Mapping[ObjectName, Mapping[str, str]]
    _tables: dict[ObjectName, Table] = field(default_factory=dict)
    _loose: tuple[Stamp, Mapping[Ref, Sequence[Link]]] = ((0, 0, 0), {})

    def objects(self) -> list[ObjectName]:
        """What can be read: an object whose file must be there, or is."""
        return [name for name, file in FILES.items() if name in NEEDED or (self.path / file).is_file()]

    def table(self, name: ObjectName) -> Table:
        """The file of an object as it is now.

        Raises:
            FixRequest: It is missing or cannot be read; the message names file and line.
            RetryLater: It is being written.
        """
        path = self.path / FILES[name]
        known = self._tables.get(name)
        if known is None or known.source.stamp != stamp(path):
            self._tables[name] = known = _indexed(name, Source.look(path), self.heads.get(name, {}))
        return known

    def links(self, source: ObjectName, target: ObjectName, ids: Sequence[str]) -> Iterator[Link]:
        """Read the links of records to another object, from whichever file names them; each once."""
        here, there = self.table(source), self.table(target)
        forward, back = here.linked.get(target, {}), there.linking.get(source, {})
        single = link_columns(target)[0] in here.columns.places
        loose = self._links_file()
        for id_ in ids:
            own = forward.get(id_, ())
            found = {Link(Ref(source, id_), Ref(target, end), primary=single and end == own[0]): None for end in own}
            found |= dict.fromkeys(
                Link(Ref(source, id_), Ref(target, end)) for end in back.get(id_, ()) if end not in own
            )
            plain = {link.target for link in found}
            for link in loose.get(Ref(source, id_), ()):
                if link.target.object == target and (link.label or link.target not in plain):
                    found[link] = None
            yield from (link for link in found if link.target.id in there.starts)

    def count_links(self) -> int:
        """The number of links in ``links.csv``, from both ends. Raises as ``table`` does."""
        return sum(map(len, self._links_file().values()))

    def _links_file(self) -> Mapping[Ref, Sequence[Link]]:
        path = self.path / LINKS_FILE
        now = stamp(path)
        if now != self._loose[0]:
            self._loose = (now, _read_links(Source.look(path)) if any(now) else {})
        return self._loose[1]


def _indexed(name: ObjectName, source: Source, heads: Mapping[str, str]) -> Table:
    try:
        found = columns(name, source.heads, heads)
    except ValueError as error:
        raise wrong(source.path, source.lines, str(error)) from None
    starts: dict[str, int] = {}
    places = {target: [found.places[one] for one in link_columns(target) if one in found.places] for target in NEEDED}
    linked: dict[ObjectName, dict[str, tuple[str, ...]]] = {target: {} for target, at in places.items() if at}
    for row in source.walk():
        id_ = row.cells[found.places["id"]].strip()
        if not id_ or id_ in starts:
            why = "the id stands on another line too; keep one of the rows" if id_ else "the id is empty; fill it in"
            raise wrong(source.path, row.line, why)
        starts[id_] = row.start
        for target, pairs in linked.items():
            if ends := split(";".join(row.cells[place] for place in places[target])):
                pairs[id_] = tuple(ends)
    return Table(source, found, starts, linked)


def _read_links(source: Source) -> Mapping[Ref, Sequence[Link]]:
    """Read ``links.csv``; each link is seen from both ends, and a label brings the plain link with it."""
    places = {head.strip().lower(): place for place, head in enumerate(source.heads)}
    if not set(_ENDS) <= set(places):
        raise wrong(source.path, source.lines, "there must be the columns source and target, and may be one label")
    found: dict[Ref, dict[Link, None]] = {}
    for row in source.walk():
        ends = [row.cells[places[end]].strip().partition(":") for end in _ENDS]
        if not all(name in FILES and id_ for name, _, id_ in ends):
            raise wrong(source.path, row.line, "write both ends as object:id, such as deal:12")
        one, other = (Ref(name, id_) for name, _, id_ in ends)
        label = row.cells[places["label"]].strip() if "label" in places else ""
        for start, end in ((one, other), (other, one)):
            made = found.setdefault(start, {})
            made[Link(start, end)] = None
            if label:
                made[Link(start, end, label)] = None
    return {ref: list(links) for ref, links in found.items()}
