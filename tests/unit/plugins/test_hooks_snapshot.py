"""The hooks are a promise to plugin authors: no signature changes by accident, and each part says since when it is.

After a change on purpose, run from the root of the repository:
``python tests/unit/plugins/test_hooks_snapshot.py > tests/unit/plugins/hooks.snapshot.txt``
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest

from crmbridge import __version__, hookspecs
from crmbridge.hookspecs import since
from crmbridge.plugins.hooks import SPECIFICATIONS

KINDS = ("register_", "transform_", "propose_", "derive_", "decide_", "check_", "on_event")


def signatures() -> str:
    return "".join(f"{signature(name)}\n" for name in sorted(SPECIFICATIONS))


def signature(name: str) -> str:
    """A hook with its types and, behind each argument and at the end, the version since which it is there."""
    specification = getattr(hookspecs, name)
    version, versions = since(specification)
    found = inspect.signature(specification)
    arguments = ", ".join(f"{item} since {versions.get(item.name)}" for item in found.parameters.values())
    return f"{name}({arguments}) -> {found.return_annotation!r} since {version}"


def release(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")[:2]))


def test_the_signatures_of_all_hooks_are_those_of_the_snapshot() -> None:
    assert signatures() == Path(__file__).with_name("hooks.snapshot.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_a_hook_and_each_of_its_arguments_say_since_when_they_are_there(name: str) -> None:
    # Kills: an argument that is added to a signature and not to a line "Since".
    version, versions = since(getattr(hookspecs, name))
    assert tuple(versions) == SPECIFICATIONS[name]
    assert all(release(version) <= release(one) <= release(__version__) for one in (version, *versions.values()))


def test_an_argument_that_came_later_says_so() -> None:
    def hook(ctx: object, center: object, history: object) -> None:
        """Judge.

        Since 0.1: ctx, center.
        Since 0.3: history.
        """

    assert since(hook) == ("0.1", {"ctx": "0.1", "center": "0.1", "history": "0.3"})


def test_every_hook_is_of_a_known_kind_and_takes_plain_arguments() -> None:
    for name in SPECIFICATIONS:
        parameters = inspect.signature(getattr(hookspecs, name)).parameters.values()
        assert name.startswith(KINDS)
        assert {item.kind for item in parameters} <= {inspect.Parameter.POSITIONAL_OR_KEYWORD}
        assert all(item.default is inspect.Parameter.empty for item in parameters)


def test_what_is_over_is_no_longer_specified() -> None:
    there = {*SPECIFICATIONS, *(f"{hook}.{name}" for hook, names in SPECIFICATIONS.items() for name in names)}
    assert [name for name, retirement in hookspecs.RETIRED.items() if retirement.is_over() and name in there] == []


def test_what_goes_is_announced_for_two_minor_versions() -> None:
    # The promise of docs/plugins/compatibility.md.
    for name, retirement in hookspecs.RETIRED.items():
        (major, minor), (later_major, later_minor) = release(retirement.since), release(retirement.remove_in)
        assert later_major > major or later_minor >= minor + 2, name


if __name__ == "__main__":
    sys.stdout.write(signatures())
