"""Reads ``crmbridge.toml`` into a frozen ``Config``; every error names file, section and field, never a value."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from crmbridge.config.base import Section
from crmbridge.config.centers import Centers
from crmbridge.config.sections import (
    ConnectionTable,
    Pipeline,
    Privacy,
    Report,
    Store,
    Sync,
    Writeback,
)
from crmbridge.errors import Fault, FixConfig
from crmbridge.model.invalid import faults_in

M = TypeVar("M", bound=BaseModel)


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
        config = validated(cls, read_toml(path), path)
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

    def token_path(self, name: str) -> Path:
        """Where the tokens of a connection are kept that signs in by OAuth: beside the store."""
        return self.store_path.parent / "tokens" / f"{quote(name, safe='')}.json"

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


def read_toml(path: Path) -> dict[str, Any]:
    """Read the file as it stands.

    Raises:
        FixConfig: It cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # editors on Windows put a mark before the text
    except FileNotFoundError:
        raise FixConfig(f"{path} does not exist: make one with `crmbridge init`") from None
    except OSError as error:
        raise FixConfig(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FixConfig(f"{path} is not UTF-8: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise FixConfig(f"{path} is not TOML: {error}") from None
    except (RecursionError, ValueError):  # tomllib reads neither such nesting nor such numbers
        raise FixConfig(f"{path} cannot be read: it nests too deep, or a number in it has too many digits") from None


def read_sound_part(document: Mapping[str, Any], path: Path) -> tuple[Config, tuple[Fault, ...]]:
    """Read what is right in a document and say what is wrong with the rest.

    A table with a fault stands at its defaults. Connections stay where they name a connector; if none is left, one
    without a real connector stands in for them.
    """
    faults: tuple[Fault, ...] = ()
    try:
        config = Config.model_validate(document)
    except ValidationError as error:
        faults = faults_in(error, Config)
        faulty = {fault.section.partition(".")[0] for fault in faults}
        config = Config.model_validate(_STAND_INS | _sound_tables(document, faulty))
    config._path = path  # noqa: SLF001 its own attribute
    return config, faults


def _sound_tables(document: Mapping[str, Any], faulty: Container[str]) -> dict[str, Any]:
    tables = {name: table for name, table in document.items() if name in Config.model_fields and name not in faulty}
    found = document.get("connections")
    named = found.items() if isinstance(found, dict) else ()
    sound = {
        name: table for name, table in named if isinstance(table, dict) and isinstance(table.get("connector"), str)
    }
    return tables | ({"connections": sound} if sound else {})


_STAND_INS: Final[dict[str, Any]] = {
    "connections": {"": {"connector": ""}},
    "privacy": {"processing": "record-required"},
}


def validated(model: type[M], values: Mapping[str, Any], path: Path, *section: str) -> M:
    """Validate what stands in a section of the file.

    The error is raised anew outside the handler, so that no traceback carries the input.

    Raises:
        FixConfig: It does not validate; all errors in one message.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = faults_in(error, model, *section)
    raise needs_mending(path, faults)


def needs_mending(path: Path, faults: Collection[Fault]) -> FixConfig:
    """Make the error that tells all faults of a file."""
    return FixConfig("\n  ".join([f"{path} needs mending:", *map(str, faults)]), faults)
