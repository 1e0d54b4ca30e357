from __future__ import annotations

import logging
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import pytest
from pydantic import ConfigDict, Field, SecretStr, model_validator

from crmbridge import CommandSpec, ConnectorSettings, ConnectorSpec, InputSpec, PluginSettings, PropertySpec, hookimpl
from crmbridge.errors import FixConfig, FixPlugin
from crmbridge.plugins import Plugins
from crmbridge.plugins.hooks import read_hooks


class Settings(PluginSettings):
    level: int = Field(default=1, ge=0)
    token: SecretStr = SecretStr("none")

    @model_validator(mode="after")
    def _lucky(self) -> Settings:
        if self.level == 13:
            raise ValueError("take another level")
        return self


class Loose(PluginSettings):
    model_config = ConfigDict(extra="ignore")


def wrapper(ctx: Any, center: Any) -> Any:
    return (yield)


async def coroutine(ctx: Any, center: Any) -> Any:
    return []


async def stream(ctx: Any, center: Any) -> Any:
    yield 1


def keyword_only(ctx: Any, *, center: Any) -> Any:
    return []


def starred(*args: Any) -> Any:
    return []


def defaulted(ctx: Any, center: Any = None) -> Any:
    return []


def greedy(ctx: Any, center: Any, store: Any) -> Any:
    return []


def plain(ctx: Any, center: Any) -> Any:
    return []


def marked(function: Any, **options: Any) -> Any:
    """Mark a copy, so that a function may serve several tests."""
    copy = FunctionType(function.__code__, globals(), function.__name__, function.__defaults__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return hookimpl(**options)(copy)


@pytest.mark.parametrize(
    ("function", "problem", "remedy"),
    [
        (marked(wrapper, wrapper=True), "is a wrapper", "plain function"),
        (marked(wrapper, hookwrapper=True), "is a wrapper", "plain function"),
        (marked(plain, tryfirst=True), "asks for its place", "[pipeline] order"),
        (marked(coroutine), "is asynchronous", "plain def"),
        (marked(stream), "is asynchronous", "plain def"),
        (marked(keyword_only), "keyword-only", "(ctx, center)"),
        (marked(starred), "starred", "(ctx, center)"),
        (marked(defaulted), "defaults", "remove the defaults"),
        (marked(greedy), "takes store", "(ctx, center)"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_hook_that_could_not_be_called_is_refused_and_the_other_plugins_run(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType], function: Any, problem: str, remedy: str
) -> None:
    bad = plugin(propose_roles=function)
    with pytest.raises(FixPlugin) as caught:
        read_hooks("bad", bad)
    assert (caught.value.plugin, caught.value.hook) == ("bad", "propose_roles")
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy
    assert all(part in str(caught.value) for part in ("plugin bad", "propose_roles", problem, remedy))

    plugins = load({"bad": bad, "good": plugin(propose_roles=marked(plain))})
    assert list(plugins.versions()) == ["good"]
    assert plugins.statuses[0].problem == f"propose_roles {caught.value.problem}"
    assert plugins.statuses[0].remedy == caught.value.remedy


def test_a_misspelt_hook_is_refused_with_the_right_spelling(plugin: Callable[..., ModuleType]) -> None:
    with pytest.raises(FixPlugin, match=r"propose_role: there is no such hook; did you mean propose_roles\?"):
        read_hooks("bad", plugin(propose_role=marked(plain)))


def test_a_hook_like_no_other_is_refused_with_the_list(plugin: Callable[..., ModuleType]) -> None:
    with pytest.raises(FixPlugin, match="check_plan, decide_consent"):
        read_hooks("bad", plugin(zzz=marked(plain)))


def test_a_hook_of_a_newer_crmbridge_may_be_optional(plugin: Callable[..., ModuleType]) -> None:
    optional = marked(plain, optionalhook=True)
    assert list(read_hooks("acme", plugin(propose_moods=optional, propose_roles=marked(plain)))) == ["propose_roles"]


def test_a_hook_may_take_fewer_arguments_in_any_order_and_have_another_function_name(
    plugin: Callable[..., ModuleType],
) -> None:
    def swapped(center: Any, ctx: Any) -> Any:
        return []

    module = plugin(mine=hookimpl(specname="propose_roles")(swapped))
    assert read_hooks("acme", module)["propose_roles"].arguments == ("center", "ctx")


def test_one_hook_twice_is_refused(plugin: Callable[..., ModuleType]) -> None:
    module = plugin(propose_roles=marked(plain), mine=marked(plain, specname="propose_roles"))
    with pytest.raises(FixPlugin, match="twice"):
        read_hooks("bad", module)


def test_a_class_is_refused() -> None:
    class Observer:
        @hookimpl
        def on_event(self, event: Any) -> Any:
            pass

    with pytest.raises(FixPlugin, match="is a class; register a module or an instance"):
        read_hooks("bad", Observer)


def test_a_plugin_that_forgot_the_marker_is_refused(load: Callable[..., Plugins]) -> None:
    class Observer:
        def on_event(self, event: Any) -> Any:
            pass

    (status,) = load({"acme": Observer()}).statuses
    assert "implements no hook" in status.problem
    assert "@hookimpl" in status.remedy


@pytest.mark.parametrize("name", ["Roles", "1roles", "ro les", ""])
def test_a_malformed_plugin_name_is_refused(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType], name: str
) -> None:
    (status,) = load({name: plugin(propose_roles=marked(plain))}).statuses
    assert "malformed name" in status.problem


@pytest.mark.parametrize("model", [dict, Loose, Settings()])
def test_settings_must_be_a_strict_model(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType], model: Any
) -> None:
    (status,) = load({"acme": plugin(register_settings=lambda: model)}).statuses
    assert not status.ok
    assert "register_settings returned" in status.problem


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"level": -1}, "[plugins.acme] level: Input should be greater than or equal to 0"),
        ({"level": 13}, "[plugins.acme]: take another level"),
        ({"levle": 1}, "[plugins.acme] levle: unknown; allowed are level, token"),
    ],
)
def test_settings_that_do_not_validate_stop_the_run(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType], section: dict[str, Any], message: str
) -> None:
    with pytest.raises(FixConfig) as caught:
        load({"acme": plugin(register_settings=lambda: Settings)}, {"acme": section})
    assert message in str(caught.value)


def test_a_secret_is_not_in_the_error_about_another_field(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType]
) -> None:
    with pytest.raises(FixConfig) as caught:
        load({"acme": plugin(register_settings=lambda: Settings)}, {"acme": {"token": "canary", "level": "canary"}})
    assert "canary" not in f"{caught.value}{caught.value.__cause__}{caught.value.__context__}"


def test_a_table_of_a_plugin_without_settings_must_be_empty(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType]
) -> None:
    with pytest.raises(FixConfig, match=r"\[plugins.acme\] level: unknown; allowed are no keys at all"):
        load({"acme": plugin(propose_roles=marked(plain))}, {"acme": {"level": 1}})


def test_a_table_of_a_plugin_that_is_not_installed_stops_the_run_and_names_the_others(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType]
) -> None:
    with pytest.raises(FixConfig) as caught:
        load({"acme": plugin(propose_roles=marked(plain))}, {"acmee": {}})
    assert "[plugins.acmee]: no plugin named acmee is installed" in str(caught.value)
    assert "installed are: acme" in str(caught.value)


def spec(name: Any = "roles", policy: Any = "own", kind: Any = "contact") -> Any:
    return PropertySpec(object=kind, name=name, label="Roles", policy=policy)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (spec(), spec()),
        (spec(), spec(policy="fill-empty")),
        (spec(), spec("crmb_roles", "fill-empty")),
        (spec("jobtitle", "fill-empty"), spec("jobtitle", "overwrite")),
    ],
)
def test_a_property_has_one_owner_and_the_later_plugin_is_refused(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType], first: PropertySpec, second: PropertySpec
) -> None:
    plugins = {"a": plugin(register_properties=lambda: [first]), "b": plugin(register_properties=lambda: [second])}
    refused = load(plugins).statuses[1]
    assert (refused.name, refused.ok) == ("b", False)
    assert f"property contact.{second.name}" in refused.problem or "property contact.crmb_roles" in refused.problem
    assert "which a registers too" in refused.problem
    assert [item.by for item in load(plugins).properties()] == ["a"]
    assert [item.by for item in load(plugins, order=("b", "a")).properties()] == ["b"]


def test_one_name_on_two_objects_is_two_properties(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType]
) -> None:
    plugins = load({"a": plugin(register_properties=lambda: [spec(), spec(kind="company")])})
    assert [(item.object, item.name) for item in plugins.properties()] == [("company", "roles"), ("contact", "roles")]


def test_a_plugin_that_names_a_property_twice_is_refused(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType]
) -> None:
    (status,) = load({"a": plugin(register_properties=lambda: [spec(), spec(policy="overwrite")])}).statuses
    assert "property contact.roles" in status.problem


def test_a_refused_plugin_keeps_no_name(load: Callable[..., Plugins], plugin: Callable[..., ModuleType]) -> None:
    # mutant: names are entered while they are checked, so that "a" blocks "c" after it was refused itself
    plugins = {
        "a": plugin(register_properties=lambda: [spec("free"), spec(), spec()]),
        "c": plugin(register_properties=lambda: [spec("free")]),
    }
    assert [status.ok for status in load(plugins).statuses] == [False, True]


def connector(name: Any = "x") -> Any:
    return ConnectorSpec(name=name, settings=ConnectorSettings, open=lambda settings: settings)


@pytest.mark.parametrize(
    ("hook", "item"),
    [("register_connectors", connector()), ("register_commands", CommandSpec(name="x", run=print))],
)
def test_connectors_and_commands_have_one_owner(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType], hook: str, item: Any
) -> None:
    plugins = load({name: plugin(**{hook: lambda: [item]}) for name in ("a", "b")})
    assert "x, which a registers too" in plugins.statuses[1].problem
    assert len(plugins.connectors()) + len(plugins.commands()) == 1


@pytest.mark.parametrize(
    ("hook", "result"),
    [
        ("register_connectors", [1]),
        ("register_connectors", [connector("X Y")]),
        ("register_connectors", [ConnectorSpec(name="x", settings=dict, open=print)]),  # type: ignore[arg-type]
        ("register_commands", [CommandSpec(name="x", run=None)]),  # type: ignore[arg-type]
        ("register_commands", connector()),
        ("register_inputs", [spec()]),
        ("register_inputs", InputSpec(object="contact", properties=("a",))),
        ("register_properties", ["roles"]),
        ("register_properties", [PropertySpec.model_construct(object="contact", name="No name", label="L")]),
        ("register_properties", 1),
    ],
)
def test_a_bad_registration_is_refused(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType], hook: str, result: Any
) -> None:
    bad = plugin(**{hook: lambda: result})
    statuses = load({"bad": bad, "good": plugin(propose_roles=marked(plain))}).statuses
    assert [status.ok for status in statuses] == [False, True]
    assert statuses[0].problem.startswith(f"{hook} returned")


@pytest.mark.parametrize("error", [ValueError("canary"), SystemExit("canary")])
def test_a_registration_that_raises_disables_the_plugin_with_class_and_line_only(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType], error: Any
) -> None:
    def explode() -> Any:
        raise error

    statuses = load({"bad": plugin(register_properties=explode), "good": plugin(propose_roles=marked(plain))}).statuses
    assert [status.ok for status in statuses] == [False, True]
    assert statuses[0].problem.startswith(f"register_properties {type(error).__name__} at test_plugin_refusals.py:")
    assert "canary" not in statuses[0].problem


def test_registration_hooks_know_their_plugin(load: Callable[..., Plugins], plugin: Callable[..., ModuleType]) -> None:
    def names(ctx: Any) -> Any:
        assert isinstance(ctx.log, logging.Logger)
        return [InputSpec(object="contact", properties=(f"{ctx.plugin}_{ctx.settings.level}", ctx.log.name))]

    plugins = load({"acme": plugin(register_settings=lambda: Settings, register_inputs=names)}, {"acme": {"level": 7}})
    assert plugins.inputs("hubspot") == {"contact": ("acme_7", "crmbridge.plugin.acme")}
