"""The language of the generated portal: industries, offers, subjects and short texts."""

from __future__ import annotations

from typing import Final

VENDOR: Final = "nordwerk-systeme.example"  # the company whose CRM this is; .example is nobody's (RFC 2606)

INDUSTRIES: Final = (  # option, group, German word, English word
    ("MACHINERY", "manufacturing", "Maschinenbau", "Machinery"),
    ("MECHANICAL_OR_INDUSTRIAL_ENGINEERING", "manufacturing", "Metallbau", "Engineering"),
    ("AUTOMOTIVE", "manufacturing", "Fahrzeugtechnik", "Automotive"),
    ("PLASTICS", "manufacturing", "Kunststofftechnik", "Plastics"),
    ("CHEMICALS", "manufacturing", "Chemie", "Chemicals"),
    ("FOOD_PRODUCTION", "manufacturing", "Lebensmittelwerke", "Foods"),
    ("MEDICAL_DEVICES", "manufacturing", "Medizintechnik", "Medical"),
    ("ELECTRICAL_ELECTRONIC_MANUFACTURING", "manufacturing", "Elektrotechnik", "Electronics"),
    ("LOGISTICS_AND_SUPPLY_CHAIN", "services", "Logistik", "Logistics"),
    ("CONSTRUCTION", "services", "Bauunternehmung", "Construction"),
    ("UTILITIES", "services", "Stadtwerke", "Utilities"),
    ("WHOLESALE", "trade", "Großhandel", "Supplies"),
    ("BUILDING_MATERIALS", "trade", "Baustoffe", "Building Materials"),
    ("COMPUTER_SOFTWARE", "technology", "Softwarehaus", "Software"),
    ("INFORMATION_TECHNOLOGY_AND_SERVICES", "technology", "Systemhaus", "Technologies"),
)
LEGAL_FORMS: Final = {
    "de": ("GmbH", "GmbH", "GmbH", "GmbH & Co. KG", "GmbH & Co. KG", "AG", "KG", "e.K.", "SE & Co. KGaA"),
    "en": ("Ltd", "Ltd", "Limited", "plc", "Inc.", "LLC", "LLP"),
}
STEMS: Final = {
    "de": ("Nova", "Rhein", "Elb", "Alpen", "Hansa", "Vektor", "Tekno", "Wester", "Süd", "Präzi"),
    "en": ("North", "Summit", "Crown", "Vector", "Beacon", "Atlas", "River", "Sterling", "Vale", "Apex"),
}
ADVISERS: Final = {"de": ("Beratung", "Consulting Partner", "Strategie"), "en": ("Advisory", "Consulting", "Partners")}

TOPICS: Final = {  # offer, price for 100 employees
    "de": (
        ("ERP-Einführung", 90_000),
        ("MES-Rollout", 70_000),
        ("IoT-Sensorik", 35_000),
        ("Datenplattform", 60_000),
        ("Wartungsvertrag", 12_000),
        ("Lagerverwaltung", 40_000),
        ("Schulungspaket", 6_000),
        ("Ersatzteilpaket", 3_000),
    ),
    "en": (
        ("ERP implementation", 90_000),
        ("MES roll-out", 70_000),
        ("IoT sensors", 35_000),
        ("Data platform", 60_000),
        ("Service contract", 12_000),
        ("Warehouse system", 40_000),
        ("Training package", 6_000),
        ("Spare parts", 3_000),
    ),
}
LOST: Final = {
    "de": ("Budget verschoben", "Wettbewerber gewählt", "Kein Bedarf mehr", "Keine Rückmeldung"),
    "en": ("Budget postponed", "Chose a competitor", "No need any more", "No reply"),
}
NEXT_STEP: Final = {
    "de": ("Angebot nachfassen", "Termin mit Einkauf", "Referenz schicken", "Demo vorbereiten"),
    "en": ("Follow up on quote", "Meet procurement", "Send a reference", "Prepare demo"),
}

SUBJECTS: Final = {  # {topic} is the offer
    "de": (
        "Angebot {topic}",
        "Rückfragen zu {topic}",
        "Terminvorschlag {topic}",
        "Unterlagen {topic}",
        "{topic}: Preise und Laufzeit",
        "{topic}: Datenschutz und IT-Sicherheit",
    ),
    "en": (
        "Quote for {topic}",
        "Questions about {topic}",
        "Proposed date: {topic}",
        "Documents on {topic}",
        "{topic}: price and term",
        "{topic}: security and data protection",
    ),
}
COLD: Final = {
    "de": ("Digitalisierung in Ihrem Werk", "Einladung zum Webinar", "Kurzer Austausch?", "Messe: treffen wir uns?"),
    "en": ("Digitalising your plant", "Webinar invitation", "A short call?", "Meet us at the fair?"),
}
OUTBOUND: Final = {
    "de": (
        "anbei das Angebot wie besprochen. Passt Ihnen ein Termin nächste Woche?",
        "vielen Dank für das Gespräch. Die offenen Punkte habe ich zusammengefasst.",
        "gibt es schon eine Rückmeldung aus Ihrem Haus?",
        "gern zeigen wir die Lösung auch Ihren Kollegen aus IT und Einkauf.",
    ),
    "en": (
        "please find our quote attached. Would next week suit you for a call?",
        "thank you for the conversation. I have summed up the open points.",
        "is there any news from your side?",
        "we are glad to show the solution to your colleagues in IT and procurement.",
    ),
}
INBOUND: Final = {  # {boss} is the last name of the one who decides
    "de": (
        "danke, wir prüfen das intern und melden uns.",
        "bitte schicken Sie uns noch die technischen Daten.",
        "das muss ich mit {boss} abstimmen.",
        "der Einkauf benötigt zwei Vergleichsangebote.",
        "ich bin dafür nicht zuständig, die Entscheidung trifft {boss}.",
        "der Termin passt, ich bringe einen Kollegen mit.",
        "aktuell liegt das Projekt bei uns auf Eis.",
    ),
    "en": (
        "thanks, we will look into it and come back to you.",
        "could you send us the technical data as well?",
        "I need to check this with {boss}.",
        "procurement needs two more quotes.",
        "I am not responsible for this, {boss} decides.",
        "the date works, I will bring a colleague.",
        "the project is on hold for now.",
    ),
}
FIRST: Final = {
    "de": "wir suchen eine Lösung für {topic} und bitten um ein Gespräch.",
    "en": "we are looking for a solution for {topic} and would like to talk.",
}
GREETING: Final = {"de": "Guten Tag, {text}", "en": "Hello, {text}"}
MEETINGS: Final = {
    "de": ("Erstgespräch {topic}", "Demo {topic}", "Workshop {topic}", "Preisgespräch {topic}", "Werksbesuch {topic}"),
    "en": ("Introduction: {topic}", "Demo: {topic}", "Workshop: {topic}", "Pricing: {topic}", "Site visit: {topic}"),
}
