"""Forms and their submissions over the API."""

from __future__ import annotations

from crmbridge.sandbox.call import Answer, Call
from crmbridge.sandbox.envelope import Json, not_found
from crmbridge.sandbox.forms import Form

PAGE = 50


def submissions(call: Call) -> Answer:
    """Page through the submissions of one form, newest first."""
    found = _form(call).submissions[::-1]
    limit, start = call.limit(PAGE, 20), call.number("after", 0)
    body: Json = {"results": found[start : start + limit]}
    if start + limit < len(found):
        body["paging"] = call.next_page(str(start + limit))
    return 200, body


def list_forms(call: Call) -> Answer:
    """List the forms."""
    found = [form.definition for form in call.portal.forms.known.values()]
    limit, start = call.limit(100, 20), call.number("after", 0)
    body: Json = {"results": found[start : start + limit]}
    if start + limit < len(found):
        body["paging"] = call.next_page(str(start + limit))
    return 200, body


def read_form(call: Call) -> Answer:
    """Read the definition of one form."""
    return 200, _form(call).definition


def _form(call: Call) -> Form:
    found = call.portal.forms.known.get(call.path["id"])
    if found is None:
        raise not_found()
    return found
