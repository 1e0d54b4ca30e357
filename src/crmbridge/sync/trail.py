"""A listing must get on: a platform whose cursors go round in circles is stopped, not followed for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crmbridge.errors import RetryLater

MOST_EMPTY_PAGES: Final = 10
"""Pages without records in a row, as Fivetran's connectors bound it
(https://fivetran.com/docs/connectors/functions/changelog)."""


class Trail:
    """The cursors of one pass over one object."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self._seen: set[str] = set()
        self._empty = 0

    def follow(self, items: Sequence[object], after: str | None) -> None:
        """Note the way to the next page.

        Raises:
            RetryLater: The platform gave a cursor twice, or only empty pages; what was committed stays.
        """
        self._empty = 0 if items else self._empty + 1
        if after is None:
            return
        still_coming(self.stream, self._empty)
        if after in self._seen:
            raise circles(self.stream)
        self._seen.add(after)


def still_coming(stream: str, empty: int) -> int:
    """Return the number of empty pages in a row, unless it is too large. Raises ``RetryLater`` then."""
    if empty > MOST_EMPTY_PAGES:
        raise circles(stream)
    return empty


def circles(stream: str) -> RetryLater:
    """Return the error for a paging that does not end."""
    return RetryLater(
        f"the platform's paging of {stream} goes round in circles: sync again later, and if it stays so, "
        "report it to the platform"
    )
