"""The properties of the CRM that this plugin fills, and their values."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge import BuyingCenter, InputSpec, Option, PersonaAssignment, PropertySpec, PropertyValue, Ref
from crmbridge.model import Scalar
from crmbridge_personas.fields import PROPERTY
from crmbridge_personas.settings import PersonasSettings


def inputs(settings: PersonasSettings) -> tuple[InputSpec, ...]:
    """The contact properties that criteria and checklists name."""
    fields = {*settings.fields, *(name for persona in settings.personas for name in persona.required_fields)}
    names = sorted(field.removeprefix(PROPERTY) for field in fields if field.startswith(PROPERTY))
    return (InputSpec(object="contact", properties=tuple(names)),) if names else ()


def properties(settings: PersonasSettings) -> tuple[PropertySpec, ...]:
    """Persona, score and checklist; the options follow the settings."""
    return (
        PropertySpec(
            object="contact",
            name="persona",
            label="Persona",
            description="The persona that fits best; no value if none fits clearly.",
            type="enumeration",
            options=tuple(Option(value=persona.key, label=persona.title) for persona in settings.personas),
            fold="latest",
        ),
        PropertySpec(
            object="contact",
            name="persona_score",
            label="Persona score",
            description="0 to 1: share of the persona's criteria that match, by weight.",
            type="number",
            fold="max",
            min_change=0.05,
            core=False,
        ),
        PropertySpec(
            object="contact",
            name="persona_checklist",
            label="Persona checklist (Persona-Checkliste)",
            description="0 to 1: share of the fields that the persona's checklist asks for and that are filled.",
            type="number",
            fold="latest",
            core=False,
        ),
        PropertySpec(
            object="contact",
            name="persona_open_fields",
            label="Persona: open fields (Persona: offene Felder)",
            description="Fields of the persona's checklist that are empty.",
            type="text",
            fold="latest",
            clear=True,
            core=False,
        ),
    )


def persona_values(center: BuyingCenter, plugin: str) -> Iterator[PropertyValue]:
    """Persona, score and checklist of the contacts whose persona this plugin assigned."""
    for member in center.members:
        found = member.persona
        if member.facts and found and found.persona and found.by == plugin:
            yield from _values(member.facts.contact.ref, found)


def _values(subject: Ref, found: PersonaAssignment) -> Iterator[PropertyValue]:
    why = f"score {found.score:.2f}, margin {found.margin:.2f}: {'; '.join(found.matched)}"[:500]
    values: dict[str, Scalar] = {"persona": found.persona, "persona_score": found.score}
    for name, value in values.items():
        yield PropertyValue(subject=subject, property=name, value=value, confidence=found.score, reason=why)
    if found.checklist is not None:
        left = ", ".join(found.open_fields)
        why = f"checklist of {found.persona}: {left or 'nothing'} open"[:500]
        yield PropertyValue(subject=subject, property="persona_checklist", value=found.checklist, reason=why)
        yield PropertyValue(subject=subject, property="persona_open_fields", value=left or None, reason=why)
