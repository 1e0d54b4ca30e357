"""What salespeople write into notes and calls, in German and English, by what it tells.

Placeholders: ``{who}`` and ``{whom}`` name the person it is about (Herr, Herrn), ``{boss}`` and ``{bosses}`` the one
who decides, ``{other}`` somebody of whom it is not true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

ROLES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "decider": {
        "de": (
            "{who} entscheidet über das Budget.",
            "Die endgültige Entscheidung trifft {who}.",
            "{who} gibt das Projekt frei und unterschreibt.",
            "Ist Entscheider für dieses Vorhaben.",
        ),
        "en": (
            "{who} decides on the budget.",
            "The final decision is made by {who}.",
            "{who} approves the project and signs.",
            "Is the decision maker for this project.",
        ),
    },
    "buyer": {
        "de": ("{who} verhandelt die Konditionen und holt Vergleichsangebote ein.", "{who} löst die Bestellung aus."),
        "en": ("{who} negotiates the terms and asks for competing quotes.", "{who} places the order."),
    },
    "user": {
        "de": ("{who} wird täglich mit dem System arbeiten.", "{who} nutzt die Lösung später in der Abteilung."),
        "en": ("{who} will work with the system every day.", "{who} will use the solution in the department."),
    },
    "influencer": {
        "de": ("{who} prüft das Konzept fachlich und gibt eine Empfehlung ab.", "{who} bewertet die technische Seite."),
        "en": ("{who} reviews the concept and makes a recommendation.", "{who} evaluates the technical side."),
    },
    "gatekeeper": {
        "de": ("Im Vorzimmer nur mit {whom} gesprochen, wir werden nicht durchgestellt.",),
        "en": ("Only spoke with {who} at the front desk, we are not put through.",),
    },
    "initiator": {
        "de": ("{who} hat das Projekt angestoßen.",),
        "en": ("{who} started the project.",),
    },
}
"""What is said of somebody who plays a role."""

DENIALS: Final = {
    "de": (
        "{who} ist nicht der Entscheider, das ist {boss}.",
        "{who} entscheidet nicht selbst, das macht {boss}.",
        "{who} muss das noch mit {bosses} abstimmen.",
    ),
    "en": (
        "{who} is not the decision maker, {boss} is.",
        "{who} does not decide this alone, {boss} does.",
        "{who} has to check this with {boss}.",
    ),
}
"""What is said of somebody who does not decide."""

HEARSAY: Final = {
    "de": (
        "Angeblich entscheidet {other}, bestätigt ist das nicht.",
        "Entscheidet {other} das vielleicht? Noch offen.",
    ),
    "en": ("Rumour has it that {other} decides, nobody has confirmed it.", "Does {other} decide this? Still open."),
}
"""What nobody knows; it is not true."""

STANCES: Final = {
    "de": (
        "{who} ist von der Lösung überzeugt und setzt sich intern dafür ein.",
        "{who} sieht den Umstieg kritisch und bremst.",
        "{who} favorisiert den Wettbewerber.",
    ),
    "en": (
        "{who} is convinced of the solution and promotes it internally.",
        "{who} is critical of the change and slows it down.",
        "{who} prefers the competitor.",
    ),
}

OPT_OUTS: Final = {
    "de": ("{who} möchte nicht mehr angerufen werden.", "Bitte {whom} aus dem Verteiler nehmen, keine E-Mails mehr."),
    "en": ("{who} asked us not to call any more.", "Please take {who} off the mailing list, no more e-mails."),
}

PLAIN: Final = {
    "de": (
        "Angebot besprochen, Rückmeldung nächste Woche.",
        "Termin verschoben, neuer Vorschlag folgt.",
        "Unterlagen nachgereicht, offene Fragen zur Schnittstelle.",
        "Nicht erreicht, erneuter Versuch am Montag.",
    ),
    "en": (
        "Went through the quote, answer expected next week.",
        "Date moved, a new proposal will follow.",
        "Sent more documents, open questions about the interface.",
        "No answer, will try again on Monday.",
    ),
}

SCRIPT: Final = {
    "de": "Gesprächsleitfaden: Wer entscheidet? Wer unterschreibt? Ist das Budget freigegeben? Wer arbeitet damit?",
    "en": "Call script: Who decides? Who signs? Has the budget been approved? Who will work with it?",
}
"""A template that is pasted over and over; it tells nothing about anybody."""

QUOTED: Final = {
    "de": ("Am 3. Februar schrieb {other}:", "Ich entscheide das allein, der Einkauf ist nicht beteiligt."),
    "en": ("On 3 February {other} wrote:", "I decide this alone, procurement is not involved."),
}
"""The head of a quotation, and what is quoted."""
