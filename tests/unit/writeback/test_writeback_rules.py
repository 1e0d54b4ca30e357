"""Which properties are written, what must be defined first, and when a plan waits."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.config import Guard, Writeback
from crmbridge.connector import Vacancy
from crmbridge.errors import FixConfig
from crmbridge.model import DefinitionChange, GroupChange, Option, PropertyCount, PropertyDefinition, PropertySpec
from crmbridge.writeback.definitions import Definitions, Manifest, Needed, define, fit
from crmbridge.writeback.guard import deviations, guard
from crmbridge.writeback.targets import Target, select

ROLES = tuple(Option(value=value, label=value) for value in ("user", "buyer"))


def spec(name: str, **more: Any) -> PropertySpec:
    return PropertySpec(object="contact", name=name, label=name, by="plugin", **more)


def names(specs: list[PropertySpec], **config: Any) -> list[str]:
    return [target.name for target in select(specs, Writeback(**config), {})[0]]


def codes(specs: list[PropertySpec], **config: Any) -> list[str]:
    return [finding.code for finding in select(specs, Writeback(**config), {})[1]]


def test_core_properties_and_opted_in_ones_are_written_but_skipped_ones_are_not() -> None:
    specs = [spec("b"), spec("a"), spec("extra", core=False), spec("more", core=False)]
    assert names(specs) == ["crmb_a", "crmb_b"]
    assert names(specs, properties=["contact.extra"], skip=["contact.b"]) == ["crmb_a", "crmb_extra"]
    assert names([spec("native", policy="fill-empty")]) == ["native"]


def test_overwriting_needs_the_config() -> None:
    specs = [spec("native", policy="overwrite")]
    assert names(specs) == []
    assert codes(specs) == ["overwrite-not-allowed"]
    assert names(specs, overwrite={"contact.native": False}) == ["native"]
    assert names(specs, policies={"contact.native": "fill-empty"}) == ["native"]


@pytest.mark.parametrize(("policy", "wanted"), [("own", "overwrite"), ("fill-empty", "own")])
def test_a_policy_cannot_give_a_property_another_name(policy: Any, wanted: Any) -> None:
    with pytest.raises(FixConfig, match=r"\[writeback.policies\] \"contact.x\""):
        select([spec("x", policy=policy)], Writeback(policies={"contact.x": wanted}), {})


def test_names_that_no_plugin_registers_are_told() -> None:
    assert codes([spec("roles")], skip=["contact.role"]) == ["unknown-property"]


def target(kind: str = "string", policy: str = "own", name: str = "x") -> Target:
    options = ROLES if kind in ("enumeration", "multi") else ()
    made = spec(name, type=kind, policy=policy, options=options)
    return Target(made, made.platform_name("crmb_"))


def there(name: str = "crmb_x", **more: Any) -> PropertyDefinition:
    return PropertyDefinition(object="contact", name=name, label=name, **({"type": "string"} | more))


def needed(to: Target, *present: PropertyDefinition, **manifest: Any) -> Needed:
    definitions: Definitions = {"contact": {item.name: item for item in present}}
    return define([to], definitions, Manifest(**{key: frozenset(value) for key, value in manifest.items()}), "ours")


def test_a_missing_property_is_created_after_its_group() -> None:
    found = needed(target("multi"), there("firstname"))
    assert [type(change) for change in found.changes] == [GroupChange, DefinitionChange]
    definition = found.changes[1]
    assert isinstance(definition, DefinitionChange)
    assert definition.after is not None
    assert (definition.after.name, definition.after.group, definition.after.type) == ("crmb_x", "ours", "multi")
    assert definition.after.options == ROLES
    assert found.targets


@pytest.mark.parametrize(
    "found",
    [needed(target(), there("crmb_y", group="ours")), needed(target(), groups=[("contact", "ours")])],
    ids=["a property is in it", "we created it"],
)
def test_a_group_that_is_there_is_not_created(found: Needed) -> None:
    assert [change.kind for change in found.changes] == ["definition"]


@pytest.mark.parametrize(
    ("present", "manifest"),
    [
        (there(group="ours"), {}),
        (there(group="ours", type="text"), {}),
        (there(group="elsewhere"), {"properties": [("contact", "crmb_x")]}),
    ],
)
def test_our_property_is_adopted(present: PropertyDefinition, manifest: dict[str, Any]) -> None:
    found = needed(target(), present, **manifest)
    assert (found.changes, len(found.targets), found.findings) == ((), 1, ())


@pytest.mark.parametrize(
    ("to", "present", "manifest", "code"),
    [
        (target(), there(group="theirs"), {}, "name-clash"),
        (target(), there(group="ours", type="number"), {}, "name-clash"),
        (target(), there("Crmb_X", group="ours"), {"properties": [("contact", "Crmb_X")]}, "name-clash"),
        (target(), there(group="ours", type="number"), {"properties": [("contact", "crmb_x")]}, "type-differs"),
        (target(), there(group="ours", read_only=True), {}, "read-only"),
        (target("string", "fill-empty"), there("y"), {}, "native-missing"),
        (target("string", "fill-empty"), there("x", type="number"), {}, "type-differs"),
        (target("string", "overwrite"), there("x", read_only=True), {}, "read-only"),
        (target("multi", "fill-empty"), there("x", type="multi", options=ROLES[:1]), {}, "options-missing"),
    ],
)
def test_what_cannot_be_written_is_told_and_has_no_rows(
    to: Target, present: PropertyDefinition, manifest: dict[str, Any], code: str
) -> None:
    found = needed(to, present, **manifest)
    assert (found.changes, found.targets) == ((), ())
    assert [finding.code for finding in found.findings] == [code]
    assert f"contact.{to.name}" in found.findings[0].message
    assert "contact.x" in found.findings[0].message  # what to write under [writeback] skip


def test_native_options_that_live_elsewhere_are_not_compared() -> None:
    found = needed(target("multi", "fill-empty"), there("x", type="multi", options_external=True))
    assert found.targets


def test_lacking_options_are_added_to_those_that_are_there() -> None:
    alien = Option(value="alien", label="Alien")
    found = needed(target("multi"), there(group="ours", type="multi", options=(alien, ROLES[1])))
    change = found.changes[0]
    assert isinstance(change, DefinitionChange)
    assert change.before is not None
    assert change.after is not None
    assert [option.value for option in change.after.options] == ["alien", "buyer", "user"]


def test_options_with_other_labels_are_told_and_left_alone() -> None:
    """Kills: writing the plugin's label over a person's."""
    renamed = (Option(value="user", label="Anwender"), ROLES[1])
    found = needed(target("multi"), there(group="ours", type="multi", options=renamed))
    assert (found.changes, len(found.targets)) == ((), 1)
    assert [(item.severity, item.code) for item in found.findings] == [("info", "option-renamed")]
    assert "user" in found.findings[0].message
    assert "buyer" not in found.findings[0].message
    native = there("x", type="multi", options=renamed)
    assert not needed(target("multi", "fill-empty"), native).findings


def fitted(*names: str, **vacancy: Any) -> Needed:
    found = define([target(name=name) for name in names], {}, Manifest(), "ours")
    return fit(found, {"contact": Vacancy(**vacancy)})


@pytest.mark.parametrize("vacancy", [{}, {"left": 2}, {"archived": {"crmb_other"}}])
def test_what_finds_room_stays_as_it_was(vacancy: dict[str, Any]) -> None:
    found = fitted("a", "b", **vacancy)
    assert (len(found.changes), len(found.targets), found.findings) == (3, 2, ())


def test_too_little_room_forbids_the_plan_and_says_how_much_is_missing() -> None:
    """Kills: creating as many as fit, and failing in the middle of an apply."""
    found = fitted("a", "b", "c", left=1)
    assert (found.changes, found.targets) == ((), ())
    assert [(item.severity, item.code) for item in found.findings] == [("error", "no-room")]
    assert "2 fewer" in found.findings[0].message


def test_properties_that_are_there_need_no_room() -> None:
    old = there("crmb_old", group="ours", type="multi", options=ROLES[:1])
    there_and_new = [target("multi", name="old"), target(name="new")]
    found = fit(define(there_and_new, {"contact": {"crmb_old": old}}, Manifest(), "ours"), {"contact": Vacancy(left=0)})
    assert [change.reason for change in found.changes] == ["new options"]
    assert [item.name for item in found.targets] == ["crmb_old"]


def test_restoring_an_archived_property_parks() -> None:
    found = fitted("a", "b", archived={"crmb_b"})
    assert (len(found.changes), len(found.targets)) == (3, 2)
    assert [(item.severity, item.code) for item in found.findings] == [("park", "archived-property")]
    assert "contact.crmb_b" in found.findings[0].message


def count(**figures: int) -> PropertyCount:
    return PropertyCount(object="contact", property="crmb_x", by="plugin", **figures)


KNOWN = {("contact", "crmb_x"): ("plugin", "1")}


@pytest.mark.parametrize(
    ("figures", "released", "found"),
    [
        ({"changed": 3, "existing": 10}, KNOWN, []),
        ({"changed": 4, "existing": 10}, KNOWN, ["too-many-changed"]),
        ({"changed": 9, "existing": 9}, KNOWN, []),
        ({"cleared": 1, "existing": 10}, KNOWN, []),
        ({"cleared": 2, "existing": 10}, KNOWN, ["too-many-cleared"]),
        ({"cleared": 10, "existing": 10}, KNOWN, ["too-many-cleared"]),
        ({"filled": 500}, KNOWN, []),
        ({"filled": 501}, KNOWN, ["too-many-rows"]),
        ({"filled": 1}, {}, ["first-apply"]),
        ({"filled": 1}, {("contact", "crmb_x"): ("plugin", "0")}, ["new-version"]),
        ({"filled": 1}, {("contact", "crmb_x"): ("other", "1")}, ["new-version"]),
        ({"existing": 10}, {}, []),
    ],
)
def test_the_guard_parks(figures: dict[str, int], released: Any, found: list[str]) -> None:
    findings = guard([count(**figures)], released, {"plugin": "1"}, Guard())
    assert [finding.code for finding in findings] == found
    assert all(finding.severity == "park" and "--approve" in finding.message for finding in findings)


def test_the_first_apply_may_go_unseen_if_the_config_says_so() -> None:
    assert guard([count(filled=1)], {}, {"plugin": "1"}, Guard(first_apply=False)) == ()


def test_rows_of_all_properties_add_up() -> None:
    halves = [count(filled=251), count(filled=250).model_copy(update={"property": "crmb_y"})]
    findings = guard(halves, {}, {}, Guard(first_apply=False))
    assert [finding.code for finding in findings] == ["too-many-rows"]


@pytest.mark.parametrize("name", ["contact.x", "contact.crmb_x"])
@pytest.mark.parametrize(
    ("limits", "figures", "found"),
    [
        ({"changed_percent": 50}, {"changed": 4, "existing": 10}, []),
        ({"changed_percent": 5}, {"changed": 1, "existing": 10}, ["too-many-changed"]),
        ({"cleared_percent": 0}, {"cleared": 1, "existing": 10}, ["too-many-cleared"]),
        ({"rows": 1}, {"filled": 2}, ["too-many-rows"]),
        ({"rows": 1000}, {"filled": 501}, ["too-many-rows"]),
        ({"changed_percent": 50}, {"filled": 1}, []),
    ],
)
def test_a_property_has_limits_of_its_own_by_either_name(
    name: str, limits: dict[str, Any], figures: dict[str, int], found: list[str]
) -> None:
    own = Guard(properties={name: limits})
    findings = guard([count(**figures)], KNOWN, {"plugin": "1"}, own, prefix="crmb_")
    assert [item.code for item in findings] == found


def test_the_propertys_limits_win_over_the_plugins_and_those_over_the_general() -> None:
    """Kills: taking the plugin's first."""
    changed = count(changed=40, existing=100)
    for properties, plugins, found in [
        ({}, {}, ["too-many-changed"]),
        ({}, {"plugin": {"changed_percent": 45}}, []),
        ({"contact.x": {"changed_percent": 35}}, {"plugin": {"changed_percent": 45}}, ["too-many-changed"]),
        ({"contact.x": {"rows": 90}}, {"plugin": {"changed_percent": 45}}, []),
        ({"contact.y": {"changed_percent": 100}}, {"other": {"changed_percent": 100}}, ["too-many-changed"]),
    ]:
        limits = Guard(properties=properties, plugins=plugins)
        findings = guard([changed], KNOWN, {"plugin": "1"}, limits, prefix="crmb_")
        assert [item.code for item in findings] == found


def test_the_first_apply_of_one_property_may_go_unseen() -> None:
    limits = Guard(properties={"contact.x": {"first_apply": False}})
    counts = [count(filled=1), count(filled=1).model_copy(update={"property": "crmb_y"})]
    findings = guard(counts, {}, {"plugin": "1"}, limits, prefix="crmb_")
    assert [item.message.split()[3] for item in findings] == ["contact.crmb_y"]


def test_what_only_puts_back_is_no_first_apply_but_has_its_size() -> None:
    findings = guard([count(changed=4, existing=10)], {}, {}, Guard(), restores=True)
    assert [item.code for item in findings] == ["too-many-changed"]


def test_what_travels_with_guarded_rows_is_not_guarded_again() -> None:
    review = PropertyCount(object="deal", property="note", by="core review", filled=501)
    assert guard([review], {}, {}, Guard()) == ()


def test_limits_of_what_does_not_exist_are_told() -> None:
    limits = {"properties": {"contact.role": {"rows": 1}, "contact.crmb_roles": {"rows": 1}}, "plugins": {"role": {}}}
    _, findings = select([spec("roles")], Writeback(guard=limits, clear=["contact.rols"]), {"plugin": "1"})
    assert [(item.code, item.message.split()[2]) for item in findings] == [
        ("unknown-property", "contact.role,"),
        ("unknown-property", "contact.rols,"),
        ("unknown-plugin", "role,"),
    ]


@pytest.mark.parametrize(
    ("now", "earlier", "told"),
    [
        (0, [100, 100, 100], True),
        (49, [100, 90, 110], True),
        (50, [100, 90, 110], False),
        (150, [100, 90, 110], False),
        (151, [100, 90, 110], True),
        (0, [100, 100], False),
        (0, [9, 9, 9], False),
        (12, [0, 0, 30], False),
    ],
)
def test_a_count_far_from_the_mean_is_told(now: int, earlier: list[int], told: bool) -> None:
    found = deviations({"contact.crmb_x": now}, [{"contact.crmb_x": figure} for figure in earlier], Guard())
    assert [(item.severity, item.code) for item in found] == ([("warning", "count-deviates")] if told else [])


def test_plans_that_did_not_know_a_property_say_nothing_of_it() -> None:
    assert deviations({"contact.crmb_x": 500}, [{"contact.crmb_y": 1}] * 5, Guard()) == ()
