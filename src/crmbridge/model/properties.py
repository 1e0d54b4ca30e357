"""Properties that crmbridge reads and writes: what plugins declare, what the platform has."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from crmbridge.model.base import Frozen, ObjectName

PropertyType = Literal["string", "text", "number", "bool", "enumeration", "multi", "date", "datetime"]
"""``text`` is a long string, ``multi`` an enumeration with several values."""

Fold = Literal["union", "max", "latest", "strictest", "only-one"]
"""How the values of one record from several open centers become one.

``union``: all options, or all distinct lines of a text. ``max``: the greatest number, or the option that stands last.
``latest``: the value with the newest date. ``strictest``: the option that stands first. ``only-one``: the value if all
agree, else nothing is written.
"""

Policy = Literal["own", "fill-empty", "overwrite"]
"""``own``: crmbridge created it. ``fill-empty``: native, written while empty. ``overwrite``: native, written always."""


class Option(Frozen):
    """One value of an enumeration and the label a person sees."""

    value: str = Field(min_length=1)
    label: str = Field(min_length=1)


class PropertySpec(Frozen):
    """A property that a plugin writes.

    Attributes:
        object: ``contact``, ``company`` or ``deal``.
        name: Lower snake case. Without the prefix under policy ``own``; the platform's own name otherwise.
        label: What a person sees.
        description: One sentence on the property's page in the CRM.
        options: For ``enumeration`` and ``multi``, in a meaningful order: folds rest on it.
        fold: How several centers' values become one.
        policy: What may be overwritten.
        clear: True if the value may be emptied.
        min_change: A number that moved less is not written.
        core: Written by default; others are named in ``[writeback] properties``.
        stamp: Travels only with another change of the same record, and is not hashed.
        by: The plugin; set by the host.
    """

    object: Literal["contact", "company", "deal"]
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,80}$")
    label: str
    description: str = ""
    type: PropertyType = "string"
    options: tuple[Option, ...] = ()
    fold: Fold = "latest"
    policy: Policy = "own"
    clear: bool = False
    min_change: float = Field(default=0.0, ge=0)
    core: bool = True
    stamp: bool = False
    by: str = ""

    @model_validator(mode="after")
    def _options_fit_type(self) -> PropertySpec:
        if (self.type in ("enumeration", "multi")) != bool(self.options):
            raise ValueError(f"{self.object}.{self.name}: exactly the types enumeration and multi have options")
        if len({option.value for option in self.options}) != len(self.options):
            raise ValueError(f"{self.object}.{self.name}: option values must differ")
        if self.type == "multi" and any(";" in item.value or item.value != item.value.strip() for item in self.options):
            raise ValueError(f"{self.object}.{self.name}: its options may have no semicolon and no outer blanks")
        return self

    def platform_name(self, prefix: str) -> str:
        """The name on the platform; ``prefix`` is put before what crmbridge creates."""
        return prefix + self.name if self.policy == "own" else self.name


class InputSpec(Frozen):
    """What a plugin reads, so that the mirror holds it.

    Attributes:
        object: The record.
        properties: The platform's property names; none of them must exist.
        connector: Only for connections of this connector; None for all.
        texts: Read what these records say as well, if they are read at all: the body of a note, a call, a message. It
            comes as ``text`` of touches and remarks, plain and without quotations, where ``[sync] texts`` allows it.
    """

    object: ObjectName
    properties: tuple[str, ...] = ()
    connector: str | None = None
    texts: bool = False


class PropertyDefinition(Frozen):
    """A property as the platform defines it.

    Attributes:
        name: The platform's name.
        read_only: True if no value may be written.
        options_external: True if the options live elsewhere and the list here may be incomplete.
    """

    object: ObjectName
    name: str
    label: str
    type: str
    field_type: str = ""
    group: str = ""
    description: str = ""
    options: tuple[Option, ...] = ()
    read_only: bool = False
    options_external: bool = False
