"""What the fault tests of write-back share: a portal over loopback, its store, and one look at what was written."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from typer.testing import CliRunner

from crmbridge import Bridge
from crmbridge.sandbox import Portal, serve
from crmbridge.sandbox.dumps import dump_portal, load_portal
from crmbridge.sandbox.envelope import Request, Response
from crmbridge.sandbox.kinds import Kind
from crmbridge.sandbox.records import IMPORT, Record, Source

CONTACTS: Final = 250  # three batches
UPDATE: Final = "contacts/batch/update"
FAILED, USAGE, CHANGES, CONFLICTS, PARKED, REJECTED, PLUGIN_FAILED = 1, 2, 10, 11, 12, 13, 14
"""Exit codes, as documented."""
SCORE, LEVEL = "crmb_score", "crmb_level"

PLUGIN: Final = '''"""Scores a contact by the number that is its last name."""
from crmbridge import Option, PropertySpec, PropertyValue, hookimpl

LEVELS = (Option(value="low", label="Low"), Option(value="high", label="High"))


@hookimpl
def register_properties():
    yield PropertySpec(object="contact", name="score", label="Score", type="number")
    yield PropertySpec(object="contact", name="level", label="Level", type="enumeration", options=LEVELS)


@hookimpl
def derive_contact(person):
    ref, number = person.contact.ref, int(person.contact.last_name)
    yield PropertyValue(subject=ref, property="score", value=number, reason="last name")
    yield PropertyValue(subject=ref, property="level", value="low" if number % 2 else "high", reason="last name")
'''

SENDING: Final = """
SELECT p.body FROM plan_rows p JOIN journal j ON j.plan_id = p.plan_id AND j.row = p.row
WHERE j.state = 'sending' AND j.number = (
  SELECT max(o.number) FROM journal o WHERE o.plan_id = j.plan_id AND o.row = j.row AND o.connection = j.connection
)
"""
"""The rows whose last word in the journal is that they are being sent."""

Row = tuple[str, str, str, str | None]
"""Object, id, property and value: of a value. Kind, object, name and nothing: of a definition."""


@dataclass(frozen=True)
class Template:
    """A portal and a store with a plan that waits; each test works on copies.

    Attributes:
        portal: The file of the portal.
        store: The store, byte for byte.
        plan: The hash of the plan.
    """

    portal: Path
    store: bytes
    plan: str


class Ledger:
    """What the platform was asked to write, and whether the journal knew of it when it came.

    Attributes:
        calls: Writing requests: method and path.
        batches: The records of each batch of updates, in order of arrival.
        applied: How often each value of a record was written by a program, whatever it was.
        faults: Requests that should not have been made; none is a good sign.
        before: Called with each writing request before it is answered.
    """

    def __init__(self, portal: Portal, store: Path) -> None:
        self.portal, self._store = portal, store
        self.calls: list[str] = []
        self.batches: list[list[str]] = []
        self.applied: Counter[tuple[str, str]] = Counter()
        self.faults: list[str] = []
        self.before: Callable[[Request], None] = lambda _: None
        self._answer, self._write = portal.faults.answer, portal.write
        portal.faults.answer = self.answer  # type: ignore[method-assign]  # this is a tap
        portal.write = self.write  # type: ignore[method-assign]

    def answer(self, request: Request, answer: Callable[[Request], Response]) -> Response:
        """Note a writing request, compare it with the journal, and let it pass."""
        if request.method != "GET" and not request.path.endswith(("/read", "/search")):
            self.calls.append(f"{request.method} {request.path}")
            self._compare(request)
            self.before(request)
        return self._answer(request, answer)

    def write(self, kind: Kind, record: Record, values: Mapping[str, str], source: Source) -> None:
        """Count what a program writes."""
        if source.type == "INTEGRATION":
            self.applied.update((record.id, name) for name in values)
        self._write(kind, record, values, source)

    def _compare(self, request: Request) -> None:
        """A request may hold only what the journal says is being sent (I4, I5), each record once, none that is gone."""
        intended = {_row(json.loads(body)) for body in self._sending()}
        wanted = list(_asked(request))
        self.faults += [f"not in the journal: {row[:3]}" for row in wanted if row not in intended]
        if request.path.endswith("batch/update"):
            kind = request.path.split("/")[-3]
            ids = [item["id"] for item in json.loads(request.body)["inputs"]]
            self.batches.append(ids)
            self.faults += [f"twice in one batch: {id_}" for id_, times in Counter(ids).items() if times > 1]
            gone = (id_ for id_ in ids if self.portal.alive(self.portal.kinds[kind], id_) is None)
            self.faults += [f"sent to a record that is gone: {id_}" for id_ in gone]

    def _sending(self) -> list[str]:
        with closing(sqlite3.connect(f"{self._store.as_uri()}?mode=ro", uri=True)) as file:
            return [row[0] for row in file.execute(SENDING)]


def _row(change: dict[str, Any]) -> Row:
    match change["kind"]:
        case "property":
            return change["subject"]["object"], change["subject"]["id"], change["property"], change["after"] or ""
        case "definition":
            return "definition", change["after"]["object"], change["after"]["name"], None
        case kind:
            return kind, change["object"], change["name"], None


def _asked(request: Request) -> Iterator[Row]:
    """The rows that a request would write."""
    body, parts = json.loads(request.body), request.path.strip("/").split("/")
    if request.path.endswith("batch/update"):
        for item in body["inputs"]:
            yield from ((parts[-3][:-1], item["id"], name, value) for name, value in item["properties"].items())
    elif parts[-1] == "groups":
        yield "group", parts[-2][:-1], body["name"], None
    else:
        place = parts[-1] if request.method == "POST" else parts[-2]
        yield "definition", place[:-1], body.get("name", parts[-1]), None


@dataclass(frozen=True)
class Said:
    """How a command ended.

    Attributes:
        code: Its exit code.
        document: What it printed under ``--json``.
        error: The type of its error; empty if it had none.
    """

    code: int
    document: dict[str, Any]

    @property
    def error(self) -> str:
        return str(self.document.get("error", {}).get("type", ""))


@dataclass
class Site:
    """One account over loopback, and a store that follows it. Use it as a context manager.

    Attributes:
        folder: Where configuration and store are.
        portal: The account.
        plan: The hash of the plan that waits.
        more: Further lines of the configuration.
        plugin_failed: Whether a plugin has failed, which the exit code tells.
    """

    folder: Path
    portal: Portal
    plan: str = ""
    more: str = ""
    plugin_failed: bool = False
    said: list[str] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.portal.limits.off()
        self.ledger = Ledger(self.portal, self.store)
        served = self._stack.enter_context(serve(self.portal))
        self.configure(served.base_url)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @classmethod
    def of(cls, template: Template, folder: Path, more: str = "") -> Site:
        """A copy of a template."""
        site = cls(folder, load_portal(template.portal), template.plan, more)
        site.store.parent.mkdir(parents=True, mode=0o700)
        site.store.write_bytes(template.store)
        site.store.chmod(0o600)
        return site

    def configure(self, base_url: str) -> None:
        """Write the configuration, the plugin and the token."""
        (self.folder / "bridgefile.py").write_text(PLUGIN)
        self.set_token(self.portal.token)
        self.config.write_text(
            f'[connections.main]\nconnector = "hubspot"\ntoken = "file:token"\nbase_url = "{base_url}"\n'
            "index_lag_seconds = 0\ncalls_per_10s = 1000\n"
            '[privacy]\nprocessing = "legitimate-interest"\n[sync]\nengagements = []\n'
            f'[pipeline]\nallow = ["bridgefile.py"]\ndisabled = ["core"]\n{self.more}'
        )

    def set_token(self, token: str) -> None:
        """Put another token where the configuration says."""
        path = self.folder / "token"
        path.write_text(token)
        path.chmod(0o600)

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "crmbridge.toml"

    @property
    def store(self) -> Path:
        """The store."""
        return self.folder / ".crmbridge" / "store.db"

    @property
    def words(self) -> list[str]:
        """The command line that applies the plan."""
        return ["apply", "--approve", self.plan, "--json", "--exit-code", "-c", str(self.config)]

    def bridge(self) -> Bridge:
        """Open the connection."""
        return Bridge.from_config(self.config)

    def run(self, *words: str) -> Said:
        """Run a command that prints one document, in this process."""
        code, printed = self.printed(*words)
        return Said(code, json.loads(printed))

    def printed(self, *words: str) -> tuple[int, str]:
        """Run a command in this process: its exit code, and its standard output."""
        from crmbridge.cli import app  # most fault tests need no command line

        result = CliRunner().invoke(app, list(words))
        self.said.append(result.output)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout

    def apply(self, *words: str) -> Said:
        """Apply the plan in this process; exit code and counts must tell what the journal says (I8)."""
        before = self.states()
        said = self.run(*(words or self.words))
        if said.error:
            assert said.code in (FAILED, USAGE)
            return said
        after, told = self.states(), said.document
        names = {"confirmed": "confirmed", "invalid": "invalid", "rejected": "rejected", "conflict": "conflicts"}
        assert {name: after[state] - before[state] for state, name in names.items()} == {
            name: told[name] for name in names.values()
        }
        weights = {
            REJECTED: told["rejected"] + told["invalid"],
            CONFLICTS: told["conflicts"],
            CHANGES: told["confirmed"],
            FAILED: told["unknown"],
        }
        if told["status"] == "done":
            found = max((code for code, count in weights.items() if count), default=0)
            assert said.code == (PLUGIN_FAILED if self.plugin_failed else found)
        return said

    def states(self) -> Counter[str]:
        """Rows of the plan by where the journal says they stand."""
        with self.bridge() as bridge:
            plan = bridge.journal.plans.find(self.plan)
            assert plan
            return Counter({str(state): n for state, n in bridge.journal.outcome_counts(plan.header.id).items()})

    def reasons(self) -> Counter[tuple[str, str]]:
        """State and reason of each row of the plan that did not go through."""
        with self.bridge() as bridge:
            plan = bridge.journal.plans.find(self.plan)
            assert plan
            states = ("invalid", "rejected", "conflict", "unknown", "sending", "planned")
            pages = bridge.journal.rows(plan.header.id, states)  # type: ignore[arg-type]  # a tuple of literals
            return Counter((row.state, row.reason) for page in pages for row in page)

    def values(self, name: str = SCORE) -> dict[str, str | None]:
        """A property of all contacts, as the portal has it."""
        return {id_: self.value(id_, name) for id_ in self.portal.ids("contacts")}

    def value(self, id_: str, name: str = SCORE) -> str | None:
        """One value, as the portal has it."""
        found: str | None = self.portal.record("contacts", id_)["properties"].get(name)
        return found

    def wanted(self, name: str = SCORE) -> dict[str, str]:
        """The same, as the plugin has it."""
        numbers = {id_: int(self.value(id_, "lastname") or 0) for id_ in self.portal.ids("contacts")}
        if name == SCORE:
            return {id_: str(number) for id_, number in numbers.items()}
        return {id_: "low" if number % 2 else "high" for id_, number in numbers.items()}


def make_template(folder: Path, *, settled: bool) -> Template:
    """Make a portal, sync it and plan.

    Args:
        folder: Where.
        settled: True for an account to which a first plan was applied, and in which every value must change since.
    """
    portal = Portal(1)
    ids = [portal.add("contacts", {"lastname": str(number)}) for number in range(CONTACTS)]
    with Site(folder, portal) as site, site.bridge() as bridge:
        bridge.sync()
        plan = bridge.plan()
        if settled:
            bridge.apply(plan, approve=plan.hash)
            for number, id_ in enumerate(ids):
                portal.edit("contacts", id_, {"lastname": str(number + 1_001)}, source=IMPORT)
            bridge.sync()
            plan = bridge.plan()
        assert len(plan) == (2 * CONTACTS if settled else 2 * CONTACTS + 3)
    dump_portal(portal, folder / "portal.db")
    return Template(folder / "portal.db", site.store.read_bytes(), plan.hash)


def assert_sane(site: Site, *, left: int = 0, known: Iterable[str] = ()) -> None:
    """Look at what an apply that has ended leaves behind.

    I4 and I5: nothing was written that the journal did not know of; it verifies, and each row is decided. I6: a second
    plan has no more than the rows that are ``left`` over, and the first one applied again does nothing. I7: the token
    is in its own file only. I10: the store is sound, and no file is left beside it but those ``known``.
    """
    assert site.ledger.faults == []
    with site.bridge() as bridge:
        assert bridge.journal.verify().faults == ()
        for header in bridge.journal.plans.headers(100):
            if bridge.journal.plans.state(header.id) == "applied":
                assert not bridge.journal.outcome_counts(header.id).keys() & {"sending", "unknown", "planned"}
        calls = len(site.ledger.calls)
        again = bridge.journal.plans.find(site.plan)
        assert again
        assert bridge.apply(again, approve=site.plan).calls == 0
        bridge.sync()
        assert len(bridge.plan()) == left
        assert len(site.ledger.calls) == calls
        assert bridge.store.damaged() is None
    _assert_clean(site, known)


def _assert_clean(site: Site, known: Iterable[str]) -> None:
    ours = {"bridgefile.py", "token", "crmbridge.toml", "store.db", "store.db-wal", "store.db-shm", *known}
    files = [path for path in site.folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} <= ours
    token = site.portal.token.encode()
    assert [path.name for path in files if path.name != "token" and token in path.read_bytes()] == []
    assert token not in "\n".join(site.said).encode()


class Driver:
    """Starts ``crmbridge`` in processes of its own that can be told to die or to stop at a point; see ``driver.py``."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", str(Path(__file__).with_name("driver.py"))]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def start(self, site: Site, *words: str, **order: object) -> int:
        """Start a command, without waiting for it; returns its process id."""
        output = str(site.folder.parent / "output")
        return int(self._ask({"words": words or site.words, "output": output, **order})["pid"])

    def wait(self, pid: int) -> str:
        """Wait until a process ends or stops: ``exit N``, ``signal N`` or ``stopped``."""
        return str(self._ask({"wait": pid})["ended"])

    def run(self, site: Site, *words: str, **order: object) -> tuple[str, str]:
        """Start a command and wait: how it ended, and what it printed."""
        ended = self.wait(self.start(site, *words, **order))
        return ended, self.output(site)

    def output(self, site: Site) -> str:
        """What the last command printed."""
        text = (site.folder.parent / "output").read_text()
        site.said.append(text)
        return text

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found
