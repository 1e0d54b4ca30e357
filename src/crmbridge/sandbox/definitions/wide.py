"""The contact properties that nobody asks for: with them a portal has about 400, as new portals do."""

from __future__ import annotations

from typing import Final

from crmbridge.sandbox.definitions.table import definition
from crmbridge.sandbox.envelope import Json

_STAGES: Final = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
_PER_STAGE: Final = {
    "hs_v2_date_entered_{}": "datetime",
    "hs_v2_date_exited_{}": "datetime",
    "hs_v2_latest_time_in_{}": "number",
    "hs_v2_cumulative_time_in_{}": "number",
    "hs_date_entered_{}": "datetime",
    "hs_date_exited_{}": "datetime",
    "hs_time_in_{}": "number",
    "hs_lifecyclestage_{}_date": "datetime",
}
# One family a line: the form of its names, the type of all of them, and what stands in the braces.
_FAMILIES: Final = """\
hs_analytics_{}|string|first_referrer last_referrer first_url last_url source_data_1 source_data_2 \
first_touch_converting_campaign last_touch_converting_campaign
hs_analytics_{}|datetime|first_timestamp last_timestamp first_visit_timestamp
hs_analytics_{}|number|average_page_views num_event_completions num_visits revenue
hs_email_{}|datetime|first_click_date first_open_date first_reply_date first_send_date last_click_date \
last_reply_date last_send_date recipient_fatigue_recovery_time last_engagement_date
hs_email_{}|number|bounce delivered sends_since_last_engagement hard_bounce_count soft_bounce_count
hs_email_{}|string|customer_quarantined_reason hard_bounce_reason last_email_name optimal_send_day_of_week \
optimal_send_time_of_day is_ineligible membership_status
hs_sequences_{}|number|actively_enrolled_count enrolled_count is_enrolled_count paused_count finished_count
hs_latest_{}|string|source_data_1 source_data_2 meeting_activity sequence_ended_reason disqualified_lead
hs_latest_{}|datetime|source_timestamp sequence_enrolled_date sequence_ended_date sequence_finished_date \
sequence_unenrolled_date open_lead_date qualified_lead_date disqualified_lead_date
hs_searchable_calculated_{}|string|phone_number mobile_number international_mobile_number \
international_phone_number
hs_calculated_{}|string|form_submissions mobile_number phone_number phone_number_area_code \
phone_number_country_code phone_number_region_code
hs_content_membership_{}|string|email notes registration_domain_sent_to status email_confirmed \
follow_up_enqueued_at
hs_content_membership_{}|datetime|registered_at registration_email_sent_at
hs_social_{}|number|facebook_clicks google_plus_clicks linkedin_clicks twitter_clicks num_broadcast_clicks
hs_social_{}|datetime|last_engagement
hs_feedback_{}|string|last_ces_survey_follow_up last_ces_survey_rating last_csat_survey_follow_up \
last_csat_survey_rating last_nps_follow_up last_nps_rating show_nps_web_survey
hs_feedback_{}|datetime|last_survey_date last_ces_survey_date last_csat_survey_date last_nps_survey_date
ip_{}|string|city country country_code latlon state state_code zipcode
hs_ip_{}|string|timezone region company network
hs_time_{}|number|between_contact_creation_and_deal_close between_contact_creation_and_deal_creation \
to_first_engagement to_move_from_lead_to_customer to_move_from_marketingqualifiedlead_to_customer \
to_move_from_opportunity_to_customer to_move_from_salesqualifiedlead_to_customer \
to_move_from_subscriber_to_customer
hs_{}|number|count_is_unworked count_is_worked is_contact predictivecontactscore predictivecontactscore_v2 \
predictivecontactscorebucket predictivescoringtier emailconfirmationstatus all_accessible_team_count \
num_broadcasts num_sequences_enrolled first_engagement_object_id tasks_open_count calls_count meetings_count \
whatsapp_count sms_count chats_count tickets_count open_tickets_count
hs_{}|string|all_contact_vids avatar_filemanager_key buying_stage clicked_linkedin_ad cross_sell_opportunity \
conversations_visitor_email created_by_conversations data_privacy_ads_consent degree emailconfirmation \
facebook_ad_clicked facebook_click_id field_of_study full_name_or_email gender google_click_id \
google_ads_campaign graduation_date inferred_language_codes initial_source_page intent_paid_up_to_date \
intent_signals_enabled journey_stage job_level job_title_normalised last_sales_activity_type lead_origin \
linkedin_ad_clicked linkedin_click_id manual_campaign_ids marital_status messaging_engagement_score \
membership_last_private_content_access military_status mobile_sdk_push_tokens pinned_engagement_id \
prospecting_agent_context prospecting_agent_status quarantined_emails recent_closed_order recent_source_page \
relationship_status route_to_market sa_first_engagement_descr sa_first_engagement_object_type school \
shared_team_ids shared_user_ids start_date state_code sub_industry survey_invited timezone_source \
unique_creation_key university updated_by_user_id usage_segment user_ids_of_all_notification_followers \
user_ids_of_all_notification_unfollowers user_ids_of_all_owners was_imported whatsapp_phone_number work_email \
work_phone
hs_{}|datetime|associated_target_accounts_date content_first_seen_date created_date_shadow double_opt_in_date \
document_last_revisited first_closed_order_date first_order_closed_date first_outreach_date \
first_subscription_create_date last_activity_date_shadow last_call_date last_contacted_by_chat_date \
last_logged_outgoing_email_date last_meeting_booked_date last_metered_enrichment_timestamp last_note_date \
last_sales_activity_date last_sms_date last_survey_invited_date last_task_date last_ticket_date \
last_whatsapp_date lead_created_date marketable_since_date next_meeting_date next_task_date recent_order_date \
registration_date renewal_date sa_first_engagement_date sales_last_call_date sales_last_linkedin_date \
sales_last_video_date trial_end_date trial_start_date
{}|string|annualrevenue associatedcompanylastupdated currentlyinworkflow date_of_birth degree field_of_study \
first_conversion_event_name followercount gender graduation_date hubspot_team_name hubspotscore \
kloutscoregeneral linkedinbio linkedinconnections marital_status message military_status num_employees \
numemployees owneremail ownername photo relationship_status school start_date state surveymonkeyeventlastupdated \
total_revenue twitterbio twitterhandle twitterprofilephoto webinareventlastupdated work_email days_to_close \
num_unique_conversion_events
{}|datetime|closedate first_deal_created_date recent_deal_close_date
{}|number|recent_deal_amount
"""
_FIELDS: Final = {"string": "text", "number": "number", "datetime": "date"}


def wide_contacts(created: str) -> dict[str, Json]:
    """Return the definitions by name, all read-only but those without ``hs_`` in front."""
    shapes = {form.format(stage): type_ for form, type_ in _PER_STAGE.items() for stage in _STAGES}
    for line in _FAMILIES.splitlines():
        form, type_, names = line.split("|")
        shapes |= {form.format(name): type_ for name in names.split()}
    return {name: _made(name, type_, created) for name, type_ in shapes.items()}


def _made(name: str, type_: str, created: str) -> Json:
    label = name.removeprefix("hs_").replace("_", " ").capitalize()
    made = definition(name, label, type_, _FIELDS[type_], "contactinformation", created=created)
    made["hubspotDefined"] = True
    fixed = {"archivable": False, "readOnlyDefinition": True, "readOnlyValue": name.startswith("hs_")}
    made["modificationMetadata"] |= fixed
    return made
