"""The object types that the sandbox serves, and what the platform treats differently about each."""

from __future__ import annotations

from dataclasses import dataclass

from crmbridge.sandbox.envelope import validation


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
    )
}
ENGAGEMENTS = ("emails", "meetings", "calls", "notes", "tasks")
_BY_ALIAS = {alias: kind for kind in KINDS.values() for alias in (kind.name, kind.singular, kind.type_id)}


def find_kind(alias: str) -> Kind | None:
    """Return the object type with this plural name, singular name or type id."""
    return _BY_ALIAS.get(alias.lower())


def kind_of(alias: str) -> Kind:
    """Return the object type of this name.

    Raises:
        ApiError: 400 when there is none.
    """
    kind = find_kind(alias)
    if kind is None:
        raise validation(f"Unable to infer object type from: {alias}")
    return kind
