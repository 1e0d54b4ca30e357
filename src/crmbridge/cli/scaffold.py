"""Makes the files of a new plugin from the template: first all texts, then all files or none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from jinja2 import Environment, StrictUndefined

from crmbridge import __version__
from crmbridge.errors import FixConfig
from crmbridge.model import Role

ObjectChoice = Literal["contact", "company", "deal"]
SUFFIX: Final = ".jinja"

SUBJECTS: Final[Mapping[ObjectChoice, Mapping[str, str]]] = {
    "contact": {
        "hook": "derive_contact",
        "argument": "person",
        "facts": "PersonFacts",
        "record": "person.contact",
        "field": "job_title",
        "text": "job title",
        "words": "titles",
        "plural": "contacts",
    },
    "company": {
        "hook": "derive_company",
        "argument": "facts",
        "facts": "CompanyFacts",
        "record": "facts.company",
        "field": "industry",
        "text": "industry",
        "words": "words",
        "sample_words": '"automotive", "machinery"',
        "plural": "companies",
    },
    "deal": {
        "hook": "derive_center",
        "argument": "center",
        "facts": "BuyingCenter",
        "record": "center.deal",
        "field": "name",
        "text": "name",
        "words": "words",
        "sample_words": '"pilot", "trial"',
        "plural": "deals",
    },
}
"""What differs between plugins about contacts, companies and deals, as the template names it."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What an author is asked.

    Attributes:
        name: Of the plugin, as in ``[plugins.NAME]``.
        object_name: Whose property it writes.
        property_name: The property's name, without prefix.
        label: What a person sees of it in the CRM.
        role: The role that its rule gives evidence for.
    """

    name: str
    object_name: ObjectChoice
    property_name: str
    label: str
    role: Role

    @property
    def distribution(self) -> str:
        """Name of the package to install."""
        return f"crmbridge-{self.name.replace('_', '-')}"

    @property
    def package(self) -> str:
        """Name of the package to import."""
        return f"crmbridge_{self.name.replace('-', '_')}"


def render(answers: Answers) -> dict[str, str]:
    """Write the texts of all files, by their paths."""
    environment = Environment(  # noqa: S701 - it writes source files, no HTML
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["quoted"] = _quoted
    words = _words(answers)
    return {
        environment.from_string(path).render(words).removesuffix(SUFFIX): environment.from_string(text).render(words)
        for path, text in _template()
    }


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Make the folder with all files in it, or leave everything as it was.

    Args:
        folder: It must not be there, or be empty.
        texts: The files, by their paths in it.

    Raises:
        FixConfig: There is something already, or no place to write.
    """
    refuse_occupied(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as near:
            made = Path(near) / "made"
            for name, text in texts.items():
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
            made.rename(folder)
    except OSError as error:
        raise FixConfig(f"{folder} cannot be made ({error.strerror}): name another with --folder") from None


def refuse_occupied(folder: Path) -> None:
    """See that nothing would be written over.

    Raises:
        FixConfig: Something is there.
    """
    if folder.is_symlink() or (folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))):
        raise FixConfig(f"{folder} is there already, and nothing is written over it: name another with --folder")


def range_of(version: str) -> str:
    """The versions of crmbridge that a plugin made with ``version`` may run with: up to the first that may break it.

    Before 1.0 that is the next minor version but one, as docs/plugins/compatibility.md promises; later, the next major.
    """
    major, minor = (int(part) for part in re.findall(r"\d+", version)[:2])
    return f">={major}.{minor},<{major + 1}" if major else f">=0.{minor},<0.{minor + 2}"


def _words(answers: Answers) -> dict[str, str]:
    """All that the template asks for."""
    subject = SUBJECTS[answers.object_name]
    return {
        "name": answers.name,
        "object": answers.object_name,
        "property": answers.property_name,
        "label": answers.label,
        "role": answers.role,
        "distribution": answers.distribution,
        "package": answers.package,
        "settings": "".join(part.capitalize() for part in re.split("[-_]", answers.name)) + "Settings",
        "summary": f"Fills {answers.property_name} of {subject['plural']} by {subject['text']}",
        "range": range_of(__version__),
        **subject,
    }


def _template() -> Iterator[tuple[str, str]]:
    """Yield path and text of each file of the template: from the installed package, else from the checkout."""
    package = files("crmbridge")
    packed = package / "_templates" / "plugin"
    root = packed if packed.is_dir() else Path(str(package)).parents[1] / "templates" / "plugin"
    yield from _walk(root, "")


def _walk(folder: Traversable, place: str) -> Iterator[tuple[str, str]]:
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            yield from _walk(item, f"{place}{item.name}/")
        elif item.name.endswith(SUFFIX):
            yield place + item.name, item.read_text(encoding="utf-8")


def _quoted(text: str) -> str:
    """Write a string as Python and TOML both read it."""
    return json.dumps(text, ensure_ascii=False)
