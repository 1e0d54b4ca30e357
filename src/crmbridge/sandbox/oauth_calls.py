"""The token endpoints: OAuth grants, introspection, revocation.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth
"""

from __future__ import annotations

from crmbridge.sandbox.call import Answer, Call
from crmbridge.sandbox.envelope import ApiError, Json, not_found, validation
from crmbridge.sandbox.grants import LIFETIME, Grant


def give_token(call: Call) -> Answer:
    """Turn a code or a refresh token into an access token that lives for 1,800 seconds."""
    _check_client(call)
    now, given = call.portal.clock(), _form(call)
    match given.get("grant_type"):
        case "authorization_code":
            if given.get("redirect_uri") != call.portal.grants.redirect_uri:
                raise _refused("BAD_REDIRECT_URI", "invalid_grant", "redirect URI does not match")
            grant = call.portal.grants.exchange(given.get("code", ""), now)
            if grant is None:
                raise _refused("BAD_AUTH_CODE", "invalid_grant", "auth code is invalid, expired or used")
        case "refresh_token":
            grant = call.portal.grants.refresh(given.get("refresh_token", ""), now)
            if grant is None:
                raise _refused("BAD_REFRESH_TOKEN", "invalid_grant", "refresh token is invalid, expired or revoked")
        case _:
            raise _refused("BAD_GRANT_TYPE", "unsupported_grant_type", "grant type is not supported")
    return 200, _token_json(call, grant)


def show_access_token(call: Call) -> Answer:
    """Tell what an OAuth access token may do."""
    grant = call.portal.grant(call.path["token"])
    if grant is None or not grant.refresh_token or _left(call, grant) <= 0:
        raise not_found("access token is invalid or expired")
    return 200, {
        "token": grant.token,
        "user": "a@us.example",
        "hub_domain": f"{call.portal.portal_id}.sandbox.example",
        "scopes": sorted(grant.scopes),
        "hub_id": call.portal.portal_id,
        "app_id": grant.app_id,
        "expires_in": _left(call, grant),
        "user_id": grant.user_id,
        "token_type": "access",
    }


def show_refresh_token(call: Call) -> Answer:
    """Tell what a refresh token stands for."""
    scopes = call.portal.grants.refreshable(call.path["token"])
    if scopes is None:
        raise not_found("refresh token is invalid or revoked")
    return 200, {
        "token": call.path["token"],
        "user": "a@us.example",
        "hub_domain": f"{call.portal.portal_id}.sandbox.example",
        "scopes": sorted(scopes),
        "hub_id": call.portal.portal_id,
        "client_id": call.portal.grants.client_id,
        "user_id": call.portal.grants.user_id,
        "token_type": "refresh",
    }


def drop_refresh_token(call: Call) -> Answer:
    """Revoke a refresh token, and with it the access tokens made from it."""
    call.portal.grants.revoke(call.path["token"])
    return 204, None


def introspect(call: Call) -> Answer:
    """Tell what a token is; an unknown or expired one is not active."""
    _check_client(call)
    token, grants = _form(call).get("token", ""), call.portal.grants
    scopes, grant = grants.refreshable(token), grants.find(token)
    known = {"client_id": grants.client_id, "app_id": grants.app_id, "hub_id": call.portal.portal_id, "token": token}
    if scopes is not None:
        more = {"scopes": sorted(scopes), "user_id": grants.user_id, "token_use": "refresh_token"}
        return 200, {"active": True, "token_type": "bearer", **known, **more}
    if grant is None or _left(call, grant) <= 0:
        return 200, {"active": False}
    return 200, {
        "active": True,
        "token_type": "bearer",
        **known,
        "scopes": sorted(grant.scopes),
        "user_id": grant.user_id,
        "token_use": "access_token",
        "expires_in": _left(call, grant),
        "is_private_distribution": True,
        "signed_access_token": _signed(call, grant),
    }


def revoke(call: Call) -> Answer:
    """End a token; an unknown one is no error."""
    _check_client(call)
    call.portal.grants.revoke(_form(call).get("token", ""))
    return 200, {}


def static_token_info(call: Call) -> Answer:
    """Tell what the token of a private app or a service key may do."""
    token = _form(call).get("tokenKey", "")
    grant = call.portal.grant(token)
    if grant is None or grant.refresh_token:
        raise not_found("token is not known")
    return 200, {
        "userId": grant.user_id,
        "hubId": call.portal.portal_id,
        "appId": grant.app_id,
        "scopes": sorted(grant.scopes),
    }


def _form(call: Call) -> dict[str, str]:
    if not isinstance(call.body, dict):
        raise validation("Invalid input: a form is required")
    return {str(name): str(value) for name, value in call.body.items()}


def _check_client(call: Call) -> None:
    given, grants = _form(call), call.portal.grants
    if given.get("client_id") != grants.client_id:
        raise _refused("BAD_CLIENT_ID", "invalid_client", "missing or unknown client id")
    if given.get("client_secret") != grants.client_secret:
        raise _refused("BAD_CLIENT_SECRET", "invalid_client", "missing or invalid client secret")


def _refused(status: str, error: str, words: str) -> ApiError:
    """Make the 400 of a token endpoint: ``status`` names the fault, unlike everywhere else."""
    refused = ApiError(400, words)
    refused.body = {"status": status, "message": words, "error": error, "error_description": words}
    return refused


def _token_json(call: Call, grant: Grant) -> Json:
    return {
        "token_type": "bearer",
        "refresh_token": grant.refresh_token,
        "access_token": grant.token,
        "expires_in": LIFETIME // 1000,
        "token_use": "access_token",
        "hub_id": call.portal.portal_id,
        "user_id": grant.user_id,
        "scopes": sorted(grant.scopes),
    }


def _signed(call: Call, grant: Grant) -> Json:
    """Render the token's inner form, whose signatures are left empty here."""
    return {
        "appId": grant.app_id,
        "hubId": call.portal.portal_id,
        "userId": grant.user_id,
        "installingUserId": grant.user_id,
        "expiresAt": grant.expires_at or 0,
        "hublet": "eu1",
        "scopes": " ".join(sorted(grant.scopes)),
        "scopeToScopeGroupPks": "",
        "trialScopes": "",
        "trialScopeToScopeGroupPks": "",
        "isPrivateDistribution": True,
        "isServiceAccount": False,
        "isUserLevel": False,
        "signature": "",
        "newSignature": "",
    }


def _left(call: Call, grant: Grant) -> int:
    return (grant.expires_at - call.portal.clock()) // 1000 if grant.expires_at is not None else LIFETIME // 1000
