"""Taking the figures over all cases, once a week, before anything is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from math import ceil
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from crmbridge.centers.texts import digest, plain
from crmbridge.model.base import ObjectName
from crmbridge.model.portfolio import Portfolio
from crmbridge.store import Portfolios, Run, Store

FEWEST_GAPS: Final = 20
"""A segment with fewer gaps has no figure of its own."""

TEMPLATE_TIMES: Final = 20
"""A text that stands in so many records is a template."""

ALL: Final = "*"


def monday(today: date) -> date:
    """The Monday of a day's week."""
    return today - timedelta(days=today.weekday())


def take_stock(
    store: Store, portfolios: Portfolios, run: Run, today: date, timezone: str, texts: Mapping[ObjectName, str]
) -> tuple[Portfolio, bool]:
    """Return the figures of this week, and whether they differ from those before.

    Only what happened before Monday counts, so that they stand for the week. They are an input of judging like a
    record: the same figures give the same answers.
    """
    with store.reading() as tx:
        known = portfolios.get(tx)
        if known.as_of == monday(today):
            return known, False
        found = Portfolio(
            as_of=monday(today),
            gaps_p90=_gaps(portfolios.answers(tx), portfolios.industries(tx), monday(today), ZoneInfo(timezone)),
            templates=_templates(portfolios, tx, texts),
        )
    with store.writing(run.lease) as tx:
        portfolios.put(tx, found)
    return found, found.model_copy(update={"as_of": known.as_of}) != known


def _gaps(
    answers: Iterable[tuple[str, datetime]], industries: Mapping[str, str], before: date, zone: ZoneInfo
) -> Mapping[str, int]:
    """Count the days between one answer of a company and the next, by segment."""
    counts: dict[str, Counter[int]] = {ALL: Counter()}
    last: tuple[str, date] | None = None
    for company, at in answers:
        day = at.astimezone(zone).date()
        if day >= before:
            continue
        if last and last[0] == company and last[1] < day:
            gap = (day - last[1]).days
            counts[ALL][gap] += 1
            if segment := industries.get(company, "").casefold():
                counts.setdefault(segment, Counter())[gap] += 1
        last = company, day
    known = {segment: p90(gaps) for segment, gaps in counts.items() if gaps.total() >= FEWEST_GAPS}
    return MappingProxyType(dict(sorted(known.items())))


def p90(gaps: Counter[int]) -> int:
    """The least whole number of weeks, in days, that nine out of ten gaps do not exceed: it moves rarely."""
    seen, least = 0, 0.9 * gaps.total()
    for gap in sorted(gaps):
        seen += gaps[gap]
        if seen >= least:
            return ceil(gap / 7) * 7
    return 0


def _templates(portfolios: Portfolios, tx: sa.Connection, texts: Mapping[ObjectName, str]) -> frozenset[str]:
    found = (
        text for name, item in sorted(texts.items()) for text in portfolios.repeated(tx, name, item, TEMPLATE_TIMES)
    )
    return frozenset(digest(text) for text in map(plain, found) if text)
