"""Every error that crmbridge raises, named for what the caller does next.

    CrmBridgeError
    ├── FixConfig           crmbridge.toml or a setting is wrong: edit the named section and field
    ├── FixCredential       the token is missing, malformed or refused: replace it
    ├── GrantScope          the token lacks a scope: grant the named one
    ├── SyncFirst           nothing, or not all of it, was read yet: run `crmbridge sync`
    ├── RetryLater          the platform is unreachable, busy or out of quota: run again, nothing is lost
    ├── WaitForRun          another run holds this connection: wait for it, or release its lease
    │   └── LeaseLost       another run took this connection over: start again
    ├── ReplaceStore        the store file is not ours, damaged, or of a newer version
    ├── RemakePlan          the plan is altered, stale, applied already or for another connection
    ├── FixPlugin           a plugin breaks the contract: the message names plugin, hook and remedy
    ├── FixRequest          the platform refuses this request and always will: mend what is sent
    │   └── RecordMissing   the record or path does not exist there
    └── NotSupported        this connector cannot do that: its capabilities say so

Each message says what to do. None holds a secret or a personal value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class CrmBridgeError(Exception):
    """Anything crmbridge raises on purpose; catch this to catch all.

    Attributes:
        correlation_id: The platform's name for the answer that caused it, empty if none did; its support asks for it.
    """

    correlation_id: str = ""


class Fault(NamedTuple):
    """One thing that is wrong in the configuration.

    Attributes:
        section: The table, as ``plugins.roles``; empty if it is about none.
        field: The key in it, or what else is wrong; empty for the table itself.
        message: What is wrong, and what to do; never a value.
    """

    section: str
    field: str
    message: str

    def __str__(self) -> str:
        place = " ".join(part for part in (self.section and f"[{self.section}]", self.field) if part)
        return f"{place}: {self.message}" if place else self.message


class FixConfig(CrmBridgeError):
    """The configuration is wrong; the message names file, section and field.

    Attributes:
        faults: The same one by one, where there may be several.
    """

    def __init__(self, message: str, faults: Iterable[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class FixCredential(CrmBridgeError):
    """The credential is missing, malformed, expired or refused."""


class GrantScope(CrmBridgeError):
    """The credential lacks a scope.

    Attributes:
        scopes: Scopes of which the platform asks for at least one.
    """

    def __init__(self, message: str, scopes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.scopes = scopes


class SyncFirst(CrmBridgeError):
    """The connection was never synced, or its first sync has not finished."""


class RetryLater(CrmBridgeError):
    """The platform cannot answer now. What was committed stays; a later run goes on from there.

    Attributes:
        after: Seconds the platform asks to wait, or None.
    """

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class WaitForRun(CrmBridgeError):
    """Another run holds the lease of this connection."""


class LeaseLost(WaitForRun):
    """This run's lease was taken over: nothing more of it was written."""


class ReplaceStore(CrmBridgeError):
    """The store file is not ours, is damaged, or was written by a newer version."""


class RemakePlan(CrmBridgeError):
    """The plan must not be applied: make a new one."""


class FixPlugin(CrmBridgeError):
    """A plugin breaks the contract of its hooks.

    Attributes:
        problem: What is wrong.
        plugin: Name of the plugin, empty if it has none yet.
        hook: The hook, if it is about one.
        remedy: What the plugin's author or user does next.
    """

    def __init__(self, problem: str, plugin: str = "", *, hook: str = "", remedy: str = "") -> None:
        place = ", ".join(part for part in (plugin and f"plugin {plugin}", hook) if part)
        super().__init__((f"{place}: " if place else "") + problem + (f"; {remedy}" if remedy else ""))
        self.problem = problem
        self.plugin = plugin
        self.hook = hook
        self.remedy = remedy


class FixRequest(CrmBridgeError):
    """The platform refuses the request; sending it again cannot help.

    Attributes:
        status: HTTP status, or 0.
        category: The platform's name for the fault, e.g. ``VALIDATION_ERROR``.
        context: The platform's details: names to lists of values.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        category: str = "",
        context: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.context = dict(context or {})


class RecordMissing(FixRequest):
    """The record, property or path does not exist on the platform."""


class NotSupported(CrmBridgeError):
    """The connector does not do this; see its ``capabilities``."""
