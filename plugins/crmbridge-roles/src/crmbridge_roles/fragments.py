"""Judge one fragment of a title: what its words say about rank and department."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, get_args

from crmbridge_roles.lexicon import Hit, departments, heads, kinds
from crmbridge_roles.text import fold

Seniority = Literal["management", "director", "lead", "senior", "professional", "junior"]
Kind = Literal["signatory", "representative", "assistant"]

SENIORITIES: Final[tuple[Seniority, ...]] = tuple(reversed(get_args(Seniority)))
"""From junior to management."""

BOSSES: Final = ("management", "director")
MODIFIERS: Final = ("senior", "junior", "deputy")

_RANKS: Final[tuple[Seniority, ...]] = ("junior", "management", "director", "lead", "senior")
"""In the order in which they decide: a junior manager is junior, a senior director is a director."""

_BELOW: Final[dict[Seniority, Seniority]] = {"director": "lead", "lead": "senior"}
"""What a deputy is. A deputy managing director is one in law: https://www.gesetze-im-internet.de/gmbhg/__44.html"""

_COMPLEMENT: Final = re.compile(
    r"(?:^| )(?:of|to|for|with|within|der|des|die|den|dem|fuer|von|vom|zur|zum|im|in|am|an|mit) "
)


@dataclass(frozen=True)
class Fragment:
    """One fragment of a title, as written; what it says is found on first use."""

    text: str

    @cached_property
    def folded(self) -> str:
        """The text in plain letters."""
        return fold(self.text)

    @cached_property
    def hits(self) -> list[Hit[str]]:
        """Words that say what somebody is, whoever that is."""
        return [hit for hit in heads().find(self.folded) if hit.value != "neutral"]

    @cached_property
    def front(self) -> list[Hit[str]]:
        """Those about the person: not those about whom or what it works for."""
        cut = _COMPLEMENT.search(self.folded)
        front = [hit for hit in self.hits if not cut or hit.start <= cut.start()] or self.hits
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
        found = {hit.value for hit in kinds().find(self.folded)}
        return "signatory" if "signatory" in found else "representative" if "representative" in found else None

    @cached_property
    def department(self) -> tuple[int, str] | None:
        """The tier and name of the department: the highest tier counts, then the place in the phrase.

        German says it after the job ("Leiter Einkauf IT"), each word with its meaning last; English says it before
        the job, or last after "of".
        """
        found = [hit for hit in departments().find(self.folded) if hit.value[1]]
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
