"""Deal pipelines: the default one, how one is made, and the properties that each stage brings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from crmbridge.sandbox.definitions import definition
from crmbridge.sandbox.envelope import Json

_STAMP: Final = "2022-01-01T00:00:00.000Z"


def pipeline(pipeline_id: str, label: str, stages: Sequence[tuple[str, str, str]], order: int = 0) -> Json:
    """Make a pipeline of (stage id, label, probability); probability 0.0 and 1.0 mean closed."""
    return {
        "id": pipeline_id,
        "label": label,
        "displayOrder": order,
        "archived": False,
        "createdAt": _STAMP,
        "updatedAt": _STAMP,
        "stages": [
            {
                "id": stage_id,
                "label": text,
                "displayOrder": position,
                "metadata": {"isClosed": str(probability in {"0.0", "1.0"}).lower(), "probability": probability},
                "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
                "archived": False,
                "createdAt": _STAMP,
                "updatedAt": _STAMP,
            }
            for position, (stage_id, text, probability) in enumerate(stages)
        ],
    }


DEFAULT_PIPELINES: Final = [
    pipeline(
        "default",
        "Sales Pipeline",
        [
            ("appointmentscheduled", "Appointment Scheduled", "0.2"),
            ("qualifiedtobuy", "Qualified To Buy", "0.4"),
            ("presentationscheduled", "Presentation Scheduled", "0.6"),
            ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
            ("contractsent", "Contract Sent", "0.9"),
            ("closedwon", "Closed Won", "1.0"),
            ("closedlost", "Closed Lost", "0.0"),
        ],
    )
]


def ticket_pipeline(pipeline_id: str, label: str, stages: Sequence[tuple[str, str, bool]], order: int = 0) -> Json:
    """Make a ticket pipeline of (stage id, label, closed)."""
    made = pipeline(pipeline_id, label, [(stage, text, "") for stage, text, _ in stages], order)
    for stage, (_, _, closed) in zip(made["stages"], stages, strict=True):
        stage["metadata"] = {"ticketState": "CLOSED" if closed else "OPEN", "isClosed": str(closed).lower()}
    return made


TICKET_PIPELINES: Final = [
    ticket_pipeline(
        "0",
        "Support Pipeline",
        [("1", "New", False), ("2", "Waiting on contact", False), ("3", "Waiting on us", False), ("4", "Closed", True)],
    )
]


def stage_properties(stages: Iterable[Json], created: str) -> dict[str, Json]:
    """Return the read-only properties that tell when a deal entered and left each stage."""
    made: dict[str, Json] = {}
    for stage in stages:
        for word in ("entered", "exited"):
            name, label = f"hs_v2_date_{word}_{stage['id']}", f'Date {word} "{stage["label"]}"'
            body = definition(name, label, "datetime", "date", "dealinformation", created=created)
            body |= {"calculated": True, "hubspotDefined": True}
            body["modificationMetadata"] |= {"archivable": False, "readOnlyDefinition": True, "readOnlyValue": True}
            made[name] = body
    return made
