"""Which scopes each part of the API asks for.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes
"""

from __future__ import annotations

from crmbridge.sandbox.envelope import ApiError
from crmbridge.sandbox.kinds import Kind

_CORE = ("contacts", "companies", "deals")
OWNERS = ("crm.objects.owners.read",)
PIPELINES = ("crm.objects.deals.read", "crm.schemas.deals.read")
ALL_SCOPES: frozenset[str] = frozenset(
    [f"crm.{part}.{name}.{verb}" for part in ("objects", "schemas") for name in _CORE for verb in ("read", "write")]
    + [*OWNERS, "sales-email-read"]
)


def record_scopes(kind: Kind, verb: str) -> tuple[str, ...]:
    """Return the scopes of which one is needed to ``read`` or ``write`` records."""
    if kind.name == "emails" and verb == "read":
        return ("sales-email-read",)
    return (f"crm.objects.{kind.name if kind.name in _CORE else 'contacts'}.{verb}",)


def schema_scopes(kind: Kind, verb: str) -> tuple[str, ...]:
    """Return the scopes of which one is needed to read or change definitions."""
    name = kind.name if kind.name in _CORE else "contacts"
    schema = f"crm.schemas.{name}.{verb}"
    return (schema, f"crm.objects.{name}.read") if verb == "read" else (schema,)


def demand(granted: set[str], scopes: tuple[str, ...]) -> None:
    """Refuse a token that has none of these scopes.

    Raises:
        ApiError: 403 that names them.
    """
    if granted.isdisjoint(scopes):
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
