from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.centers.channels import described
from crmbridge.model import Engagement, Participant
from crmbridge.model.touchpoints import ACTIONS, CHANNELS

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def touch(name: Any, **more: Any) -> Engagement:
    return Engagement(object=name, id="1", at=AT, **more)


@pytest.mark.parametrize(
    ("engagement", "channel", "action"),
    [
        (touch("email", direction="in"), "sales_email", "inbound_message"),
        (touch("email", direction="out"), "sales_email", "outbound"),
        (touch("call", direction="in"), "phone", "inbound_call"),
        (touch("call", direction="out"), "phone", "outbound"),
        (touch("call"), "phone", "other"),
        (touch("meeting", direction="both"), "meeting", "meeting"),
        (touch("form_submission", direction="in"), "form", "form"),
        (touch("communication", channel="linkedin", direction="out"), "linkedin", "outbound"),
        (touch("communication", channel="xing", direction="in"), "xing", "inbound_message"),
        (touch("communication", channel="whatsapp", direction="in"), "phone", "inbound_message"),
        (touch("communication", channel="fax"), "other", "other"),
        (touch("postal_mail", direction="out"), "postal_mail", "outbound"),
        (touch("note"), "internal", "other"),
        (touch("task"), "internal", "other"),
        (touch("touchpoint", channel="trade_fair"), "trade_fair", "event_attended"),
        (touch("touchpoint", channel="website", action="key_page"), "website", "key_page"),
        (touch("touchpoint", channel="carrier pigeon"), "other", "other"),
        (touch("touchpoint"), "other", "other"),
    ],
)
def test_channel_and_action_follow_from_what_the_engagement_is(
    engagement: Engagement, channel: str, action: str
) -> None:
    seen = described(engagement)
    assert (seen.channel, seen.action) == (channel, action)


@pytest.mark.parametrize(
    ("title", "channel"),
    [
        ("Jour fixe via Teams", "video_call"),
        ("Zoom: Demo", "video_call"),
        ("Microsoft Teams-Besprechung", "video_call"),
        ("Google Meet mit Einkauf", "video_call"),
        ("Videokonferenz", "video_call"),
        ("Webinar Kundenbindung", "webinar"),
        ("Hannover Messe, Halle 4", "trade_fair"),
        ("Messegespräch", "trade_fair"),
        ("Booth talk at the trade fair", "trade_fair"),
        ("Meet the new buyer", "meeting"),
        ("Vorstellung des Teams", "meeting"),
        ("Messergebnisse besprechen", "meeting"),
        ("Anforderungen an die Messetechnik", "meeting"),
        (None, "meeting"),
    ],
)
def test_the_title_of_a_meeting_tells_where_it_was_and_common_words_do_not(title: str | None, channel: str) -> None:
    # kills: "meet", "teams" or the beginning "messe" alone as a sign
    assert described(touch("meeting", subject=title, direction="both")).channel == channel


def mail_to(number: int, domain: str = "client{}.example") -> Engagement:
    people = [Participant(address=f"p{place}@{domain.format(place)}", part="to") for place in range(number)]
    return touch("email", direction="out", participants=(Participant(address="s@vendor.example", part="from"), *people))


def test_an_email_to_more_than_twelve_outside_addresses_is_shown_to_them_and_meant_for_nobody() -> None:
    # kills: >= for >, and counting our own people
    mass = described(mail_to(13))
    assert (mass.channel, mass.nature, mass.one_to_one) == ("marketing_email", "exposure", False)
    assert described(mail_to(12)).channel == "sales_email"
    assert described(mail_to(13, "vendor.example")).channel == "sales_email"


def test_what_is_shown_is_an_exposure_and_what_is_done_there_an_activity() -> None:
    # kills: an open that counts as something somebody did
    assert described(touch("touchpoint", channel="out_of_home", direction="out")).nature == "exposure"
    assert described(touch("touchpoint", channel="newsletter")).nature == "exposure"
    assert described(touch("touchpoint", channel="newsletter", action="open")).nature == "exposure"
    assert described(touch("touchpoint", channel="newsletter", action="click")).nature == "activity"
    assert described(touch("touchpoint", channel="display_ad", action="click")).nature == "activity"


def test_letters_and_fairs_are_offline_and_review_portals_are_seen_without_us() -> None:
    letter, fair = described(touch("postal_mail")), described(touch("touchpoint", channel="trade_fair"))
    assert [(one.observability, one.online) for one in (letter, fair)] == [("offline", False)] * 2
    assert described(touch("touchpoint", channel="review_portal")).observability == "indirect"
    assert described(touch("email", direction="in")).observability == "direct"
    assert described(touch("meeting", direction="both")).online is None


@given(
    name=st.sampled_from(
        ("email", "meeting", "call", "note", "task", "communication", "postal_mail", "form_submission", "touchpoint")
    ),
    direction=st.sampled_from(("in", "out", "both", "internal")),
    channel=st.none() | st.sampled_from(CHANNELS) | st.text(max_size=5),
    action=st.none() | st.sampled_from(ACTIONS),
)
def test_every_engagement_is_described_in_our_words(
    name: str, direction: str, channel: str | None, action: str | None
) -> None:
    seen = described(touch(name, direction=direction, channel=channel, action=action))
    assert seen.channel in CHANNELS
    assert seen.action in ACTIONS
