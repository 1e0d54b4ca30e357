"""From views to files: templates, the content security policy, and a write that is private and all or nothing."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from crmbridge.errors import FixConfig
from crmbridge.report.picture import wide
from crmbridge.report.shapes import FACES
from crmbridge.report.view import MapView

_MARGIN: Final = 28
_BUFFER: Final = 64


def _file(name: str) -> str:
    return (files("crmbridge.report") / "templates" / name).read_text(encoding="utf-8")


def _faces() -> str:
    """The style rules of every way to set text in a picture."""
    return "".join(
        f".picture text.{name} {{ font-size: {face.size}px; font-weight: {600 if face.bold else 400};"
        f" letter-spacing: {face.spacing}px; }}\n"
        for name, face in FACES.items()
    )


@cache
def style_sheet() -> str:
    """The report's only style sheet."""
    return "\n".join((_file("colours.css"), _file("page.css"), _file("picture.css"), _faces()))


@cache
def review_style() -> str:
    """The only style sheet of a plan's page."""
    return "\n".join((_file("colours.css"), _file("page.css"), _file("review.css")))


@cache
def _standalone_style() -> str:
    """The picture's style with the light colours put in: other programs than browsers know no variables."""
    colours = dict(re.findall(r"--(\w+): (#\w+);", _file("colours.css").partition("@media")[0]))
    return re.sub(r"var\(--(\w+)\)", lambda match: colours[match[1]], _file("picture.css") + _faces())


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("crmbridge.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def policy(style: str) -> str:
    """A content security policy that allows this style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render_svg(view: MapView) -> str:
    """The wide picture as a file of its own, in the light colours on its own ground."""
    template = _environment().get_template("standalone.svg.j2")
    return template.render(drawing=wide(view), summary=view.summary, style=_standalone_style(), margin=_MARGIN)


def render_page(**values: Any) -> Iterable[str]:
    """The report in pieces."""
    return _pieces("page.html.j2", style_sheet(), values)


def render_review(**values: Any) -> Iterable[str]:
    """A plan's page in pieces."""
    return _pieces("review.html.j2", review_style(), values)


def _pieces(name: str, style: str, values: Mapping[str, Any]) -> Iterable[str]:
    stream = _environment().get_template(name).stream(style=style, policy=policy(style), **values)
    stream.enable_buffering(_BUFFER)
    return stream


def _write_all(handle: int, pieces: Iterable[str]) -> None:
    with open(handle, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())


def write_private(path: Path, pieces: Iterable[str], remedy: str = "set [report] path elsewhere") -> None:
    """Write a file that only its owner can read; it appears whole or not at all.

    Args:
        path: The file.
        pieces: Its text.
        remedy: What to do if it cannot be written.

    Raises:
        FixConfig: The folder cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # its mode is 0600
        try:
            _write_all(handle, pieces)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FixConfig(f"{path} cannot be written ({error.strerror}): {remedy}") from error
