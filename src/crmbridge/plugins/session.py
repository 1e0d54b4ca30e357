"""Asks the plugins, one method per hook: each applies the failure policy of its hook's kind.

The policies stand in the table of ``crmbridge.hookspecs``. Whatever a plugin raises, ``SystemExit`` included, is its
failure and nobody else's; a bad result counts like a raise. Only ``KeyboardInterrupt``, the user's word, goes through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace
from functools import partial
from threading import Lock
from time import perf_counter
from typing import Any, TypeVar

from crmbridge.context import Drop, PluginSettings, RunContext
from crmbridge.model.base import Frozen
from crmbridge.model.centers import BuyingCenter
from crmbridge.model.changes import PropertyChange
from crmbridge.model.consent import STRICTNESS, ConsentDecision, ConsentQuestion
from crmbridge.model.events import Event
from crmbridge.model.evidence import PersonaAssignment, TitleReading
from crmbridge.model.journey import StageVisit
from crmbridge.model.persons import CompanyFacts, PersonFacts
from crmbridge.model.plan import Finding, Plan
from crmbridge.model.proposals import Due, PropertyValue, RelationProposal, RoleProposal, StanceProposal
from crmbridge.model.records import Record
from crmbridge.plugins import results
from crmbridge.plugins.calls import LOG, HookCall, Observer
from crmbridge.plugins.failures import Answers, HookFailure, Quarantined, describe
from crmbridge.plugins.registration import Plugin

FAILURES_KEPT = 1_000
"""Failures a session remembers in full; all are counted."""

T = TypeVar("T")
M = TypeVar("M", bound=Frozen)
Check = Callable[[Plugin, tuple[M, ...]], None]


class Session:
    """The plugins of one run over one connection; made by ``Plugins.bind``. May be used from several threads.

    ``wanted`` names the properties, as object and name, whose values are taken; None for all that plugins register.
    ``observe`` is told of every call.
    """

    def __init__(
        self,
        plugins: Mapping[str, Plugin],
        contexts: Mapping[str, RunContext[PluginSettings]],
        *,
        observe: Observer | None = None,
        wanted: Container[tuple[str, str]] | None = None,
    ) -> None:
        self._plugins = plugins
        self._contexts = contexts
        self._observe = observe
        self._wanted = wanted
        models = [model for plugin in plugins.values() for model in plugin.stages]
        self._stages = frozenset((model.key, stage) for model in models for stage in model.keys)
        self._failures: list[HookFailure] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    @property
    def failures(self) -> tuple[HookFailure, ...]:
        """The first failures of this session, in the order of their happening, at most ``FAILURES_KEPT``."""
        return tuple(self._failures)

    @property
    def failure_counts(self) -> Mapping[tuple[str, str], int]:
        """How often each (plugin, hook) failed."""
        return dict(self._counts)

    def transform_record(self, record: Record) -> Record | Quarantined | None:
        """Let all plugins correct a record, one after the other. None: dropped. A failure quarantines it."""
        after = self._chain("transform_record", "record", record, str(record.ref), results.check_record)
        if isinstance(after, HookFailure):
            return Quarantined(record.ref, after)
        return None if isinstance(after, Drop) else after

    def transform_change(self, change: PropertyChange) -> PropertyChange | None:
        """Let all plugins narrow a change, one after the other. None: dropped, by a plugin's word or its failure."""
        unit = f"{change.subject} {change.property}"
        after = self._chain("transform_change", "change", change, unit, results.check_change)
        return None if isinstance(after, Drop | HookFailure) else after

    def decide_consent(self, question: ConsentQuestion) -> ConsentDecision:
        """Give the strictest answer; of equals the first. A plugin that fails says ``deny``.

        Without any answer, ``processing`` is allowed (nobody objects; the controller declared the basis in the
        config), and everything else is left to ``review``.
        """
        unit = f"{question.person.contact.ref} {question.purpose}/{question.channel}"
        answers = []
        for plugin in self._having("decide_consent"):
            today = self._contexts[plugin.name].today
            read = partial(results.decision, question=question, today=today, by=plugin.name)
            answer = self._ask(plugin, "decide_consent", unit, {"question": question}, read)
            if isinstance(answer, HookFailure):
                answers.append(_answer(question, "deny", "PLUGIN_FAILED", plugin.name))
            elif answer is not None:
                answers.append(answer)
        if answers:
            return min(answers, key=lambda answer: STRICTNESS.index(answer.decision))
        if question.purpose == "processing":
            return _answer(question, "allow", "NO_OBJECTION", "core")
        return _answer(question, "review", "NO_PLUGIN", "core")

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

        def check(plugin: Plugin, items: tuple[StageVisit, ...]) -> None:
            results.check_visits(items, center, self._stages, self._contexts[plugin.name].today)

        return self._collect("propose_stages", {"center": center}, center.id, StageVisit, check)

    def derive_center(self, center: BuyingCenter) -> Answers[PropertyValue]:
        """Collect values of the deal, the company and the members of a center."""
        subjects = results.subjects_of(center)
        return self._values("derive_center", {"center": center}, center.id, subjects)

    def derive_company(self, facts: CompanyFacts) -> Answers[PropertyValue]:
        """Collect values of a company."""
        unit = str(facts.company.ref)
        return self._values("derive_company", {"facts": facts}, unit, frozenset([unit]))

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
        unit = str(person.contact.ref)
        arguments = {"person": person, "consent": consent}
        only = "decide_consent" if only_consent_plugins else None
        return self._values("derive_contact", arguments, unit, frozenset([unit]), only)

    def check_plan(self, plan: Plan) -> tuple[Finding, ...]:
        """Collect objections to a plan; a plugin that fails forbids it."""
        findings: list[Finding] = []
        for plugin in self._having("check_plan"):
            copy = replace(plan, header=plan.header.model_copy(deep=True))
            read = partial(_findings, by=plugin.name)
            answer = self._ask(plugin, "check_plan", f"plan {plan.header.id}", {"plan": copy}, read)
            findings += [_check_failed(answer)] if isinstance(answer, HookFailure) else answer
        return tuple(findings)

    def emit(self, event: Event) -> None:
        """Tell all plugins what happened; a failure is logged and changes nothing."""
        for plugin in self._having("on_event"):
            self._ask(plugin, "on_event", event.kind, {"event": event.model_copy(deep=True)}, lambda _: None)

    def _having(self, hook: str) -> Iterator[Plugin]:
        return (plugin for plugin in self._plugins.values() if hook in plugin.hooks)

    def _chain(
        self, hook: str, argument: str, value: M, unit: str, check: Callable[[M, M], None]
    ) -> M | Drop | HookFailure:
        """Hand a value from plugin to plugin, until one drops it or fails."""
        for plugin in self._having(hook):
            answer = self._ask(plugin, hook, unit, {argument: value}, partial(_replaced, before=value, check=check))
            if isinstance(answer, Drop | HookFailure):
                return answer
            value = answer
        return value

    def _about(
        self, center: BuyingCenter, hook: str, kind: type[M], check: Callable[[tuple[M, ...], BuyingCenter], None]
    ) -> Answers[M]:
        return self._collect(hook, {"center": center}, center.id, kind, lambda _, items: check(items, center))

    def _values(
        self, hook: str, arguments: Mapping[str, object], unit: str, subjects: frozenset[str], only: str | None = None
    ) -> Answers[PropertyValue]:
        def check(plugin: Plugin, items: tuple[PropertyValue, ...]) -> None:
            results.check_values(items, subjects, plugin.specs)

        return self._collect(hook, arguments, unit, PropertyValue, check, only)

    def _collect(
        self,
        hook: str,
        arguments: Mapping[str, object],
        unit: str,
        kind: type[M],
        check: Check[M],
        only: str | None = None,
    ) -> Answers[M]:
        """Ask all plugins that have ``hook`` (and the hook ``only``, if given); of one that fails nothing is kept."""
        answers: list[M | Due] = []
        failures = []
        for plugin in self._having(hook):
            if only is not None and only not in plugin.hooks:
                continue
            read = partial(_collected, plugin=plugin, kind=kind, check=check, wanted=self._wanted)
            answer = self._ask(plugin, hook, unit, arguments, read)
            if isinstance(answer, HookFailure):
                failures.append(answer)
            else:
                answers += answer
        items, dues = _split(answers)
        return Answers(items, min((due.on for due in dues), default=None), tuple(failures))

    def _ask(
        self, plugin: Plugin, hook: str, unit: str, arguments: Mapping[str, object], read: Callable[[object], T]
    ) -> T | HookFailure:
        """Call one plugin and narrow its answer; the only place that catches what plugins raise."""
        implementation = plugin.hooks[hook]
        begun = perf_counter()
        try:
            answer = read(implementation({"ctx": self._contexts[plugin.name], **arguments}))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin may raise anything, and even exit
            plugin.context.log.debug("%s failed on %s", hook, unit, exc_info=error)
            failure = HookFailure(plugin.name, hook, unit, describe(error, implementation.function))
            if self._observe is not None:
                self._observe(HookCall(plugin.name, hook, unit, perf_counter() - begun, None, failure))
            return self._failed(failure)
        if self._observe is not None:
            self._observe(HookCall(plugin.name, hook, unit, perf_counter() - begun, answer))
        return answer

    def _failed(self, failure: HookFailure) -> HookFailure:
        """Remember a failure; log the first of each plugin and hook, so that a million records make one line."""
        place = (failure.plugin, failure.hook)
        with self._lock:
            self._counts[place] += 1
            first = self._counts[place] == 1
            if len(self._failures) < FAILURES_KEPT:
                self._failures.append(failure)
        if first:
            LOG.warning(
                "%s failed in %s on %s: %s; its next failures there are counted, not logged",
                *(failure.plugin, failure.hook, failure.unit, failure.message),
            )
        return failure


def _replaced(result: object, before: M, check: Callable[[M, M], None]) -> M | Drop:
    after = results.replacement(result, before)
    if not isinstance(after, Drop):
        check(after, before)
    return after


def _collected(
    result: object, plugin: Plugin, kind: type[M], check: Check[M], wanted: Container[tuple[str, str]] | None
) -> list[M | Due]:
    answers: list[M | Due] = [
        results.narrow(item, Due) if isinstance(item, Due) else results.narrow(item, kind, plugin.name)
        for item in results.listed(result)
        if wanted is None or not results.is_idle(item, plugin.specs, wanted)
    ]
    check(plugin, _split(answers)[0])
    return answers


def _split(answers: list[M | Due]) -> tuple[tuple[M, ...], tuple[Due, ...]]:
    """Part the results from the days on which they could change."""
    dues = tuple(item for item in answers if isinstance(item, Due))
    return tuple(item for item in answers if not isinstance(item, Due)), dues


def _findings(result: object, by: str) -> list[Finding]:
    return [results.narrow(item, Finding, by) for item in results.listed(result)]


def _check_failed(failure: HookFailure) -> Finding:
    message = f"the check of plugin {failure.plugin} failed ({failure.message}); mend or disable the plugin"
    return Finding(severity="error", code="check-failed", message=message, by=failure.plugin)


def _answer(question: ConsentQuestion, decision: Any, reason: str, by: str) -> ConsentDecision:
    return ConsentDecision(purpose=question.purpose, channel=question.channel, decision=decision, reason=reason, by=by)
