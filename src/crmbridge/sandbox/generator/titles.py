"""Job titles by kind of work; ``|`` parts the male and the female form."""

from __future__ import annotations

import random
from typing import Final

from crmbridge.sandbox.generator.drafts import chance

TITLES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "ceo": {
        "de": (
            "Geschäftsführer|Geschäftsführerin",
            "Geschäftsführender Gesellschafter|Geschäftsführende Gesellschafterin",
            "Inhaber|Inhaberin",
            "Vorstand",
            "CEO",
            "Vorsitzender der Geschäftsführung|Vorsitzende der Geschäftsführung",
            "Geschäftsführer, Leiter Vertrieb|Geschäftsführerin, Leiterin Vertrieb",
        ),
        "en": ("CEO", "Managing Director", "Owner", "Chief Executive Officer", "Founder & CEO", "President"),
    },
    "officer": {
        "de": (
            "Prokurist|Prokuristin",
            "Consultant/Prokurist|Consultant/Prokuristin",
            "Prokurist / Kaufmännischer Leiter|Prokuristin / Kaufmännische Leiterin",
            "Generalbevollmächtigter|Generalbevollmächtigte",
        ),
        "en": ("General Manager", "VP Operations", "Chief Operating Officer", "Commercial Director"),
    },
    "finance": {
        "de": (
            "CFO",
            "Kaufmännischer Leiter|Kaufmännische Leiterin",
            "Leiter Finanzen & Controlling|Leiterin Finanzen & Controlling",
            "Controller|Controllerin",
        ),
        "en": ("CFO", "Finance Director", "VP Finance", "Financial Controller"),
    },
    "purchasing_lead": {
        "de": (
            "Leiter Einkauf (m/w/d)|Leiterin Einkauf (m/w/d)",
            "Einkaufsleiter|Einkaufsleiterin",
            "Head of Procurement",
            "Leitung Strategischer Einkauf",
        ),
        "en": ("Head of Procurement", "Director of Purchasing", "Procurement Lead", "Chief Procurement Officer"),
    },
    "purchaser": {
        "de": (
            "Einkäufer|Einkäuferin",
            "Strategischer Einkäufer|Strategische Einkäuferin",
            "Sachbearbeiter Einkauf|Sachbearbeiterin Einkauf",
            "Einkäufer:in Indirekter Einkauf",
        ),
        "en": ("Buyer", "Senior Buyer", "Purchasing Specialist", "Procurement Officer"),
    },
    "it_lead": {
        "de": ("IT-Leiter|IT-Leiterin", "Leiter IT / Organisation|Leiterin IT / Organisation", "CIO", "Head of IT"),
        "en": ("Head of IT", "IT Director", "CIO", "IT Manager"),
    },
    "it_staff": {
        "de": (
            "IT-Administrator|IT-Administratorin",
            "Softwareentwickler|Softwareentwicklerin",
            "ERP-Koordinator|ERP-Koordinatorin",
            "IT-Referent|IT-Referentin",
        ),
        "en": ("Systems Administrator", "Software Engineer", "ERP Coordinator", "IT Specialist"),
    },
    "line_lead": {
        "de": (
            "Produktionsleiter|Produktionsleiterin",
            "Betriebsleiter|Betriebsleiterin",
            "Werkleiter|Werkleiterin",
            "Leiter Logistik|Leiterin Logistik",
            "Leiter Instandhaltung|Leiterin Instandhaltung",
            "Bereichsleiter Fertigung|Bereichsleiterin Fertigung",
        ),
        "en": ("Production Manager", "Plant Manager", "Head of Logistics", "Director of Manufacturing"),
    },
    "line_staff": {
        "de": (
            "Schichtleiter|Schichtleiterin",
            "Industriemeister|Industriemeisterin",
            "Disponent|Disponentin",
            "Projektingenieur|Projektingenieurin",
            "Logistikkoordinator|Logistikkoordinatorin",
            "Sachbearbeiter Produktion|Sachbearbeiterin Produktion",
        ),
        "en": ("Shift Supervisor", "Process Engineer", "Logistics Coordinator", "Production Planner"),
    },
    "quality": {
        "de": (
            "Qualitätsmanagementbeauftragter|Qualitätsmanagementbeauftragte",
            "Leiter Qualitätssicherung|Leiterin Qualitätssicherung",
            "Fachkraft für Arbeitssicherheit",
        ),
        "en": ("Quality Manager", "Head of Quality Assurance", "HSE Manager"),
    },
    "privacy": {
        "de": ("Datenschutzbeauftragter|Datenschutzbeauftragte", "Leiter IT, Datenschutzkoordinator"),
        "en": ("Data Protection Officer", "Privacy Counsel"),
    },
    "works_council": {
        "de": ("Betriebsrat|Betriebsrätin", "Betriebsratsvorsitzender|Betriebsratsvorsitzende"),
        "en": ("Works Council Member", "Employee Representative"),
    },
    "legal": {
        "de": ("Syndikusrechtsanwalt|Syndikusrechtsanwältin", "Leiter Recht & Compliance|Leiterin Recht & Compliance"),
        "en": ("General Counsel", "Compliance Manager"),
    },
    "assistant": {
        "de": (
            "Assistenz der Geschäftsführung",
            "Assistent der Geschäftsleitung|Assistentin der Geschäftsleitung",
            "Sekretariat Geschäftsführung",
            "Empfang",
            "PA der Geschäftsführung",
        ),
        "en": ("Executive Assistant to the CEO", "Office Manager", "Personal Assistant", "Receptionist"),
    },
    "sales": {
        "de": (
            "Account Executive",
            "Vertriebsleiter|Vertriebsleiterin",
            "Key Account Manager|Key Account Managerin",
            "Channel Partner Manager",
        ),
        "en": ("Account Executive", "Sales Manager", "Channel Partner Manager", "Regional Sales Director"),
    },
    "people": {
        "de": (
            "Personalreferent|Personalreferentin",
            "HR Business Partner",
            "Leiter Marketing|Leiterin Marketing",
            "Referent Unternehmenskommunikation|Referentin Unternehmenskommunikation",
        ),
        "en": ("HR Business Partner", "Marketing Manager", "Head of Marketing", "Communications Officer"),
    },
    "student": {
        "de": ("Werkstudent|Werkstudentin", "Praktikant|Praktikantin", "Auszubildender|Auszubildende"),
        "en": ("Working Student", "Intern", "Trainee"),
    },
    "consultant": {
        "de": (
            "Unternehmensberater|Unternehmensberaterin",
            "Senior Consultant",
            "Partner|Partnerin",
            "Geschäftsführender Berater|Geschäftsführende Beraterin",
        ),
        "en": ("Consultant", "Senior Consultant", "Partner", "Independent Advisor"),
    },
}
VAGUE: Final = {
    "de": ("Manager", "Mitarbeiter", "Leitung", "Ansprechpartner", "Projekt", "-"),
    "en": ("Manager", "Staff", "Lead", "Contact", "Projects", "n/a"),
}

# Which kinds of work a company fills first; small ones stop early.
ORDER: Final = (
    ("ceo", "line_lead", "assistant", "purchaser", "it_staff", "line_staff", "officer"),
    ("purchasing_lead", "it_lead", "finance", "quality", "line_staff", "sales", "line_lead"),
    ("privacy", "works_council", "legal", "purchaser", "people", "student", "it_staff", "line_staff"),
)


def job_at(dice: random.Random, place: int) -> str:
    """Return the kind of work of a company's nth contact."""
    if place < len(ORDER[0]):
        return ORDER[0][place]
    return dice.choice(ORDER[1] if chance(dice, 0.6) else ORDER[2])


def title(dice: random.Random, job: str, language: str, *, woman: bool) -> str:
    """Return a job title; about one in seven is missing or says nothing."""
    if chance(dice, 0.07):
        return ""
    if chance(dice, 0.08):
        return dice.choice(VAGUE[language])
    forms = dice.choice(TITLES[job][language]).split("|")
    return forms[-1] if woman else forms[0]
