"""Faults of credentials in the middle of a run, T25 and T26; the refresh itself is tried in test_http_oauth.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmbridge import Bridge
from crmbridge.app import token_store
from crmbridge.cli.commands.doctor import examine
from crmbridge.cli.options import Hosting
from crmbridge.config import Config, connection_settings
from crmbridge.connectors.hubspot import register_connectors
from crmbridge.errors import FixCredential, GrantScope
from crmbridge.sandbox import Portal, generate, serve
from crmbridge.sandbox.server import Sandbox

REVOKED = {
    "status": "error",
    "category": "INVALID_AUTHENTICATION",
    "correlationId": "20f98dfa-0000-4000-8000-000000000000",
}


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    portal = generate(seed=5, companies=20, contacts=250, deals=25, engagements=300)
    portal.limits.off()
    monkeypatch.setenv("CRMBRIDGE_PLUGINS", "")
    monkeypatch.setenv("HUBSPOT_TOKEN", portal.token)
    with serve(portal) as served:
        yield served


def configured(folder: Path, sandbox: Sandbox, way: str = 'token = "env:HUBSPOT_TOKEN"') -> Path:
    path = folder / "crmbridge.toml"
    path.write_text(
        f'[connections.main]\nconnector = "hubspot"\n{way}\nbase_url = "{sandbox.base_url}"\n'
        '[privacy]\nprocessing = "legitimate-interest"\n'
    )
    return path


def reads(portal: Portal) -> int:
    return portal.calls.count("/crm/")


def test_t25_a_token_revoked_in_a_sync_stops_it_and_a_new_one_goes_on_from_there(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    # Kills: retrying a refused token, and starting anew after it was replaced.
    portal = sandbox.portal
    config = configured(tmp_path, sandbox)
    with Bridge.from_config(config) as bridge:
        bridge.sync()
        whole = reads(portal)
    (tmp_path / ".crmbridge" / "store.db").unlink()
    for rest in (tmp_path / ".crmbridge").glob("store.db-*"):
        rest.unlink()
    before = reads(portal)
    portal.faults.add("/crm/", status=401, body=REVOKED, times=10_000, skip=whole * 3 // 4)
    with Bridge.from_config(config) as bridge, pytest.raises(FixCredential, match="20f98dfa") as caught:
        bridge.sync()
    assert caught.value.correlation_id == REVOKED["correlationId"]
    stopped = reads(portal) - before
    at_once = 10  # calls under way when the first 401 came
    assert stopped <= whole * 3 // 4 + 1 + at_once
    portal.faults.clear()
    before = reads(portal)
    with Bridge.from_config(config) as bridge:
        bridge.sync()
        assert len(list(bridge.contacts())) == 250
    assert reads(portal) - before < whole


def test_t25_a_token_revoked_in_an_apply_leaves_no_row_undecided(tmp_path: Path, sandbox: Sandbox) -> None:
    # Kills: taking a refused write for one that may have taken effect, or for a rejected row.
    portal = sandbox.portal
    with Bridge.from_config(configured(tmp_path, sandbox)) as bridge:
        bridge.sync()
        plan = bridge.plan()
        portal.faults.add("batch/update", status=401, body=REVOKED, times=10_000)
        with pytest.raises(FixCredential):
            bridge.apply(plan, approve=plan.hash)
        portal.faults.clear()
        result = bridge.apply(plan, approve=plan.hash)
        assert (result.status, result.rejected, result.unknown) == ("done", 0, 0)
        assert bridge.plan().is_empty


def test_t25_a_sync_outlives_the_end_of_its_access_token(tmp_path: Path, sandbox: Sandbox) -> None:
    # Kills: a token that is read once when the client is opened.
    portal = sandbox.portal
    config = configured(
        tmp_path,
        sandbox,
        f'client_id = "sandbox-client"\nclient_secret = "file:app"\nredirect_uri = "{portal.grants.redirect_uri}"',
    )
    (tmp_path / "app").write_text(portal.grants.client_secret)
    (tmp_path / "app").chmod(0o600)
    (spec,) = register_connectors()
    loaded = Config.load(config)
    assert spec.sign_in
    door = spec.sign_in(connection_settings(loaded, "main", spec), token_store(loaded, "main"))
    door.finish(portal.grants.authorize(portal.scopes))
    real = portal.clock
    calls = [0]

    def hasty() -> int:
        """Every look at the clock takes 20 seconds of the portal's time: the token ends in the middle of a sync."""
        calls[0] += 1
        return real() + calls[0] * 20_000

    portal.clock = hasty
    with Bridge.from_config(config) as bridge:
        bridge.sync()
        assert len(list(bridge.contacts())) == 250
    assert portal.calls.count("POST /oauth/2026-09/token") > 1  # the first one signs in


@pytest.mark.parametrize("scope", ["crm.objects.deals.read", "crm.objects.owners.read"])
def test_t26_a_missing_scope_is_predicted_by_doctor_and_named_by_sync(
    tmp_path: Path, sandbox: Sandbox, scope: str
) -> None:
    # Kills: a report that does not look at what the configuration reads.
    sandbox.portal.scopes -= {scope}
    config = configured(tmp_path, sandbox)
    faults = {check.name: check for check in examine(Hosting(config=config)) if not check.ok}
    assert f"main scope {scope}" in faults
    assert scope in faults[f"main scope {scope}"].remedy
    with Bridge.from_config(config) as bridge, pytest.raises(GrantScope, match=scope):
        bridge.sync()
