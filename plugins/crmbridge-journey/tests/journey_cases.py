"""Centers made by hand, and what the plugin tells of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import crmbridge_journey
from crmbridge import (
    BuyingCenter,
    Contact,
    Deal,
    Due,
    Member,
    PersonFacts,
    Portfolio,
    Ref,
    RunContext,
    StageVisit,
    Touch,
)
from crmbridge.model import Action
from crmbridge_journey.settings import Settings

START = date(2026, 1, 1)
ANNA, BEN = "contact:1", "contact:2"
Direction = Literal["in", "out", "both", "internal"]


def day(number: int) -> date:
    return START + timedelta(days=number)


def touch(
    number: int,
    direction: Direction = "in",
    subject: str | None = None,
    who: str | None = ANNA,
    action: Action = "other",
) -> Touch:
    on = day(number)
    at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    responders = (who,) if who and direction in ("in", "both") else ()
    ref = Ref(object="email", id=f"{number}{direction}{who}{subject}{action}")
    return Touch(ref=ref, at=at, on=on, direction=direction, subject=subject, responders=responders, action=action)


def member(member_id: str) -> Member:
    contact = Contact(id=member_id.removeprefix("contact:"))
    return Member(id=member_id, joined_by="deal", facts=PersonFacts(contact=contact))


def center(
    *touches: Touch,
    opened: int | None = None,
    closed: int | None = None,
    won: bool = False,
    label: str | None = None,
    **deal: Any,
) -> BuyingCenter:
    """A center with a deal if ``opened``, ``closed`` or a deal's field is given; days count from START."""
    has_deal = opened is not None or closed is not None or deal
    return BuyingCenter(
        id="deal:9",
        name="Case",
        deal=Deal(id="9", is_closed=closed is not None, is_won=won, **deal) if has_deal else None,
        opened_on=None if opened is None else day(opened),
        closed_on=None if closed is None else day(closed),
        stage_label=label,
        members=(member(ANNA), member(BEN)),
        touches=tuple(sorted(touches, key=lambda item: item.at)),
    )


def judge(
    subject: BuyingCenter,
    today: int,
    settings: Mapping[str, Any] | None = None,
    timezone: str = "UTC",
    stats: Portfolio | None = None,
) -> tuple[list[StageVisit], date | None]:
    ctx = RunContext(
        plugin="journey",
        settings=Settings(**(settings or {})),
        log=logging.getLogger("test"),
        connection="main",
        run_id="r",
        today=day(today),
        timezone=timezone,
        stats=stats or Portfolio(),
    )
    found = list(crmbridge_journey.propose_stages(ctx, subject))
    due = [item.on for item in found if isinstance(item, Due)]
    assert len(due) <= 1
    return [item for item in found if isinstance(item, StageVisit)], due[0] if due else None


def told(subject: BuyingCenter, today: int, who: str = "deal:9", model: str = "phases", **settings: Any) -> list[str]:
    """One subject's stays, each as ``stage#visit entered-left``, in days from START; ``~``: pauses since."""
    visits, _ = judge(subject, today, settings)

    def number(on: date | None) -> str:
        return "" if on is None else str((on - START).days)

    return [
        f"{v.stage}#{v.visit_no} {number(v.entered_on)}-{number(v.left_on)}"
        + (f"~{number(v.paused_on)}" if v.paused_on else "")
        for v in visits
        if v.subject == who and v.model == model
    ]
