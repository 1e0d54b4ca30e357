"""What a record says, as plain text: without markup, quoted messages, signatures and disclaimers. Pure.

Every step is linear in the length of the text, and none fails on any text.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from html import unescape
from itertools import pairwise
from typing import Final

LONGEST: Final = 8_000
"""Characters of a plain text; what comes behind them is left out."""

_LONGEST_BODY: Final = 200_000
"""Characters of a body that are read: markup can be many times as long as what it shows."""

_MARKUP: Final = re.compile(r"<(/?)([a-z][a-z0-9]*)(?=[\s/>])[^<>]*>|<!--|-->", re.IGNORECASE)
_HIDDEN: Final = frozenset({"style", "script", "head", "title", "template", "blockquote"})
"""Elements whose text is not what the record says; ``blockquote`` holds what somebody else wrote before."""
_BLOCKS: Final = frozenset(
    [
        "br",
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "tr",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "section",
        "article",
        "pre",
    ]
)
_CELLS: Final = frozenset({"td", "th", "img"})
_ENDLESS: Final = re.compile(r"&#x?[0-9a-f]{8,};?", re.IGNORECASE)
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)
"""Control characters, marks of writing direction, zero-width characters, halves of surrogate pairs."""

_LINE_MOST: Final = 400
"""A line longer than this is no header, no greeting and no disclaimer's beginning."""

_WROTE: Final = re.compile(
    r"^(?:on|am|le|op|el|il)\b(?=\D*\d).*\b(?:wrote|schrieb|geschrieben|écrit|schreef|escribió|scritto)\b[^:]*:$"
    r"|\d{4}\b[^<]*<[^<>\s@]+@[^<>\s@]+>\s?:$",
    re.IGNORECASE,
)
_ORIGINAL: Final = re.compile(
    r"[-_*\s]{2,}(?:original message|forwarded message|ursprüngliche nachricht|originalnachricht|urspr\. nachricht"
    r"|weitergeleitete nachricht|original[- ]?nachricht|message d.origine|message original|message transféré"
    r"|oorspronkelijk bericht|doorgestuurd bericht|mensaje original|mensaje reenviado|messaggio originale"
    r"|messaggio inoltrato)[-_*\s]{2,}"
    r"|(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message réexpédié"
    r"|begin doorgestuurd bericht|inicio del mensaje reenviado|inizio messaggio inoltrato)\s*:",
    re.IGNORECASE,
)
_FROM: Final = re.compile(r"[*\s]*(?:from|von|de|van|da)\s*:", re.IGNORECASE)
_SENT: Final = re.compile(
    r"[*\s]*(?:sent|date|to|subject|gesendet|datum|an|betreff|envoyé|à|objet|verzonden|aan|onderwerp|enviado|fecha"
    r"|para|asunto|inviato|data|a|oggetto)\s*:",
    re.IGNORECASE,
)
_HEADER_LINES: Final = 4
"""So many lines below a sender stand the date, the addressee or the subject of a quoted message."""

_GREETING: Final = re.compile(
    r"(?:(?:mit )?(?:freundliche[nm]?|besten?|viele[n]?|liebe[n]?|herzliche[n]?|schöne[n]?|sonnige[n]?)"
    r" gr(?:ü|ue)(?:ß|ss)e?n?"
    r"|gr(?:ü|ue)(?:ß|ss)e?|gru(?:ß|ss)|mfg|vg|lg|hochachtungsvoll|(?:with )?(?:best|kind|kindest|warm|warmest|many)?"
    r" ?regards|best wishes|all the best|(?:yours )?(?:sincerely|faithfully|truly)|cheers|(?:bien )?cordialement"
    r"|(?:meilleures |sincères )?salutations|met (?:vriendelijke|hartelijke) groete?n?|hartelijke groete?n?|mvg"
    r"|(?:un |cordiales )?saludos?(?: cordial(?:es)?)?|atentamente|(?:cordiali|distinti) saluti|cordialmente"
    r"|sent from my \w+|von meinem \w+ gesendet|envoyé de mon \w+)(?![\w:])[^.!?:]{0,30}[.!]?",
    re.IGNORECASE,
)
_DISCLAIMER: Final = re.compile(
    r"(?:confidentiality notice|disclaimer|(?:the (?:information|content)s? (?:contained )?(?:in|of) )?this"
    r" (?:e-?mail|message)\b.{0,120}(?:confidential|intended (?:only|solely)|privileged)"
    r"|(?:der inhalt |die informationen in )?diese[rs]? (?:e-?mail|nachricht)\b.{0,120}(?:vertraulich|bestimmt)"
    r"|ce (?:message|courriel|mail)\b.{0,120}confidentiel|dit (?:e-?mail)?bericht\b.{0,120}vertrouwelijk"
    r"|este (?:mensaje|correo)\b.{0,120}confidencial|questo messaggio\b.{0,120}(?:riservat|confidenzial))",
    re.IGNORECASE,
)
_WARNING: Final = re.compile(
    r"\W{0,4}(?:caution|achtung|warning|external|extern)\W.{0,80}(?:originated|outside|external|extern)", re.IGNORECASE
)


def plain(body: str) -> str:
    """The text of a note, a call or a message: what its author wrote there, without anything else.

    Left out are markup, messages that it answers or forwards (German, English, French, Dutch, Spanish, Italian mail
    programs), the signature and all behind it, disclaimers. At most ``LONGEST`` characters; empty if nothing is left.
    """
    text = _without_markup(body[:_LONGEST_BODY])
    if "&" in text:
        text = unescape(_ENDLESS.sub("", text))
    lines = [" ".join(line.split()) for line in _INVISIBLE.sub("", text).splitlines()]
    kept = "\n".join(_own(lines)).strip()[:LONGEST]
    return unicodedata.normalize("NFC", kept).strip()


def digest(text: str) -> str:
    """Sixteen hexadecimal digits of a plain text: equal texts, equal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _without_markup(body: str) -> str:
    """The shown text. Ends of lines count only in a body that has no elements which make lines."""
    if "<" not in body:
        return body
    marks = list(_MARKUP.finditer(body))
    wraps = any((mark[2] or "").lower() in _BLOCKS for mark in marks)
    parts: list[str] = []
    hidden: list[str] = []
    at = 0
    for mark in marks:
        if not hidden:
            parts.append(_inline(body[at : mark.start()], wraps=wraps))
        at = mark.end()
        name = "!" if mark[2] is None else mark[2].lower()
        if name == "!" or name in _HIDDEN:
            _hide(hidden, name, closes=mark[0] == "-->" or bool(mark[1]))
        if not hidden:
            parts.append("\n" if name in _BLOCKS or name in _HIDDEN else " " if name in _CELLS else "")
    if not hidden:
        parts.append(_inline(body[at:], wraps=wraps))
    return "".join(parts)


def _inline(text: str, *, wraps: bool) -> str:
    return text.replace("\r", " ").replace("\n", " ") if wraps else text


def _hide(hidden: list[str], name: str, *, closes: bool) -> None:
    """Keep count of the hidden elements that are open; only an element of the same name closes the innermost."""
    if not closes:
        if not hidden or hidden[-1] == name == "blockquote":
            hidden.append(name)
    elif hidden and hidden[-1] == name:
        hidden.pop()


def _own(lines: list[str]) -> list[str]:
    """The lines up to the first that begins a quoted message, a signature or a disclaimer; no quoted lines."""
    kept: list[str] = []
    length = 0
    for number, line in enumerate(lines):
        if length > LONGEST:
            break
        if not line:
            kept += [""] if kept and kept[-1] else []
            continue
        if len(line) <= _LINE_MOST:
            if _ends(line) or _heads(lines, number):
                break
            if line.startswith(">") or _WARNING.match(line) or _wrote(lines, number):
                if _answered_above(lines, number):
                    break
                continue
        kept.append(line)
        length += len(line) + 1
    return kept


def _ends(line: str) -> bool:
    """True if nothing of the author's own comes behind this line."""
    if line in ("--", "—"):
        return True
    return bool(_GREETING.fullmatch(line) or _DISCLAIMER.match(line) or _ORIGINAL.match(line))


def _heads(lines: list[str], number: int) -> bool:
    """True for the sender's line of a quoted message: with its date, addressee or subject right below."""
    if not _FROM.match(lines[number]):
        return False
    below = [line for line in lines[number + 1 : number + 1 + 2 * _HEADER_LINES] if line][:_HEADER_LINES]
    return sum(1 for line in below if _SENT.match(line[:40])) >= 2  # noqa: PLR2004 - one alone may be a list of ours


def _wrote(lines: list[str], number: int) -> bool:
    """True for "On … wrote:", on one line or on two; then also for the second of the two."""
    if not any(line.endswith(":") for line in lines[number : number + 2]):
        return False
    if _introduces(lines[number]):
        return True
    around = lines[max(number - 1, 0) : number + 2]
    return any(
        _introduces(f"{first} {second}") and not _introduces(second)
        for first, second in pairwise(around)
        if first and second
    )


def _introduces(line: str) -> bool:
    return line.endswith(":") and len(line) <= _LINE_MOST and _WROTE.search(line) is not None


def _answered_above(lines: list[str], number: int) -> bool:
    """True if the message below "On … wrote:" is not marked as a quotation: then all the rest is one."""
    if lines[number].startswith(">") or _WARNING.match(lines[number]):
        return False
    following = next((line for line in lines[number + 1 : number + 5] if line and not line.endswith(":")), "")
    return not following.startswith(">")
