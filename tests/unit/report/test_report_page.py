from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from crmbridge.model import BuyingCenter, EngagementScore, Finding, PlanHeader, PropertyCount
from crmbridge.report import write_report

AS_OF = date(2026, 3, 31)
PAYLOADS = (
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title></svg><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x=\'',
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "-->]]><!--",
    "</table></details></section><h1>",
    "&lt;b&gt;&#x3c;",
    "\x00\x08<b\u202e>",
    "W" * 250,
)


class Structure(HTMLParser):
    """Every element with its attributes, and the text outside the style sheet."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.text.append(data)

    @property
    def elements(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(attributes)) for tag, attributes in self.tags]

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    def values(self, tag: str, name: str) -> list[str]:
        return [attributes[name] for found, attributes in self.tags if found == tag and name in attributes]


def read(path: Path) -> Structure:
    found = Structure()
    found.feed(path.read_text(encoding="utf-8"))
    found.close()
    return found


def report(path: Path, centers: Iterable[BuyingCenter], **options: Any) -> Structure:
    write_report(path, centers, **{"account": "Muster", "as_of": AS_OF, **options})
    return read(path)


def plan(word: Callable[[str], str] = str) -> PlanHeader:
    return PlanHeader(
        id="plan-1",
        connection="main",
        account_id="1",
        as_of=AS_OF,
        created_at=datetime(2026, 3, 31, tzinfo=UTC),
        serial=1,
        plugins={},
        counts=(PropertyCount(object="contact", property=word("property"), filled=3, by=word("by"), example="x"),),
        findings=(Finding(severity="park", code="first-apply", message=word("message"), by=word("by")),),
        rows=1204,
        records=900,
        definitions=4,
        hash="9f2c1a77b0de41",
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_malicious_text_anywhere_leaves_the_structure_alone(
    payload: str, tmp_path: Path, worded_center: Callable[..., BuyingCenter]
) -> None:
    def page(text: str) -> Structure:
        return report(
            tmp_path / "report.html",
            [worded_center(lambda _: text), worded_center(lambda _: text, 2)],
            account=text,
            top=1,
            benchmark_source=text,
            plan=plan(lambda _: text),
            plugins={text: text},
            findings=[Finding(severity="info", code=text, message=text, by=text)],
        )

    assert page(payload).elements == page("benign").elements


def test_nothing_on_the_page_can_run_or_load(tmp_path: Path, any_center: Callable[[int], BuyingCenter]) -> None:
    found = report(tmp_path / "report.html", [any_center(number) for number in range(5)], plan=plan())
    assert not {"script", "img", "iframe", "object", "embed", "form", "link", "base"} & {
        tag for tag, _ in found.elements
    }
    names = {name for _, attributes in found.tags for name in attributes}
    assert not {name for name in names if name.startswith("on") or name in ("style", "src", "srcset")}
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import", text)


def test_the_policy_allows_this_style_sheet_and_nothing_else(tmp_path: Path, full_center: BuyingCenter) -> None:
    found = report(tmp_path / "report.html", [full_center])
    style = re.search(r"<style>(.*?)</style>", (tmp_path / "report.html").read_text(encoding="utf-8"), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policies = [value for value in found.values("meta", "content") if "default-src" in value]
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]
    assert [tag for tag, _ in found.elements].count("style") == 1


def test_links_lead_to_places_on_the_page_or_to_https(tmp_path: Path, full_center: BuyingCenter) -> None:
    assert full_center.deal is not None
    evil = full_center.model_copy(update={"deal": full_center.deal.model_copy(update={"url": "javascript:alert(1)"})})
    found = report(tmp_path / "report.html", [full_center, evil.model_copy(update={"id": "deal:2"})])
    hrefs, ids = found.values("a", "href"), {item["id"] for _, item in found.tags if "id" in item}
    assert [href for href in hrefs if not href.startswith("#")] == ["https://crm.example/deals/1"]
    assert {href[1:] for href in hrefs if href.startswith("#")} <= ids
    assert {"#map-1", "#map-2", "#row-1", "#row-2"} <= set(hrefs)


def test_rows_and_maps_keep_to_what_was_asked(tmp_path: Path, any_center: Callable[[int], BuyingCenter]) -> None:
    found = report(tmp_path / "report.html", [any_center(number) for number in range(40)], top=3, rows=30)
    ids = found.values("section", "id")
    assert ids == ["map-1", "map-2", "map-3"]
    assert found.values("tr", "id") == [f"row-{place}" for place in range(1, 31)]
    assert "30 of 40 centers" in found.words
    assert "10 more rows" in found.words


def test_a_row_says_what_its_center_is(tmp_path: Path, full_center: BuyingCenter) -> None:
    words = report(tmp_path / "report.html", [full_center]).words.partition("Withheld")[2]
    row = words.partition("1. Predictive")[0]
    for part in (
        *("Brandt & Söhne Maschinenbau GmbH", "Miriam Köhler", "EUR 148,000 open", "Consideration since 22 Feb 2026"),
        *("79 %", "75 % filled", "buyer", "4 of 6", "59 % of 6.8", "3.4"),
    ):
        assert part in row
    assert "single-threaded" not in row


def test_a_single_threaded_center_is_warned_of_in_words(tmp_path: Path, full_center: BuyingCenter) -> None:
    coverage = full_center.coverage.model_copy(update={"single_threaded": True})
    single = full_center.model_copy(update={"coverage": coverage})
    words = report(tmp_path / "report.html", [single]).words
    assert "3.4 single-threaded" in words
    assert "Single-threaded: one person carries the conversation" in words


def test_one_line_says_how_much_the_open_groups_engage(tmp_path: Path, full_center: BuyingCenter) -> None:
    falling = full_center.model_copy(
        update={"id": "deal:2", "engagement": EngagementScore(score=12, momentum="falling")}
    )
    words = report(tmp_path / "report.html", [full_center, falling]).words
    assert "open centers: median 12 of 100; 1 rising (steigend), 1 falling (fallend)." in words
    assert "Group engagement of" not in report(tmp_path / "report.html", []).words


def test_people_ties_and_journeys_are_below_each_map(tmp_path: Path, full_center: BuyingCenter) -> None:
    words = report(tmp_path / "report.html", [full_center]).words
    for part in ("Who asks whom", "asks (fragt) Jürgen Weiß", "4 stays, 2 re-entries", "locked by Kim on 9 Mar 2026"):
        assert part in words
    assert "promot" not in words.casefold()
    assert "Stance (Haltung)" in report(tmp_path / "report.html", [full_center], stance=True).words


def test_the_page_says_how_it_ranks_and_where_the_benchmark_comes_from(
    tmp_path: Path, full_center: BuyingCenter
) -> None:
    words = report(tmp_path / "report.html", [full_center], benchmark=5.5, benchmark_source="Own survey, 2025").words
    assert "open cases first, then the greater amount" in words
    assert "5.5 people in an average buying group (Own survey, 2025)" in words
    assert "Benchmark: Own survey, 2025" in words


def test_an_empty_report_says_what_to_run(tmp_path: Path) -> None:
    words = report(tmp_path / "report.html", []).words
    assert "No buying centers yet: run crmbridge run" in words


def test_a_report_without_rows_says_why(tmp_path: Path, full_center: BuyingCenter) -> None:
    assert "No rows asked for" in report(tmp_path / "report.html", [full_center], rows=0).words


def test_the_plan_and_its_findings_are_shown(tmp_path: Path) -> None:
    extra = Finding(severity="warning", code="drift", message="2 values differ: run plan again.", by="core")
    words = report(tmp_path / "report.html", [], plan=plan(), findings=[extra]).words
    assert "Plan 9f2c1a77b0de : 1,204 changes to 900 records, 4 definitions." in words
    assert "park first-apply message by by" in words
    assert "warning drift 2 values differ: run plan again." in words


def test_an_empty_plan_says_so(tmp_path: Path) -> None:
    nothing = plan().model_copy(update={"counts": (), "rows": 0, "records": 0, "definitions": 0})
    assert "Nothing to write" in report(tmp_path / "report.html", [], plan=nothing).words


def test_the_plugins_that_judged_are_named(tmp_path: Path) -> None:
    words = report(tmp_path / "report.html", [], plugins={"roles": "0.1.0", "journey": "0.2.0"}).words
    assert "Judged by journey 0.2.0, roles 0.1.0." in words


def colours() -> dict[str, dict[str, str]]:
    css = (files("crmbridge.report") / "templates" / "colours.css").read_text(encoding="utf-8")
    light, dark = css.split("@media", 1)
    return {name: dict(re.findall(r"--(\w+): (#\w{6});", part)) for name, part in (("light", light), ("dark", dark))}


def luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


TEXT = [*product(("ink", "muted", "accent"), ("paper", "surface", "shade")), ("paper", "ink"), ("paper", "accent")]
MARKS = [("trace", "paper"), ("trace", "surface"), ("ink", "shade"), ("accent", "surface")]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pair_of_colours_can_be_read(theme: str) -> None:
    palette = colours()[theme]
    weak = [(*pair, least) for pairs, least in ((TEXT, 4.5), (MARKS, 3)) for pair in pairs
            if contrast(palette[pair[0]], palette[pair[1]]) < least]  # fmt: skip
    assert weak == []


def test_both_themes_define_the_same_colours_and_rules_use_no_others() -> None:
    light, dark = colours()["light"], colours()["dark"]
    assert light.keys() == dark.keys()
    for name in ("page.css", "picture.css"):
        css = (files("crmbridge.report") / "templates" / name).read_text(encoding="utf-8")
        assert set(re.findall(r"var\(--(\w+)\)", css)) <= light.keys()
        assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(", css) == []
        text_colours = set(re.findall(r"(?<![-\w])color: ([^;]+);", css))
        assert text_colours <= {"var(--ink)", "var(--muted)", "var(--accent)", "inherit"}


def test_long_texts_in_the_table_end_with_an_ellipsis_and_keep_their_title(
    tmp_path: Path, worded_center: Callable[..., BuyingCenter]
) -> None:
    name = "Gesellschaft für Energieanlagenbau und Kältetechnik mit beschränkter Haftung"
    found = report(tmp_path / "report.html", [worded_center(lambda _: name)])
    cut = [item for _, item in found.tags if "cut" in item.get("class", "").split()]
    assert len(cut) >= 6
    assert all(item["title"] for item in cut)
    css = (files("crmbridge.report") / "templates" / "page.css").read_text(encoding="utf-8")
    assert re.search(r"\.cut \{[^}]*text-overflow: ellipsis", css)
    assert name in found.values("span", "title")
