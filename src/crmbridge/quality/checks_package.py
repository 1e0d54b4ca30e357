"""What can be read from ``pyproject.toml``, the README, the change log and the tests of a plugin. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from crmbridge.quality.checks_settings import keys
from crmbridge.quality.package import Package
from crmbridge.quality.rules import Trait
from crmbridge.quality.scale import Fault
from crmbridge.quality.source import constant, keyword

PROJECT_FILE: Final = "pyproject.toml"
README: Final = "README.md"

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]*")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
_BLOCK: Final = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def entry_point(package: Package) -> Iterator[Fault]:
    """Exactly one entry point, to a module that is there."""
    entries = package.entries
    if len(entries) != 1:
        remedy = 'write one line NAME = "PACKAGE" under [project.entry-points.crmbridge]'
        yield Fault(PROJECT_FILE, f"it has {len(entries)} entry points in the group crmbridge", remedy)
    for name, value in entries.items():
        if not _NAME.fullmatch(name):
            yield Fault(PROJECT_FILE, f"{name} is no name of a plugin", "use a-z, 0-9, _ and -, a letter first")
        if not any(module.name == value.partition(":")[0] for module in package.modules):
            yield Fault(PROJECT_FILE, f"{value} is no module of the package", "mend the entry point")


def hooks_declare_range(package: Package) -> Iterator[Fault]:
    """The dependency on crmbridge has a lower and an upper end."""
    ours = [item for item in package.project.get("dependencies", []) if re.match(r"crmbridge\s*(\[|[<>=!~(;]|$)", item)]
    if not any(">=" in item and re.search(r"<\s*\d", item) for item in ours):
        remedy = 'depend on "crmbridge>=0.1,<0.3": the version it was tested with, and the next minor one'
        yield Fault(PROJECT_FILE, "it names no range of versions of crmbridge", remedy)


def owner(package: Package) -> Iterator[Fault]:
    """Authors or maintainers are named."""
    people = [*package.project.get("maintainers", []), *package.project.get("authors", [])]
    if not any(isinstance(item, dict) and any(item.values()) for item in people):
        yield Fault(PROJECT_FILE, "nobody looks after it", "name authors or maintainers")


def changelog(package: Package) -> Iterator[Fault]:
    """The version is in the change log."""
    version = package.project.get("version")
    if not package.changelog:
        yield Fault("CHANGELOG.md", "there is none", "say what changed, under a heading with the version")
    elif version and not any(str(version) in heading for heading in _HEADING.findall(package.changelog)):
        yield Fault("CHANGELOG.md", f"it has no entry for {version}", "add a heading with the version")


def contract_suite(package: Package) -> Iterator[Fault]:
    """A class of the tests derives from each suite that applies."""
    connects = Trait.CONNECTS in package.traits
    suites = ["ConnectorContract"] if connects else []
    if not connects or Trait.JUDGES in package.traits:
        suites.append("PluginContract")
    derived = {
        base for module in package.tests or () for node in module.classes.values() for base in module.bases(node)
    }
    for suite in suites:
        if suite not in derived:
            remedy = f"add a class Test…({suite}), from crmbridge.testing"
            yield Fault("tests", f"no test runs {suite}", remedy)


def docs_setup(package: Package) -> Iterator[Fault]:
    """The README names settings, properties and the section of the configuration."""
    text = package.readme
    if not text.strip():
        yield Fault(README, "there is none", "say what the plugin does, its settings and its properties")
        return
    for name in [*keys(package), *property_names(package)]:
        if not re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", text):
            yield Fault(README, f"it does not name {name}", "say what it means and what its default is")
    yield from _example(package)


def property_names(package: Package) -> Iterator[str]:
    """Yield the names of properties that the code spells out."""
    for module in package.modules:
        for call in module.calls("PropertySpec"):
            if name := constant(keyword(call, "name")):
                yield name


def _example(package: Package) -> Iterator[Fault]:
    """An example of the configuration parses and has the plugin's section."""
    tables: list[dict[str, Any]] = []
    for block in _BLOCK.findall(package.readme):
        try:
            tables.append(tomllib.loads(block))
        except tomllib.TOMLDecodeError as error:
            yield Fault(README, f"an example is not TOML: {error}", "mend it")
    names = set(package.entries) if "register_settings" in package.hooks and keys(package) else set()
    for name in names:
        if not any(name in table.get("plugins", {}) for table in tables):
            yield Fault(README, f"no example shows [plugins.{name}]", "add a block of TOML with its settings")
    if Trait.CONNECTS in package.traits and not any("connections" in table for table in tables):
        yield Fault(README, "no example shows a connection", "add a block of TOML with [connections.main]")


def docs_token_scopes(package: Package) -> Iterator[Fault]:
    """The README names each secret, and its scopes."""
    for name, secret in keys(package).items():
        if secret and name not in package.readme:
            yield Fault(README, f"it does not name {name}", "say where it comes from and what it may do")
    if not re.search(r"\bscopes?\b|\bpermissions?\b", package.readme, re.IGNORECASE):
        yield Fault(README, "it names no scopes", "list what the credential must be allowed, and for what")


def docs_known_limitations(package: Package) -> Iterator[Fault]:
    """There is a section on limits."""
    yield from _section(package, r"limit|does not do", "Limits", "say what it does not do, and where it goes wrong")


def docs_troubleshooting(package: Package) -> Iterator[Fault]:
    """There is a section on what to do when something is wrong."""
    yield from _section(
        package, r"trouble|when something is wrong", "Troubleshooting", "name what users see, and what to do"
    )


def docs_data_update(package: Package) -> Iterator[Fault]:
    """There is a section on when values change."""
    remedy = "say what makes each value change, age and go"
    yield from _section(package, r"when values change|data update", "When values change", remedy)


def measured_cost(package: Package) -> Iterator[Fault]:
    """There is a section with figures on time, memory or calls."""
    yield from _section(
        package, r"\bcosts?\b|performance", "Cost", "measure it, and say on how much data", figures=True
    )


def measured_accuracy(package: Package) -> Iterator[Fault]:
    """There is a section with figures on how often it is right."""
    remedy = "compare it with cases that people have judged, and say how many"
    yield from _section(package, r"accuracy|how often", "Accuracy", remedy, figures=True)


def _section(package: Package, title: str, name: str, remedy: str, *, figures: bool = False) -> Iterator[Fault]:
    """Look for a section of the README by its heading, and for text below it."""
    parts = _HEADING.split(package.readme)
    found = [text for head, text in zip(parts[1::2], parts[2::2], strict=True) if re.search(title, head, re.IGNORECASE)]
    if not any(text.strip() and (not figures or re.search(r"\d", text)) for text in found):
        wanted = f"no section {name} with figures" if figures else f"no section {name}"
        yield Fault(README, f"it has {wanted}", remedy)


def recorded_answers(package: Package) -> Iterator[Fault]:
    """Data lies beside the tests."""
    kept = [
        name for name in package.files if name.startswith("tests/") and re.search(r"\.(json|http|ya?ml|xml)$", name)
    ]
    if not kept:
        yield Fault("tests", "no recorded answer of the platform is kept", "keep one file per endpoint, made anonymous")
