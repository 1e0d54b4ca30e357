"""The object types that the sandbox serves, and what the platform treats differently about each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One object type.

    Attributes:
        name: Plural name used in paths, e.g. ``contacts``.
        singular: Name used in association type names, e.g. ``contact``.
        type_id: The platform's id, e.g. ``0-1``.
        created: Property that holds the creation time.
        modified: Property that holds the time of the last write.
        always: Properties returned even when not asked for.
        default: Properties returned when the caller names none.
        required: Groups of properties of which at least one must be set on create.
        query: Properties that the free-text ``query`` of a search looks at.
        unfilterable: Properties that a search filter must not name.
        others: More names by which a path may call it.
    """

    name: str
    singular: str
    type_id: str
    created: str
    modified: str
    default: tuple[str, ...]
    required: tuple[tuple[str, ...], ...] = ()
    query: tuple[str, ...] = ()
    unfilterable: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()

    @property
    def aliases(self) -> tuple[str, ...]:
        """Return every name by which a path may call it."""
        return self.name, self.singular, self.type_id, *self.others

    @property
    def custom(self) -> bool:
        """Tell whether the account defined it."""
        return self.type_id.startswith("2-")

    @property
    def always(self) -> tuple[str, str, str]:
        """Return the three properties that every reply carries."""
        return self.created, "hs_object_id", self.modified


def _engagement(name: str, singular: str, type_id: str, *required: tuple[str, ...]) -> Kind:
    banned = {"hs_body_preview_html"} | ({"hs_email_html", "hs_body_preview"} if name == "emails" else set())
    return Kind(
        name,
        singular,
        type_id,
        "hs_createdate",
        "hs_lastmodifieddate",
        (),
        (("hs_timestamp",), *required),
        unfilterable=frozenset(banned),
    )


def _plain(
    name: str, singular: str, type_id: str, created: str, default: tuple[str, ...], *required: tuple[str, ...]
) -> Kind:
    return Kind(name, singular, type_id, created, "hs_lastmodifieddate", default, required, default[:1])


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "contacts",
            "contact",
            "0-1",
            "createdate",
            "lastmodifieddate",
            ("firstname", "lastname", "email"),
            query=(
                "firstname",
                "lastname",
                "email",
                "phone",
                "hs_additional_emails",
                "fax",
                "mobilephone",
                "company",
            ),
        ),
        Kind(
            "companies",
            "company",
            "0-2",
            "createdate",
            "hs_lastmodifieddate",
            ("name", "domain"),
            (("name", "domain"),),
            ("website", "phone", "name", "domain"),
        ),
        Kind(
            "deals",
            "deal",
            "0-3",
            "createdate",
            "hs_lastmodifieddate",
            ("dealname", "amount", "closedate", "pipeline", "dealstage"),
            (("dealname",), ("dealstage",)),
            ("dealname", "pipeline", "dealstage", "description", "dealtype"),
        ),
        _engagement("emails", "email", "0-49", ("hs_email_direction",)),
        _engagement("meetings", "meeting", "0-47"),
        _engagement("calls", "call", "0-48"),
        _engagement("notes", "note", "0-46"),
        _engagement("tasks", "task", "0-27"),
        _engagement("communications", "communication", "0-18", ("hs_communication_channel_type",)),
        _engagement("postal_mail", "postal_mail", "0-116"),
        _plain(
            "tickets",
            "ticket",
            "0-5",
            "createdate",
            ("subject", "content", "hs_pipeline", "hs_pipeline_stage"),
            ("subject",),
            ("hs_pipeline_stage",),
        ),
        _plain("products", "product", "0-7", "createdate", ("name", "description", "price"), ("name",)),
        _plain("line_items", "line_item", "0-8", "createdate", ("name", "quantity", "amount", "price")),
        _plain(
            "feedback_submissions",
            "feedback_submission",
            "0-19",
            "hs_createdate",
            ("hs_survey_name", "hs_survey_type", "hs_value"),
        ),
    )
}
ENGAGEMENTS = ("emails", "meetings", "calls", "notes", "tasks", "communications", "postal_mail")
_BY_ALIAS = {alias: kind for kind in KINDS.values() for alias in kind.aliases}


def find_kind(alias: str) -> Kind | None:
    """Return the object type that every account has, by plural name, singular name or type id."""
    return _BY_ALIAS.get(alias.lower())


def custom_kind(number: int, portal_id: int, name: str, singular: str, required: Iterable[str], main: str) -> Kind:
    """Make the object type of a custom object.

    Args:
        number: The ``N`` of its type id ``2-N``.
        portal_id: The account's number, part of its fully qualified name.
        name: Plural name used in paths.
        singular: Name used in association type names.
        required: Properties that must be set on create.
        main: The property that names a record.
    """
    full = f"p{portal_id}_{name}"
    return Kind(
        name,
        singular,
        f"2-{number}",
        "hs_createdate",
        "hs_lastmodifieddate",
        (main,),
        tuple((one,) for one in required),
        (main,),
        others=(full, f"p_{name}"),
    )
