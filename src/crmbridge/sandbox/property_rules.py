"""What an account allows of properties: validation rules, and how many there may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from crmbridge.sandbox.call import Answer, Call
from crmbridge.sandbox.envelope import Json

# https://developers.hubspot.com/docs/api-reference/latest/crm/limits-tracking/guide
CUSTOM_MOST, ACCOUNT_MOST, CALCULATED_MOST = 1_000, 10_000, 200
RULE_TYPES: Final = (
    "AFTER_DATETIME_DURATION",
    "AFTER_DURATION",
    "ALPHANUMERIC",
    "BEFORE_DATETIME_DURATION",
    "BEFORE_DURATION",
    "DAYS_OF_WEEK",
    "DECIMAL",
    "DOMAIN",
    "EMAIL",
    "EMAIL_ALLOWED_DOMAINS",
    "EMAIL_BLOCKED_DOMAINS",
    "END_DATE",
    "END_DATETIME",
    "FORMAT",
    "MAX_LENGTH",
    "MAX_NUMBER",
    "MIN_LENGTH",
    "MIN_NUMBER",
    "PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE",
    "REGEX",
    "SPECIAL_CHARACTERS",
    "START_DATE",
    "START_DATETIME",
    "URL",
    "URL_ALLOWED_DOMAINS",
    "URL_BLOCKED_DOMAINS",
    "WHITESPACE",
)


def list_rules(call: Call) -> Answer:
    """List the validation rules of one object type, by property."""
    rules = call.portal.validations.get(call.kind.name, {})
    return 200, {"results": [{"propertyName": name, "propertyValidationRules": found} for name, found in rules.items()]}


def read_rules(call: Call) -> Answer:
    """List the validation rules of one property."""
    return 200, {"results": call.portal.validations.get(call.kind.name, {}).get(call.path["name"], [])}


def custom_limits(call: Call) -> Answer:
    """Tell how many custom properties there are and may be."""
    used = _used(call, lambda found: not found["hubspotDefined"])
    rows = [row | {"limit": CUSTOM_MOST, "percentage": row["usage"] / CUSTOM_MOST * 100} for row in used]
    return 200, _total(rows, ACCOUNT_MOST)


def calculated_limits(call: Call) -> Answer:
    """Tell how many calculated properties the account made and may make."""
    return 200, _total(_used(call, lambda found: found["calculated"] and not found["hubspotDefined"]), CALCULATED_MOST)


def _used(call: Call, counts: Callable[[Json], bool]) -> list[Json]:
    return [
        {
            "objectTypeId": kind.type_id,
            "singularLabel": kind.singular,
            "pluralLabel": kind.name,
            "usage": sum(not found["archived"] and counts(found) for found in known.values()),
        }
        for name, known in call.portal.properties.items()
        for kind in (call.portal.kinds[name],)
    ]


def _total(rows: list[Json], most: int) -> Json:
    usage = sum(row["usage"] for row in rows)
    return {
        "byObjectType": rows,
        "overallLimit": most,
        "overallUsage": usage,
        "overallPercentage": usage / most * 100,
    }
