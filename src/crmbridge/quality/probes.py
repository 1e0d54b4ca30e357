"""Probes: they ask a plugin about invented people and centers, and watch how it answers.

A probe knows no plugin by name. What a plugin has no hook for is not asked, and nothing is observed about it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from time import perf_counter
from typing import Any, Final

from pydantic import SecretStr

from crmbridge.model.consent import ConsentDecision
from crmbridge.model.evidence import Evidence
from crmbridge.model.proposals import Due, PropertyValue
from crmbridge.plugins import HookCall
from crmbridge.plugins.registration import Plugin
from crmbridge.quality.probes_ask import ABOUT_CENTERS, JUDGING, PURE, ask
from crmbridge.quality.probes_cases import FILLINGS, Cases, make_cases, reordered
from crmbridge.quality.probes_elsewhere import digest, digests_elsewhere, is_found_elsewhere
from crmbridge.quality.probes_watch import watching
from crmbridge.quality.samples import TODAY

AGES: Final = (1, 2, 7, 31, 62, 93, 183, 366, 731, 1500, 4000)
"""Days after which a plugin is asked again."""

_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_SECRET: Final = re.compile(r"(^|_)(token|secret|password|passphrase|credential|api_?key|private_?key)s?$")
_MOST_SHOWN: Final = 3


@dataclass(frozen=True)
class Observation:
    """What a probe saw.

    Attributes:
        probe: Its name, as in ``PROBES``.
        ok: False if the plugin breaks what the probe holds it to.
        message: What was seen, and what to do about it; it names hooks, ids and properties, never a value.
    """

    probe: str
    ok: bool
    message: str


Probe = Callable[[Plugin], Iterable[Observation]]


def observe(plugin: Plugin, probes: Iterable[str] | None = None) -> tuple[Observation, ...]:
    """Put a plugin to all probes, or to those that are named."""
    return tuple(seen for name in (PROBES if probes is None else probes) for seen in PROBES[name](plugin))


def _said(calls: Iterable[HookCall]) -> list[tuple[str, str, Any]]:
    return [(call.hook, call.unit, call.failure or call.answer) for call in calls]


def _timeless(answer: object) -> object:
    """An answer without what it says of time itself."""
    return [item for item in answer if not isinstance(item, Due)] if isinstance(answer, list) else answer


def _pieces(calls: Iterable[HookCall]) -> Iterator[tuple[HookCall, Any]]:
    """Yield each single answer."""
    for call in calls:
        for item in call.answer if isinstance(call.answer, list) else (call.answer,):
            if item is not None:
                yield call, item


def _typical(plugin: Plugin) -> tuple[Cases, Cases]:
    """Cases in which what the plugin reads was never read, and in which it is there."""
    return make_cases(plugin.inputs), make_cases(plugin.inputs, "7")


def _judges(plugin: Plugin, hooks: Sequence[str] = PURE) -> bool:
    return any(hook in plugin.hooks for hook in hooks)


def _summed(probe: str, faults: Iterable[str], fine: str) -> Iterator[Observation]:
    """One observation for each different fault, the most frequent first; else one that all is well."""
    counts = Counter(faults)
    for fault, _ in counts.most_common(_MOST_SHOWN):
        yield Observation(probe, ok=False, message=fault)
    if not counts:
        yield Observation(probe, ok=True, message=fine)


# -- the probes


def answers(plugin: Plugin) -> Iterator[Observation]:
    """Each hook answers about every case, and core takes the answer."""
    if not _judges(plugin):
        return
    fillings = FILLINGS if plugin.inputs else FILLINGS[:1]
    calls = [call for filling in fillings for call in ask(plugin, make_cases(plugin.inputs, filling))]
    faults = (f"{call.hook}: {call.failure.message}" for call in calls if call.failure)
    yield from _summed("answers", faults, f"{len(calls)} answers are valid")


def repeats(plugin: Plugin) -> Iterator[Observation]:
    """The same question has the same answer."""
    if not _judges(plugin):
        return
    faults = [
        f"{hook} answers the same question about {unit} in two ways: keep nothing between calls"
        for cases in _typical(plugin)
        for (hook, unit, one), (_, _, two) in zip(_said(ask(plugin, cases)), _said(ask(plugin, cases)), strict=True)
        if one != two
    ]
    yield from _summed("repeats", faults, "asked twice it answers the same")


def order(plugin: Plugin) -> Iterator[Observation]:
    """The order of members, ties and simultaneous touches changes no answer."""
    if not _judges(plugin, ABOUT_CENTERS):
        return
    faults = []
    for cases in _typical(plugin):
        plain = _said(ask(plugin, cases, hooks=ABOUT_CENTERS))
        turned = _said(ask(plugin, reordered(cases), hooks=ABOUT_CENTERS))
        faults += [
            f"{hook} answers otherwise about {unit} when its members stand in another order: sort what you choose from"
            for (hook, unit, one), (_, _, two) in zip(plain, turned, strict=True)
            if _sorted(one) != _sorted(two)
        ]
    yield from _summed("order", faults, "the order of members does not matter")


def _sorted(answer: Any) -> object:
    return sorted(map(repr, answer)) if isinstance(answer, list) else answer


def elsewhere(plugin: Plugin) -> Iterator[Observation]:
    """Another process, where texts hash otherwise, gets the same answers; it must be able to import the plugin."""
    if not (_judges(plugin) and is_found_elsewhere(plugin.source)):
        return
    found = digests_elsewhere(plugin.source, plugin.settings_text)
    if not all(found):
        return
    here = digest(ask(plugin, make_cases(plugin.inputs, "7")))
    fault = "another process gets other answers: sort what comes out of a set before you choose from it or join it"
    yield from _summed("elsewhere", [fault] * any(one != here for one in found), "other processes get the same answers")


def unchanged(plugin: Plugin) -> Iterator[Observation]:
    """A plugin leaves alone what it is given."""
    if not _judges(plugin):
        return
    faults = []
    for filling in ("absent", "7"):
        given, fresh = make_cases(plugin.inputs, filling), make_cases(plugin.inputs, filling)
        for hook in PURE:
            ask(plugin, given, hooks=(hook,))
            if (given.centers, given.people, given.companies, given.questions, given.records, given.changes) != (
                (fresh.centers, fresh.people, fresh.companies, fresh.questions, fresh.records, fresh.changes)
            ):
                faults.append(f"{hook} changes what it is given: make a copy with model_copy(update={{…}})")
                break
    yield from _summed("unchanged", faults, "what it is given stays as it is")


def wants(plugin: Plugin) -> Iterator[Observation]:
    """A value is the same whether or not others are wanted."""
    if not plugin.properties or not _judges(plugin, JUDGING):
        return
    faults = []
    for cases in _typical(plugin):
        everything = _values(ask(plugin, cases, hooks=JUDGING))
        for place in sorted(plugin.specs):
            alone = _values(ask(plugin, cases, wanted=frozenset((place,)), hooks=JUDGING))
            if alone != {key: values for key, values in everything.items() if key == place}:
                faults.append(f"{'.'.join(place)} is another value when nothing else is wanted: see ctx.wants")
    yield from _summed("wants", faults, "each value is the same, whichever others are wanted")


def _values(calls: Iterable[HookCall]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for call, item in _pieces(calls):
        if isinstance(item, PropertyValue):
            found.setdefault((item.subject.object, item.property), []).append(f"{call.unit} {item!r}")
    return found


def due(plugin: Plugin) -> Iterator[Observation]:
    """An answer changes with time alone only on a day that the plugin told: by Due, or by expires_on."""
    if not _judges(plugin, JUDGING):
        return
    faults = []
    for cases in _typical(plugin):
        now = ask(plugin, cases, hooks=JUDGING)
        told = [_told(call.answer) for call in now]
        faults += [
            f"{call.hook} gives a Due for {call.unit} that does not lie after today"
            for call, day in zip(now, told, strict=True)
            if day is not None and day <= TODAY
        ]
        for age in AGES:
            then = TODAY + timedelta(days=age)
            faults += [
                f"{call.hook} answers otherwise about {call.unit} some days later, and told no Due before"
                for call, day, later in zip(now, told, ask(plugin, cases, then, hooks=JUDGING), strict=True)
                if (day is None or day > then) and _timeless(call.answer) != _timeless(later.answer)
            ]
    yield from _summed("due", faults, "what changes with time comes with a Due")


def _told(answer: object) -> date | None:
    """The first day on which an answer may change."""
    if isinstance(answer, ConsentDecision):
        return answer.expires_on
    return (
        min((item.on for item in answer if isinstance(item, Due)), default=None) if isinstance(answer, list) else None
    )


def pure(plugin: Plugin) -> Iterator[Observation]:
    """Judging reads no clock, chance, environment, file or network."""
    if not _judges(plugin):
        return
    both = _typical(plugin)
    for cases in both:
        ask(plugin, cases)  # loads what is loaded once
    with watching() as seen:
        for cases in both:
            ask(plugin, cases)
    yield from _summed("pure", (f"{place}, and so reads {what}" for what, place in seen), "it reads what it is given")


def reasons(plugin: Plugin) -> Iterator[Observation]:
    """Values and evidence say why, in words without an e-mail address."""
    if not _judges(plugin, JUDGING):
        return
    faults = []
    for cases in _typical(plugin):
        for call, item in _pieces(ask(plugin, cases, hooks=JUDGING)):
            for what, text in _texts(item):
                if not text.strip():
                    faults.append(f"{call.hook} gives {what} no reason")
                elif _ADDRESS.search(text):
                    faults.append(f"{call.hook} puts an e-mail address into the reason of {what}")
    yield from _summed("reasons", faults, "each value says why")


def _texts(item: Any) -> Iterator[tuple[str, str]]:
    """Yield what an answer is about, and the words it gives for it."""
    if isinstance(item, PropertyValue):
        yield f"{item.subject.object}.{item.property}", item.reason
    elif isinstance(item, ConsentDecision):
        yield f"{item.purpose}/{item.channel}", item.reason
    for piece in getattr(item, "evidence", ()):
        if isinstance(piece, Evidence):
            yield f"{piece.source} evidence", piece.text


def settings(plugin: Plugin) -> Iterator[Observation]:
    """Settings that are secrets are SecretStr, so that no log and no error shows them."""
    if "register_settings" not in plugin.hooks:
        return
    found = plugin.context.settings
    faults = [
        f"the setting {name} holds a secret: make it a SecretStr"
        for name in type(found).model_fields
        if _SECRET.search(name) and not isinstance(getattr(found, name), SecretStr | None)
    ]
    yield from _summed("settings", faults, "no secret is plain text")


def idle(plugin: Plugin) -> Iterator[Observation]:
    """What nobody wants is not worked out."""
    if not plugin.properties or not _judges(plugin, JUDGING):
        return
    cases = make_cases(plugin.inputs, "7")
    busy, none = (_seconds(plugin, cases, wanted) for wanted in (None, frozenset[tuple[str, str]]()))
    yield Observation("idle", ok=True, message=f"with no value wanted it takes {none / busy:.0%} of its time")


def speed(plugin: Plugin) -> Iterator[Observation]:
    """A plugin takes little longer for a center than it takes to write that center down."""
    if not _judges(plugin, ABOUT_CENTERS):
        return
    cases = make_cases(plugin.inputs, "7")
    began = perf_counter()
    for center in cases.centers:
        center.model_dump_json()
    bare = perf_counter() - began
    spent = _seconds(plugin, cases)
    each = 1000 * spent / len(cases.centers)
    yield Observation(
        "speed",
        ok=spent <= MOST_TIMES * bare,
        message=f"{each:.2f} ms a center, {spent / bare:.1f} times as long as writing it down as JSON",
    )


MOST_TIMES: Final = 50
"""A plugin that takes so many times as long as writing a center down is slow."""


def _seconds(plugin: Plugin, cases: Cases, wanted: frozenset[tuple[str, str]] | None = None) -> float:
    """The quicker of two runs: the first loads what is loaded once."""
    return min(sum(call.seconds for call in ask(plugin, cases, wanted=wanted, hooks=JUDGING)) for _ in range(2))


PROBES: Final[Mapping[str, Probe]] = {
    "answers": answers,
    "repeats": repeats,
    "order": order,
    "elsewhere": elsewhere,
    "unchanged": unchanged,
    "wants": wants,
    "due": due,
    "pure": pure,
    "reasons": reasons,
    "settings": settings,
    "idle": idle,
    "speed": speed,
}
"""All probes, by name."""
