"""Every block of the guide to testing is a file of one plugin's tests, and these pass."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

GUIDE = Path(__file__).parents[3] / "docs/plugins/testing.md"
BLOCK = re.compile(r"^<!-- file: (\S+) -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_guide_to_testing_runs(tmp_path: Path) -> None:
    blocks = dict(BLOCK.findall(GUIDE.read_text("utf-8")))
    assert GUIDE.read_text("utf-8").count("```python") == len(blocks)
    for name, text in blocks.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout
