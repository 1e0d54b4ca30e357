"""Reads ``crmbridge.toml`` into a frozen ``Config``; every error names file, section and field, never a value."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, ValidationError

from crmbridge.connector import ConnectorSettings, ConnectorSpec
from crmbridge.errors import FixConfig, FixCredential
from crmbridge.model.base import Frozen, ObjectName
from crmbridge.model.evidence import Role
from crmbridge.model.invalid import explain
from crmbridge.model.properties import Policy

M = TypeVar("M", bound=BaseModel)
EngagementName = Literal["email", "meeting", "call", "note", "task", "communication", "postal_mail"]
Percent = Annotated[float, Field(ge=0, le=100)]
PlatformName = Annotated[str, Field(min_length=1)]

REQUIRED: Mapping[Role, int] = {"decider": 1, "buyer": 1, "influencer": 1, "user": 1}
"""What a complete center of a complex purchase has, if the config says nothing else."""


def _check_property(name: str) -> str:
    if not re.fullmatch(r"(contact|company|deal)\.[a-z][a-z0-9_]*", name):
        raise ValueError('name a property as "OBJECT.NAME", in quotes; OBJECT is contact, company or deal')
    return name


PropertyName = Annotated[str, AfterValidator(_check_property)]


class Section(Frozen):
    """A table of the file: frozen, without unknown keys, endless numbers refused."""

    model_config = ConfigDict(allow_inf_nan=False)


class ConnectionTable(BaseModel):
    """A table ``[connections.NAME]``; all keys but ``connector`` are the connector's own, kept as they stand."""

    model_config = ConfigDict(frozen=True, extra="allow")

    connector: str = Field(description='The platform, e.g. "hubspot".')


class Privacy(Section):
    """What the controller of the data declares."""

    processing: Literal["legitimate-interest", "record-required"] = Field(
        description=(
            "Declare on what ground people's data are judged, because nobody but you can: "
            '"legitimate-interest" judges everybody who did not object (write your assessment beside it), '
            '"record-required" judges only people with a recorded legal basis.'
        )
    )
    assessment: str = Field(default="", description="Your assessment of the legitimate interest, or where it is kept.")


class Store(Section):
    """Where the mirror, the proposals and the journal are kept."""

    path: Path = Field(default=Path(".crmbridge/store.db"), description="Relative to the config file.")


class Sync(Section):
    """What is read from the CRM."""

    engagements: tuple[EngagementName, ...] = Field(
        default=("email", "meeting"), description="Kinds of engagements to read."
    )
    since_months: int = Field(default=24, ge=0, description="Engagements of how many months to read; 0 reads all.")
    properties: dict[ObjectName, tuple[PlatformName, ...]] = Field(
        default_factory=dict, description="Further properties to read, per object, by the platform's names."
    )
    transform_limit_percent: Percent = Field(
        default=5.0, description="A sync stops when plugins failed on more than this share of the records."
    )


class Centers(Section):
    """How buying centers are measured."""

    benchmark: float = Field(default=6.8, gt=0, description="Group size that coverage is compared with, in people.")
    benchmark_source: str = Field(
        default="CEB/Gartner, Harvard Business Review 2017", description="Where that number comes from."
    )
    engaged_days: int = Field(default=90, ge=1, description="A member is engaged for so many days after a touch.")
    required: dict[Role, Annotated[int, Field(ge=0, le=9)]] = Field(
        default_factory=lambda: dict(REQUIRED),
        description="How many members of each role a complete center has.",
    )
    routine_amount: Decimal | None = Field(
        default=None, ge=0, description="Deals below this amount are routine purchases: only a buyer is required."
    )


class Guard(Section):
    """When a plan waits for approval."""

    changed_percent: Percent = Field(default=30.0, description="More of a property's values would change.")
    cleared_percent: Percent = Field(default=10.0, description="More of a property's values would be emptied.")
    rows: int = Field(default=500, ge=1, description="The plan has more rows.")
    minimum: int = Field(default=10, ge=0, description="Shares count from so many existing values on.")
    first_apply: bool = Field(default=True, description="A property is written for the first time.")


class Writeback(Section):
    """What is written to the CRM."""

    prefix: str = Field(
        default="crmb_",
        pattern=r"^[a-z][a-z0-9_]{0,20}$",
        description="Names of created properties begin with it; fixed at the first sync.",
    )
    group: str = Field(
        default="crmbridge", pattern=r"^[a-z][a-z0-9_]{0,40}$", description="Property group of created properties."
    )
    properties: tuple[PropertyName, ...] = Field(
        default=(), description='Optional properties to write as well, e.g. "contact.department".'
    )
    skip: tuple[PropertyName, ...] = Field(default=(), description="Properties not to write.")
    policies: dict[PropertyName, Policy] = Field(
        default_factory=dict, description="What may be overwritten, where it differs from the plugin's own policy."
    )
    overwrite: dict[PropertyName, bool] = Field(
        default_factory=dict,
        description="Native properties that policy overwrite may write; true if people's edits are overwritten too.",
    )
    guard: Guard = Field(default_factory=Guard, description="When a plan waits for approval.")


class Pipeline(Section):
    """Which plugins run, and in which order."""

    order: tuple[str, ...] = Field(default=(), description="Plugins in the order they are asked; others by name.")
    disabled: tuple[str, ...] = Field(default=(), description="Plugins that do not run.")
    allow: tuple[str, ...] | None = Field(
        default=None, description="If given, plugins of just these distributions are imported."
    )


class Report(Section):
    """The HTML report."""

    path: Path = Field(default=Path(".crmbridge/report.html"), description="Relative to the config file.")
    top: int = Field(default=20, ge=0, description="Buying centers shown with a map.")
    rows: int = Field(default=200, ge=1, description="Buying centers in the table.")


@dataclass(frozen=True)
class Connection:
    """One account in the config.

    Attributes:
        name: As in ``[connections.NAME]``.
        connector: The platform.
        settings: The connector's own keys as they stand in the file, references unresolved.
    """

    name: str
    connector: str
    settings: Mapping[str, Any] = field(repr=False)


class Config(Section):
    """Everything a user decides; see ``Config.load``."""

    connections: dict[str, ConnectionTable] = Field(
        min_length=1, repr=False, description='Describe an account: [connections.main] with connector = "hubspot".'
    )
    privacy: Privacy = Field(description=f"{Privacy.model_fields['processing'].description} Key: processing.")
    store: Store = Field(default_factory=Store, description="Where crmbridge keeps what it read and did.")
    sync: Sync = Field(default_factory=Sync, description="What is read from the CRM.")
    centers: Centers = Field(default_factory=Centers, description="How buying centers are measured.")
    writeback: Writeback = Field(default_factory=Writeback, description="What is written to the CRM.")
    pipeline: Pipeline = Field(default_factory=Pipeline, description="Which plugins run, and in which order.")
    plugins: dict[str, dict[str, Any]] = Field(
        default_factory=dict, repr=False, description="The plugins' own tables; each plugin validates its own."
    )
    report: Report = Field(default_factory=Report, description="The HTML report.")

    _path: Path = PrivateAttr(default=Path("crmbridge.toml"))

    @classmethod
    def load(cls, path: Path) -> Config:
        """Read the file.

        Raises:
            FixConfig: It cannot be read, is no TOML, or does not validate; all errors in one message.
        """
        config = _validated(cls, _parse(path), path)
        config._path = path  # noqa: SLF001 its own attribute
        return config

    @property
    def path(self) -> Path:
        """The file this was read from; paths in it are relative to its folder."""
        return self._path

    @property
    def store_path(self) -> Path:
        """Where the store is."""
        return self._located(self.store.path)

    @property
    def report_path(self) -> Path:
        """Where the report is written."""
        return self._located(self.report.path)

    def connection(self, name: str | None = None) -> Connection:
        """Give a connection; the name may be left out if there is one.

        Raises:
            FixConfig: No connection has that name, or there are several and none is named.
        """
        known = ", ".join(sorted(self.connections))
        if name is None and len(self.connections) > 1:
            raise FixConfig(f"{self.path} has several connections: name one of {known}")
        name = next(iter(self.connections)) if name is None else name
        table = self.connections.get(name)
        if table is None:
            raise FixConfig(f"{self.path} has no [connections.{name}]: there are {known}")
        return Connection(name, table.connector, dict(table.model_extra or {}))

    def fingerprint(self) -> str:
        """Hash what judging depends on: if it differs, judge everything again. It holds no secret."""
        facts = self.model_dump(mode="json", include={"centers", "privacy", "sync"})
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def _located(self, path: Path) -> Path:
        return self._path.parent / path.expanduser()


def connection_settings(config: Config, name: str | None, spec: ConnectorSpec) -> ConnectorSettings:
    """Resolve the references of a connection and validate its settings. The only place where secrets are read.

    Args:
        config: The configuration.
        name: Of the connection; None if there is one.
        spec: The connector's.

    Raises:
        FixConfig: A setting is wrong, or a secret stands in the file itself.
        FixCredential: A variable or file that is referred to is missing, or the file is open to others.
    """
    connection = config.connection(name)
    section = ("connections", connection.name)
    for key in _secret_fields(spec.settings):
        value = connection.settings.get(key)
        if isinstance(value, str) and not value.startswith(("env:", "file:")):
            raise FixConfig(
                f"{config.path}\n  [{'.'.join(section)}] {key}: a secret must not stand in this file; "
                f'write {key} = "env:NAME" or {key} = "file:PATH", and replace the one that stood here'
            )
    values = {
        key: _resolve(value, config.path.parent, f"{config.path}: [{'.'.join(section)}] {key}")
        for key, value in connection.settings.items()
    }
    return _validated(spec.settings, values, config.path, *section)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FixConfig(f"{path} does not exist: make one with `crmbridge init`") from None
    except OSError as error:
        raise FixConfig(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FixConfig(f"{path} is not UTF-8: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise FixConfig(f"{path} is not TOML: {error}") from None


def _validated(model: type[M], values: Mapping[str, Any], path: Path, *section: str) -> M:
    """Validate; the error is raised anew outside the handler, so that no traceback carries the input."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = explain(error, model, *section)
    raise FixConfig("\n  ".join([f"{path} needs mending:", *faults]))


def _secret_fields(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        if _holds_secret(info.annotation):
            yield info.alias or name


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))


def _resolve(value: Any, folder: Path, place: str) -> Any:
    """Replace ``env:NAME`` and ``file:PATH`` by what they refer to; anything else stays."""
    if isinstance(value, str) and value.startswith("env:"):
        return _from_variable(value.removeprefix("env:").strip(), place)
    if isinstance(value, str) and value.startswith("file:"):
        return _from_file(folder / Path(value.removeprefix("file:").strip()).expanduser(), place)
    return value


def _from_variable(name: str, place: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise FixCredential(f"{place}: the environment variable {name} is not set: set it")
    return value


def _from_file(path: Path, place: str) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            value = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FixCredential(f"{place}: {path} cannot be read ({type(error).__name__}): write the token there") from None
    if mode & 0o077:
        raise FixCredential(f"{place}: {path} can be read by others (mode {mode:04o}): run chmod 600 on it")
    if not value:
        raise FixCredential(f"{place}: {path} is empty: write the token there")
    return value
