"""Which scopes each part of the API asks for.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes
"""

from __future__ import annotations

from collections.abc import Collection

from crmbridge.sandbox.envelope import ApiError
from crmbridge.sandbox.kinds import Kind

_CORE = ("contacts", "companies", "deals", "products", "line_items", "feedback_submissions", "custom")
OWNERS = ("crm.objects.owners.read",)
LISTS_READ, LISTS_WRITE = ("crm.lists.read",), ("crm.lists.write",)
FORMS = ("forms",)
CONSENT_READ = ("communication_preferences.read", "communication_preferences.read_write")
CONSENT_WRITE = ("communication_preferences.write", "communication_preferences.read_write")
CONSENT_BATCH_READ = ("communication_preferences.statuses.batch.read",)
CONSENT_BATCH_WRITE = ("communication_preferences.statuses.batch.write",)
CUSTOM_READ = ("crm.schemas.custom.read", "crm.objects.custom.read")
CUSTOM_WRITE = ("crm.schemas.custom.write",)
ANY_OBJECT = tuple(f"crm.objects.{name}.read" for name in _CORE)
ALL_SCOPES: frozenset[str] = frozenset(
    [f"crm.{part}.{name}.{verb}" for part in ("objects", "schemas") for name in _CORE for verb in ("read", "write")]
    + [*OWNERS, *LISTS_READ, *LISTS_WRITE, *FORMS, *CONSENT_READ, *CONSENT_WRITE]
    + [*CONSENT_BATCH_READ, *CONSENT_BATCH_WRITE, "sales-email-read", "tickets"]
)


def record_scopes(kind: Kind, verb: str) -> tuple[str, ...]:
    """Return the scopes of which one is needed to ``read`` or ``write`` records."""
    if kind.name == "emails" and verb == "read":
        return ("sales-email-read",)
    return ("tickets",) if kind.name == "tickets" else (f"crm.objects.{_family(kind)}.{verb}",)


def schema_scopes(kind: Kind, verb: str) -> tuple[str, ...]:
    """Return the scopes of which one is needed to read or change definitions."""
    if kind.name == "tickets":
        return ("tickets",)
    name = _family(kind)
    schema = f"crm.schemas.{name}.{verb}"
    return (schema, f"crm.objects.{name}.read") if verb == "read" else (schema,)


def demand(granted: Collection[str], scopes: tuple[str, ...]) -> None:
    """Refuse a token that has none of these scopes.

    Raises:
        ApiError: 403 that names them.
    """
    if not any(scope in granted for scope in scopes):
        words = "This app hasn't been granted all required scopes to make this call."
        raise ApiError(
            403,
            words,
            "MISSING_SCOPES",
            errors=[
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": list(scopes)},
                }
            ],
        )


def _family(kind: Kind) -> str:
    """Return the word by which scopes call an object type; activities go with contacts."""
    if kind.custom:
        return "custom"
    return kind.name if kind.name in _CORE else "contacts"
