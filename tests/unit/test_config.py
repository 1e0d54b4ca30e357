from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError, field_validator

from crmbridge import ConnectorSettings, ConnectorSpec
from crmbridge.config import Config, connection_settings
from crmbridge.errors import FixConfig, FixCredential

MINIMAL = """
[connections.main]
connector = "hubspot"
token = "env:TOKEN"

[privacy]
processing = "record-required"
"""

FULL = """
[connections.main]
connector = "hubspot"
token = "env:TOKEN"
calls = 100

[connections.other]
connector = "hubspot"
token = "file:secrets/token"

[privacy]
processing = "legitimate-interest"
assessment = "Kept in the register, no. 7."

[store]
path = "data/store.db"

[sync]
engagements = ["email", "call"]
since_months = 0
transform_limit_percent = 2.5

[sync.properties]
contact = ["hs_buying_role"]

[centers]
benchmark = 9.5
benchmark_source = "Own study, 2026"
engaged_days = 30
routine_amount = 5000.5

[centers.required]
decider = 2

[writeback]
prefix = "acme_"
group = "acme"
properties = ["contact.department"]
skip = ["deal.journey_stage"]

[writeback.policies]
"contact.hs_buying_role" = "fill-empty"

[writeback.overwrite]
"contact.jobtitle" = true

[writeback.guard]
changed_percent = 50
cleared_percent = 0
rows = 10
minimum = 0
first_apply = false

[pipeline]
order = ["roles", "consent"]
disabled = ["personas"]
allow = ["crmbridge-roles"]

[plugins.roles]
threshold = 0.5

[report]
path = "/srv/report.html"
top = 5
rows = 50
"""


class Settings(ConnectorSettings):
    token: SecretStr
    spare: SecretStr | None = None
    region: str = "eu"
    calls: int = 190


SPEC = ConnectorSpec(name="hubspot", settings=Settings, open=lambda settings: settings)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: Any) -> Any:
        path = tmp_path / "crmbridge.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def faults(path: Any) -> Any:
    with pytest.raises(FixConfig) as caught:
        Config.load(path)
    return str(caught.value)


def test_a_minimal_config_has_the_documented_defaults(write: Callable[[str], Path]) -> None:
    config = Config.load(write(MINIMAL))
    assert config.sync.engagements == ("email", "meeting", "call", "note")
    assert config.sync.since_months == 24
    assert config.sync.transform_limit_percent == 5
    assert (config.centers.benchmark, config.centers.engaged_days, config.centers.routine_amount) == (6.8, 90, None)
    assert config.centers.required == {"decider": 1, "buyer": 1, "influencer": 1, "user": 1}
    assert (config.writeback.prefix, config.writeback.group) == ("crmb_", "crmbridge")
    guard = config.writeback.guard
    assert (guard.changed_percent, guard.cleared_percent, guard.rows, guard.minimum) == (30, 10, 500, 10)
    assert guard.first_apply
    assert config.pipeline.allow is None
    assert (config.report.top, config.report.rows) == (20, 200)


def test_a_full_config_is_read_as_written(write: Callable[[str], Path]) -> None:
    config = Config.load(write(FULL))
    assert config.privacy.assessment == "Kept in the register, no. 7."
    assert config.sync.properties == {"contact": ("hs_buying_role",)}
    assert config.centers.required == {"decider": 2}
    assert config.centers.routine_amount == Decimal("5000.5")
    assert config.writeback.policies == {"contact.hs_buying_role": "fill-empty"}
    assert config.writeback.overwrite == {"contact.jobtitle": True}
    assert not config.writeback.guard.first_apply
    assert config.pipeline.order == ("roles", "consent")
    assert config.plugins == {"roles": {"threshold": 0.5}}


def test_paths_are_relative_to_the_file(write: Callable[[str], Path], tmp_path: Path) -> None:
    config = Config.load(write(FULL))
    assert config.path == tmp_path / "crmbridge.toml"
    assert config.store_path == tmp_path / "data/store.db"
    assert config.report_path == Path("/srv/report.html")


def test_a_path_may_begin_at_home(write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert Config.load(write(FULL.replace("data/store.db", "~/store.db"))).store_path == Path("/home/somebody/store.db")


def test_a_config_cannot_be_changed(write: Callable[[str], Path]) -> None:
    config = Config.load(write(MINIMAL))
    with pytest.raises(ValidationError):
        setattr(config.sync, "since_months", 3)  # noqa: B010 a type checker refuses the plain assignment


def test_processing_has_no_silent_default_and_the_error_says_what_to_declare(write: Callable[[str], Path]) -> None:
    without = MINIMAL.replace('processing = "record-required"', "")
    for text in (without, without.replace("[privacy]", "[store]")):
        message = faults(write(text))
        assert "[privacy]" in message
        assert "is required. Declare on what ground" in message
        assert '"legitimate-interest"' in message
        assert '"record-required"' in message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[store]", "[stoer]", "[stoer]: unknown; allowed are centers, connections, pipeline"),
        ("since_months = 0", "since = 0", "[sync] since: unknown; allowed are "),
        ("since_months = 0", "since_months = -1", "[sync] since_months: Input should be greater than or equal to 0"),
        ('"email", "call"', '"email", "calls"', "[sync] engagements[1]: Input should be 'email', 'meeting'"),
        ('contact = ["hs', 'contacts = ["hs', "[sync.properties] contacts: "),
        ("benchmark = 9.5", "benchmark = nan", "[centers] benchmark: Input should be"),
        ("benchmark = 9.5", "benchmark = inf", "[centers] benchmark: Input should be a finite number"),
        ("decider = 2", "decider = 10", "[centers.required] decider: Input should be less than or equal to 9"),
        ("decider = 2", "boss = 1", "[centers.required] boss: Input should be 'initiator'"),
        ('prefix = "acme_"', 'prefix = "Acme "', "[writeback] prefix: String should match"),
        ('"contact.department"', '"department"', '[writeback] properties[0]: name a property as "OBJECT.NAME"'),
        ('"contact.hs_buying_role" =', "contact.hs_buying_role =", "[writeback.policies] contact: name a property as"),
        ('"fill-empty"', '"fill"', "[writeback.policies] contact.hs_buying_role: Input should be 'own'"),
        ("rows = 10", "rows = 10\nrow = 1", "[writeback.guard] row: unknown; allowed are changed_percent"),
        (
            'connector = "hubspot"\ntoken = "env:TOKEN"',
            'token = "env:TOKEN"',
            "[connections.main] connector: is required",
        ),
        ('"legitimate-interest"', '"whatever"', "[privacy] processing: Input should be 'legitimate-interest' or"),
    ],
)
def test_an_error_names_file_section_field_and_what_is_allowed(
    write: Callable[[str], Path], old: str, new: str, message: str
) -> None:
    assert old in FULL
    text = faults(write(FULL.replace(old, new, 1)))
    assert message in text
    assert "crmbridge.toml" in text


def test_all_errors_are_told_at_once(write: Callable[[str], Path]) -> None:
    message = faults(write('[privacy]\n[sync]\nsince_months = -1\n[report]\ntop = "many"\nrow = 1\n'))
    places = ("[connections]", "[privacy] processing", "[sync] since_months", "[report] top", "[report] row")
    assert all(place in message for place in places)


def test_an_empty_table_of_connections_is_an_error(write: Callable[[str], Path]) -> None:
    assert "[connections]" in faults(write('[connections]\n[privacy]\nprocessing = "record-required"\n'))


def test_what_cannot_be_read_is_an_error_that_says_what_to_do(write: Callable[[str], Path], tmp_path: Path) -> None:
    assert "crmbridge init" in faults(tmp_path / "none.toml")
    assert "is not TOML" in faults(write("[privacy\n"))
    assert "line 1" in faults(write("[privacy\n"))
    assert "cannot be read" in faults(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"[privacy]\nassessment = '\xe4'\n")
    assert "UTF-8" in faults(tmp_path / "latin.toml")


def test_the_only_connection_needs_no_name(write: Callable[[str], Path]) -> None:
    connection = Config.load(write(MINIMAL)).connection()
    assert (connection.name, connection.connector, connection.settings) == ("main", "hubspot", {"token": "env:TOKEN"})


def test_one_of_several_connections_is_named(write: Callable[[str], Path]) -> None:
    config = Config.load(write(FULL))
    assert config.connection("other").settings == {"token": "file:secrets/token"}
    with pytest.raises(FixConfig, match="name one of main, other"):
        config.connection()
    with pytest.raises(FixConfig, match=r"no \[connections.third\]: there are main, other"):
        config.connection("third")


def test_a_reference_to_a_variable_is_resolved(write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "sesame\n")
    monkeypatch.setenv("REGION", "us")
    config = Config.load(write(MINIMAL.replace('"env:TOKEN"', '"env:TOKEN"\nregion = "env:REGION"\ncalls = 7')))
    settings = connection_settings(config, None, SPEC)
    assert isinstance(settings, Settings)
    assert (settings.token.get_secret_value(), settings.region, settings.calls) == ("sesame", "us", 7)
    assert "sesame" not in repr(config) + repr(settings)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_variable_that_is_not_set_is_named(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, value: Any
) -> None:
    monkeypatch.delenv("TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("TOKEN", value)
    with pytest.raises(FixCredential, match=r"\[connections.main\] token: the environment variable TOKEN is not set"):
        connection_settings(Config.load(write(MINIMAL)), "main", SPEC)


@pytest.fixture
def token_file(write: Callable[[str], Path], tmp_path: Path) -> Any:
    file = tmp_path / "secrets" / "token"
    file.parent.mkdir()
    file.write_text("sesame\n")
    file.chmod(0o600)
    return file


def test_a_reference_to_a_file_is_relative_to_the_config(write: Callable[[str], Path], token_file: Path) -> None:
    settings = connection_settings(Config.load(write(FULL)), "other", SPEC)
    assert isinstance(settings, Settings)
    assert settings.token.get_secret_value() == "sesame"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_token_file_that_others_can_read_is_refused(
    write: Callable[[str], Path], token_file: Path, mode: int
) -> None:
    token_file.chmod(mode)
    with pytest.raises(FixCredential, match="chmod 600") as caught:
        connection_settings(Config.load(write(FULL)), "other", SPEC)
    assert "sesame" not in str(caught.value)


def test_a_token_file_that_is_missing_or_empty_is_refused(write: Callable[[str], Path], token_file: Path) -> None:
    config = Config.load(write(FULL))
    token_file.write_text("\n")
    with pytest.raises(FixCredential, match="is empty"):
        connection_settings(config, "other", SPEC)
    token_file.unlink()
    with pytest.raises(FixCredential, match="cannot be read"):
        connection_settings(config, "other", SPEC)


@pytest.mark.parametrize("field", ["token", "spare"])
def test_a_secret_in_the_file_itself_is_refused_without_being_shown(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    monkeypatch.setenv("TOKEN", "x")
    text = MINIMAL.replace("[privacy]", 'spare = "sesame"\n[privacy]')
    config = Config.load(write(MINIMAL.replace("env:TOKEN", "sesame") if field == "token" else text))
    assert "sesame" not in repr(config) + repr(config.connection())
    with pytest.raises(
        FixConfig, match=rf'{field}: a secret must not stand in this file; write {field} = "env:NAME"'
    ) as caught:
        connection_settings(config, "main", SPEC)
    assert "sesame" not in str(caught.value)


class Ring(ModuleType):
    """Stands in for the package ``keyring``; ``held`` maps service and user to a secret."""

    def __init__(self, held: dict[tuple[str, str], str], *, locked: bool = False) -> None:
        super().__init__("keyring")
        self.held, self.locked = held, locked
        self.errors = ModuleType("keyring.errors")
        vars(self.errors)["KeyringError"] = RuntimeError

    def get_password(self, service: str, user: str) -> str | None:
        if self.locked:
            raise RuntimeError("no backend")
        return self.held.get((service, user))


def from_ring(write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, ring: Ring | None) -> Any:
    monkeypatch.setitem(sys.modules, "keyring", ring)
    monkeypatch.setitem(sys.modules, "keyring.errors", ring and ring.errors)
    return connection_settings(Config.load(write(MINIMAL.replace("env:TOKEN", "keyring:main"))), None, SPEC)


def test_a_reference_to_the_keyring_is_resolved(write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = from_ring(write, monkeypatch, Ring({("crmbridge", "main"): "sesame\n"}))
    assert settings.token.get_secret_value() == "sesame"


@pytest.mark.parametrize(
    ("ring", "error", "remedy"),
    [
        (None, FixConfig, r'pip install "crmbridge\[keyring\]"'),
        (Ring({}, locked=True), FixCredential, "unlock it, or write env:NAME"),
        (Ring({}), FixCredential, "run `keyring set crmbridge main`"),
    ],
)
def test_a_keyring_that_does_not_help_says_what_to_do(
    write: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    ring: Ring | None,
    error: type[Exception],
    remedy: str,
) -> None:
    # Kills: letting the package's own error through, and taking an absent entry for an empty token.
    with pytest.raises(error, match=remedy):
        from_ring(write, monkeypatch, ring)


def test_tokens_stand_beside_the_store_whatever_a_connection_is_called(write: Callable[[str], Path]) -> None:
    path = write(MINIMAL)
    config = Config.load(path)
    assert config.token_path("main") == path.parent / ".crmbridge" / "tokens" / "main.json"
    assert config.token_path("../../x").parent == config.token_path("main").parent


def test_settings_of_the_connector_are_validated_without_showing_a_secret(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "sesame")
    config = Config.load(write(MINIMAL.replace("[privacy]", 'calls = "many"\nregoin = "eu"\n[privacy]')))
    with pytest.raises(FixConfig) as caught:
        connection_settings(config, "main", SPEC)
    assert "[connections.main] calls: Input should be a valid integer" in str(caught.value)
    assert "[connections.main] regoin: unknown; allowed are calls, region, spare, token" in str(caught.value)
    assert "sesame" not in f"{caught.value}{caught.value.__cause__}{caught.value.__context__}"


def test_the_fingerprint_follows_what_judging_depends_on_and_nothing_else(write: Callable[[str], Path]) -> None:
    base = Config.load(write(FULL)).fingerprint()
    same = [("rows = 50", "rows = 51"), ('"env:TOKEN"', '"env:OTHER"'), ("first_apply = false", "first_apply = true")]
    other = [("engaged_days = 30", "engaged_days = 31"), ("since_months = 0", "since_months = 1")]
    other += [('processing = "legitimate-interest"', 'processing = "record-required"'), ("decider = 2", "decider = 1")]
    assert {Config.load(write(FULL.replace(*change))).fingerprint() for change in same} == {base}
    assert base not in {Config.load(write(FULL.replace(*change))).fingerprint() for change in other}


def test_every_setting_is_described() -> None:
    def undescribed(model: Any, path: Any) -> Any:
        for name, info in model.model_fields.items():
            if not info.description:
                yield f"{path}{name}"
            if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
                yield from undescribed(info.annotation, f"{path}{name}.")

    assert list(undescribed(Config, "")) == []


def test_a_rule_of_a_model_of_its_own_is_told_in_its_own_words(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Strict(Settings):
        @field_validator("region")
        @classmethod
        def _known(cls, value: Any) -> Any:
            raise ValueError("take eu or us")

    monkeypatch.setenv("TOKEN", "x")
    config = Config.load(write(MINIMAL.replace("[privacy]", 'region = "mars"\n[privacy]')))
    with pytest.raises(FixConfig, match=r"\[connections.main\] region: take eu or us"):
        connection_settings(config, "main", ConnectorSpec(name="x", settings=Strict, open=lambda settings: settings))
