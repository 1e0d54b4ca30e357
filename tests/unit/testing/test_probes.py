"""Each probe catches the plugin that it is there for, and lets a sound one pass."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from crmbridge.centers import core
from crmbridge.errors import FixPlugin
from crmbridge.plugins.registration import Plugin
from crmbridge.quality.probes import PROBES, Observation, observe
from crmbridge.quality.probes_ask import PURE, ask, load_plugin
from crmbridge.quality.probes_cases import FILLINGS, make_cases, reordered
from crmbridge.testing import assert_deterministic

HEAD = """
from datetime import date, timedelta
import datetime, os, random, time, uuid
from crmbridge import *
from pydantic import SecretStr

SPEC = PropertySpec(object="contact", name="score", label="Score", type="number")

def value(person, number, reason="because"):
    return PropertyValue(subject=person.contact.ref, property="score", value=number, reason=reason)

@hookimpl
def register_properties():
    return [SPEC]
"""
DERIVE = """
@hookimpl
def derive_contact(ctx, person):
    {}
"""
CENTER = """
@hookimpl
def propose_roles(ctx, center):
    {}
"""
ROLE = """RoleProposal(member_id={}, role="buyer", evidence=(Evidence(source="title", weight=0.5, text="a title"),))"""

MUTANTS = {
    "raises": ("answers", DERIVE.format("yield value(person, len(person.contact.job_title))"), "TypeError"),
    "never read": (
        "answers",
        '@hookimpl\ndef register_inputs():\n    return [InputSpec(object="contact", properties=("park",))]\n'
        + DERIVE.format('yield value(person, int(person.contact.properties.get("park") or 0))'),
        "ValueError",
    ),
    "not a number": (
        "answers",
        DERIVE.format('yield value(person, 1).model_copy(update={"value": float("nan")})'),
        "not finite",
    ),
    "undeclared": (
        "answers",
        DERIVE.format('yield PropertyValue(subject=person.contact.ref, property="other", value=1, reason="x")'),
        "does not register",
    ),
    "wrong type": ("answers", DERIVE.format('yield value(person, "high")'), "not of type number"),
    "unknown member": ("answers", CENTER.format("yield " + ROLE.format('"contact:404"')), "not in the center"),
    "remembers": (
        "repeats",
        "SEEN = []\n" + DERIVE.format("SEEN.append(1); yield value(person, len(SEEN))"),
        "two ways",
    ),
    "first member": (
        "order",
        CENTER.format("yield from (" + ROLE.format("m.id") + " for m in center.members[:1])"),
        "another order",
    ),
    "mutates": (
        "unchanged",
        DERIVE.format('person.contact.__dict__["job_title"] = "CEO"; yield value(person, 1)'),
        "derive_contact changes",
    ),
    "wants one": (
        "wants",
        DERIVE.format('yield value(person, 2 if ctx.wants("contact", "other") else 1)'),
        "contact.score is another value",
    ),
    "due today": ("due", DERIVE.format("yield Due(on=ctx.today); yield value(person, 1)"), "does not lie after today"),
    "ages untold": ("due", DERIVE.format("yield value(person, ctx.today.year)"), "told no Due"),
    "ages before its due": (
        "due",
        DERIVE.format("yield Due(on=ctx.today + timedelta(days=400)); yield value(person, ctx.today.year)"),
        "told no Due",
    ),
    "today": ("pure", DERIVE.format("date.today(); yield value(person, 1)"), "date.today, and so reads the clock"),
    "now": ("pure", DERIVE.format("datetime.datetime.now(); yield value(person, 1)"), "reads the clock"),
    "time": ("pure", DERIVE.format("time.time(); yield value(person, 1)"), "reads the clock"),
    "random": ("pure", DERIVE.format("random.choice([1, 2]); yield value(person, 1)"), "chance"),
    "uuid": ("pure", DERIVE.format("uuid.uuid4(); yield value(person, 1)"), "chance"),
    "environment": ("pure", DERIVE.format('os.environ.get("HOME"); yield value(person, 1)'), "environment"),
    "file": ("pure", DERIVE.format("open(os.devnull).close(); yield value(person, 1)"), "a file"),
    "no reason": ("reasons", DERIVE.format('yield value(person, 1, " ")'), "contact.score no reason"),
    "address": ("reasons", DERIVE.format('yield value(person, 1, "wrote from p1@muster.example")'), "e-mail address"),
    "plain secret": (
        "settings",
        'class S(PluginSettings):\n    api_key: str = ""\n@hookimpl\ndef register_settings():\n    return S\n',
        "api_key holds a secret",
    ),
}
SOUND = """
class S(PluginSettings):
    api_key: SecretStr | None = None

@hookimpl
def register_settings():
    return S

@hookimpl
def register_inputs():
    return [InputSpec(object="contact", properties=("park",))]

@hookimpl
def derive_contact(ctx, person):
    ctx.log.warning("seen %s", person.contact.ref)
    end = date(ctx.today.year + 1, 1, 1)
    yield Due(on=end)
    yield value(person, ctx.today.year, "the year is " + str(ctx.today.year))

@hookimpl
def propose_roles(center):
    for member in sorted(center.members, key=lambda member: member.id)[:1]:
        yield """ + ROLE.format("member.id")


def plugin(body: str, name: str = "crmbridge_probed") -> ModuleType:
    module = ModuleType(name)
    exec(compile(textwrap.dedent(HEAD) + body, name, "exec", dont_inherit=True), module.__dict__)
    return module


def faults(seen: tuple[Observation, ...]) -> list[str]:
    return [item.message for item in seen if not item.ok]


@pytest.mark.parametrize(("probe", "body", "told"), MUTANTS.values(), ids=MUTANTS)
def test_a_probe_catches_its_mutant(probe: str, body: str, told: str) -> None:
    seen = observe(load_plugin(plugin(body)), (probe,))
    assert faults(seen), f"{probe} saw nothing"
    assert any(re.search(told, message) for message in faults(seen)), faults(seen)


@pytest.mark.parametrize("probe", [name for name in PROBES if name != "elsewhere"])
def test_a_sound_plugin_passes(probe: str) -> None:
    seen = observe(load_plugin(plugin(SOUND), {"api_key": "x"}), (probe,))
    assert seen
    assert not faults(seen)


@pytest.mark.parametrize("probe", [name for name in PROBES if name not in ("elsewhere", "speed")])
def test_crmbridges_own_judgements_pass(probe: str) -> None:
    assert not faults(observe(load_plugin(core), (probe,)))


def test_nothing_is_said_of_hooks_that_are_not_there() -> None:
    bare = load_plugin(plugin("@hookimpl\ndef on_event(event):\n    raise ValueError\n"))
    assert observe(bare, [name for name in PROBES if name != "elsewhere"]) == ()


def test_what_hangs_on_hashes_is_seen_from_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # mutant: digests of one and the same hash seed, this process's too
    body = CENTER.format("yield from (" + ROLE.format("i") + " for i in list({m.id for m in center.members})[:1])")
    (tmp_path / "crmbridge_hashing.py").write_text(HEAD + body)
    monkeypatch.syspath_prepend(str(tmp_path))
    import crmbridge_hashing  # type: ignore[import-not-found]  # made above

    (seen,) = observe(load_plugin(crmbridge_hashing), ("elsewhere",))
    assert not seen.ok
    assert "sort what comes out of a set" in seen.message
    with pytest.raises(AssertionError, match="another process"):
        assert_deterministic(crmbridge_hashing)


def test_determinism_is_asserted_with_what_is_wrong() -> None:
    assert_deterministic(plugin(SOUND))
    with pytest.raises(AssertionError, match="chance"):
        assert_deterministic(plugin(MUTANTS["random"][1]))


def test_an_unknown_plugin_is_named() -> None:
    with pytest.raises(FixPlugin, match="nobody.*is not installed"):
        load_plugin("nobody")


def test_the_cases_reach_every_pure_hook() -> None:
    sound: Callable[[str], str] = "@hookimpl\ndef {}():\n    return None\n".format
    every = load_plugin(plugin("".join(map(sound, PURE))))
    assert {call.hook for call in ask(every, make_cases())} == set(PURE)
    assert not [call.failure for call in ask(every, make_cases()) if call.failure]


def test_reordered_cases_hold_the_same() -> None:
    plain, turned = make_cases(), reordered(make_cases())
    assert plain != turned
    for one, two in zip(plain.centers, turned.centers, strict=True):
        assert sorted(member.id for member in one.members) == sorted(member.id for member in two.members)
        assert [touch.at for touch in one.touches] == [touch.at for touch in two.touches]


def test_cases_hold_what_a_plugin_reads() -> None:
    reading: Plugin = load_plugin(plugin(SOUND))
    for filling in FILLINGS:
        (first, *_) = (person for person, _ in make_cases(reading.inputs, filling).people if person.contact.id == "1")
        assert dict(first.contact.properties) == ({} if filling == "absent" else {"park": filling})
