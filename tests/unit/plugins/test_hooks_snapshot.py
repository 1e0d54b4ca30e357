"""The hooks are a promise to plugin authors: no signature changes by accident.

After a change on purpose, run from the root of the repository:
``python tests/unit/plugins/test_hooks_snapshot.py > tests/unit/plugins/hooks.snapshot.txt``
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from crmbridge import hookspecs
from crmbridge.plugins.hooks import SPECIFICATIONS

KINDS = ("register_", "transform_", "propose_", "derive_", "decide_", "check_", "on_event")


def signatures() -> str:
    return "".join(f"{name}{inspect.signature(getattr(hookspecs, name))}\n" for name in sorted(SPECIFICATIONS))


def test_the_signatures_of_all_hooks_are_those_of_the_snapshot() -> None:
    assert signatures() == Path(__file__).with_name("hooks.snapshot.txt").read_text(encoding="utf-8")


def test_every_hook_is_of_a_known_kind_and_takes_plain_arguments() -> None:
    for name in SPECIFICATIONS:
        parameters = inspect.signature(getattr(hookspecs, name)).parameters.values()
        assert name.startswith(KINDS)
        assert {item.kind for item in parameters} <= {inspect.Parameter.POSITIONAL_OR_KEYWORD}
        assert all(item.default is inspect.Parameter.empty for item in parameters)


if __name__ == "__main__":
    sys.stdout.write(signatures())
