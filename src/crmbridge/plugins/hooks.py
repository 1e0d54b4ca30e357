"""Reads the hooks of a plugin and refuses what crmbridge could not call."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pluggy

from crmbridge import hookspecs
from crmbridge.errors import FixPlugin

_MARKS = pluggy.PluginManager(hookspecs.PROJECT)

SPECIFICATIONS: Mapping[str, tuple[str, ...]] = {
    name: tuple(inspect.signature(getattr(hookspecs, name)).parameters)
    for name in dir(hookspecs)
    if _MARKS.parse_hookspec_opts(hookspecs, name)
}
"""The hooks there are, and their arguments."""


@dataclass(frozen=True)
class Hook:
    """One implementation.

    Attributes:
        name: Of the hook.
        function: The plugin's function.
        arguments: Those it takes, in its order.
    """

    name: str
    function: Callable[..., object]
    arguments: tuple[str, ...]

    def __call__(self, arguments: Mapping[str, object]) -> object:
        """Call it with those of ``arguments`` that it takes."""
        return self.function(*map(arguments.__getitem__, self.arguments))


def read_hooks(name: str, plugin: object) -> dict[str, Hook]:
    """Find the hooks that a plugin implements.

    Raises:
        FixPlugin: One of them cannot be called as its specification says, or there is none.
    """
    if inspect.isclass(plugin):
        raise FixPlugin("is a class", name, remedy="register a module or an instance")
    hooks: dict[str, Hook] = {}
    for attribute in dir(plugin):
        options = _MARKS.parse_hookimpl_opts(plugin, attribute)
        if options is None:
            continue
        hook, function = options["specname"] or attribute, getattr(plugin, attribute)
        if options["optionalhook"] and hook not in SPECIFICATIONS:
            continue
        for problem, remedy in _faults(hook, function, options):
            raise FixPlugin(problem, name, hook=hook, remedy=remedy)
        if hook in hooks:
            raise FixPlugin("is implemented twice", name, hook=hook, remedy="keep one of the two")
        hooks[hook] = Hook(hook, function, tuple(inspect.signature(function).parameters))
    if not hooks:
        raise FixPlugin("implements no hook", name, remedy="mark its functions with @hookimpl")
    return hooks


def _faults(hook: str, function: Callable[..., object], options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an implementation and how to mend it, the plainest fault first."""
    yield from _retired(hook, function)
    specified = SPECIFICATIONS.get(hook)
    if specified is None:
        near = difflib.get_close_matches(hook, SPECIFICATIONS, n=1)
        yield "there is no such hook", f"did you mean {near[0]}?" if near else f"there are {', '.join(SPECIFICATIONS)}"
        return
    if options["wrapper"] or options["hookwrapper"]:
        yield "is a wrapper", "make it a plain function that returns its answer"
    if options["tryfirst"] or options["trylast"]:
        yield "asks for its place", "remove tryfirst and trylast; [pipeline] order says who comes first"
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        yield "is asynchronous", "make it a plain def"
    parameters = inspect.signature(function).parameters
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if any(item.kind not in plain for item in parameters.values()):
        yield "has keyword-only or starred arguments", f"take some of ({', '.join(specified)}), by position"
    if any(item.default is not inspect.Parameter.empty for item in parameters.values()):
        yield "has arguments with defaults", "remove the defaults"
    if surplus := [item for item in parameters if item not in specified]:
        yield f"takes {', '.join(surplus)}, which the hook does not have", f"take some of ({', '.join(specified)})"


def _retired(hook: str, function: Callable[..., object]) -> Iterator[tuple[str, str]]:
    """Refuse what is gone from the hooks by its remedy, and warn of what goes."""
    for name in (hook, *(f"{hook}.{argument}" for argument in inspect.signature(function).parameters)):
        retirement = hookspecs.RETIRED.get(name)
        if retirement is None:
            continue
        if retirement.is_over():
            yield f"uses {name}, which crmbridge has not had since {retirement.remove_in}", f"use {retirement.use}"
        retirement.warn(name, function)
