"""Type ids of the platform's own associations.

Most stand in the table of
https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide
"""

from __future__ import annotations

from typing import Final

Pair = tuple[str, str]

# By (from, to): unlabelled first, then primary.
DEFINED: Final[dict[Pair, tuple[int, ...]]] = {
    ("contacts", "companies"): (279, 1),
    ("companies", "contacts"): (280, 2),
    ("deals", "companies"): (341, 5),
    ("companies", "deals"): (342, 6),
    ("contacts", "deals"): (4,),
    ("deals", "contacts"): (3,),
    ("contacts", "tickets"): (15,),
    ("tickets", "contacts"): (16,),
    ("companies", "tickets"): (340, 25),
    ("tickets", "companies"): (339, 26),
    ("deals", "tickets"): (27,),
    ("tickets", "deals"): (28,),
    ("deals", "line_items"): (19,),
    ("line_items", "deals"): (20,),
    ("contacts", "feedback_submissions"): (97,),
    ("feedback_submissions", "contacts"): (98,),
    ("tickets", "feedback_submissions"): (99,),
    ("feedback_submissions", "tickets"): (100,),
    ("calls", "meetings"): (399,),
    ("meetings", "calls"): (400,),
}
# From the activity to contacts, companies, deals and tickets, and back.
_ACTIVITY: Final[dict[str, tuple[tuple[int, ...], tuple[int, ...]]]] = {
    "calls": ((194, 182, 206, 220), (193, 181, 205, 219)),
    "emails": ((198, 186, 210, 224), (197, 185, 209, 223)),
    "meetings": ((200, 188, 212, 226), (199, 187, 211, 225)),
    "notes": ((202, 190, 214, 228), (201, 189, 213, 227)),
    "tasks": ((204, 192, 216, 230), (203, 191, 215, 229)),
    "communications": ((81, 87, 85, 84), (82, 88, 86, 83)),
    "postal_mail": ((453, 459, 457, 455), (454, 460, 458, 456)),
}
for _name, (_there, _back) in _ACTIVITY.items():
    for _other, _one, _two in zip(("contacts", "companies", "deals", "tickets"), _there, _back, strict=True):
        DEFINED[_name, _other] = (_one,)
        DEFINED[_other, _name] = (_two,)
