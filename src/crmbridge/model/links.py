"""Associations between records."""

from __future__ import annotations

from dataclasses import dataclass

from crmbridge.model.base import Ref


@dataclass(frozen=True, slots=True)
class Link:
    """An association, read in one direction. A plain dataclass, because there are millions.

    Attributes:
        source: Where it starts.
        target: Where it ends.
        label: The label a person sees, or None for the plain link. A pair with labels also has its plain link.
        type_id: The platform's id of this kind of link.
        primary: True for the platform's own "primary" kind.
    """

    source: Ref
    target: Ref
    label: str | None = None
    type_id: str | None = None
    primary: bool = False
