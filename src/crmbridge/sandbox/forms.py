"""Forms of a portal and what was submitted with them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.times import iso

_CONFIGURATION: Final = {
    "language": "en",
    "cloneable": True,
    "editable": True,
    "archivable": True,
    "recaptchaEnabled": False,
    "notifyContactOwner": False,
    "notifyRecipients": [],
    "createNewContactForNewEmail": True,
    "prePopulateKnownValues": True,
    "allowLinkToResetKnownValues": False,
    "lifecycleStages": [],
    "postSubmitAction": {"type": "thank_you", "value": ""},
}
_DISPLAY: Final = {
    "renderRawHtml": False,
    "theme": "default_style",
    "submitButtonText": "Submit",
    "style": {
        "fontFamily": "arial",
        "backgroundWidth": "100%",
        "labelTextColor": "#33475b",
        "labelTextSize": "14px",
        "helpTextColor": "#7C98B6",
        "helpTextSize": "11px",
        "legalConsentTextColor": "#33475b",
        "legalConsentTextSize": "14px",
        "submitColor": "#ff7a59",
        "submitAlignment": "left",
        "submitFontColor": "#ffffff",
        "submitSize": "12px",
    },
    "cssClass": "",
}


@dataclass
class Form:
    """One form: its definition as the API shows it, and its submissions, oldest first."""

    definition: Json
    submissions: list[Json] = field(default_factory=list)


@dataclass
class Forms:
    """Every form of a portal, by its GUID."""

    known: dict[str, Form] = field(default_factory=dict)

    def add(self, name: str, now: int, guid: str = "") -> str:
        """Add a form and return its GUID."""
        guid = guid or str(uuid.uuid5(uuid.NAMESPACE_URL, f"form {len(self.known)} {name}"))
        self.known[guid] = Form(
            {
                "id": guid,
                "name": name,
                "createdAt": iso(now),
                "updatedAt": iso(now),
                "archived": False,
                "formType": "hubspot",
                "fieldGroups": [],
                "configuration": _CONFIGURATION,
                "displayOptions": _DISPLAY,
                "legalConsentOptions": {"type": "none"},
            }
        )
        return guid

    def submit(self, guid: str, values: Mapping[str, str], now: int, page: str = "https://www.firm.example/") -> None:
        """Record a submission of contact properties."""
        form = self.known[guid]
        number = len(form.submissions)
        form.submissions.append(
            {
                "conversionId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{guid} {number}")),
                "submittedAt": now,
                "values": [{"name": name, "value": value, "objectTypeId": "0-1"} for name, value in values.items()],
                "pageUrl": page,
            }
        )
