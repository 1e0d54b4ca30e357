"""Routes of the account itself: details, usage, owners, pipelines, tokens."""

from __future__ import annotations

from crmbridge.sandbox import account, oauth_calls
from crmbridge.sandbox.scopes import OWNERS
from crmbridge.sandbox.tables.route import DATED, V3, Route, needs, records, route

_LINES, _OWNERS = records("read"), needs(OWNERS)
_TOKEN = ("v1", "v3", *DATED)
ACCOUNT: tuple[Route, ...] = (
    route("GET", "/crm/owners", V3, account.list_owners, _OWNERS),
    route("GET", "/crm/owners/{id}", V3, account.read_owner, _OWNERS),
    route("GET", "/crm/pipelines/{object}", V3, account.list_pipelines, _LINES),
    route("GET", "/crm/pipelines/{object}/{id}", V3, account.read_pipeline, _LINES),
    route("GET", "/crm/pipelines/{object}/{id}/stages", V3, account.list_stages, _LINES),
    route("GET", "/account-info/details", V3, account.details, None),
    route("GET", "/account-info/api-usage/daily/private-apps", V3, account.usage, None),
    route("POST", "/oauth/token", _TOKEN, oauth_calls.give_token, None),
    route("GET", "/oauth/access-tokens/{token}", ("v1",), oauth_calls.show_access_token, None),
    route("GET", "/oauth/refresh-tokens/{token}", ("v1",), oauth_calls.show_refresh_token, None),
    route("DELETE", "/oauth/refresh-tokens/{token}", ("v1",), oauth_calls.drop_refresh_token, None),
    route("POST", "/oauth/token/introspect", ("v3", *DATED), oauth_calls.introspect, None),
    route("POST", "/oauth/token/revoke", ("v3", *DATED), oauth_calls.revoke, None),
    route(
        "POST",
        "/oauth/private-apps/get/access-token-info",
        ("v2",),
        oauth_calls.static_token_info,
        None,
    ),
)
