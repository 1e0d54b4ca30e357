from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from crmbridge.model import BuyingCenter, Coverage, Deal
from crmbridge.report.pick import pick


def case(
    number: int, amount: int | None = 1, *, closed: bool = False, base: BuyingCenter | None = None
) -> BuyingCenter:
    deal = Deal(id=str(number), amount=None if amount is None else Decimal(amount), is_closed=closed)
    touches = base.touches if base else ()
    members = base.members if base else ()
    return BuyingCenter(id=f"deal:{number}", name=f"Case {number}", deal=deal, touches=touches, members=members)


def ids(centers: tuple[BuyingCenter, ...]) -> list[str]:
    return [center.id.removeprefix("deal:") for center in centers]


def test_open_cases_come_first_then_the_amount_then_recent_engagement(full_center: BuyingCenter) -> None:
    older = full_center.model_copy(update={"touches": full_center.touches[:5]})
    centers = [
        case(1, 900, closed=True),
        case(2, None),
        case(3, 50),
        case(4, 70, base=older),
        case(5, 70, base=full_center),
        case(6, 70),
    ]
    assert ids(pick(centers, rows=9, top=9).rows) == ["5", "4", "6", "3", "2", "1"]


def test_ties_are_settled_by_id_whatever_the_order() -> None:
    centers = [case(number) for number in (3, 1, 2)]
    assert ids(pick(centers, rows=2, top=1).rows) == ids(pick(centers[::-1], rows=2, top=1).rows) == ["1", "2"]


def test_rows_and_maps_keep_to_their_limits() -> None:
    centers = [case(number, number) for number in range(1, 51)]
    picked = pick(centers, rows=10, top=3)
    assert ids(picked.rows) == [str(number) for number in range(50, 40, -1)]
    assert ids(picked.top) == ["50", "49", "48"]
    assert picked.figures.centers == 50


@pytest.mark.parametrize(("rows", "top", "shown"), [(0, 5, (0, 0)), (2, 5, (2, 2)), (5, 0, (5, 0)), (-1, -1, (0, 0))])
def test_there_are_never_more_maps_than_rows(rows: int, top: int, shown: tuple[int, int]) -> None:
    picked = pick([case(number) for number in range(9)], rows=rows, top=top)
    assert (len(picked.rows), len(picked.top)) == shown


def test_reading_holds_only_what_the_page_shows(any_center: Callable[[int], BuyingCenter]) -> None:
    # Mutant: list(centers) before choosing.
    seen: list[weakref.ref[BuyingCenter]] = []
    peak = 0

    def stream() -> Iterator[BuyingCenter]:
        nonlocal peak
        for number in range(300):
            center = any_center(number)
            seen.append(weakref.ref(center))
            yield center
            del center
            gc.collect(0)
            peak = max(peak, sum(ref() is not None for ref in seen))

    pick(stream(), rows=20, top=4)
    assert peak <= 4 + 2


def test_rows_carry_no_members_and_no_touches(full_center: BuyingCenter) -> None:
    picked = pick([full_center], rows=1, top=1)
    assert (picked.rows[0].members, picked.rows[0].touches) == ((), ())
    assert picked.rows[0].visit == full_center.visit
    assert picked.top[0] == full_center


def test_figures_are_about_open_centers(full_center: BuyingCenter) -> None:
    threaded = Coverage(known=5, engaged=4, single_threaded=False)
    centers = [
        full_center,
        case(2).model_copy(update={"completeness": 20.0, "unknown": ("roles",)}),
        case(3).model_copy(update={"completeness": 40.4, "coverage": threaded}),
        case(4, closed=True),
    ]
    figures = pick(centers, rows=1, top=0).figures
    assert (figures.centers, figures.open, figures.without_decider) == (4, 3, 2)
    assert (figures.single_threaded, figures.partly_judged, figures.median_completeness) == (1, 1, 40)
    assert (figures.median_engagement, figures.momentum) == (0, {"rising": 1, "insufficient": 2})


def test_without_open_centers_there_is_no_median() -> None:
    assert pick([case(1, closed=True)], rows=1, top=1).figures.median_completeness is None
