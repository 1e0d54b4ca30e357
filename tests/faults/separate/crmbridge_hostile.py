"""A plugin that does what it is told by the id of the record: what no plugin should."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from crmbridge import (
    BuyingCenter,
    Finding,
    PersonFacts,
    Plan,
    PluginSettings,
    PropertySpec,
    PropertyValue,
    Record,
    RunContext,
    TitleReading,
    hookimpl,
)


class Settings(PluginSettings):
    """The table ``[plugins.hostile]``."""

    level: int = 1


@hookimpl
def register_settings() -> type[Settings]:
    """Give the settings."""
    return Settings


@hookimpl
def register_properties() -> Iterator[PropertySpec]:
    """Name a day and a text."""
    yield PropertySpec(object="contact", name="day", label="Day", type="date")
    yield PropertySpec(object="contact", name="text", label="Text")


@hookimpl
def derive_contact(ctx: RunContext[Settings], person: PersonFacts) -> Iterator[PropertyValue]:
    """Tell what is known: settings, day, texts."""
    ctx.log.warning("level %s", ctx.settings.level)
    ctx.log.warning("%d lines that cannot be put together", "no")
    subject = person.contact.ref
    said = " ".join(remark.text for remark in person.remarks)
    yield PropertyValue(subject=subject, property="day", value=ctx.today)
    yield PropertyValue(subject=subject, property="text", value=f"{ctx.run_id} {ctx.settings.level} {said}")


@hookimpl
def propose_titles(center: BuyingCenter) -> Any:
    """Return what a hook must not."""
    return BAD[center.name]


@hookimpl
def check_plan(plan: Plan) -> Iterator[Finding]:
    """Count the rows twice."""
    yield Finding(severity="info", code="rows", message=f"{sum(1 for _ in plan)} {sum(1 for _ in plan)} {len(plan)}")


@hookimpl
def transform_record(record: Record) -> Record | None:
    """Do what the record's id says, and tell what came of it."""
    deed = DEEDS.get(record.id)
    return record.model_copy(update={"job_title": str(deed())}) if deed else None


def _reading(**fields: Any) -> TitleReading:
    known: dict[str, Any] = {"member_id": "contact:5", "text": "CEO", "confidence": 1.0}
    return TitleReading.model_construct(**(known | fields))


BAD: Mapping[str, Any] = {
    "text": "text",
    "long": [_reading(text="x" * 1_000_000)],
    "huge": [_reading(text="x" * 10_000_000)],
    "nan": [_reading(confidence=float("nan"))],
    "stranger": [_reading(member_id="contact:999")],
    "object": [_reading(text=sys)],
    "class": [object()],
    "good": [_reading()],
}


def _spin() -> None:
    subprocess.Popen(["sleep", "3600"])
    while True:
        sum(range(10**9))  # C that heeds nothing


def _print_much() -> int:
    for _ in range(1000):
        print("x" * 100_000)  # noqa: T201 that is the point
        sys.stderr.write("x" * 100_000)
    return os.write(1, b"x")


def _connect() -> None:
    with socket.socket() as end:
        end.connect_ex(("127.0.0.1", 9))


def _eat() -> None:
    heap = []
    while True:
        heap.append(bytearray(50_000_000))


DEEDS: Mapping[str, Callable[[], Any]] = {
    "environment": lambda: sorted(os.environ),
    "proc": lambda: Path("/proc/self/environ").read_bytes().count(b"canary"),
    "modules": lambda: sorted({"crmbridge.store", "crmbridge.http", "httpx", "sqlalchemy"} & set(sys.modules)),
    "pid": os.getpid,
    "fork": os.fork,
    "memory": _eat,
    "print": _print_much,
    "connect": _connect,
    "raise": lambda: int("canary@acme.example"),
    "exit": sys.exit,
    "abort": os.abort,
    "leave": lambda: os._exit(3),
    "spin": _spin,
    "sleep": lambda: time.sleep(3600),  # the fault itself: nobody waits for it, its process is ended
    "today": date.today,
}
