"""What is read from HubSpot."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge.connectors.hubspot import history, links, paths, reading, searching
from crmbridge.connectors.hubspot.fields import FIELDS, FIXED, reading_of
from crmbridge.connectors.hubspot.kinds import PLURALS
from crmbridge.connectors.hubspot.version import API_VERSION
from docpages.writing import page, table


def hubspot_page() -> str:
    """What is read from HubSpot: objects, properties, calls."""
    return page(
        "HubSpot",
        "What crmbridge reads from HubSpot. Of an object it asks for the properties in this table, for those that "
        "plugins name in `register_inputs`, and for no others. A field whose properties are empty, or hold what cannot "
        "be read, keeps its default.",
        table(("object", "on HubSpot", "field", "filled from"), _hubspot_rows()),
        "Bodies of e-mails, notes and calls fill no field: a plugin that needs one names its property, and finds it in "
        "`properties`. HubSpot names no address of those who attend a meeting: they are the contacts linked to it. "
        "A message or a letter that somebody logged counts as ours, since HubSpot does not say which way it went.",
        "An object that the account defined is read under a name of your choice, here `custom.machine`, and needs the "
        "scope `crm.objects.custom.read`:",
        '```toml\n[connections.main]\nconnector = "hubspot"\ntoken = "env:HUBSPOT_TOKEN"\n'
        'custom_objects = { machine = "2-1234567" }\n```',
        "## Calls",
        f"In version `{API_VERSION}` of the API. *Budget*: lists and batches share the calls in any 10 seconds, "
        "searches have calls in each second of their own.",
        table(("to read", "call", "most at once", "budget"), _hubspot_calls()),
        f"A list whose properties make a query longer than {reading.QUERY_LIMIT:,} characters, and a search whose body "
        f"would pass {searching.BODY_LIMIT:,}, ask for ids only; the records then come by batch read.",
    )


def _hubspot_rows() -> Iterator[tuple[str, str, str, str]]:
    for name in (*FIELDS, "custom.NAME"):
        asked = reading_of(name)
        kind = f"`{PLURALS[name]}`" if name in PLURALS else "its type id"
        yield from (
            (f"`{name}`", kind, f"`{field}`", ", ".join(f"`{one}`" for one in found))
            for field, found in sorted(
                [(field, (prop,)) for field, _, prop in asked.single]
                + [(field, properties) for field, _, properties in asked.joined]
            )
        )
        for field, value in FIXED.get(name, {}).items():
            yield f"`{name}`", kind, f"`{field}`", f"always `{value}`"


def _hubspot_calls() -> Iterator[tuple[object, ...]]:
    objects, batch = paths.objects("contact"), paths.objects("contact", "batch/read")
    search, pairs = paths.objects("contact", "search"), paths.associations("deal", "contact")
    shared, own = "shared", "searches"
    yield "all records, upwards", f"`GET {objects}`", f"{reading.LIST_LIMIT} records", shared
    yield "all records, downwards", f"`POST {search}`", f"{searching.SEARCH_LIMIT} records", own
    yield "what was modified", f"`POST {search}`", f"{searching.SEARCH_LIMIT} ids", own
    yield "records by id", f"`POST {batch}`", f"{reading.READ_LIMIT} records", shared
    yield "who set values", f"`POST {batch}`", f"{history.HISTORY_LIMIT} records", shared
    yield "archived records", f"`GET {objects}?archived=true`", f"{reading.LIST_LIMIT} ids", shared
    yield "what became of a record", f"`POST {batch}?archived=true`", f"{reading.READ_LIMIT} ids", shared
    yield "merged or deleted", f"`GET {objects}/ID`", "1 record", shared
    yield "links", f"`POST {pairs}`", f"{links.BATCH_LIMIT:,} records", shared
    yield "owners and teams", f"`GET {paths.OWNERS}`", f"{reading.LIST_LIMIT} owners", shared
    yield "pipelines", f"`GET {paths.pipelines('deal')}`, `GET {paths.pipelines('ticket')}`", "all", shared
