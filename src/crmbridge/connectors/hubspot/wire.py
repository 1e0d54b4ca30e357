"""The envelopes of HubSpot's answers: rows, cursors, partial failures. Pure; what does not fit is refused.

https://developers.hubspot.com/docs/api-reference/error-handling
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from crmbridge.errors import FixRequest, RetryLater

Json: TypeAlias = dict[str, Any]
"""A JSON object as it arrives."""


def results(data: Any, path: str) -> list[Json]:
    """Return the rows of a list, search or batch answer.

    Raises:
        RetryLater: The answer holds none, as when a proxy answers in HubSpot's place.
    """
    rows = data.get("results") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RetryLater(f"{path}: the answer holds no list of results; run again later")
    return rows


def identity(row: Json) -> str:
    """Return a row's id as text, however it travelled. Raises ``FixRequest`` if it has none."""
    value = row.get("id")
    if value and isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise FixRequest("HubSpot sent a record without an id: report this with the API version in use")
    return str(value)


def cursor(holder: Json) -> str | None:
    """Return the cursor of the next page. The link beside it is not followed: it may lead anywhere."""
    after = child(child(holder, "paging"), "next").get("after")
    return None if after is None else str(after)


def child(holder: Json, key: str) -> Json:
    """Return the object under a key, empty if there is none."""
    value = holder.get(key)
    return value if isinstance(value, dict) else {}


def children(holder: Json, key: str) -> list[Json]:
    """Return the objects in the list under a key, empty if there is none."""
    value = holder.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def words(holder: Json, key: str) -> tuple[str, ...]:
    """Return the list under a key as texts; a single value counts as a list of one."""
    value = holder.get(key)
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def advancing(path: str, before: str | None, after: str | None) -> str | None:
    """Return ``after`` if it leads on from ``before``.

    Record ids are cursors of lists and searches: they must grow.

    Raises:
        RetryLater: It repeats or goes back, so that following it would never end.
    """
    if before is None or after is None:
        return after
    grows = int(after) > int(before) if after.isdecimal() and before.isdecimal() else after != before
    if not grows:
        raise RetryLater(f"{path}: the next page is one that was read before, so the listing would not end; run again")
    return after


MOST_EMPTY_PAGES = 10
"""Pages without a row after which a paging is taken for endless, as Fivetran's connectors do
(https://fivetran.com/docs/connectors/functions/changelog)."""


class Trail:
    """The cursors of one paging, to notice when it goes in circles.

    Args:
        path: Named in the error.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: set[tuple[str, str]] = set()
        self._empty: Counter[str] = Counter()

    def step(self, after: str, of: str = "", *, empty: bool = False) -> str:
        """Return ``after``, the cursor behind a page of ``of``.

        Raises:
            RetryLater: It was seen before, or more than ``MOST_EMPTY_PAGES`` in a row were empty.
        """
        self._empty[of] = self._empty[of] + 1 if empty else 0
        if (of, after) in self._seen or self._empty[of] > MOST_EMPTY_PAGES:
            raise RetryLater(f"{self._path}: the pages go in circles, so the reading would not end; run again")
        self._seen.add((of, after))
        return after


_GONE = "OBJECT_NOT_FOUND"  # also the category of NO_ASSOCIATIONS_FOUND
_OURS = frozenset({"VALIDATION_ERROR", "BAD_REQUEST"})


def complete(data: Any, path: str) -> None:
    """Accept a batch read of which nothing failed but what does not exist.

    Raises:
        FixRequest: HubSpot refuses a part of the request.
        RetryLater: A part failed on its side; what came must not pass for the whole.
    """
    for error in errors(data):
        category = str(error.get("category") or "")
        if category in _OURS:
            raise FixRequest(f"{path}: HubSpot refuses a part of the batch ({category})", category=category)
        if category != _GONE:
            raise RetryLater(f"{path}: a part of the batch failed ({category or 'no category'}); run again later")


def errors(data: Any) -> list[Json]:
    """Return the error groups of a batch answer, whether it came as 207 or folded into 200."""
    return children(data, "errors") if isinstance(data, dict) else []


def inputs(ids: Iterable[str]) -> list[Json]:
    """Return the inputs of a batch read."""
    return [{"id": id_} for id_ in ids]


def chunks(ids: Iterable[str], size: int) -> Iterator[Sequence[str]]:
    """Cut ids into batches, each id once: HubSpot refuses a batch that names one twice."""
    unique = list(dict.fromkeys(ids))
    return (unique[start : start + size] for start in range(0, len(unique), size))
