"""Which properties are written, what must be defined first, and when a plan waits."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.config import Guard, Writeback
from crmbridge.errors import FixConfig
from crmbridge.model import DefinitionChange, GroupChange, Option, PropertyCount, PropertyDefinition, PropertySpec
from crmbridge.writeback.definitions import Definitions, Manifest, Needed, define
from crmbridge.writeback.guard import guard
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
    assert [option.value for option in change.after.options] == ["alien", "buyer", "user"]


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
