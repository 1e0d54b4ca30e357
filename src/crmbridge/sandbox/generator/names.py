"""Pools of names and places, drawn once from Faker: it is too slow to ask it for every record."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from crmbridge.errors import FixConfig

LOCALES = {"de": "de_DE", "en": "en_GB"}
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
# Ranges that the regulators keep free for fiction, so that no generated number rings anywhere:
# Bundesnetzagentur, "Rufnummern für Film und Fernsehen"; Ofcom, "Telephone numbers for use in TV and radio drama".
_PHONES = {"de": ("+49 30 23125", "+49 69 90009", "+49 40 66969", "+49 89 99998"), "en": ("+44 20 7946 0",)}


@dataclass(frozen=True, slots=True)
class Pool:
    """Names of one language."""

    men: tuple[str, ...]
    women: tuple[str, ...]
    last: tuple[str, ...]
    cities: tuple[str, ...]
    streets: tuple[str, ...]


def make_pools(seed: int, languages: tuple[str, ...]) -> dict[str, Pool]:
    """Draw the pools of each language.

    Raises:
        FixConfig: Faker is missing, or a language is not offered.
    """
    if not languages or (unknown := set(languages) - LOCALES.keys()):
        raise FixConfig(
            f"the sandbox speaks {', '.join(LOCALES)}: not {', '.join(sorted(unknown if languages else ()))}"
        )
    try:
        from faker import Faker
    except ImportError:
        raise FixConfig('generating a portal needs Faker: pip install "crmbridge[sandbox]"') from None
    pools = {}
    for language in dict.fromkeys(languages):
        fake = Faker(LOCALES[language], use_weighting=False)
        fake.seed_instance(seed)
        pools[language] = Pool(
            _draw(fake.first_name_male, 70),
            _draw(fake.first_name_female, 70),
            _draw(fake.last_name, 260),
            _draw(fake.city_name if language == "de" else fake.city, 60),
            _draw(fake.street_name, 80),
        )
    return pools


def slug(text: str) -> str:
    """Fold a text to what stands in a domain or an address: ``Müller & Söhne`` becomes ``mueller-soehne``."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_FOLDED)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def phone(dice: random.Random, language: str) -> str:
    """Return a phone number that belongs to nobody."""
    return f"{dice.choice(_PHONES[language])}{dice.randrange(1000):03d}"


def _draw(make: Callable[[], str], number: int) -> tuple[str, ...]:
    """Return distinct names, in the order in which they came."""
    return tuple(dict.fromkeys(make() for _ in range(number)))
