"""Somebody who keeps working in the portal while a program syncs it: seeded, and tells what it did."""

from __future__ import annotations

import random
import threading

from crmbridge.sandbox.index import FAR
from crmbridge.sandbox.portal import Portal

KIND = "contacts"


class Editor:
    """Edits, creates and archives contacts in a background thread, until it is stopped.

    Args:
        portal: What it works in.
        per_second: Changes in a second.
        seed: Decides what it does, and to whom.
    """

    def __init__(self, portal: Portal, per_second: float, seed: int = 0) -> None:
        self._portal, self._pause = portal, 1 / per_second
        self._dice = random.Random(f"editor {seed}")  # noqa: S311 - no secret hangs on it
        self._done: list[tuple[str, str]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="crmbridge-editor", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> list[tuple[str, str]]:
        """End, and return what was done: (``edit``, ``create`` or ``archive``, contact id), oldest first."""
        self._ended.set()
        self._thread.join()
        return self._done

    def step(self) -> tuple[str, str]:
        """Make one change and return it."""
        with self._portal.lock:
            number, chance = len(self._done), self._dice.random()
            index = self._portal.index(self._portal.kinds[KIND])
            total = index.slice(0, FAR, 0, 0, down=False)[0]
            found = index.slice(0, FAR, int(self._dice.random() * total), 1, down=False)[1]
            if not found or chance < 0.2:  # noqa: PLR2004 - a share
                done = "create", self._portal.add(KIND, {"firstname": f"New {number}"})
            elif chance < 0.3:  # noqa: PLR2004 - a share
                self._portal.archive(KIND, str(found[0]))
                done = "archive", str(found[0])
            else:
                self._portal.edit(KIND, str(found[0]), {"jobtitle": f"Title {number}"})
                done = "edit", str(found[0])
            self._done.append(done)
            return done

    def _work(self) -> None:
        while not self._ended.wait(self._pause):
            self.step()
