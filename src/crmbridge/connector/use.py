"""What a connection is used for: the health report names the rights that this takes."""

from __future__ import annotations

from crmbridge.model.base import Frozen


class Use(Frozen):
    """What is read and written over a connection.

    Attributes:
        reads: Objects, and ``segment`` or ``subscription`` where these are read.
        writes: The same for what is written: values, definitions, members of lists.
    """

    reads: frozenset[str]
    writes: frozenset[str] = frozenset()
