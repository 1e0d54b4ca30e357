"""Files that are replaced as a whole: after a crash there is the old one or the new one, never a part."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from crmbridge.errors import RetryLater
from crmbridge_csv.source import Stamp, stamp


def replace(path: Path, text: str, before: Stamp | None = None) -> Stamp:
    """Put a file in the place of another, for its owner only unless somebody shared the other; tell its state.

    Args:
        path: Its folder is made where it is missing.
        text: What it is to hold.
        before: The state in which the other must still be; None takes any.

    Raises:
        RetryLater: It cannot be written, or somebody wrote to the other meanwhile; nothing was changed.
    """
    try:
        return _replace(path, text, before)
    except OSError as error:
        raise RetryLater(f"{path} cannot be written: {error.strerror}; mend that, then run again") from None


def _replace(path: Path, text: str, before: Stamp | None) -> Stamp:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    for left in path.parent.glob(f".{path.name}.*.new"):  # by a run that was killed; another's write then fails whole
        left.unlink(missing_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    draft = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
            made = stamp(file.fileno())
        if before is not None and stamp(path) != before:  # last of all: writing a long file takes its time
            raise RetryLater(f"{path} was changed meanwhile: close it elsewhere, then run again")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return made
