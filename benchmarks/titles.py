"""How well job titles are read: seniority, department and roles against titles that were labelled by hand.

``python -m benchmarks.titles --help`` from the repository's root. ``data/README.md`` tells how they were labelled.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.table import number, percent, table
from crmbridge import Contact, Member, PersonFacts
from crmbridge_roles.title_evidence import readings, title_evidence

DATA: Final = Path(__file__).resolve().parent / "data" / "titles.tsv"
SENIORITIES: Final = ("management", "director", "lead", "senior", "professional", "junior", "none")
"""From the highest to the lowest; ``none`` for a title that tells no job."""
DEPARTMENTS: Final = (
    "management",
    "purchasing",
    "finance",
    "hr",
    "it",
    "engineering",
    "production",
    "quality",
    "logistics",
    "legal",
    "rnd",
    "sales",
    "marketing",
    "customer_service",
    "consulting",
    "project_management",
    "administration",
    "none",
)
ROLES: Final = ("initiator", "influencer", "user", "buyer", "decider", "gatekeeper")
LIKELY: Final = 0.45
"""A title makes a role likely if its weight times the reading's confidence is above this. The labels count weights of
.50 and more: the difference leaves room for a reading that is a little unsure."""


@dataclass(frozen=True)
class Labels:
    """What a title says, by whoever labelled or read it.

    Attributes:
        seniority: One of ``SENIORITIES``.
        department: One of ``DEPARTMENTS``.
        roles: Those that the title alone makes likely.
    """

    seniority: str
    department: str
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Title:
    """One line of the set."""

    language: str
    text: str
    labels: Labels


@dataclass(frozen=True)
class Score:
    """Counts of one class.

    Attributes:
        right: Labelled so and read so.
        wrong: Read so, labelled otherwise.
        missed: Labelled so, read otherwise.
    """

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Share of what was read so that is so."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def recall(self) -> float:
        """Share of what is so that was read so."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        counted = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / counted if counted else 0.0


def main(
    *,
    errors: Annotated[int, typer.Option(min=0, help="Show so many titles that were read otherwise.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the tables to a file too.")] = None,
) -> None:
    """Read all labelled titles and print how well that went."""
    titles = load()
    read = [reading(title.text) for title in titles]
    shown = "\n".join(_shown(titles, read, errors))
    if output is not None:
        output.write_text(shown, encoding="utf-8")
    typer.echo(json.dumps(figures(titles, read), indent=2) if as_json else shown)


def load(path: Path = DATA) -> list[Title]:
    """Read the labelled set.

    Raises:
        ValueError: A line is not as ``data/README.md`` says.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        head = next(rows)
        return [_title(dict(zip(head, row, strict=True))) for row in rows]


def _title(row: Mapping[str, str]) -> Title:
    roles = frozenset(row["roles"].split(",")) if row["roles"] else frozenset()
    if row["seniority"] not in SENIORITIES or row["department"] not in DEPARTMENTS or not roles <= {*ROLES}:
        raise ValueError(f"no such label: {dict(row)}")
    return Title(row["language"], row["title"], Labels(row["seniority"], row["department"], roles))


def reading(text: str) -> Labels:
    """Read a title as the plugin does: the highest seniority, the first department, the likely roles of all parts."""
    facts = PersonFacts(contact=Contact(id="1", job_title=text))
    member = Member(id="contact:1", facts=facts, joined_by="deal")
    titles = tuple(readings(member))
    member = member.model_copy(update={"titles": titles})
    found = title_evidence(member, {}, routine=False)
    return Labels(
        min((item.seniority for item in titles if item.seniority), key=SENIORITIES.index, default="none"),
        next((item.department for item in titles if item.department), "none"),
        frozenset(role for role, evidence in found if evidence.weight > LIKELY and not evidence.against),
    )


def scores(truth: Sequence[str], found: Sequence[str], classes: Iterable[str]) -> dict[str, Score]:
    """Count each class where every case has exactly one."""
    pairs = Counter(zip(truth, found, strict=True))
    labelled, given = Counter(truth), Counter(found)
    return {
        name: Score(pairs[name, name], given[name] - pairs[name, name], labelled[name] - pairs[name, name])
        for name in classes
    }


def set_scores(
    truth: Sequence[frozenset[str]], found: Sequence[frozenset[str]], classes: Iterable[str]
) -> dict[str, Score]:
    """Count each class where a case may have several or none."""
    both = list(zip(truth, found, strict=True))
    return {
        name: Score(
            sum(name in one and name in other for one, other in both),
            sum(name not in one and name in other for one, other in both),
            sum(name in one and name not in other for one, other in both),
        )
        for name in classes
    }


def macro_f1(found: Mapping[str, Score]) -> float:
    """Mean F1 over the classes that occur in the labels, or were read though they do not occur."""
    seen = [one.f1 for one in found.values() if one.right or one.wrong or one.missed]
    return sum(seen) / len(seen) if seen else 0.0


def figures(titles: Sequence[Title], read: Sequence[Labels]) -> dict[str, object]:
    """All figures as plain values."""
    of = _axes(titles, read)
    return {
        "titles": len(titles),
        "macro_f1": {name: macro_f1(found) for name, found in of.items()},
        "classes": {
            name: {key: asdict(one) | {"f1": one.f1} for key, one in found.items()} for name, found in of.items()
        },
        "languages": {name: dict(zip(_AXES, shares, strict=True)) for name, _, shares in _languages(titles, read)},
    }


_AXES: Final = ("seniority", "department", "roles")


def _axes(titles: Sequence[Title], read: Sequence[Labels]) -> dict[str, dict[str, Score]]:
    truth = [title.labels for title in titles]
    return {
        "seniority": scores([one.seniority for one in truth], [one.seniority for one in read], SENIORITIES),
        "department": scores([one.department for one in truth], [one.department for one in read], DEPARTMENTS),
        "roles": set_scores([one.roles for one in truth], [one.roles for one in read], ROLES),
    }


def _languages(titles: Sequence[Title], read: Sequence[Labels]) -> Iterator[tuple[str, int, list[float]]]:
    """Yield each language with the number of its titles and the share read right, by axis; of roles the whole set."""
    for language in dict.fromkeys(title.language for title in titles):
        pairs = [(one.labels, other) for one, other in zip(titles, read, strict=True) if one.language == language]
        right = [sum(getattr(one, axis) == getattr(other, axis) for one, other in pairs) for axis in _AXES]
        yield language, len(pairs), [count / len(pairs) for count in right]


def confusion(truth: Sequence[str], found: Sequence[str], classes: Sequence[str]) -> str:
    """Table of what was labelled (rows) and read (columns)."""
    pairs = Counter(zip(truth, found, strict=True))
    rows = ([row, *(str(pairs[row, column] or "·") for column in classes)] for row in classes)
    return table(("labelled \\ read", *classes), rows)


def _shown(titles: Sequence[Title], read: Sequence[Labels], errors: int) -> Iterator[str]:
    truth = [title.labels for title in titles]
    of = _axes(titles, read)
    yield f"{number(len(titles))} titles labelled by hand.\n"
    yield table(("", "macro-F1"), ((name, f"{macro_f1(found):.3f}") for name, found in of.items()))
    for axis, found in of.items():
        lines = (
            [name, str(one.right + one.missed), f"{one.precision:.2f}", f"{one.recall:.2f}", f"{one.f1:.2f}"]
            for name, one in found.items()
        )
        yield table((axis, "labelled", "precision", "recall", "F1"), lines)
    shares = ([name, str(count), *map(percent, parts)] for name, count, parts in _languages(titles, read))
    yield table(("language", "titles", *(f"{axis} right" for axis in _AXES)), shares)
    yield confusion([one.seniority for one in truth], [one.seniority for one in read], SENIORITIES)
    yield confusion([one.department for one in truth], [one.department for one in read], DEPARTMENTS)
    wrong = [pair for pair in zip(titles, read, strict=True) if pair[0].labels != pair[1]][:errors]
    if wrong:
        lines = ([one.text, one.language, *_told(one.labels), *_told(other)] for one, other in wrong)
        yield table(("title", "", *(f"{axis} {of}" for of in ("labelled", "read") for axis in _AXES)), lines)


def _told(labels: Labels) -> list[str]:
    return [labels.seniority, labels.department, ", ".join(sorted(labels.roles)) or "-"]


if __name__ == "__main__":
    sys.argv[0] = "python -m benchmarks.titles"
    typer.run(main)
