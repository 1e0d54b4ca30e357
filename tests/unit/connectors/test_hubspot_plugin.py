from __future__ import annotations

import subprocess
import sys

import pluggy
import pytest
from pydantic import SecretStr, ValidationError

from crmbridge import hookspecs
from crmbridge.connector import Connector
from crmbridge.connectors import hubspot
from crmbridge.connectors.hubspot.connector import open_hubspot
from crmbridge.connectors.hubspot.scopes import READ_SCOPES, WRITE_SCOPES
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.errors import FixConfig, FixCredential


def test_the_module_is_a_plugin_that_names_the_connector() -> None:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(hubspot)
    manager.check_pending()
    (spec,) = [spec for specs in manager.hook.register_connectors() for spec in specs]
    assert (spec.name, spec.settings) == ("hubspot", HubSpotSettings)
    connector = spec.open(HubSpotSettings(token=SecretStr("pat-eu1-x")))
    assert isinstance(connector, Connector)
    assert connector.calls == 0
    connector.close()


def test_the_setup_text_says_where_the_key_is_and_what_it_needs() -> None:
    assert "Development > Keys > Service keys" in hubspot.SETUP
    assert all(scope in hubspot.SETUP for scope in (*READ_SCOPES, *WRITE_SCOPES))


def test_loading_the_plugin_loads_no_http() -> None:
    code = "import sys, crmbridge.connectors.hubspot; print({'httpx', 'hubspot'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_settings_refuse_what_they_do_not_know() -> None:
    with pytest.raises(ValidationError, match="tokn"):
        HubSpotSettings(token=SecretStr("x"), tokn="x")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"token": "pat-x", "base_url": "http://api.example.com"}, FixConfig),
        ({"token": " "}, FixCredential),
    ],
)
def test_opening_refuses_unfit_settings(settings: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        open_hubspot(HubSpotSettings.model_validate(settings))


@pytest.mark.parametrize("base_url", ["https://api.hubapi.com", "http://127.0.0.1:9"])
def test_the_official_client_speaks_to_the_same_account(base_url: str) -> None:
    connector = open_hubspot(HubSpotSettings(token=SecretStr("pat-eu1-x"), base_url=base_url))
    client = connector.official_client()
    assert client.access_token == "pat-eu1-x"
    assert client.config.get("host", "https://api.hubapi.com") == base_url
    connector.close()
