"""``crmbridge connect``: sign in to an account by OAuth."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from crmbridge.cli.options import Hosting, spread
from crmbridge.cli.redirect import Listener, code_in
from crmbridge.cli.screen import Screen, emit
from crmbridge.errors import FixConfig, FixCredential

if TYPE_CHECKING:
    from crmbridge.config import Config
    from crmbridge.connector import SignIn

Code = Annotated[
    str | None,
    typer.Option(
        "--code",
        metavar="CODE",
        help="The code that the browser was sent back with; `-` reads it, or the whole address, from standard input.",
    ),
]


@spread
def connect(options: Hosting, *, code: Code = None) -> None:
    """Sign in by OAuth: print the page to grant access on, wait for the answer, keep the tokens beside the store."""
    from crmbridge.config import Config

    screen = Screen.make(as_json=options.as_json)
    config = Config.load(options.config)
    name = config.connection(options.connection).name
    sign_in = _sign_in(options, config, name)
    grant = sign_in.finish(_asked(screen, sign_in) if code is None else _given(screen, sign_in, code))
    screen.say(f"Signed in to account {grant.account or 'of that name'}; see `crmbridge doctor`.")
    if options.as_json:
        emit({"connection": name, "account": grant.account, "scopes": list(grant.scopes)})


def _sign_in(options: Hosting, config: Config, name: str) -> SignIn:
    from crmbridge.app import load_plugins, token_store
    from crmbridge.config import connection_settings

    specs = load_plugins(config, no_plugins=options.no_plugins).connectors()
    spec = specs.get(config.connection(name).connector)
    if spec is None or spec.sign_in is None:
        raise FixConfig(f"[connections.{name}] its connector knows no sign-in by OAuth: set its token instead")
    return spec.sign_in(connection_settings(config, name, spec), token_store(config, name))


def _asked(screen: Screen, sign_in: SignIn) -> str:
    """Send a person to the platform, and wait for the browser to come back."""
    state = secrets.token_urlsafe(32)
    with Listener(sign_in.redirect_uri, state) as listener:
        screen.note(f"Open this page and grant access:\n\n{sign_in.url(state)}\n")
        return listener.wait()


def _given(screen: Screen, sign_in: SignIn, code: str) -> str:
    """Take the code from the command line or, so that no history keeps it, from standard input."""
    if code != "-":
        return code
    state = secrets.token_urlsafe(32)
    screen.note(
        f"Open this page, grant access, then paste the address that the browser ends at:\n\n{sign_in.url(state)}\n"
    )
    line = sys.stdin.readline().strip()
    found = code_in(line, state) if "://" in line else line
    if not found:
        raise FixCredential("that address holds no answer to this sign-in: run `crmbridge connect` again")
    return found
