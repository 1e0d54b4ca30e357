from __future__ import annotations

import contextlib
import logging
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from crmbridge.errors import CrmBridgeError, FixCredential, RetryLater
from crmbridge.http import HttpClient, OAuth, TokenFile, Tokens
from crmbridge.http.oauth import AHEAD

LIFE = 1800.0


def made(number: int, now: float = 0.0, refresh: str = "refresh-0") -> Tokens:
    return Tokens(access=SecretStr(f"access-{number}"), refresh=SecretStr(refresh), expires_at=now + LIFE)


class Shelf:
    """A store in memory that tells in which order it was used."""

    def __init__(self, tokens: Tokens | None) -> None:
        self.tokens, self.log = tokens, list[str]()
        self._lock = threading.Lock()

    def get(self) -> Tokens | None:
        return self.tokens

    def put(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.log.append(f"put {tokens.access.get_secret_value()}")

    @contextmanager
    def locked(self) -> Iterator[None]:
        with self._lock:
            yield


class Platform:
    """Gives numbered tokens; says 401 to all but the newest one that has not ended by its own clock."""

    def __init__(self) -> None:
        self.now, self.number, self.refreshes = 0.0, 0, 0
        self.ends = LIFE
        self.revoked = False
        self.sent: list[str] = []
        self.gate: threading.Barrier | None = None

    def refresh(self, held: Tokens) -> Tokens:
        self.refreshes += 1
        if self.revoked:
            raise FixCredential("BAD_REFRESH_TOKEN: authorise again")
        self.number, self.ends = self.number + 1, self.now + LIFE
        return made(self.number, self.now)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.sent.append(token)
        if self.gate and token == "access-0":
            self.gate.wait(30)
        if token == f"access-{self.number}" and self.now < self.ends and not self.revoked:
            return httpx.Response(200, json={"ok": True})
        category = "INVALID_AUTHENTICATION" if self.revoked else "EXPIRED_AUTHENTICATION"
        return httpx.Response(401, json={"status": "error", "category": category})


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def opened(platform: Platform) -> Iterator[Callable[[OAuth], HttpClient]]:
    with contextlib.ExitStack() as stack:
        yield lambda auth: stack.enter_context(
            HttpClient("https://crm.example", auth, transport=httpx.MockTransport(platform), sleep=lambda _: None)
        )


def test_a_token_is_renewed_before_it_ends_and_not_earlier(platform: Platform) -> None:
    auth = OAuth(Shelf(made(0)), platform.refresh, lambda: platform.now)
    platform.now = LIFE - AHEAD - 1
    assert auth.current() == SecretStr("access-0")
    platform.now = LIFE - AHEAD
    assert auth.current() == SecretStr("access-1")
    assert platform.refreshes == 1


def test_nobody_signed_in(platform: Platform) -> None:
    with pytest.raises(FixCredential, match="crmbridge connect"):
        OAuth(Shelf(None), platform.refresh).current()
    assert platform.refreshes == 0


def test_t25_twenty_threads_that_meet_an_ended_token_make_one_refresh(
    platform: Platform, opened: Callable[[OAuth], HttpClient]
) -> None:
    # Kills: a refresh without a look at what another thread or process stored meanwhile. That alone is enough here:
    # the lock in memory only spares the waiting threads the store.
    shelf = Shelf(made(0))
    client = opened(OAuth(shelf, platform.refresh, lambda: platform.now))
    platform.now = LIFE + 1
    start = threading.Barrier(20)

    def ask() -> int:
        start.wait()
        return client.get("/x").status

    with ThreadPoolExecutor(20) as pool:
        assert [future.result() for future in [pool.submit(ask) for _ in range(20)]] == [200] * 20
    assert platform.refreshes == 1
    assert set(platform.sent) == {"access-1"}


def test_t25_twenty_threads_whose_token_is_refused_make_one_refresh(
    platform: Platform, opened: Callable[[OAuth], HttpClient]
) -> None:
    # Kills: renewing whatever is held, although another thread has replaced the refused token already.
    client = opened(OAuth(Shelf(made(0)), platform.refresh, lambda: 0.0))
    platform.now, platform.gate = LIFE + 1, threading.Barrier(20)  # all are refused before anybody renews
    with ThreadPoolExecutor(20) as pool:
        assert {future.result().status for future in [pool.submit(client.get, "/x") for _ in range(20)]} == {200}
    assert platform.refreshes == 1


@pytest.mark.parametrize("off", [-600.0, 600.0])
def test_t25_a_clock_that_is_ten_minutes_off_does_no_harm(
    platform: Platform, opened: Callable[[OAuth], HttpClient], off: float
) -> None:
    # Kills: trusting our own clock alone. It jumps after the tokens were stored: late, the platform says 401 first.
    shift = [0.0]
    client = opened(OAuth(Shelf(made(0)), platform.refresh, lambda: platform.now + shift[0]))
    client.get("/x")
    shift[0] = off
    for _ in range(100):
        platform.now += 60
        assert client.get("/x").status == 200
    assert platform.refreshes <= 6000 / (LIFE - AHEAD) + 2


def test_an_ended_token_is_renewed_once_per_request(platform: Platform, opened: Callable[[OAuth], HttpClient]) -> None:
    # Kills: renewing for as long as the platform says 401.
    platform.ends = -1.0
    client = opened(OAuth(Shelf(made(0)), lambda held: made(7), lambda: 0.0))  # never takes what it gave
    with pytest.raises(FixCredential):
        client.get("/x")
    assert len(platform.sent) == 2


def test_t25_a_revoked_grant_is_told_after_one_call_however_many_wait(
    platform: Platform, opened: Callable[[OAuth], HttpClient]
) -> None:
    # Kills: every waiting thread sends the refused refresh token once more.
    client = opened(OAuth(Shelf(made(0)), platform.refresh, lambda: platform.now))
    platform.revoked, platform.now = True, LIFE
    with ThreadPoolExecutor(20) as pool:
        futures = [pool.submit(client.get, "/x") for _ in range(20)]
        assert {str(future.exception()) for future in futures} == {"BAD_REFRESH_TOKEN: authorise again"}
    assert (platform.refreshes, platform.sent) == (1, [])


def test_signing_in_again_heals_a_running_client(platform: Platform, opened: Callable[[OAuth], HttpClient]) -> None:
    shelf = Shelf(made(0))
    client = opened(OAuth(shelf, platform.refresh, lambda: platform.now))
    platform.revoked, platform.now = True, LIFE
    with pytest.raises(FixCredential):
        client.get("/x")
    platform.revoked, platform.number, platform.ends = False, 5, LIFE * 2
    shelf.put(made(5, LIFE, refresh="refresh-5"))
    assert client.get("/x").status == 200


def test_a_token_is_stored_before_it_is_sent(platform: Platform, opened: Callable[[OAuth], HttpClient]) -> None:
    # Kills: sending first. A store that fails must leave the platform without a request.
    class Full(Shelf):
        def put(self, tokens: Tokens) -> None:
            raise OSError(28, "No space left on device")

    client = opened(OAuth(Full(made(0)), platform.refresh, lambda: LIFE))
    with pytest.raises(OSError, match="No space"):
        client.get("/x")
    assert platform.sent == []


def test_a_platform_that_cannot_renew_now_is_no_matter_of_credentials(
    platform: Platform, opened: Callable[[OAuth], HttpClient]
) -> None:
    def busy(held: Tokens) -> Tokens:
        raise RetryLater("given up")

    with pytest.raises(RetryLater):
        opened(OAuth(Shelf(made(0)), busy, lambda: LIFE)).get("/x")


def test_no_token_of_now_or_before_reaches_a_log(
    platform: Platform, opened: Callable[[OAuth], HttpClient], caplog: pytest.LogCaptureFixture
) -> None:
    # Kills: a filter that knows the tokens of the start only.
    caplog.set_level(logging.DEBUG)
    client = opened(OAuth(Shelf(made(0)), platform.refresh, lambda: platform.now))
    client.get("/x")
    platform.now = LIFE
    client.get("/x")
    logging.getLogger("crmbridge.http").warning("access-0 access-1 refresh-0")
    assert "*** *** ***" in caplog.text
    assert "access-" not in caplog.text


# --- the file ---------------------------------------------------------------------------------------------------------


def test_tokens_survive_in_a_file_that_only_the_owner_reads(tmp_path: Path) -> None:
    store = TokenFile(tmp_path / "a" / "tokens" / "main.json")
    assert store.get() is None
    old = os.umask(0)  # the widest
    try:
        with store.locked():
            store.put(made(1))
    finally:
        os.umask(old)
    assert store.get() == made(1)
    assert stat.S_IMODE((tmp_path / "a" / "tokens").stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a" / "tokens").iterdir()}
    assert modes == {"main.json": 0o600, "main.lock": 0o600}
    assert "access-1" not in repr(store) + repr(store.get())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_token_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    store = TokenFile(tmp_path / "t" / "main.json")
    store.put(made(1))
    (tmp_path / "t" / "main.json").chmod(mode)
    with pytest.raises(FixCredential, match="chmod 600"):
        store.get()


@pytest.mark.parametrize("text", [b"", b"{", b'{"access": "canary"}', b"\xff", b'{"access": 1, "refresh": "canary"}'])
def test_a_damaged_token_file_says_to_sign_in_again_and_shows_nothing(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "main.json"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(FixCredential, match="crmbridge connect") as caught:
        TokenFile(path).get()
    assert "canary" not in f"{caught.value}{caught.value.__cause__}{caught.value.__context__}"


KILLED = """
import os, signal, sys
from pathlib import Path
from pydantic import SecretStr
from crmbridge.http import OAuth, TokenFile, Tokens
from crmbridge.http import tokens as module

def refresh(held):
    return Tokens(access=SecretStr("access-1"), refresh=SecretStr("refresh-1"), expires_at=9e9)

if sys.argv[2] == "answered":  # between the platform's answer and the store
    TokenFile.put = lambda self, tokens: os.kill(os.getpid(), signal.SIGKILL)
else:  # between the new file and its taking the old one's place
    Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)
OAuth(TokenFile(Path(sys.argv[1])), refresh, lambda: 9e9).current()
"""


@pytest.mark.parametrize("moment", ["answered", "written"])
def test_t25_a_kill_between_answer_and_store_leaves_the_old_tokens_whole(tmp_path: Path, moment: str) -> None:
    # Kills: writing in place, and a lock that outlives its process.
    path = tmp_path / "main.json"
    store = TokenFile(path)
    store.put(made(0))
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), moment], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert store.get() == made(0)

    def gone(held: Tokens) -> Tokens:
        assert held.refresh == SecretStr("refresh-0")
        raise FixCredential("BAD_REFRESH_TOKEN: authorise crmbridge again with `crmbridge connect`")

    with pytest.raises(FixCredential, match="crmbridge connect"):
        OAuth(store, gone, lambda: LIFE).current()
    assert OAuth(store, lambda held: made(2, LIFE), lambda: LIFE).current() == SecretStr("access-2")
    assert store.get() == made(2, LIFE)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["main.json", "main.lock"]


RACER = """
import sys
import time
from pathlib import Path
from pydantic import SecretStr
from crmbridge.http import OAuth, TokenFile, Tokens

calls = Path(sys.argv[2])
def refresh(held):
    with calls.open("a") as file:
        file.write("x")
    time.sleep(0.2)  # long enough for the others to arrive
    return Tokens(access=SecretStr("access-1"), refresh=held.refresh, expires_at=9e9)

print("ready", flush=True)
sys.stdin.readline()
print(OAuth(TokenFile(Path(sys.argv[1])), refresh, lambda: 5000.0).current().get_secret_value())
"""


def test_t25_processes_that_meet_an_ended_token_make_one_refresh(tmp_path: Path) -> None:
    # Kills: a lock among threads only.
    path, calls = tmp_path / "main.json", tmp_path / "calls"
    TokenFile(path).put(made(0))
    command = [sys.executable, "-c", RACER, str(path), str(calls)]
    with contextlib.ExitStack() as stack:
        racers = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
            )
            for _ in range(4)
        ]
        for racer in racers:
            assert racer.stdout
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin
            racer.stdin.write("go\n")
            racer.stdin.flush()
        answers = [racer.communicate(timeout=60)[0] for racer in racers]
    assert answers == ["access-1\n"] * 4
    assert calls.read_text() == "x"


def test_a_static_token_is_never_renewed() -> None:
    sent: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        return httpx.Response(401, json={"category": "EXPIRED_AUTHENTICATION"})

    with (
        HttpClient("https://crm.example", SecretStr("pat-x"), transport=httpx.MockTransport(refuse)) as client,
        pytest.raises(FixCredential),
    ):
        client.get("/x")
    assert sent == ["/x"]


def test_a_form_is_sent_without_a_token_and_its_secrets_do_not_come_back() -> None:
    # Kills: an error that repeats what the platform echoes of the form.
    seen: list[httpx.Request] = []

    def echo(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(400, json={"status": "BAD_CODE", "errors": [{"code": "the-secret-code"}]})

    with (
        HttpClient("https://crm.example", None, transport=httpx.MockTransport(echo)) as client,
        pytest.raises(CrmBridgeError) as caught,
    ):
        client.post_form("/token", {"grant_type": "authorization_code", "code": SecretStr("the-secret-code")})
    assert seen[0].content == b"grant_type=authorization_code&code=the-secret-code"
    assert "authorization" not in seen[0].headers
    assert "the-secret-code" not in f"{caught.value}{vars(caught.value)}"


def test_a_client_without_a_token_has_none_to_give() -> None:
    with HttpClient("https://crm.example", None) as client, pytest.raises(FixCredential):
        client.token()
