"""Communication preferences: which subscriptions a portal has, and what each address chose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from crmbridge.sandbox.envelope import Json

LEGAL_BASES: Final = (
    "LEGITIMATE_INTEREST_PQL",
    "LEGITIMATE_INTEREST_CLIENT",
    "LEGITIMATE_INTEREST_OTHER",
    "PERFORMANCE_OF_CONTRACT",
    "CONSENT_WITH_NOTICE",
    "PROCESS_AND_STORE",
    "NON_GDPR",
)
SUBSCRIBED, UNSUBSCRIBED, UNSET = "SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED"


def subscription(number: int, name: str, purpose: str, *, active: bool = True) -> Json:
    """Make the definition of one subscription type, as the API shows it."""
    stamp = "2022-01-01T00:00:00.000Z"
    return {
        "id": str(number),
        "name": name,
        "description": f"{name} by email",
        "purpose": purpose,
        "communicationMethod": "Email",
        "isActive": active,
        "isDefault": True,
        "isInternal": False,
        "businessUnitId": 0,
        "createdAt": stamp,
        "updatedAt": stamp,
    }


@dataclass(frozen=True, slots=True)
class Choice:
    """What an address chose: the state, when, and on what legal ground."""

    status: str
    at: int
    basis: str | None = None
    explanation: str | None = None


@dataclass
class Consent:
    """The subscription types of a portal, and the choices of addresses.

    Attributes:
        definitions: Subscription types as the API shows them.
        choices: By lower-case address and subscription id.
        opted_out: Addresses that unsubscribed from everything, and since when.
    """

    definitions: list[Json] = field(
        default_factory=lambda: [
            subscription(8_472_915, "Newsletter", "Marketing"),
            subscription(8_472_916, "One to One", "Sales"),
            subscription(8_472_917, "Customer Service Communication", "Customer Service"),
        ]
    )
    choices: dict[tuple[str, str], Choice] = field(default_factory=dict)
    opted_out: dict[str, int] = field(default_factory=dict)

    def definition(self, number: str) -> Json | None:
        """Return one subscription type."""
        return next((one for one in self.definitions if one["id"] == number), None)

    def status(self, email: str, number: str) -> Choice:
        """Return what holds for an address: unsubscribing from everything beats each choice before it."""
        known = self.choices.get((email.lower(), number), Choice(UNSET, 0))
        since = self.opted_out.get(email.lower())
        return known if since is None else Choice(UNSUBSCRIBED, since, known.basis, known.explanation)

    def choose(self, email: str, number: str, choice: Choice) -> None:
        """Set one choice; who subscribes again is no longer opted out of everything."""
        email = email.lower()
        if choice.status == SUBSCRIBED and (since := self.opted_out.pop(email, None)) is not None:
            self._spell_out(email, since)
        self.choices[email, number] = choice

    def opt_out(self, email: str, now: int) -> None:
        """Unsubscribe an address from everything."""
        self.opted_out[email.lower()] = now

    def forget(self, email: str) -> None:
        """Drop what is known of an address."""
        self.opted_out.pop(email.lower(), None)
        self.choices = {key: kept for key, kept in self.choices.items() if key[0] != email.lower()}

    def _spell_out(self, email: str, since: int) -> None:
        """Leave every other subscription unsubscribed when one of them is taken up again."""
        for one in self.definitions:
            known = self.choices.get((email, one["id"]))
            basis, words = (known.basis, known.explanation) if known else (None, None)
            self.choices[email, one["id"]] = Choice(UNSUBSCRIBED, since, basis, words)
