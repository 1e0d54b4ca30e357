"""What the documentation's site needs besides the pages: MkDocs calls these by their names.

The pages are written to be read where the code is. On the site a link to a folder leads to its README, a link out of
``docs`` leads to the repository if ``repo_url`` names one and is plain text otherwise, and a list needs an empty line
before it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")
ITEM = re.compile(r"(- |1\. )")
MARKED = re.compile(r"\s|- |\d+\. |$|[#|<]")


def on_config(config: Any) -> Any:
    """Put the pages of a folder where the navigation names the folder."""
    docs = Path(config.docs_dir)
    named = set(_pages(config.nav))
    config.nav = [_expanded(item, docs, named) for item in config.nav]
    return config


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Make a page's links and lists fit the site."""
    folder = posixpath.dirname(page.file.src_uri)

    def link(found: re.Match[str]) -> str:
        text, target, anchor = found[1], posixpath.normpath(posixpath.join(folder, found[2])), found[3] or ""
        if not target.startswith(".."):
            inside = "/README.md" if (Path(config.docs_dir) / target).is_dir() else ""
            return f"[{text}]({found[2]}{inside}{anchor})"
        return f"[{text}]({config.repo_url.rstrip('/')}/blob/main/{target[3:]}{anchor})" if config.repo_url else text

    lines = []
    fenced, before = False, ""
    for line in markdown.split("\n"):
        fenced ^= line.lstrip().startswith("```")
        if not fenced and ITEM.match(line) and not MARKED.match(before):
            lines.append("")
        lines.append(line if fenced else LINK.sub(link, line))
        before = line
    return "\n".join(lines)


def _pages(nav: Any) -> Iterator[str]:
    """Yield the pages and folders that a navigation names."""
    for item in nav:
        if isinstance(item, str):
            yield item
        else:
            for inner in item.values():
                yield from _pages([inner] if isinstance(inner, str) else inner)


def _expanded(item: Any, docs: Path, named: set[str]) -> Any:
    if isinstance(item, str):
        return item
    return {title: [page for one in inner for page in _folder(one, docs, named)] for title, inner in item.items()}


def _folder(item: Any, docs: Path, named: set[str]) -> list[Any]:
    """List the pages of a folder: its README first, the others by name, folders in it after them."""
    if not (isinstance(item, str) and item.endswith("/")):
        return [_expanded(item, docs, named)]
    inside = sorted((docs / item).iterdir(), key=lambda path: (path.is_dir(), path.name != "README.md", path.name))
    found: list[Any] = []
    for path in inside:
        name = path.relative_to(docs).as_posix()
        if path.is_dir() and list(path.rglob("*.md")):
            found.append({path.name.capitalize(): _folder(f"{name}/", docs, named)})
        elif path.suffix == ".md" and name not in named:
            found.append(name)
    return found
