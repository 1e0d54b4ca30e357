"""``crmbridge consent``: who may be contacted how, and why not."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmbridge.cli.exitcodes import worst
from crmbridge.cli.opening import check_output, one_bridge, plugin_codes
from crmbridge.cli.options import Judging, spread
from crmbridge.cli.screen import Screen, emit
from crmbridge.model.consent import Channel, Decision3, Purpose

if TYPE_CHECKING:
    from crmbridge.app.contactable import Answered, ConsentSummary
    from crmbridge.centers.asking import ContactAnswers

OnlyPurpose = Annotated[Purpose | None, typer.Option("--purpose", help="Only answers for this purpose.")]
OnlyChannel = Annotated[Channel | None, typer.Option("--channel", help="Only answers for this channel.")]
OnlyDecision = Annotated[Decision3 | None, typer.Option("--decision", help="Only these answers.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write every answer to this CSV file.")
]
HEADS = ("purpose", "channel", "controller", "answer", "reason", "people")


@spread
def consent(
    options: Judging,
    *,
    purpose: OnlyPurpose = None,
    channel: OnlyChannel = None,
    decision: OnlyDecision = None,
    output: Output = None,
) -> None:
    """Count who may be contacted how, and why not; people in no buying center, too. It is not legal advice."""
    from crmbridge.app.contactable import ConsentSummary, write_csv

    screen = Screen.make(as_json=options.as_json)
    if output is not None:
        check_output(output)

    def wanted(row: Any) -> bool:
        asked = ((purpose, row.purpose), (channel, row.channel), (decision, row.decision))
        return all(value in (None, found) for value, found in asked)

    summary, written = ConsentSummary(), 0
    with one_bridge(options, screen) as bridge:
        rows = (row for row in _lines(bridge.contactable(), summary) if wanted(row))
        written = write_csv(output, rows) if output is not None else sum(1 for _ in rows)
        codes = plugin_codes(bridge)
        document = {"connection": bridge.connection, "as_of": str(bridge.today)}
    counts = [key._asdict() | {"people": count} for key, count in sorted(summary.counts.items()) if wanted(key)]
    if options.as_json:
        file = {"path": os.fspath(output), "rows": written} if output is not None else {}
        emit({**document, **_figures(summary), "counts": counts, **file})
    else:
        _show(screen, summary, counts)
        if output is not None:
            screen.say(f"{os.fspath(output)}: {written:,} answers.")
            screen.note("It holds personal data: keep it to those who need it, and delete it.")
    raise typer.Exit(worst(codes, detailed=options.exit_code))


def _lines(found: Iterable[ContactAnswers], summary: ConsentSummary) -> Iterator[Answered]:
    from crmbridge.app.contactable import lines

    for item in found:
        summary.add(item)
        yield from lines(item)


def _figures(summary: ConsentSummary) -> dict[str, int]:
    return {"contacts": summary.contacts, "opted_out_in_text": summary.opted_out_in_text}


def _show(screen: Screen, summary: ConsentSummary, counts: list[dict[str, Any]]) -> None:
    if counts:
        names = ("purpose", "channel", "controller", "decision", "reason", "people")
        screen.table(HEADS, [[row[name] for name in names] for row in counts])
    screen.say(f"{summary.contacts:,} contacts.")
    if summary.opted_out_in_text:
        screen.note(
            f"{summary.opted_out_in_text:,} of them may have opted out in a note, a call or a message: "
            "read what the evidence names (--output FILE), and record it in the CRM.",
            "yellow",
        )
