"""The properties of the CRM that this plugin fills, and their values."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge import BuyingCenter, InputSpec, Option, PropertySpec, PropertyValue
from crmbridge_personas.fields import PROPERTY
from crmbridge_personas.settings import PersonasSettings


def inputs(settings: PersonasSettings) -> tuple[InputSpec, ...]:
    """The contact properties that criteria name."""
    fields = {criterion.field for persona in settings.personas for criterion in persona.criteria}
    names = sorted(field.removeprefix(PROPERTY) for field in fields if field.startswith(PROPERTY))
    return (InputSpec(object="contact", properties=tuple(names)),) if names else ()


def properties(settings: PersonasSettings) -> tuple[PropertySpec, ...]:
    """Persona and score; the options follow the settings."""
    return (
        PropertySpec(
            object="contact",
            name="persona",
            label="Persona",
            description="The persona that fits best; no value if none fits clearly.",
            type="enumeration",
            options=tuple(Option(value=persona.key, label=persona.label) for persona in settings.personas),
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
    )


def persona_values(center: BuyingCenter, plugin: str) -> Iterator[PropertyValue]:
    """Persona and score of the contacts whose persona this plugin assigned."""
    for member in center.members:
        found = member.persona
        if member.facts and found and found.persona and found.by == plugin:
            for name, value in (("persona", found.persona), ("persona_score", found.score)):
                yield PropertyValue(
                    subject=member.facts.contact.ref,
                    property=name,
                    value=value,
                    confidence=found.score,
                    reason=f"score {found.score:.2f}, margin {found.margin:.2f}: {'; '.join(found.matched)}"[:500],
                )
