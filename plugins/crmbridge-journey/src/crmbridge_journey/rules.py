"""A client's own stage model: its rules become spans of days, and the spans become turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

from crmbridge import BuyingCenter
from crmbridge_journey.case import Case
from crmbridge_journey.crm import in_stages, present_since
from crmbridge_journey.days import NEVER, Span, common, crowded, holds, spans, union
from crmbridge_journey.own import OwnModel, Rule
from crmbridge_journey.patience import Patience, with_pauses
from crmbridge_journey.standing import Standing, Turns
from crmbridge_journey.trail import Trail, is_research
from crmbridge_journey.words import says


class Scene:
    """What the rules are asked about: one subject, its center and its case.

    Args:
        center: The center.
        case: Its case; None without a deal.
        trail: The subject's.
        whole: The center's.
        timezone: The account's.
    """

    def __init__(self, center: BuyingCenter, case: Case | None, trail: Trail, whole: Trail, timezone: str) -> None:
        self.center = center
        self.case = case
        self.trail = trail
        self.whole = whole
        self.timezone = timezone

    def of(self, rule: Rule) -> list[Span]:
        """Return the spans in which all that the rule asks for holds."""
        conditions: list[tuple[object, Callable[[], list[Span]]]] = [
            (rule.crm_stages, lambda: self._in_stages(rule.crm_stages)),
            (rule.labels, lambda: self._labelled(rule)),
            (rule.deal, lambda: self._deal(rule)),
            (rule.won_days, lambda: self._won(rule.won_days or 0)),
            (rule.words, lambda: spans(self._said(rule), rule.within_days)),
            (rule.actions, lambda: spans(self._done(rule), rule.within_days)),
            (rule.engaged, lambda: crowded(self.whole.responses, rule.within_days, rule.engaged or 1)),
            (rule.touched_days, lambda: spans(self.trail.days, rule.touched_days or 0)),
            (rule.touched, lambda: [(day, NEVER) for day in self.trail.days[:1]]),
        ]
        return reduce(common, [spans_of() for asked, spans_of in conditions if asked])

    def _in_stages(self, stage_ids: Iterable[str]) -> list[Span]:
        deal, case = self.center.deal, self.case
        if deal is None or case is None:
            return []
        found = []
        for start, end, _ in in_stages(deal, stage_ids, self.timezone):
            first = max(start.toordinal() if start else case.opened, case.opened)
            found.append((first, max(first, end.toordinal() - 1) if end else self._open_until))
        return union(span for span in found if span[0] <= span[1])

    def _labelled(self, rule: Rule) -> list[Span]:
        deal, case = self.center.deal, self.case
        if deal is None or case is None or deal.is_closed or not says(self.center.stage_label, rule.labels):
            return []
        since = present_since(deal, self.timezone)
        return [(max(since.toordinal(), case.opened) if since else case.opened, NEVER)]

    @property
    def _open_until(self) -> int:
        closed = self.case.closed if self.case else None
        return NEVER if closed is None else closed - 1

    def _deal(self, rule: Rule) -> list[Span]:
        if self.case is None:
            return []
        if rule.deal == "open":
            return [(self.case.opened, self._open_until)] if self.case.opened <= self._open_until else []
        is_there = self.case.closed is not None and self.case.won == (rule.deal == "won")
        return [(self._open_until + 1, NEVER)] if is_there else []

    def _won(self, days: int) -> list[Span]:
        case = self.case
        return [(case.closed, case.closed + days)] if case and case.closed is not None and case.won else []

    def _said(self, rule: Rule) -> list[int]:
        heard = (touch for touch in self.trail.touches if touch.direction != "out" and not is_research(touch))
        return [touch.on.toordinal() for touch in heard if says(touch.subject, rule.words)]

    def _done(self, rule: Rule) -> list[int]:
        acted = (touch for touch in self.trail.touches if touch.direction != "out")
        return [touch.on.toordinal() for touch in acted if touch.action in rule.actions]


def own_turns(model: OwnModel, scene: Scene, patience: Patience) -> Turns:
    """Return the turns of one subject: on each day the last stage that holds, by the CRM's own stages if they say."""
    claims = [
        (bool(rule.crm_stages), place, found, not (rule.crm_stages or rule.deal or rule.won_days))
        for place, stage in enumerate(model.stages)
        for rule in stage.when
        if (found := scene.of(rule))
    ]
    first = scene.trail.days[0] if scene.trail.is_person else 0
    edges = sorted({max(first, day) for _, _, found, _ in claims for a, b in found for day in (a, b + 1)})
    turns: Turns = []
    for day in (day for day in edges if day < NEVER):
        holding = [(by_crm, place, inferred) for by_crm, place, found, inferred in claims if holds(found, day)]
        if holding:
            by_crm, place, _ = max(holding)
            inferred = all(item[2] for item in holding if item[:2] == (by_crm, place))
            stage = model.stages[place]
            turns.append((day, Standing(stage.key, "deal stage of the CRM" if by_crm else "rule holds", inferred)))
        else:
            turns.append((day, Standing(reason="no rule holds any more")))
    if not turns:
        return []
    return with_pauses(turns, turns[0][0], NEVER, scene.trail.signs, patience, model.terminal)
