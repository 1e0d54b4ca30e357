"""The folder that a demo works in: made new, never somebody else's."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crmbridge.cli.sample import sample
from crmbridge.errors import FixConfig

MARKER: Final = ".crmbridge-demo"
ASSESSMENT: Final = "Everybody in this portal is invented."


@dataclass(frozen=True)
class Folder:
    """A demo's folder and what is in it."""

    path: Path

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.path / "crmbridge.toml"

    def make(self, base_url: str, token: str) -> None:
        """Make the folder anew, with a configuration as for any HubSpot portal; an older demo's gives way.

        Raises:
            FixConfig: There is a folder or file of that name that is not a demo's.
        """
        from crmbridge.plugins import Plugins

        self.remove()
        self.path.mkdir(parents=True, mode=0o700)
        (self.path / MARKER).write_text("Made by `crmbridge demo`, and removed by the next one.\n", encoding="utf-8")
        with os.fdopen(os.open(self.path / "token", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token)
        sections = {
            "privacy": {"processing": "legitimate-interest", "assessment": ASSESSMENT},
            "report": {"path": "report.html"},
        }
        settings = {"token": "file:token", "base_url": base_url, "index_lag_seconds": 1}
        notes = {"index_lag_seconds": "The sandbox's does not: one second is plenty here."}
        text = sample("demo", Plugins.load({}).connectors()["hubspot"], settings, sections, notes)
        self.config.write_text(text, encoding="utf-8")

    def check(self) -> None:
        """See that the folder is a demo's, or empty, or not there.

        Raises:
            FixConfig: It is something else.
        """
        if self.path.is_dir() and not self.path.is_symlink():
            if (self.path / MARKER).is_file() or not any(self.path.iterdir()):
                return
        elif not os.path.lexists(self.path):
            return
        raise FixConfig(f"{self.path} is there already and is no demo's folder: name another with --dir")

    def remove(self) -> None:
        """Remove the folder with all that is in it.

        Raises:
            FixConfig: It is no demo's.
        """
        self.check()
        if self.path.exists():
            shutil.rmtree(self.path)
