"""OAuth tokens, and where they are kept between runs."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_serializer

from crmbridge.errors import FixCredential

if sys.platform != "win32":
    import fcntl

AUTHORISE = "authorise crmbridge again with `crmbridge connect`"
"""What to do when tokens are missing or refused."""


class Tokens(BaseModel):
    """What the platform gave at the last exchange. Its repr shows no secret.

    Attributes:
        access: Goes with every request.
        refresh: Buys the next ones.
        expires_at: When ``access`` ends, in Unix seconds by this machine's clock.
        account: The platform's id of the account, if it said so.
        scopes: What was granted, if it said so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    access: SecretStr
    refresh: SecretStr
    expires_at: float
    account: str = ""
    scopes: tuple[str, ...] = ()

    @field_serializer("access", "refresh", when_used="json")
    def _shown(self, secret: SecretStr) -> str:
        return secret.get_secret_value()


class TokenStore(Protocol):
    """Keeps the tokens of one connection."""

    def get(self) -> Tokens | None:
        """Read them; None if nobody has signed in yet.

        Raises:
            FixCredential: They are damaged, or open to others.
        """
        ...

    def put(self, tokens: Tokens) -> None:
        """Replace them: after a crash the old or the new ones stand there, whole. The caller holds ``locked``."""
        ...

    def locked(self) -> AbstractContextManager[None]:
        """Keep every other holder out, in this process and in others, while tokens are renewed."""
        ...


class TokenFile:
    """Keeps tokens in a file of mode 0600 in a folder of mode 0700.

    On Windows there is no lock between processes: let one process at a time work on a connection there.

    Args:
        path: Of the file; the folder is made when something is written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __repr__(self) -> str:
        return f"TokenFile({str(self._path)!r})"

    def get(self) -> Tokens | None:
        """Read the tokens; None if there is no file.

        Raises:
            FixCredential: The file is damaged, or open to others.
        """
        try:
            with self._path.open("rb") as file:
                mode, text = stat.S_IMODE(os.fstat(file.fileno()).st_mode), file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FixCredential(
                f"{self._path} cannot be read ({type(error).__name__}): check its permissions"
            ) from None
        if mode & 0o077:
            raise FixCredential(f"{self._path} can be read by others (mode {mode:04o}): run chmod 600 on it")
        try:
            return Tokens.model_validate_json(text)
        except ValidationError:
            pass  # raised outside the handler, so that no traceback carries what the file holds
        raise FixCredential(f"{self._path} is damaged: {AUTHORISE}")

    def put(self, tokens: Tokens) -> None:
        """Write a new file beside the old one, see it on the disk, then let it take the old one's place."""
        self._folder()
        fresh = self._path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(tokens.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock file beside the tokens; the system lets go of it when the process dies."""
        self._folder()
        with os.fdopen(os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)) as file:
            if sys.platform != "win32":
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _folder(self) -> None:
        self._path.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.parent.mkdir(exist_ok=True, mode=0o700)
