"""The rules that a plugin is held to, as data. Each has a page in ``docs/plugins/quality``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class Tier(IntEnum):
    """How good a plugin is, the lowest first; the number is the rank."""

    BRONZE = 1
    SILVER = 2
    GOLD = 3
    PLATINUM = 4

    @property
    def word(self) -> str:
        """As it is written in outputs and options."""
        return self.name.lower()


class Trait(StrEnum):
    """What a plugin has. A rule holds only for plugins that have all that it is about."""

    JUDGES = "judges"
    PROPOSES = "proposes"
    READS = "reads inputs"
    WRITES = "writes properties"
    SETTINGS = "has settings"
    CONNECTS = "connects"
    REMOTE = "connects over HTTP"
    LISTENS = "receives webhooks"


class Verified(StrEnum):
    """How it is known that a rule holds."""

    READ = "by reading the code"
    PROBED = "by running the plugin"
    WORD = "the author's word"


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        name: As in ``quality.toml``.
        tier: The tier that it belongs to.
        says: What must hold, in one line.
        needs: What a plugin must have for the rule to apply.
        verified: How it is known that it holds; several ways add up.
        firm: True if there is no exemption.
        alone: True if it also holds for a ``bridgefile.py``, which has no package around it.
    """

    name: str
    tier: Tier
    says: str
    needs: frozenset[Trait] = frozenset()
    verified: frozenset[Verified] = frozenset((Verified.READ,))
    firm: bool = False
    alone: bool = False

    @property
    def summary(self) -> str:
        """Two lines about the rule, as its page begins."""
        about = f", for a plugin that {' and '.join(sorted(self.needs))}" if self.needs else ""
        known = " and ".join(sorted(self.verified))
        verified = "" if Verified.WORD in self.verified else "verified "
        return f"**{self.tier.word}**{about}; {verified}{known}.\n{self.says}"


def _rules(tier: Tier, *rules: tuple[str, str, tuple[Trait, ...], tuple[Verified, ...], str]) -> tuple[Rule, ...]:
    return tuple(
        Rule(name, tier, says, frozenset(needs), frozenset(verified), firm="firm" in marks, alone="alone" in marks)
        for name, says, needs, verified, marks in rules
    )


_READ: Final = (Verified.READ,)
_PROBED: Final = (Verified.PROBED,)
_WORD: Final = (Verified.WORD,)
_BOTH: Final = (Verified.READ, Verified.PROBED)
_T: Final = Trait

RULES: Final = (
    *_rules(
        Tier.BRONZE,
        ("entry-point", "One entry point in the group crmbridge leads to a package of its own.", (), _READ, "firm"),
        ("hooks-declare-range", "The package depends on crmbridge>=X,<Y.", (), _READ, "firm"),
        ("common-modules", "__init__.py holds hooks only, at most 60 lines; settings.py the settings.", (), _READ, ""),
        ("public-names", "Of crmbridge only public names are imported.", (), _READ, "firm alone"),
        ("settings-model", "Unknown keys are refused, secrets are SecretStr.", (_T.SETTINGS,), _READ, "firm alone"),
        ("pure", "Judging reads no clock, file, network, environment or chance.", (_T.JUDGES,), _BOTH, "firm alone"),
        ("deterministic", "The same question gets the same answer.", (_T.JUDGES,), _PROBED, "firm alone"),
        ("valid-answers", "Hooks answer each case, with registered properties and valid values.", (_T.JUDGES,),
         _PROBED, "firm alone"),
        ("contract-suite", "The tests run PluginContract or ConnectorContract.", (), _READ, ""),
        ("docs-setup", "The README names each setting and each property.", (), _READ, ""),
        ("uses-crmbridge-http", "No HTTP client and no sleep of its own.", (_T.CONNECTS,), _READ, ""),
        ("test-connection", "check() tells a bad credential, a missing scope and an outage apart.", (_T.CONNECTS,),
         _WORD, ""),
        ("docs-token-scopes", "The README names each secret and its scopes.", (_T.REMOTE,), _READ, ""),
        ("declared-limits", "Page, batch and rate limits stand beside the vendor's page.", (_T.REMOTE,), _WORD, ""),
    ),
    *_rules(
        Tier.SILVER,
        ("owner", "The package names who looks after it.", (), _READ, ""),
        ("changelog", "A change log has an entry for this version.", (), _READ, ""),
        ("docs-known-limitations", "The README says what it does not do.", (), _READ, ""),
        ("coverage", "The package's own tests run 95 % of its lines.", (), _WORD, ""),
        ("no-personal-data", "Logs, errors and reasons name records, never what they say.", (), _WORD, ""),
        ("reasons", "Each value says why, and names what it rests on.", (_T.WRITES,), _PROBED, "alone"),
        ("due-told", "An answer that changes with time alone comes with Due.", (_T.JUDGES,), _PROBED, "alone"),
        ("least-data", "It asks for the inputs that it needs, and no others.", (_T.READS,), _WORD, ""),
        ("errors-by-recovery", "A connector raises crmbridge.errors only.", (_T.CONNECTS,), _READ, ""),
        ("incremental", "It reads what changed since the last sync.", (_T.CONNECTS,), _READ, ""),
    ),
    *_rules(
        Tier.GOLD,
        ("docs-troubleshooting", "The README says what to do when something is wrong.", (), _READ, ""),
        ("docs-data-update", "The README says when values change and when they go.", (_T.WRITES,), _READ, ""),
        ("settings-described", "Each setting says what it means.", (_T.SETTINGS,), _READ, ""),
        ("properties-described", "Each property has a description for the CRM.", (_T.WRITES,), _READ, ""),
        ("stale-records", "It tells archived, merged and deleted records apart.", (_T.CONNECTS,), _READ, ""),
        ("recorded-answers", "The tests keep answers as the platform sent them.", (_T.REMOTE,), _READ, ""),
    ),
    *_rules(
        Tier.PLATINUM,
        ("strict-typing", "py.typed is there, every function is annotated.", (), _READ, ""),
        ("light-import", "Importing it loads no HTTP, store or data libraries.", (), _PROBED, ""),
        ("measured-cost", "The README says what it costs, in figures.", (), _READ, ""),
        ("measured-accuracy", "The README says how often it is right, in figures.", (_T.PROPOSES,), _READ, ""),
        ("webhooks-verified", "Signatures are compared in constant time.", (_T.LISTENS,), _READ, ""),
    ),
)  # fmt: skip
"""All rules, the lowest tier first."""

BY_NAME: Final = {rule.name: rule for rule in RULES}


def applicable(traits: frozenset[Trait], *, alone: bool = False) -> tuple[Rule, ...]:
    """The rules that hold for a plugin with these traits; for a lone file those that need no package."""
    return tuple(rule for rule in RULES if rule.needs <= traits and (rule.alone or not alone))
