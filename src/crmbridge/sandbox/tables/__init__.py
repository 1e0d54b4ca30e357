"""Every endpoint that the sandbox serves."""

from __future__ import annotations

from crmbridge.sandbox.tables.account import ACCOUNT
from crmbridge.sandbox.tables.definitions import DEFINITIONS
from crmbridge.sandbox.tables.links import LINKS
from crmbridge.sandbox.tables.marketing import MARKETING
from crmbridge.sandbox.tables.records import RECORDS
from crmbridge.sandbox.tables.route import Route

__all__ = ["ROUTES", "Route"]

ROUTES: tuple[Route, ...] = (*RECORDS, *LINKS, *DEFINITIONS, *ACCOUNT, *MARKETING)
