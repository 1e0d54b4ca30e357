"""The database behind a portal: SQLite, in memory or in a file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_PRAGMAS = (
    "journal_mode = OFF",  # a portal that breaks off is thrown away
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "temp_store = MEMORY",
    "cache_size = -262144",  # KiB: what fits is never written out
    "mmap_size = 8589934592",
)


def open_database(path: Path | None = None) -> sqlite3.Connection:
    """Open the database of a portal; whoever uses it holds the portal's lock.

    Args:
        path: The file; without one, everything is in memory. About 1.5 kB of a contact is kept either way.
    """
    database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512)
    for pragma in _PRAGMAS:
        database.execute(f"PRAGMA {pragma}")
    return database
