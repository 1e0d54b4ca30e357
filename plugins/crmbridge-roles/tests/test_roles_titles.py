from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge_roles.fragments import SENIORITIES
from crmbridge_roles.titles import Reading, read_title
from crmbridge_roles.values import PROPERTIES

TABLE = [
    line.split("\t")
    for name in ("titles.tsv", "titles_languages.tsv")
    for line in (Path(__file__).parent / "data" / name).read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def said(title: str) -> list[str]:
    return [f"{item.seniority} {item.department or '-'}" for item in read_title(title)]


@pytest.mark.parametrize(("title", "expected"), [(row[0], row[1:]) for row in TABLE], ids=[row[0] for row in TABLE])
def test_title_is_read_as_the_table_says(title: str, expected: list[str]) -> None:
    assert said(title) == expected


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(TABLE) >= 120


# Each guard fails when its words leave the lexicon, or when Fragment.front or _continues is short-circuited.
@pytest.mark.parametrize(
    "title",
    [
        "Assistenz der Geschäftsführung",
        "Assistentin der Geschäftsleitung",
        "Assistent Geschäftsführung",
        "GF-Assistenz",
        "Assistenz GF / Vorstand",
        "Vorstandsassistentin",
        "PA to the CEO",
        "Executive Assistant to CEO and CFO",
        "Assistant to the Managing Director & Owner",
        "Chefsekretärin",
        "Sekretariat der Bereichsleitung",
        "Assistentin des Finanzvorstands",
    ],
)
def test_an_assistant_of_the_management_is_a_gatekeeper_not_management(title: str) -> None:
    (reading,) = read_title(title)
    assert (reading.seniority, reading.department, reading.kind) == ("professional", "administration", "assistant")


@pytest.mark.parametrize(
    "title", ["Referent der Geschäftsführung", "Mitarbeiter Geschäftsleitung", "Büro des Vorstands"]
)
def test_who_works_for_the_management_is_not_management(title: str) -> None:
    assert said(title) == ["professional administration"]


def test_whom_somebody_advises_does_not_make_the_rank() -> None:
    assert said("Berater des Vorstands") == ["professional consulting"]
    assert said("Consultant to the Board of Directors") == ["professional consulting"]
    assert said("Referent der Geschäftsführung und des Vorstands") == ["professional administration"]


def test_the_last_word_after_of_says_the_department_and_the_first_after_leiter() -> None:
    assert said("Head of Production Logistics") == ["lead logistics"]
    assert said("Leiter Produktion Logistik") == ["lead production"]


def test_prokurist_beside_an_assistant_is_a_job_of_its_own() -> None:
    assert said("Assistentin der Geschäftsführung / Prokuristin") == [
        "professional administration",
        "management management",
    ]


def test_an_assistant_in_a_department_is_a_junior_of_it() -> None:
    assert said("Marketing Assistant") == ["junior marketing"]
    assert said("Vertriebsassistenz") == ["junior sales"]


def test_assistant_manager_is_no_assistant() -> None:
    assert said("Assistant Manager") == ["professional -"]
    assert said("Assistant Store Manager") == ["professional sales"]


def test_manager_alone_is_a_professional() -> None:
    assert said("Manager") == ["professional -"]
    assert said("Purchasing Manager") == ["professional purchasing"]


@pytest.mark.parametrize("title", ["General Manager", "Managing Director", "Partner", "Senior Partner", "Tax Partner"])
def test_words_that_do_mean_management(title: str) -> None:
    assert [item.seniority for item in read_title(title)] == ["management"]


@pytest.mark.parametrize("title", ["Channel Partner Manager", "HR Business Partner", "Partner Account Manager"])
def test_partner_as_a_modifier_is_not_management(title: str) -> None:
    assert [item.seniority for item in read_title(title)] == ["professional"]


def test_a_boss_is_a_boss() -> None:
    assert said("Chef") == said("Firmenchefin") == said("Juniorchef") == ["management management"]
    assert said("Chef der Produktion") == ["lead production"]
    assert said("Einkaufschef") == ["lead purchasing"]


@pytest.mark.parametrize("title", ["Chef de rang", "Chefkoch", "Küchenchef", "Sous Chef", "Chef de partie"])
def test_cooks_and_waiters_are_no_bosses(title: str) -> None:
    assert [item.seniority for item in read_title(title)] == ["professional"]


@pytest.mark.parametrize(
    "title", ["Ingenieur Halbleiter", "Techniker Rohrleitungsbau", "Zugbegleiter", "Sachbearbeiter Projektbegleitung"]
)
def test_leiter_inside_another_word_is_no_leader(title: str) -> None:
    assert [item.seniority for item in read_title(title)] == ["professional"]


@pytest.mark.parametrize(
    "title",
    ["Einkaufsleiter", "Einkaufsleiterin", "Einkaufsleitung", "Leiter Einkauf", "Leitung Einkauf", "LEITERIN EINKAUF"],
)
def test_leiter_is_found_in_any_compound(title: str) -> None:
    assert said(title) == ["lead purchasing"]


@pytest.mark.parametrize(
    "title",
    [
        "Einkaufsleiter:in",
        "Einkaufsleiter*in",
        "Einkaufsleiter_in",
        "Einkaufsleiter/in",
        "Einkaufsleiter/-in",
        "Einkaufsleiter(in)",
        "EinkaufsleiterIn",
        "Leiter/Leiterin Einkauf",
        "Leiterin / Leiter Einkauf",
        "Einkaufsleiter (m/w/d)",
        "Einkaufsleiter (w|m|d)",
        "Einkaufsleiter m/w/d",
        "Einkaufsleiter (all genders)",
    ],
)
def test_marks_of_gender_change_nothing(title: str) -> None:
    assert said(title) == ["lead purchasing"]


@pytest.mark.parametrize("title", ["Geschäftsführer", "Geschaeftsfuehrer", "Geschaftsfuhrer", "Gescha\u0308ftsführer"])
def test_umlauts_are_read_however_they_are_written(title: str) -> None:
    assert said(title) == ["management management"]


def test_a_deputy_stands_one_rank_below() -> None:
    assert said("Deputy Director IT") == ["lead it"]
    assert said("stellv. Leiter IT") == ["senior it"]
    assert said("Stellvertretender Geschäftsführer") == ["management management"]


def test_words_decide_over_fields_in_a_department() -> None:
    assert said("IT-Einkäufer") == ["professional purchasing"]
    assert said("Head of Sales Operations") == ["lead sales"]
    assert said("Vertriebscontroller") == ["professional finance"]


def test_several_jobs_are_all_read_in_order() -> None:
    assert said("Consultant/Prokurist") == ["professional consulting", "management management"]
    assert said("Leiter Einkauf & Prokurist") == ["lead purchasing", "management management"]


def test_departments_joined_by_and_share_the_rank() -> None:
    assert said("Leiter Einkauf und Logistik") == ["lead purchasing", "lead logistics"]
    assert said("Marketing- und Vertriebsleiter") == ["lead marketing", "lead sales"]


def test_a_pair_of_letters_is_one_word() -> None:
    assert said("Head of R&D") == said("Leiter F & E") == ["lead rnd"]


def test_each_reading_quotes_its_part_of_the_title() -> None:
    texts = [item.text for item in read_title("Leiter Einkauf und Logistik / Prokurist")]
    assert texts == ["Leiter Einkauf und Logistik", "Leiter Einkauf und Logistik", "Prokurist"]


@pytest.mark.parametrize("title", ["", " ", "-", "n/a", "Herr", "Astronaut", "Dr.", "😀", "12345", "m/w/d"])
def test_an_unknown_title_gives_no_reading(title: str) -> None:
    assert read_title(title) == ()


def test_confidence_is_less_for_what_is_inferred() -> None:
    stated, department_only, noun_only = (
        read_title(title)[0] for title in ("Einkaufsleiter", "Einkauf", "Mitarbeiter")
    )
    assert stated.confidence == 1.0
    assert department_only.confidence == 0.8
    assert noun_only.confidence == 0.5
    assert read_title("DSB")[0].confidence == 1.0  # a kind of its own states the job: killed without ``job.kind``


@given(st.text(max_size=400))
def test_any_text_is_read_without_error_into_known_values(title: str) -> None:
    departments = {option.value for spec in PROPERTIES if spec.name == "department" for option in spec.options}
    readings: tuple[Reading, ...] = read_title(title)
    for item in readings:
        assert item.seniority in SENIORITIES
        assert item.department is None or item.department in departments
        assert 0 < item.confidence <= 1
        assert item.text


@pytest.mark.parametrize("title", [row[0] for row in TABLE if len(row) > 1])
def test_the_quoted_part_reads_as_the_whole_title_did(title: str) -> None:
    for item in read_title(title):
        assert item in read_title(item.text)


def test_reading_a_title_again_gives_the_same() -> None:
    first = [said(row[0]) for row in TABLE]
    read_title.cache_clear()
    assert [said(row[0]) for row in TABLE] == first


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Acheteur", "professional purchasing"),
        ("Inkoper", "professional purchasing"),
        ("Comprador", "professional purchasing"),
        ("Compratore", "professional purchasing"),
        ("Responsable achats", "lead purchasing"),
        ("Hoofd inkoop", "lead purchasing"),
        ("Jefe de compras", "lead purchasing"),
        ("Responsabile acquisti", "lead purchasing"),
        ("PDG", "management management"),
        ("Gérant", "management management"),
        ("Zaakvoerder", "management management"),
        ("Bestuurder", "management management"),
        ("Gerente", "management management"),
        ("Amministratore delegato", "management management"),
        ("Titolare", "management management"),
        ("DSI", "director it"),
        ("DAF", "director finance"),
        ("Directeur", "director -"),
        ("Director", "director -"),
        ("Responsable", "lead -"),
    ],
)
def test_leads_and_common_jobs_are_read_in_french_dutch_spanish_and_italian(title: str, expected: str) -> None:
    assert said(title) == [expected]


@pytest.mark.parametrize(
    "title",
    [
        "Assistante de direction",
        "Assistante du directeur commercial",
        "Secrétaire de direction",
        "Directiesecretaresse",
        "Secretaresse van de directie",
        "Asistente de Dirección",
        "Asistente del Director General",
        "Assistente di direzione",
        "Segretaria del presidente",
        "GF-Assi",
        "Assistant to the General Manager",
    ],
)
def test_assistants_of_the_management_are_gatekeepers_in_every_language(title: str) -> None:
    (reading,) = read_title(title)
    assert (reading.seniority, reading.department, reading.kind) == ("professional", "administration", "assistant")


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Apoderado", "signatory"),
        ("Procuratore", "signatory"),
        ("Fondé de pouvoir", "signatory"),
        ("Procuratiehouder", "signatory"),
        ("Authorised Signatory", "signatory"),
        ("Membre du CSE", "representative"),
        ("Functionaris Gegevensbescherming", "representative"),
        ("Delegado de Protección de Datos", "representative"),
        ("Schwerbehindertenvertretung", "representative"),
        ("RLS", "representative"),
    ],
)
def test_signatories_and_representatives_are_known_in_every_language(title: str, kind: str) -> None:
    assert [item.kind for item in read_title(title)] == [kind]


def test_a_word_of_two_languages_is_read_by_the_other_words_of_the_title() -> None:
    assert said("Chef") == ["management management"]
    assert said("Chef d'atelier") == ["lead production"]
    assert said("Administrator") == ["professional it"]
    assert said("Administrador único") == ["management management"]
    assert said("Project Coordinator") == ["professional project_management"]
    assert said("Coördinator inkoop") == ["lead purchasing"]
    assert said("Office Administrator") == said("Service Desk Office Administrator") == ["professional administration"]


@pytest.mark.parametrize(
    "title",
    [
        "Directeur/Directrice des achats",
        "Directeur(trice) des achats",
        "Directeur·rice des achats",
        "Director/a de Compras",
        "Director(a) de Compras",
        "Directora de Compras",
        "Director@ de Compras",
        "Direttore/trice acquisti",
        "Direttrice acquisti",
        "Directeur inkoop (m/v)",
        "Directeur des achats (H/F)",
    ],
)
def test_forms_of_gender_change_nothing_in_any_language(title: str) -> None:
    assert said(title) == ["director purchasing"]


@pytest.mark.parametrize(
    "title",
    [
        "ehem. Geschäftsführer",
        "Ex-Geschäftsführer",
        "Geschäftsführer i.R.",
        "Bürgermeister a. D.",
        "Geschäftsführer (ausgeschieden)",
        "Leiter Einkauf und Logistik (ehem.)",
        "früherer Leiter Einkauf und Logistik",
        "Former CEO",
        "CEO, retired",
        "Ancien directeur général",
        "Voormalig directeur",
        "Antiguo director",
        "Ex direttore generale",
    ],
)
def test_a_former_job_gives_no_reading(title: str) -> None:
    assert read_title(title) == ()


def test_what_somebody_does_now_is_read_beside_a_former_job() -> None:
    assert said("Former CEO, now Consultant") == ["professional consulting"]
    assert said("ehem. Geschäftsführer, jetzt Berater") == ["professional consulting"]
    assert said("Ex-Schutz-Beauftragter") == ["professional quality"]
    assert said("Leiter AD") == ["lead sales"]


def test_whose_office_or_associate_somebody_is_does_not_make_the_rank() -> None:
    for title in ("President's Office", "CEO\u2019s Office", "Office of the CEO", "Founder's Associate"):
        assert said(title) == ["professional administration"], title
    assert said("Founder Associate") == ["professional -"]
    assert said("Leiterin Vorstandsbüro") == ["lead administration"]


def test_a_rank_without_a_department_adds_nothing_beside_the_same_rank_with_one() -> None:
    assert said("Director / Director IT") == ["director it"]
    assert said("Director / Leiter IT") == ["director -", "lead it"]


def test_several_subjects_of_one_job_are_one_reading() -> None:
    assert said("Chief Digital & Information Officer") == ["management it"]
    assert said("Directeur administratif et financier") == ["director finance"]
    assert said("Directeur des achats et de la logistique") == ["director purchasing", "director logistics"]


# Kills reading the words of a trade as those of a department or rank.
@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Media Buyer", ("professional", "marketing")),
        ("Media Planner", ("professional", "marketing")),
        ("Funeral Director", ("professional", None)),
        ("Chief Happiness Officer", ("management", "hr")),
    ],
)
def test_a_trade_is_not_the_rank_or_department_of_its_words(title: str, expected: tuple[str, str | None]) -> None:
    assert [(item.seniority, item.department) for item in read_title(title)] == [expected]


def test_who_guards_a_building_is_not_of_the_it() -> None:
    assert all(item.department != "it" for item in read_title("Security Guard"))
    assert [item.department for item in read_title("Head of IT Security")] == ["it"]
