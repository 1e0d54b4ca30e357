"""Values that the platform calculates itself when a property is written: pure functions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress

from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.times import DAY, epoch_ms, iso

_DEAL_INPUTS = {"dealstage", "pipeline", "amount", "closedate"}


def find_stage(pipelines: Iterable[Json], stage_id: str) -> Json | None:
    """Return the pipeline stage of this id."""
    return next((stage for line in pipelines for stage in line["stages"] if stage["id"] == stage_id), None)


def deal_values(
    values: Mapping[str, str], changed: Iterable[str], old_stage: str, pipelines: Iterable[Json], now: int
) -> dict[str, str]:
    """Return what follows from a deal's stage, amount and close date; nothing if none of them changed."""
    changed = set(changed)
    if not changed & _DEAL_INPUTS:
        return {}
    stage = find_stage(pipelines, values.get("dealstage", ""))
    if stage is None:
        return {}
    probability = stage["metadata"]["probability"]
    closed = stage["metadata"]["isClosed"] == "true"
    found = {
        "hs_is_closed": str(closed).lower(),
        "hs_is_closed_won": str(closed and float(probability) == 1).lower(),
        "hs_deal_stage_probability": probability,
    }
    if amount := values.get("amount"):
        found["amount_in_home_currency"] = amount
        found["hs_forecast_amount"] = amount
        found["hs_projected_amount"] = f"{float(amount) * float(probability):g}"
    if "closedate" in values and "createdate" in values:
        days = (epoch_ms(values["closedate"]) - epoch_ms(values["createdate"])) // DAY
        found["days_to_close"] = str(max(days, 0))
    if "dealstage" in changed:
        found[f"hs_v2_date_entered_{stage['id']}"] = iso(now)
        if old_stage:
            found[f"hs_v2_date_exited_{old_stage}"] = iso(now)
    return found


def contact_values(values: Mapping[str, str], changed: Iterable[str]) -> dict[str, str]:
    """Return what follows from a contact's address."""
    return {"hs_email_domain": values.get("email", "").partition("@")[2]} if "email" in set(changed) else {}


def email_values(values: Mapping[str, str], changed: Iterable[str]) -> dict[str, str]:
    """Return the address properties that are read from an email's headers."""
    if "hs_email_headers" not in set(changed):
        return {}
    headers: Json = {}
    with suppress(json.JSONDecodeError):
        headers = json.loads(values.get("hs_email_headers", "") or "{}")
    return {
        "hs_email_from_email": (headers.get("from") or {}).get("email", ""),
        "hs_email_to_email": addresses(headers.get("to")),
        "hs_email_cc_email": addresses(headers.get("cc")),
    }


def addresses(people: Iterable[Json] | None) -> str:
    """Join the addresses of a header list the way the derived properties hold them."""
    return ";".join(item["email"] for item in people or () if item.get("email"))


def role_counts(roles: Iterable[str]) -> dict[str, str]:
    """Return a company's counts from the ``hs_buying_role`` values of its contacts."""
    sets = [set(value.split(";")) for value in roles if value]
    return {
        "hs_num_contacts_with_buying_roles": str(len(sets)),
        "hs_num_decision_makers": str(sum("DECISION_MAKER" in found for found in sets)),
        "hs_num_blockers": str(sum("BLOCKER" in found for found in sets)),
    }
