"""The buying center in a few lines of text, English or German, for a text field of the CRM. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from crmbridge.model.centers import BuyingCenter, Member
from crmbridge.model.evidence import ROLE_LABELS, ROLES, Role

Language = Literal["en", "de"]

LONGEST: Final = 2000
"""Characters; the last line says how many members are left out."""

_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {"external": "external", "none": "no role known", "missing": "Missing", "nothing": "none", "more": "more"},
    "de": {
        "external": "extern",
        "none": "keine Rolle bekannt",
        "missing": "Fehlt",
        "nothing": "nichts",
        "more": "weitere",
    },
}


def summary(center: BuyingCenter, language: Language) -> str:
    """Members with their roles, those with the surest role first, then the roles that are missing.

    Confidence is given to the nearest 0.05, so that ageing evidence rarely rewrites the text.
    """
    words = _WORDS[language]
    missing = ", ".join(_role(role, language) for role in center.missing_roles) or words["nothing"]
    last = f"{words['missing']}: {missing}"
    lines = [_line(member, language) for member in sorted(center.members, key=_rank)]
    kept = _fitting(lines, LONGEST - len(last) - 30)
    more = [f"… {len(lines) - len(kept)} {words['more']}"] if len(kept) < len(lines) else []
    return "\n".join((*kept, *more, last))


def _line(member: Member, language: Language) -> str:
    words = _WORDS[language]
    roles = ", ".join(
        f"{_role(role, language)} ({round(member.confidence(role) * 20) / 20:.2f})"
        for role in ROLES
        if member.plays(role)
    )
    who = f"{member.name} ({words['external']})" if member.is_external else member.name
    return f"{' '.join(who.split())}: {roles or words['none']}"


def _rank(member: Member) -> tuple[float, str]:
    surest = max((round(member.confidence(role) * 20) for role in ROLES if member.plays(role)), default=0)
    return -surest, member.id


def _fitting(lines: list[str], room: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def _role(role: Role, language: Language) -> str:
    return ROLE_LABELS[role] if language == "de" else role
