"""Read form submissions as engagements: form by form, each newest first. HubSpot gives them no id to read them by.

https://developers.hubspot.com/docs/api-reference/legacy/forms-v1/get-submissions-for-a-form
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from crmbridge.connector import Modified, ModifiedPage, Page
from crmbridge.connectors.hubspot import values, wire
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.errors import FixRequest, RecordMissing
from crmbridge.http import HttpClient
from crmbridge.model.records import Engagement, Participant

FORMS = "/marketing/v3/forms"
SUBMISSIONS = "/form-integrations/v1/submissions/forms"
PAGE_LIMIT = 50
"""Most submissions of a page; same page."""
FORM_LIMIT = "100"
"""Forms of a page."""
PAGE_URL = "pageUrl"
"""The property that holds where the form stood; it is always there."""


class _Form(NamedTuple):
    id: str
    title: str


class Forms:
    """The forms of an account, listed once per walk through their submissions.

    Args:
        http: Speaks to the account.
    """

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        self._forms: Sequence[_Form] | None = None

    def page(self, properties: Sequence[str], after: str | None) -> Page:
        """Read one page of submissions. The cursor names the form and the place in it."""
        found, following, _ = self._read(properties, after)
        return Page(found, following)

    def changes(self, window: tuple[datetime, datetime], after: str | None) -> ModifiedPage:
        """Read one page of who submitted within ``window``; of each form no more than that takes."""
        found, following, next_form = self._read((), after)
        since, until = window
        hits = [Modified(one.id, one.at) for one in found if since <= one.at <= until]
        return ModifiedPage(hits, next_form if found and found[-1].at < since else following)

    def records(self, ids: Collection[str], properties: Sequence[str]) -> list[Engagement]:
        """Read submissions again, page by page until all are found: quick for the newest, slow for one that is gone."""
        wanted, found = set(ids), dict[str, Engagement]()
        after: str | None = None
        while wanted - found.keys():
            page, after, _ = self._read(properties, after)
            found |= {one.id: one for one in page if one.id in wanted}
            if after is None:
                break
        return list(found.values())

    def _read(self, properties: Sequence[str], after: str | None) -> tuple[list[Engagement], str | None, str | None]:
        """Return submissions, the cursor that leads on, and the one that leads to the next form."""
        at, _, token = (after or "").partition(":")
        if after is None or self._forms is None:
            self._forms = sorted(_all_forms(self._http))
        rest = [form for form in self._forms if form.id >= at]
        if not rest:
            return [], None, None
        form, token = rest[0], token if rest[0].id == at else ""
        next_form = f"{rest[1].id}:" if rest[1:] else None
        rows, following = self._rows(form, token)
        found = [_submission(form, row, properties) for row in rows]
        return found, f"{form.id}:{following}" if following else next_form, next_form

    def _rows(self, form: _Form, token: str) -> tuple[list[Json], str | None]:
        path = f"{SUBMISSIONS}/{quote(form.id, safe='')}"
        query = {"limit": str(PAGE_LIMIT)} | ({"after": token} if token else {})
        try:
            data = self._http.get(path, query).data
        except RecordMissing:  # the form was deleted since it was listed
            return [], None
        return wire.results(data, path), wire.advancing(path, token or None, wire.cursor(data))


def _all_forms(http: HttpClient) -> list[_Form]:
    found: list[_Form] = []
    trail, query = wire.Trail(FORMS), {"limit": FORM_LIMIT}
    while True:
        data = http.get(FORMS, query).data
        found += [
            _Form(wire.identity(row), values.text(values.raw(row.get("name"))) or "")
            for row in wire.results(data, FORMS)
        ]
        after = wire.cursor(data)
        if after is None:
            return found
        query["after"] = trail.step(after)


def _submission(form: _Form, row: Json, asked: Sequence[str]) -> Engagement:
    answers: dict[str, str | None] = {}
    for entry in wire.children(row, "values"):  # a question with several answers comes several times
        name, value = values.raw(entry.get("name")) or "", values.raw(entry.get("value"))
        answers[name] = f"{answers[name]};{value}" if answers.get(name) else value
    submitted, address = values.raw(row.get("submittedAt")), values.address(answers.get("email"))
    at = values.moment(submitted)
    if at is None:
        raise FixRequest(f"form {form.id}: HubSpot sent a submission without a time: report this")
    return Engagement(
        object="form_submission",
        id=values.raw(row.get("conversionId")) or _stable_id(form.id, submitted or "", address or ""),
        at=at,
        created_at=at,
        updated_at=at,
        direction="in",
        subject=form.title or None,
        participants=(Participant(address=address, part="from"),) if address else (),
        properties={
            PAGE_URL: values.raw(row.get(PAGE_URL)),
            **{name: answers.get(name) for name in asked},
        },
    )


def _stable_id(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
