"""The token is taken away in the middle of an apply: it stops, loses nothing, and goes on with another token."""

from __future__ import annotations

import json
from pathlib import Path

from crmbridge.connectors.hubspot.capabilities import CALLS_AT_ONCE
from crmbridge.sandbox.envelope import Request

from .sanity import CHANGES, CONTACTS, FAILED, UPDATE, Site, Template, assert_sane

RENEWED = "pat-sandbox-renewed-0011223344"


def revoke_at(site: Site, number: int) -> list[int]:
    """Take the token away when the given batch arrives; the list fills with how many calls were made until then."""
    seen: list[int] = []

    def look(request: Request) -> None:
        if request.path.endswith(UPDATE) and len(site.ledger.batches) == number and not seen:
            seen.append(site.portal.calls.count())
            site.portal.token = RENEWED

    site.ledger.before = look
    return seen


def test_t25_a_token_revoked_in_an_apply_stops_it_and_another_one_goes_on(site: Site) -> None:
    """Kills: taking a refused call for rejected rows; asking on and on with a dead token."""
    old = site.portal.token
    seen = revoke_at(site, 2)
    said = site.apply()
    assert (said.code, said.error) == (FAILED, "FixCredential")
    assert site.portal.calls.count() - seen[0] <= min(6, CALLS_AT_ONCE)  # one of each thread that was under way
    assert site.states().keys() <= {"confirmed", "planned", "sending"}
    calls = site.portal.calls.count()
    assert site.apply().error == "FixCredential"
    assert site.portal.calls.count() == calls + 1
    site.set_token(RENEWED)
    assert site.apply().code == CHANGES
    assert site.states() == {"confirmed": 2 * CONTACTS}
    assert site.values() == site.wanted()
    assert set(site.ledger.applied.values()) == {1}
    assert old not in "\n".join(site.said)
    assert_sane(site)


def test_t25_another_account_goes_on_while_one_is_locked_out(site: Site, next_plan: Template, tmp_path: Path) -> None:
    """Kills: an error of one connection that ends the work on all (I9)."""
    with Site.of(next_plan, tmp_path / "other") as other:
        other.portal.portal_id += 1
        address = other.config.read_text().partition('base_url = "')[2].partition('"')[0]
        (site.folder / "token-other").write_text(other.portal.token)
        (site.folder / "token-other").chmod(0o600)
        site.config.write_text(
            f'[connections.alpha]\nconnector = "hubspot"\ntoken = "file:token-other"\nbase_url = "{address}"\n'
            f"index_lag_seconds = 0\ncalls_per_10s = 1000\n{site.config.read_text()}"
            "[writeback.guard]\nfirst_apply = false\nrows = 10_000\nchanged_percent = 100\n"
        )
        revoke_at(site, 1)
        words = ("run", "--all", "--json", "-c", str(site.config))
        code, printed = site.printed(*words)
        alpha, main = (json.loads(line) for line in printed.splitlines())
        assert (code, alpha["status"], main["error"]["type"]) == (FAILED, "done", "FixCredential")
        assert other.values() == other.wanted()
        site.set_token(RENEWED)
        assert site.printed(*words)[0] == 0
        assert site.values() == site.wanted()
        assert set(site.ledger.applied.values()) == {1}
