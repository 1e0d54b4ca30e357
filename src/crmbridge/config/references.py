"""Where secrets come from: a variable, a file or the system's keyring. The only place where one is read.

A configuration holds references, never secrets: ``env:NAME``, ``file:PATH`` (relative to the configuration) or
``keyring:NAME`` (service ``crmbridge``, user NAME; `keyring set crmbridge NAME` puts it there).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from crmbridge.errors import FixConfig, FixCredential

KINDS = ("env:", "file:", "keyring:")
"""How a reference begins."""
SERVICE = "crmbridge"
"""Under which name the keyring keeps our secrets."""


def is_reference(value: Any) -> bool:
    """Say whether a setting refers to a secret."""
    return isinstance(value, str) and value.startswith(KINDS)


def resolved(value: Any, folder: Path, place: str) -> Any:
    """Replace a reference by what it refers to; anything else stays.

    Args:
        value: A setting.
        folder: What a relative path counts from.
        place: Names file, section and key in errors.

    Raises:
        FixConfig: The keyring is asked for, but its package is not installed.
        FixCredential: What is referred to is missing, empty or unreadable, or its file is open to others.
    """
    kind, name = _parted(value)
    match kind:
        case "env:":
            return _from_variable(name, place)
        case "file:":
            return _from_file(folder / Path(name).expanduser(), place)
        case "keyring:":
            return _from_keyring(name, place)
        case _:
            return value


def _parted(value: Any) -> tuple[str, str]:
    """Split a reference into kind and name; anything else has no kind."""
    kind = next((kind for kind in KINDS if value.startswith(kind)), "") if is_reference(value) else ""
    return kind, value.removeprefix(kind).strip() if kind else ""


def _from_variable(name: str, place: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise FixCredential(f"{place}: the environment variable {name} is not set: set it")
    return value


def _from_file(path: Path, place: str) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            value = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FixCredential(f"{place}: {path} cannot be read ({type(error).__name__}): write the token there") from None
    if mode & 0o077:
        raise FixCredential(f"{place}: {path} can be read by others (mode {mode:04o}): run chmod 600 on it")
    if not value:
        raise FixCredential(f"{place}: {path} is empty: write the token there")
    return value


def _from_keyring(name: str, place: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise FixConfig(f'{place}: the keyring needs a package: pip install "crmbridge[keyring]"') from None
    try:
        value = (keyring.get_password(SERVICE, name) or "").strip()
    except KeyringError as error:
        reason = type(error).__name__
        raise FixCredential(
            f"{place}: the system has no keyring that opens ({reason}): unlock it, or write env:NAME or file:PATH"
        ) from None
    if not value:
        raise FixCredential(f"{place}: the keyring holds no {name}: run `keyring set {SERVICE} {name}`")
    return value
