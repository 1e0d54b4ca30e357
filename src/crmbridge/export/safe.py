"""Cells that no spreadsheet computes. Pure."""

from __future__ import annotations

import re
from typing import Final

TRIGGERS: Final = "=+\\-@＝＋－＠﹦﹢﹣﹫"  # noqa: RUF001 - wide and small forms are computed as well
"""How a formula begins, for a character class (https://owasp.org/www-community/attacks/CSV_Injection)."""

_BLANKS: Final = r"\"\s\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff"
_ENDS: Final = r";\t\r\n"
_END: Final = re.compile(f"[{_ENDS}]")
_NUMBER: Final = re.compile(r"-[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?")
_FORMULA: Final = re.compile(rf"(\A(?=[\t\r\n])|(?:\A|[{_ENDS}])(?=[{_BLANKS}]*[{TRIGGERS}]))")


def safe(text: str) -> str:
    """Put an apostrophe before all that a spreadsheet would take for a formula; a plain number as -5 stays.

    Blanks before the sign do not help a formula through, nor does a place behind a semicolon, a tab or a line break:
    there a spreadsheet that parts cells at semicolons or tabs, as German ones do, begins another cell.
    """
    if text[:1].isalnum() and not _END.search(text):
        return text  # nearly all of them: an export has millions of cells
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub(r"\1'", text)
