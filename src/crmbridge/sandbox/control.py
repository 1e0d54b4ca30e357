"""What a test or a benchmark may do to a portal that is served in another process: one document, one answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crmbridge.errors import FixRequest, RecordMissing
from crmbridge.sandbox.editor import Editor
from crmbridge.sandbox.merging import merge
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.privacy import forget

Json = dict[str, Any]


class Control:
    """The acts of a control channel, by their names.

    Args:
        portal: What they act on.
    """

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._editor: Editor | None = None
        self._acts: dict[str, Callable[..., Json | None]] = {
            "edit": portal.edit,
            "add": lambda **given: {"id": portal.add(**given)},
            "archive": portal.archive,
            "restore": portal.restore,
            "touch": portal.touch,
            "link": portal.link,
            "unlink": portal.unlink,
            "merge": self._merge,
            "forget": self._forget,
            "fault": portal.faults.named,
            "clear_faults": portal.faults.clear,
            "counts": self._counts,
            "start_editing": self._start_editing,
            "stop_editing": self._stop_editing,
        }

    def act(self, wanted: Json) -> Json:
        """Do what a document asks for under ``do`` (without it, ``edit``) with its other fields as arguments.

        Raises:
            FixRequest: There is no such act, or it takes other arguments.
            RecordMissing: There is no such record.
        """
        name = wanted.pop("do", "edit")
        if name not in self._acts:
            raise FixRequest(f"the sandbox knows no act {name!r}: use one of {', '.join(sorted(self._acts))}")
        try:
            return self._acts[name](**wanted) or {}
        except TypeError:
            raise FixRequest(f"the act {name} does not take {', '.join(sorted(wanted))}") from None

    def close(self) -> None:
        """Stop what runs in the background."""
        if self._editor is not None:
            self._editor.stop()
            self._editor = None

    def _merge(self, name: str, record_id: str, other_id: str, *, new_id: bool = False) -> Json:
        return {"id": merge(self._portal, name, record_id, other_id, new_id=new_id)}

    def _forget(self, name: str, record_id: str) -> None:
        with self._portal.lock:
            kind = self._portal.kind(name)
            record = self._portal.find(kind, record_id) if kind else None
            if kind is None or record is None:
                raise RecordMissing(f"the sandbox has no {name} {record_id}")
            forget(self._portal, kind, record)

    def _counts(self) -> Json:
        portal = self._portal
        records, links = portal.truth_counts()
        return {
            "calls": {" ".join(call): number for call, number in sorted(portal.calls.mark().items())},
            "refused": portal.limits.refused,
            "busiest": portal.calls.busiest,
            "records": records,
            "links": {f"{one} > {other}": number for (one, other), number in links.items()},
        }

    def _start_editing(self, per_second: float, seed: int = 0) -> None:
        self.close()
        self._editor = Editor(self._portal, per_second, seed)
        self._editor.start()

    def _stop_editing(self) -> Json:
        done = self._editor.stop() if self._editor else []
        self._editor = None
        return {"done": done}
