from __future__ import annotations

from collections.abc import Callable

import pytest

from crmbridge import hookspecs
from crmbridge.deprecation import CrmBridgeDeprecationWarning, Retirement
from crmbridge.model import BuyingCenter
from crmbridge.plugins import Plugins

Load = Callable[..., Plugins]
GOING = Retirement(since="0.1", remove_in="99.0", use="propose_roles")
GONE = Retirement(since="0.0", remove_in="0.0.1", use="propose_roles")


@pytest.fixture
def acme(plugin: Callable[..., object]) -> object:
    def propose_titles(ctx: object, center: BuyingCenter) -> None: ...

    return plugin(propose_titles=propose_titles)


@pytest.mark.parametrize("name", ["propose_titles", "propose_titles.center"])
def test_what_goes_warns_and_the_plugin_runs(
    name: str, acme: object, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hookspecs, "RETIRED", {name: GOING})
    with pytest.warns(CrmBridgeDeprecationWarning, match=f"{name} is deprecated .* 99.0: use propose_roles") as told:
        loaded = load({"acme": acme})
    assert told[0].filename == __file__
    assert [status.ok for status in loaded.statuses] == [True]


@pytest.mark.parametrize("name", ["propose_titles", "propose_titles.center"])
def test_what_is_gone_is_refused_with_its_remedy(
    name: str, acme: object, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Kills: looking a hook up before asking whether it was retired, which would guess at a misspelling.
    monkeypatch.setattr(hookspecs, "RETIRED", {name: GONE})
    (status,) = load({"acme": acme}).statuses
    assert not status.ok
    assert status.problem == f"propose_titles uses {name}, which crmbridge has not had since 0.0.1"
    assert status.remedy == "use propose_roles"


def test_a_hook_that_was_deleted_is_refused_by_its_retirement(
    plugin: Callable[..., object], load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hookspecs, "RETIRED", {"resolve_title": GONE})
    (status,) = load({"acme": plugin(resolve_title=lambda: None)}).statuses
    assert (status.ok, status.remedy) == (False, "use propose_roles")


def test_a_plugin_that_leaves_a_retired_argument_out_is_not_warned(
    plugin: Callable[..., object], load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hookspecs, "RETIRED", {"propose_titles.center": GONE})
    (status,) = load({"acme": plugin(propose_titles=lambda ctx: None)}).statuses
    assert status.ok
