"""The example set of personas."""

from __future__ import annotations

from crmbridge_personas.criteria import Criterion
from crmbridge_personas.personas import Persona


def _criterion(field: str, value: str | tuple[str, ...], weight: float) -> Criterion:
    return Criterion(field=field, op="in" if isinstance(value, tuple) else "equals", value=value, weight=weight)


DEFAULT_CHECKLIST = (
    *("job_title", "seniority", "department", "role", "language"),
    *("company.industry", "company.employees", "company.country"),
)
"""What should be known of anybody: who it is, what it does in the decision, and for which kind of company."""

DEFAULT_PERSONAS = (
    Persona(
        key="economic-buyer",
        label="Economic buyer",
        label_de="Wirtschaftlicher Entscheider",
        criteria=(
            _criterion("seniority", ("management", "director"), 3),
            _criterion("role", "decider", 2),
        ),
        required_fields=DEFAULT_CHECKLIST,
    ),
    Persona(
        key="procurement-lead",
        label="Procurement lead",
        label_de="Einkaufsverantwortliche",
        criteria=(
            _criterion("department", "purchasing", 3),
            _criterion("role", "buyer", 2),
            _criterion("seniority", ("lead", "senior", "professional"), 1),
        ),
        required_fields=DEFAULT_CHECKLIST,
    ),
    Persona(
        key="technical-evaluator",
        label="Technical evaluator",
        label_de="Fachliche Prüfer",
        criteria=(
            _criterion("department", ("it", "engineering", "quality", "rnd", "legal"), 3),
            _criterion("role", "influencer", 2),
            _criterion("seniority", ("lead", "senior", "professional"), 1),
        ),
        required_fields=DEFAULT_CHECKLIST,
    ),
    Persona(
        key="daily-user",
        label="Daily user",
        label_de="Tägliche Anwender",
        criteria=(
            _criterion("role", "user", 3),
            _criterion(
                "department",
                (
                    "production",
                    "logistics",
                    "sales",
                    "marketing",
                    "customer_service",
                    "hr",
                    "project_management",
                ),
                2,
            ),
            _criterion("seniority", ("lead", "senior", "professional", "junior"), 1),
        ),
        required_fields=DEFAULT_CHECKLIST,
    ),
    Persona(
        key="assistant",
        label="Assistant",
        label_de="Assistenz",
        criteria=(
            _criterion("department", "administration", 3),
            _criterion("role", "gatekeeper", 2),
        ),
        required_fields=DEFAULT_CHECKLIST,
    ),
)
"""An example set for selling to businesses. It is a start, not a finding: replace it by your own."""
