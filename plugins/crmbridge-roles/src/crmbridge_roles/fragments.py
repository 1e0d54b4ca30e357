"""Judge one fragment of a title: what its words say about rank and department."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, get_args

from crmbridge_roles.lexicon import Hit, Language, departments, heads, kinds
from crmbridge_roles.text import fold

Seniority = Literal["management", "director", "lead", "senior", "professional", "junior"]
Kind = Literal["signatory", "representative", "assistant"]

SENIORITIES: Final[tuple[Seniority, ...]] = tuple(reversed(get_args(Seniority)))
"""From junior to management."""

BOSSES: Final = ("management", "director")
MODIFIERS: Final = ("senior", "junior", "deputy")
FORMER: Final = "former"
"""What a word says that puts a job into the past."""

_RANKS: Final[tuple[Seniority, ...]] = ("junior", "management", "director", "lead", "senior")
"""In the order in which they decide: a junior manager is junior, a senior director is a director."""

_BELOW: Final[dict[Seniority, Seniority]] = {"director": "lead", "lead": "senior"}
"""What a deputy is. A deputy managing director is one in law: https://www.gesetze-im-internet.de/gmbhg/__44.html"""

_COMPLEMENT: Final = re.compile(
    r"(?:^| )(?:of|to|for|with|within|der|des|die|den|dem|fuer|von|vom|zur|zum|im|in|am|an|mit"
    r"|de|du|d|aux|au|aupres|pour|van|voor|bij|aan|del|para|al|di|dei|della|dell|delle|degli|alla|all|per) "
)
_POSSESSIVE: Final = re.compile(r" s (?=[a-z])")


@dataclass(frozen=True)
class Fragment:
    """One fragment of a title, as written; what it says is found on first use."""

    text: str
    language: Language | None = None

    @cached_property
    def folded(self) -> str:
        """The text in plain letters."""
        return fold(self.text)

    @cached_property
    def _heads(self) -> list[Hit[str]]:
        return heads(self.language).find(self.folded)

    @cached_property
    def hits(self) -> list[Hit[str]]:
        """Words that say what somebody is, whoever that is."""
        return [hit for hit in self._heads if hit.value not in ("neutral", FORMER)]

    @property
    def is_former(self) -> bool:
        """True if the fragment says that the job, its own or the one before, is over."""
        return any(hit.value == FORMER for hit in self._heads)

    @cached_property
    def front(self) -> list[Hit[str]]:
        """Those about the person: not those about whom or what it works for."""
        cut, owner = _COMPLEMENT.search(self.folded), _POSSESSIVE.search(self.folded)
        hits = [hit for hit in self.hits if not owner or hit.start > owner.start()]
        front = [hit for hit in hits if not cut or hit.start <= cut.start()] or hits
        aide = next((index for index, hit in enumerate(front) if hit.value == "aide"), len(front))
        return front[: aide + 1]

    @cached_property
    def is_job(self) -> bool:
        """True if the fragment names a job, not only a rank of one or a department."""
        return any(hit.value not in MODIFIERS for hit in self.hits)

    @cached_property
    def guard(self) -> Hit[str] | None:
        """The word that makes the person somebody's assistant or secretary."""
        return next((hit for hit in self.front if hit.value in ("assistant", "secretary")), None)

    @cached_property
    def kind(self) -> Kind | None:
        """What has title weights of its own, assistants apart."""
        found = {hit.value for hit in kinds(self.language).find(self.folded)}
        return "signatory" if "signatory" in found else "representative" if "representative" in found else None

    @cached_property
    def department(self) -> tuple[int, str] | None:
        """The tier and name of the department: the highest tier counts, then the place in the phrase.

        German says it after the job ("Leiter Einkauf IT"), each word with its meaning last; English says it before
        the job, or last after "of".
        """
        found = [hit for hit in departments(self.language).find(self.folded) if hit.value[1]]
        best = max((hit.value[0] for hit in found), default=0)
        hits = [hit for hit in found if hit.value[0] == best]
        if hits and " of " not in self.folded and self.hits and self.hits[0].end <= hits[0].start:
            word_end = f"{self.folded} ".index(" ", hits[0].end - 1)
            hits = [hit for hit in hits if hit.start < word_end]
        return hits[-1].value if hits else None


def rank(hits: list[Hit[str]]) -> Seniority | None:
    """The rank that hits state together; a deputy stands one below."""
    values = {hit.value for hit in hits}
    stated = next((rank for rank in _RANKS if rank in values), None)
    return _BELOW.get(stated, stated) if stated and "deputy" in values else stated
