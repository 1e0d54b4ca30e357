from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest

from crmbridge.model import ROLES, BuyingCenter
from crmbridge.report import center_svg
from crmbridge.report.arrows import Lanes, Spot, draw_advice
from crmbridge.report.parts import thread_width
from crmbridge.report.picture import tall, wide
from crmbridge.report.shapes import FACES, Box, Drawing, Stroke, Text, width_of
from crmbridge.report.view import Context, view

SVG = "{http://www.w3.org/2000/svg}"
NASTY = ("W" * 400, "langesWort" * 30, "漢字" * 60, "😀" * 70, "Ä b " * 70, "\u202e\x00")
DRAW = [pytest.param(wide, id="wide"), pytest.param(tall, id="tall")]
Place = tuple[float, float, float, float, str]


def lines(drawing: Drawing) -> list[Place]:
    """Left, top, right, bottom and text of every line that is drawn."""
    found = []
    for shape in drawing.shapes:
        if isinstance(shape, Text):
            face = FACES[shape.face]
            for place, text in enumerate(shape.lines):
                width = width_of(text, shape.face)
                left = shape.x - {"start": 0, "middle": width / 2, "end": width}[shape.anchor]
                base = shape.y + place * face.leading
                if text:
                    found.append((left, base - 0.75 * face.size, left + width, base + 0.22 * face.size, text))
    return found


def overlaps(one: Place, two: Place) -> bool:
    return min(one[2], two[2]) - max(one[0], two[0]) > 1 and min(one[3], two[3]) - max(one[1], two[1]) > 1


def drawings(draw: Callable[..., Drawing], centers: list[BuyingCenter]) -> list[Drawing]:
    contexts = [Context(as_of=date(2026, 3, 31), source="q " * 300, stance=stance) for stance in (False, True)]
    return [draw(view(center, context)) for center in centers for context in contexts]


@pytest.mark.parametrize("draw", DRAW)
def test_no_text_overlaps_or_leaves_the_canvas(
    draw: Callable[..., Drawing],
    any_center: Callable[[int], BuyingCenter],
    worded_center: Callable[..., BuyingCenter],
) -> None:
    nasty = [worded_center(lambda _, text=text: text[:260]) for text in NASTY]
    for drawing in drawings(draw, [*(any_center(number) for number in range(40)), *nasty]):
        found = lines(drawing)
        assert [pair for pair in combinations(found, 2) if overlaps(*pair)] == []
        outside = [line for line in found if line[0] < -1 or line[2] > drawing.width + 1 or line[3] > drawing.height]
        assert outside == []


@pytest.mark.parametrize("draw", DRAW)
def test_people_stay_inside_their_seat(draw: Callable[..., Drawing], any_center: Callable[[int], BuyingCenter]) -> None:
    for drawing in drawings(draw, [any_center(number) for number in range(40)]):
        seats = [shape for shape in drawing.shapes if isinstance(shape, Box) and shape.css.startswith("seat")]
        assert len(seats) == len(ROLES)
        for left, top, right, bottom, text in lines(drawing):
            for seat in seats:
                if seat.x <= left <= seat.x + seat.w and seat.y <= top <= seat.y + seat.h:
                    assert right <= seat.x + seat.w, text
                    assert bottom <= seat.y + seat.h, text


@pytest.mark.parametrize("draw", DRAW)
def test_the_picture_shows_deal_seats_decider_gap_stage_and_benchmark(
    draw: Callable[..., Drawing], full_center: BuyingCenter
) -> None:
    drawing = draw(view(full_center, Context(as_of=date(2026, 3, 31))))
    text = " ".join(part for shape in drawing.shapes if isinstance(shape, Text) for part in shape.lines)
    for role in ROLES:
        assert role.upper() in text
    for words in (
        *("Predictive maintenance, Werk 2", "EUR 148,000", "WHO DECIDES", "Dr. Katharina Vogel", "92 % certain"),
        *("NEXT GAP", "No buyer yet: Priya Raman", "Consideration", "since 22 Feb 2026", "2nd stay"),
        *("4 of 6 known", "59 % of 6.8", "Harvard Business Review", "consultant", "locked", "GAP", "Einkäufer"),
        *("Infl. ~89 · Eng. 7 ↓", "Group engagement 41, rising · executive backing"),
    ):
        assert words in text


def test_a_picture_fits_a_screen_of_1280_by_800(any_center: Callable[[int], BuyingCenter]) -> None:
    for drawing in drawings(wide, [any_center(number) for number in range(10)]):
        assert drawing.width == 1200
        assert drawing.height <= 745  # the map's heading above takes 48


def corners(d: str) -> list[tuple[float, float]]:
    """The points of an arrow's path; its corners count as the points that they round off."""
    found = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", d)]
    return list(zip(found[::2], found[1::2], strict=True))


@pytest.mark.parametrize("draw", DRAW)
def test_arrows_stay_on_the_canvas_and_run_through_no_text(
    draw: Callable[..., Drawing], any_center: Callable[[int], BuyingCenter]
) -> None:
    # Mutant: arrows cross between the columns at the height of their source.
    arrows = 0
    for drawing in drawings(draw, [any_center(number) for number in range(40)]):
        texts = lines(drawing)
        for shape in (shape for shape in drawing.shapes if isinstance(shape, Stroke) and shape.css == "advice"):
            points, arrows = corners(shape.d), arrows + 1
            assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in points)
            for (one_x, one_y), (two_x, two_y) in pairwise(points):
                ray = (min(one_x, two_x) - 1, min(one_y, two_y) - 1, max(one_x, two_x) + 1, max(one_y, two_y) + 1, "")
                assert [text for text in texts if overlaps(ray, text) and not text[4].isdigit()] == []
    assert arrows > 40


def test_an_arrow_leads_from_who_asks_to_who_is_asked() -> None:
    lanes = Lanes(40.0, 7.0, (190.0,))
    spots = [Spot("a", 366, 100, 1), Spot("b", 834, 300, -1), Spot("a", 834, 900, -1)]
    line, head = [
        shape for shape in draw_advice([("a", "b"), ("a", "gone")], spots, lanes) if isinstance(shape, Stroke)
    ]
    # Of a person's two seats the one in the same column counts.
    assert (corners(line.d)[0], corners(line.d)[-1]) == ((834, 906), (834, 298))
    assert corners(head.d)[1] == (834, 298)
    assert list(draw_advice([("a", "gone")], spots, lanes)) == []


def test_a_narrow_picture_makes_room_for_arrows_only_if_there_are_some(full_center: BuyingCenter) -> None:
    def width(center: BuyingCenter) -> float:
        shapes = tall(view(center, Context())).shapes
        return next(shape.w for shape in shapes if isinstance(shape, Box) and shape.css.startswith("seat"))

    assert width(full_center) < width(full_center.model_copy(update={"relations": ()}))


def test_states_differ_in_words_and_lines_not_in_colour_alone(full_center: BuyingCenter) -> None:
    drawing = wide(view(full_center, Context()))
    css = {shape.css for shape in drawing.shapes if isinstance(shape, Box | Stroke)}
    assert {"seat gap", "seat free", "seat decider", "seat filled", "thread", "thread none"} <= css
    text = " ".join(part for shape in drawing.shapes if isinstance(shape, Text) for part in shape.lines)
    for words in ("GAP", "No buyer yet", "not required", "decides"):
        assert words in text


def test_more_touches_make_a_wider_thread_up_to_a_limit() -> None:
    widths = [thread_width(answers) for answers in (0, 1, 5, 20, 10_000)]
    assert widths == sorted(set(widths))
    assert widths[-1] == 13


def test_a_cut_name_keeps_the_whole_one_as_its_title(worded_center: Callable[..., BuyingCenter]) -> None:
    name = "Maximilian-Alexander Freiherr von Hohenstein-Weißenfels-Oberlungwitz"
    root = ET.fromstring(center_svg(worded_center(lambda field: name if field == "first" else field)))
    cut = [item for item in root.iter(f"{SVG}text") if name in (item.findtext(f"{SVG}title") or "")]
    assert cut
    assert any((item.findtext(f"{SVG}tspan") or "").endswith("…") for item in cut)


def test_the_file_stands_alone(full_center: BuyingCenter) -> None:
    svg = center_svg(full_center, as_of=date(2026, 3, 31))
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert "var(" not in svg  # other programs than browsers know no variables
    assert not re.search(r"(href|src|url\()", svg)
    assert root.find(f"{SVG}rect[@class='ground']") is not None
    assert "Decides: Dr. Katharina Vogel" in root.attrib["aria-label"]


@pytest.mark.parametrize("text", [*NASTY, "</text><script>alert(1)</script>", "]]>&amp;<!--", '" onload="alert(1)'])
def test_any_text_makes_a_well_formed_file_of_the_same_structure(
    text: str, worded_center: Callable[..., BuyingCenter]
) -> None:
    def structure(word: str) -> list[tuple[str, list[str]]]:
        root = ET.fromstring(center_svg(worded_center(lambda _: word[:260])))
        return [(item.tag, sorted(item.attrib)) for item in root.iter()]

    assert structure(text) == structure("benign")
