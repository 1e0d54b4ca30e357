"""``crmbridge plugins new``: make the package of a plugin to start from."""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from collections.abc import Callable, Iterable
from functools import partial
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from crmbridge.cli.commands.init import interactive
from crmbridge.cli.options import Verbose
from crmbridge.cli.screen import Screen, plain
from crmbridge.hookspecs import PROJECT
from crmbridge.model.evidence import ROLES

if TYPE_CHECKING:
    from crmbridge.cli.scaffold import Answers
    from crmbridge.plugins import Plugins

LONGEST_NAME: Final = 24
LONGEST_PROPERTY: Final = 40
LONGEST_LABEL: Final = 60
"""Characters; with longer ones lines of the template would pass the 120 that its linter allows."""

PREFIX: Final = "crmb_"
"""Of all properties, if the configuration names no other."""

T = TypeVar("T", bound=str)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the plugin; its package is crmbridge-NAME.")]
Folder = Annotated[
    Path | None, typer.Option("--folder", metavar="PATH", help="The folder to make; crmbridge-NAME if not given.")
]
Object = Annotated[
    str | None, typer.Option("--object", metavar="OBJECT", help="Whose property it writes: contact, company or deal.")
]
Property = Annotated[str | None, typer.Option("--property", metavar="NAME", help="The property, without prefix.")]
Label = Annotated[str | None, typer.Option("--label", metavar="TEXT", help="What people see of the property.")]
PlayedRole = Annotated[
    str | None,
    typer.Option("--role", metavar="ROLE", help=f"The role that its rule gives evidence for: {', '.join(ROLES)}."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing: take the default of what is not given.")]


def new_plugin(
    name: Name,
    *,
    folder: Folder = None,
    object_name: Object = None,
    property_name: Property = None,
    label: Label = None,
    role: PlayedRole = None,
    yes: Yes = False,
    verbose: Verbose = 0,  # noqa: ARG001 - read where logging starts
) -> None:
    """Make a package with a property, a role rule, settings, and tests that pass. It asks for what is not given."""
    from crmbridge.cli.scaffold import SUBJECTS, Answers, refuse_occupied, render, write
    from crmbridge.plugins import Plugins

    installed = Plugins.load({})
    _check_name(name, installed)
    target = folder or Path(f"{PROJECT}-{name.replace('_', '-')}")
    refuse_occupied(target)
    settle = partial(_settle, asking=interactive() and not yes)
    subject = settle("Whose property (contact, company, deal)", object_name, "contact", partial(_one_of, SUBJECTS))
    free = partial(_free_property, subject, installed)
    word = settle("Name of the property", property_name, f"{name.replace('-', '_')}_fit", free)
    shown = settle("What people see of it", label, word.replace("_", " ").capitalize(), _label)
    played = settle(f"Role to give evidence for ({', '.join(ROLES)})", role, "decider", partial(_one_of, ROLES))
    answers = Answers(name=name, object_name=subject, property_name=word, label=shown, role=played)
    write(target, render(answers))
    _next(Screen.make(), target, answers)


def _settle(question: str, given: str | None, default: str, read: Callable[[str], T], *, asking: bool) -> T:
    """Take what is given, else ask, else take the default; an answer that ``read`` refuses is asked for again."""
    if given is None and asking:
        answer: T = typer.prompt(question, default=default, value_proc=read, err=True)
        return answer
    return read(default if given is None else given)


def _check_name(name: str, installed: Plugins) -> None:
    """Refuse a name that is malformed, too long, or somebody's.

    Raises:
        typer.BadParameter: It is; the message says what to do.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*", name) or len(name) > LONGEST_NAME:
        raise typer.BadParameter(
            f"name it with a-z, 0-9 and single - or _ between them, a letter first, at most {LONGEST_NAME} in all"
            + _suggestion(name)
        )
    if name.startswith(PROJECT):
        raise typer.BadParameter(f"leave out {PROJECT}: it is put before the name" + _suggestion(name))
    if name in _taken_names(installed) or find_spec(f"{PROJECT}_{name.replace('-', '_')}"):
        raise typer.BadParameter(f"{name} is the name of another plugin: take another")


def _suggestion(name: str) -> str:
    """A name near to a refused one, if there is any."""
    plain_letters = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss")).encode("ascii", "ignore").decode()
    near = re.sub(r"[^a-z0-9]+", "-", plain_letters).strip("-").removeprefix(PROJECT).strip("-")
    return f", as {near}" if re.fullmatch(r"[a-z][a-z0-9-]*", near) and len(near) <= LONGEST_NAME else ""


def _taken_names(installed: Plugins) -> set[str]:
    """Names of plugins: installed ones, those that go by themselves, and those that are developed with crmbridge."""
    found = re.findall(rf"\b{PROJECT}-([a-z]+)", " ".join(metadata.requires(PROJECT) or ()))
    return {*found, *(status.name for status in installed.statuses), "bridgefile", "core"}


def _one_of(choices: Iterable[T], text: str) -> T:
    found = next((choice for choice in choices if choice == text), None)
    if found is None:
        raise typer.BadParameter(f"{plain(text)!r} is none of {', '.join(choices)}")
    return found


def _free_property(subject: str, installed: Plugins, text: str) -> str:
    """Refuse a property name that is malformed or that an installed plugin writes."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", text) or len(text) > LONGEST_PROPERTY:
        raise typer.BadParameter(
            f"name the property with a-z, 0-9 and _, a letter first, at most {LONGEST_PROPERTY} in all"
        )
    if text.startswith(PREFIX):
        raise typer.BadParameter(f"leave out {PREFIX}: it is put before the name, as {text.removeprefix(PREFIX)}")
    owner = next((spec.by for spec in installed.properties() if (spec.object, spec.name) == (subject, text)), None)
    if owner:
        raise typer.BadParameter(f"{subject}.{text} is written by the plugin {owner}: take another name")
    return text


def _label(text: str) -> str:
    if not text.isprintable() or not text.strip() or len(text) > LONGEST_LABEL:
        raise typer.BadParameter(f"make the label one line of 1 to {LONGEST_LABEL} characters")
    return text.strip()


def _next(screen: Screen, folder: Path, answers: Answers) -> None:
    place = shlex.quote(os.fspath(folder))
    screen.say(f"Made {answers.distribution} in {os.fspath(folder)}.\n\nThen run")
    for command in (f"pip install -e {place}", f"python -m pytest {place}", "crmbridge plugins"):
        screen.say(f"  {command}")
    rule = folder / "src" / answers.package / "rule.py"
    screen.say(f"\nIts rule is {os.fspath(rule)}. It has no licence: choose one.")
