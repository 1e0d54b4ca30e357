"""A folder of CSV files with a company, its people, a deal and what was said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crmbridge_csv.connector import CsvConnector
from crmbridge_csv.settings import CsvSettings

FILES = {
    "owners.csv": "id,email,first_name,last_name\n9,vera@wir.example,Vera,Vertrieb\n",
    "companies.csv": "id,name,domains,industry,employees,country\n1,Muster AG,muster.example,Machinery,250,Germany\n",
    "contacts.csv": (
        "id,email,first_name,last_name,job_title,company_id,nickname\n"
        "1,anna@muster.example,Anna,Beispiel,CFO,1,\n"
        "2,bert@muster.example,Bert,Beispiel,Leiter Einkauf,1,\n"
        "3,cleo@muster.example,Cleo,Beispiel,Werkleiterin,1,\n"
    ),
    "deals.csv": (
        "id,name,amount,currency,close_at,owner_id,created_at,company_id,contact_ids\n"
        "1,New line,48000.50,EUR,2026-12-31,9,2026-08-01,1,1;2\n"
    ),
    "emails.csv": (
        "id,at,direction,subject,from,to,contact_ids,deal_ids,text\n"
        '1,2026-10-01T09:30:00,in,Offer,anna@muster.example,vera@wir.example,1,1,"Hello,\nplease send an offer."\n'
    ),
    "meetings.csv": "id,at,subject,attendees,contact_ids,deal_ids\n1,05.10.2026 14:00,Visit,,1;2;3,1\n",
    "links.csv": "source,target,label\ndeal:1,contact:3,Entscheider\n",
}


Write = Callable[..., Path]


@pytest.fixture(scope="session")
def files() -> dict[str, str]:
    """The files by name."""
    return FILES


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the folder; some files in other words, by the name without its end."""

    def written(**files: str | bytes) -> Path:
        folder = tmp_path / "crm"
        folder.mkdir(exist_ok=True)
        for name, text in {**FILES, **{f"{stem}.csv": text for stem, text in files.items()}}.items():
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return folder

    return written


@pytest.fixture
def opened(write: Write) -> Callable[..., CsvConnector]:
    """Open the folder, with some files in other words and some settings."""

    def made(*, settings: dict[str, object] | None = None, **files: str | bytes) -> CsvConnector:
        return CsvConnector(CsvSettings.model_validate({"folder": write(**files), **(settings or {})}))

    return made
