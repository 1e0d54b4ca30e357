"""Asks the plugins, one method per hook: each applies the failure policy of its hook's kind.

The policies stand in the table of ``crmbridge.hookspecs``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from crmbridge.context import Drop
from crmbridge.model.base import Frozen
from crmbridge.model.centers import BuyingCenter
from crmbridge.model.changes import PropertyChange
from crmbridge.model.consent import STRICTNESS, Channel, ConsentDecision, ConsentQuestion, Decision3, Purpose
from crmbridge.model.events import Event
from crmbridge.model.evidence import PersonaAssignment, TitleReading
from crmbridge.model.journey import StageVisit
from crmbridge.model.persons import CompanyFacts, PersonFacts
from crmbridge.model.plan import Finding, Plan
from crmbridge.model.proposals import PropertyValue, RelationProposal, RoleProposal, StanceProposal
from crmbridge.model.records import Record
from crmbridge.plugins import results
from crmbridge.plugins.asking import Asking, Seat
from crmbridge.plugins.failures import Answers, HookFailure, Quarantined

M = TypeVar("M", bound=Frozen)
F = TypeVar("F", BuyingCenter, PersonFacts, CompanyFacts)


class Session(Asking):
    """The plugins of one run over one connection; made by ``Plugins.bind``. May be used from several threads.

    As a context manager it holds plugins to their time, in calls from the main thread. ``wanted`` names the properties,
    as object and name, whose values are taken; None for all that plugins register. ``observe`` is told of every call.
    """

    def transform_record(self, record: Record) -> Record | Quarantined | None:
        """Let all plugins correct a record, one after the other. None: dropped. A failure quarantines it."""
        after = self._chain("transform_record", "record", record, results.check_record)
        if type(after) is HookFailure:
            return Quarantined(record.ref, after)
        return None if type(after) is Drop else after  # type: ignore[return-value] # what is left is a record

    def transform_change(self, change: PropertyChange) -> PropertyChange | None:
        """Let all plugins narrow a change, one after the other. None: dropped, by a plugin's word or its failure."""
        after = self._chain("transform_change", "change", change, results.check_change)
        return after if isinstance(after, PropertyChange) else None

    def decide_consent(self, question: ConsentQuestion, failures: list[HookFailure] | None = None) -> ConsentDecision:
        """Give the strictest answer; of equals the first. A plugin that fails says ``deny``, and ``failures`` gets it.

        Without any answer, ``processing`` is allowed (nobody objects; the controller declared the basis in the
        config), and everything else is left to ``review``.
        """

        def read(seat: Seat, result: object) -> ConsentDecision | None:
            return results.decision(result, question, seat.ctx.today, seat.name)

        answers: list[ConsentDecision] = []
        for seat in self._having("decide_consent"):
            answer = self._ask(seat, question, {"question": question}, read)
            if type(answer) is HookFailure:
                answers.append(_answer(question.purpose, question.channel, "deny", "PLUGIN_FAILED", seat.name))
                if failures is not None:
                    failures.append(answer)
            elif type(answer) is ConsentDecision:
                answers.append(answer)
        if answers:
            return min(answers, key=lambda answer: STRICTNESS.index(answer.decision))
        if question.purpose == "processing":
            return _answer(question.purpose, question.channel, "allow", "NO_OBJECTION", "core")
        return _answer(question.purpose, question.channel, "review", "NO_PLUGIN", "core")

    def propose_titles(self, center: BuyingCenter) -> Answers[TitleReading]:
        """Collect readings of the members' job titles."""
        return self._about(center, "propose_titles", TitleReading, results.check_members)

    def propose_roles(self, center: BuyingCenter) -> Answers[RoleProposal]:
        """Collect evidence for the members' roles."""
        return self._about(center, "propose_roles", RoleProposal, results.check_members)

    def propose_stances(self, center: BuyingCenter) -> Answers[StanceProposal]:
        """Collect evidence of how the members stand to the purchase."""
        return self._about(center, "propose_stances", StanceProposal, results.check_members)

    def propose_relations(self, center: BuyingCenter) -> Answers[RelationProposal]:
        """Collect evidence of ties between the members."""
        return self._about(center, "propose_relations", RelationProposal, results.check_relations)

    def propose_personas(self, center: BuyingCenter) -> Answers[PersonaAssignment]:
        """Collect personas of the members."""
        return self._about(center, "propose_personas", PersonaAssignment, results.check_members)

    def propose_stages(self, center: BuyingCenter) -> Answers[StageVisit]:
        """Collect stays of the center and its members in stages."""

        def check(seat: Seat, items: Sequence[StageVisit]) -> None:
            results.check_visits(items, center, self._stages, seat.ctx.today)

        return self._collect("propose_stages", {"center": center}, center, StageVisit, check)

    def derive_center(self, center: BuyingCenter) -> Answers[PropertyValue]:
        """Collect values of the deal, the company and the members of a center."""
        return self._values("derive_center", {"center": center}, center, results.subjects_of)

    def derive_company(self, facts: CompanyFacts) -> Answers[PropertyValue]:
        """Collect values of a company."""
        return self._values("derive_company", {"facts": facts}, facts, results.subject_of_company)

    def derive_contact(
        self, person: PersonFacts, consent: tuple[ConsentDecision, ...], *, only_consent_plugins: bool = False
    ) -> Answers[PropertyValue]:
        """Collect values of a contact.

        Args:
            person: The contact.
            consent: Answers of the second gate.
            only_consent_plugins: True for a person who may not be processed: only plugins with ``decide_consent``
                are asked, so that a refusal reaches the CRM.
        """
        only = "decide_consent" if only_consent_plugins else None
        arguments: dict[str, object] = {"person": person, "consent": consent}
        return self._values("derive_contact", arguments, person, results.subject_of_contact, only)

    def check_plan(self, plan: Plan) -> tuple[Finding, ...]:
        """Collect objections to a plan; a plugin that fails forbids it."""
        findings: list[Finding] = []
        for seat in self._having("check_plan"):
            copy = replace(plan, header=plan.header.model_copy(deep=True))
            answer = self._ask(seat, plan, {"plan": copy}, _findings)
            findings += [_check_failed(answer)] if isinstance(answer, HookFailure) else answer
        return tuple(findings)

    def emit(self, event: Event) -> None:
        """Tell all plugins what happened; a failure is logged and changes nothing."""
        for seat in self._having("on_event"):
            self._ask(seat, event, {"event": event.model_copy(deep=True)}, lambda *_: None)

    def _about(
        self, center: BuyingCenter, hook: str, kind: type[M], check: Callable[[Sequence[M], BuyingCenter], None]
    ) -> Answers[M]:
        return self._collect(hook, {"center": center}, center, kind, lambda _, items: check(items, center))

    def _values(
        self,
        hook: str,
        arguments: dict[str, object],
        subject: F,
        subjects: Callable[[F], Collection[str]],
        only: str | None = None,
    ) -> Answers[PropertyValue]:
        def check(seat: Seat, items: Sequence[PropertyValue]) -> None:
            results.check_values(items, subjects(subject), seat.plugin.specs)

        return self._collect(hook, arguments, subject, PropertyValue, check, only)


def _findings(seat: Seat, result: object) -> list[Finding]:
    return [results.narrow(item, Finding, seat.name) for item in results.listed(result)]


def _check_failed(failure: HookFailure) -> Finding:
    message = f"the check of plugin {failure.plugin} failed ({failure.message}); mend or disable the plugin"
    return Finding(severity="error", code="check-failed", message=message, by=failure.plugin)


@lru_cache(maxsize=256)  # asked for every person, and there are few of them
def _answer(purpose: Purpose, channel: Channel, decision: Decision3, reason: str, by: str) -> ConsentDecision:
    return ConsentDecision(purpose=purpose, channel=channel, decision=decision, reason=reason, by=by)
