"""A plan as a page: nothing on it can run, load or break out of its place."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import stat
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from crmbridge.errors import FixConfig
from crmbridge.model import (
    ActivityChange,
    Change,
    DefinitionChange,
    Finding,
    GroupChange,
    LabelChange,
    MembershipChange,
    Option,
    Plan,
    PlanHeader,
    PropertyChange,
    PropertyCount,
    PropertyDefinition,
    Ref,
    SegmentChange,
)
from crmbridge.report import write_plan_page

PAYLOADS = (
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title></svg><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x=\'',
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "-->]]><!--",
    "</td></tr></table></section><h1>",
    "&lt;b&gt;&#x3c;",
    "\x00\x08<b\u202e>",
    "W" * 2_500,
)
CONTACT, DEAL = Ref("contact", "1"), Ref("deal", "2")


class Structure(HTMLParser):
    """Every element with its attributes, and the text outside the style sheet."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[tuple[str, str], ...]]] = []
        self.text: list[str] = []
        self._style = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple((name, value or "") for name, value in attrs)))
        self._style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def plan(word: str = "word", **facts: object) -> Plan:
    """A plan in which a text from outside stands wherever one can."""
    by = {"reason": word, "by": word}
    defined = PropertyDefinition(object="contact", name="p", label=word, type="enumeration")
    wider = defined.model_copy(update={"options": (Option(value=word, label=word),)})
    value = {"subject": CONTACT, "property": "p", "before": word, "policy": "own", **by}
    rows: tuple[Change, ...] = (
        GroupChange(object="contact", name="g", label=word, reason=word, by=word),
        DefinitionChange(after=wider, reason=word, by=word),
        DefinitionChange(before=defined, after=wider, reason=word, by=word),
        DefinitionChange(before=defined, reason=word, by=word),
        SegmentChange(object="contact", title=word, reason=word, by=word),
        PropertyChange.model_validate({**value, "after": word + word}),
        PropertyChange.model_validate({**value, "after": None}),
        LabelChange(subject=CONTACT, target=DEAL, label=word, before=False, after=True, reason=word, by=word),
        ActivityChange(
            subject=DEAL, object="note", key="k", day=date(2026, 3, 1), title=word, after=word, reason=word, by=word
        ),
        MembershipChange(subject=CONTACT, segment=word, before=False, after=True, reason=word, by=word),
    )
    places = {change.place: change for change in rows[5:]}
    header = PlanHeader.model_validate(
        {
            "connection": word,
            "account_id": word,
            "as_of": "2026-03-01",
            "serial": 1,
            "plugins": {word: word},
            "origin": f"rollback {word}",
            "only": (word,),
            "counts": [PropertyCount(object=name, property=item, by=word) for name, item in places],
            "findings": [
                Finding(severity=severity, code=word, message=word, by=word)
                for severity in ("info", "warning", "park", "error")
            ],
            "rows": len(rows),
            "hash": "0" * 64,
            **facts,
        }
    )
    return Plan(header, lambda: iter(rows))


def shown(path: Path, made: Plan) -> Structure:
    write_plan_page(path, made)
    return Structure(path.read_text("utf-8"))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_malicious_text_anywhere_leaves_the_structure_alone(payload: str, tmp_path: Path) -> None:
    """T37. Kills: autoescape off, and a text from outside as an attribute's value."""
    path = tmp_path / "plan.html"
    assert shown(path, plan(payload)).elements == shown(path, plan("benign")).elements


def test_nothing_on_the_page_can_run_or_load(tmp_path: Path) -> None:
    path = tmp_path / "plan.html"
    found = shown(path, plan("<script src=//x></script><form action=//y>"))
    tags = {tag for tag, _ in found.elements}
    assert not {"script", "img", "iframe", "object", "embed", "form", "link", "base", "a", "svg"} & tags
    names = {name for _, attributes in found.elements for name, _ in attributes}
    assert not {name for name in names if name.startswith("on") or name in ("style", "src", "srcset", "href")}
    assert not re.search(r"url\(|@import", path.read_text("utf-8"))


def test_the_policy_allows_this_style_sheet_and_nothing_else(tmp_path: Path) -> None:
    found = shown(tmp_path / "plan.html", plan())
    style = re.search(r"<style>(.*?)</style>", (tmp_path / "plan.html").read_text("utf-8"), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    wanted = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert ("meta", (("http-equiv", "Content-Security-Policy"), ("content", wanted))) in found.elements
    assert [tag for tag, _ in found.elements].count("style") == 1


def test_what_stops_the_plan_comes_first_and_what_is_taken_away_is_marked(tmp_path: Path) -> None:
    found = shown(tmp_path / "plan.html", plan())
    words = found.words
    places = [words.index(mark) for mark in ("blocked", "waits for approval", "warning", "Definitions", "contact.p")]
    assert places == sorted(places)
    assert [attributes for tag, attributes in found.elements if tag == "tr"].count((("class", "removes"),)) == 2
    assert words.count("removed") == 1
    for part in ("contact:1 → deal:2", "label “word”", "list “word” of contact records", "notes on deal records"):
        assert part in words


def test_every_row_is_labelled_where_there_are_no_columns(tmp_path: Path) -> None:
    """On a narrow screen the heads of the columns are gone."""
    found = shown(tmp_path / "plan.html", plan())
    body = [dict(attributes) for tag, attributes in found.elements if tag in ("td", "th")]
    assert all(item.get("data-label") or item.get("scope") == "col" for item in body)


@pytest.mark.parametrize("name", ["plan.html", "plan.md", "plan.txt", "plan.json", "PLAN.HTML"])
def test_a_page_is_its_owners_only_and_its_ending_says_how_it_looks(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    write_plan_page(path, plan())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = {"html": "<!DOCTYPE", "md": "# Plan", "txt": "Plan 000", "json": "{"}[path.suffix[1:].lower()]
    assert path.read_text("utf-8").startswith(first)


def test_a_page_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FixConfig, match=".html, .md, .txt or .json"):
        write_plan_page(tmp_path / "plan.pdf", plan())
    assert list(tmp_path.iterdir()) == []


def test_the_same_plan_is_the_same_page(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_plan_page(tmp_path / f"{name}.html", plan(id=name, created_at="2026-03-01T00:00:00Z"))
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    write_plan_page(tmp_path / "one.json", plan(id="one"))
    assert not {"id", "created_at"} & json.loads((tmp_path / "one.json").read_text()).keys()


def test_an_empty_plan_says_so(tmp_path: Path) -> None:
    nothing = Plan(plan(rows=0, counts=(), findings=()).header, lambda: iter(()))
    assert "Nothing to write" in shown(tmp_path / "plan.html", nothing).words
