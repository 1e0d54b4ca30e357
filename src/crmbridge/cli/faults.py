"""Every error ends here: one line that says what to do, and an exit code."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.screen import Screen, emit
from crmbridge.errors import CrmBridgeError, FixConfig


class Terminated(KeyboardInterrupt):
    """The process was asked to end, as by a scheduler. No plugin can keep it: it goes through like Ctrl-C."""


def code_of(error: CrmBridgeError) -> ExitCode:
    """The exit code that an error stands for."""
    return ExitCode.USAGE if isinstance(error, FixConfig) else ExitCode.FAILED


def described(kind: str, message: str) -> dict[str, dict[str, str]]:
    """An error as ``--json`` shows it."""
    return {"error": {"type": kind, "message": message}}


@contextmanager
def told(*, as_json: bool, verbose: bool) -> Iterator[None]:
    """Turn whatever the block raises into a message on stderr and an exit code. No local value is ever shown.

    Raises:
        typer.Exit: With the code, after the message.
    """
    try:
        yield
    except (typer.Exit, typer.BadParameter, BrokenPipeError):
        raise
    except CrmBridgeError as error:
        _end(code_of(error), type(error).__name__, str(error), as_json=as_json)
    except (KeyboardInterrupt, typer.Abort) as error:
        _end(
            ExitCode.TERMINATED if isinstance(error, Terminated) else ExitCode.INTERRUPTED,
            "Interrupted",
            "interrupted: nothing is lost, the same command goes on from here",
            as_json=as_json,
        )
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _end(ExitCode.FAILED, type(error).__name__, f"{place}{error.strerror or 'not accessible'}", as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the last resort, whatever it is
        if verbose:
            from crmbridge.http.redact import redact

            Screen.make().note(redact(traceback.format_exc()) + "It may quote a record: look before you share it.")
        hint = "" if verbose else "; run it again with -v to see where, and please report that"
        message = f"{type(error).__name__}: this is a bug of crmbridge{hint}"
        _end(ExitCode.FAILED, type(error).__name__, message, as_json=as_json)


def _end(code: ExitCode, kind: str, message: str, *, as_json: bool) -> None:
    Screen.make().note(f"crmbridge: {message}", "red")
    if as_json:
        emit(described(kind, message))
    raise typer.Exit(code)
