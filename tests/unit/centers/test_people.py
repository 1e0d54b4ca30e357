"""Whose address is whose."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmbridge.centers.people import OurPeople, is_external, outsiders
from crmbridge.model import Company, Engagement, Owner, Participant

FIRM = Company(id="5", name="Müller", domains=("mueller.example", "mueller-group.example"))


@pytest.mark.parametrize(
    ("organization", "addresses", "expected"),
    [
        ("5", ["a@mueller.example"], False),
        ("6", ["a@mueller-group.example"], False),
        ("6", ["a@gmail.com"], True),
        ("5", ["a@gmail.com"], False),
        (None, ["a@gmail.com"], False),
        (None, ["a@consulting.example"], True),
        (None, [], False),
        ("6", [], True),
    ],
)
def test_the_address_decides_before_the_organisation(
    organization: str | None, addresses: list[str], expected: bool
) -> None:
    assert is_external(FIRM, organization, addresses) is expected


def test_our_own_people_and_mass_mail_are_no_outsiders() -> None:
    ours = OurPeople.of([Owner(id="1", email="Sales@Vendor.example"), Owner(id="2", email="free@gmail.com")])

    def mail(*addresses: str) -> Engagement:
        return Engagement(
            id="1",
            object="email",
            at=datetime(2026, 1, 1, tzinfo=UTC),
            participants=tuple(Participant(address=item, part="to") for item in addresses),
        )

    assert outsiders(mail("sales@vendor.example", "other@vendor.example", "b@x.example", "b@x.example"), ours) == [
        "b@x.example"
    ]
    assert outsiders(mail("somebody@gmail.com", "free@gmail.com"), ours) == ["somebody@gmail.com"]
    assert len(outsiders(mail(*(f"p{n}@x.example" for n in range(12))), ours)) == 12
    assert outsiders(mail(*(f"p{n}@x.example" for n in range(13))), ours) == []
