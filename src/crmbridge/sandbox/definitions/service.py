"""Standard properties of tickets and feedback; a ticket's stages come from the portal's pipelines."""

from __future__ import annotations

from typing import Final

SERVICE: Final = {
    "tickets": """\
@ticketinformation|Ticket information
subject|Ticket name|string/text|
content|Ticket description|string/textarea|
hs_pipeline|Pipeline|enumeration/select|
hs_pipeline_stage|Ticket status|enumeration/radio|
hs_ticket_priority|Priority|enumeration/select||LOW=Low;MEDIUM=Medium;HIGH=High;URGENT=Urgent
hs_ticket_category|Category|enumeration/checkbox||PRODUCT_ISSUE=Product issue;BILLING_ISSUE=Billing issue;\
FEATURE_REQUEST=Feature request;GENERAL_INQUIRY=General inquiry
source_type|Source|enumeration/select||CHAT=Chat;EMAIL=Email;FORM=Form;PHONE=Phone
hubspot_owner_id|Ticket owner|enumeration/select|o
closed_date|Close date|datetime/date|
hs_last_sales_activity_timestamp|Last Engagement Date|datetime/date|r
hs_object_id|Record ID|number/number|r
hs_merged_object_ids|Merged record IDs|enumeration/checkbox|r
hs_object_source|Record creation source|string/text|r
hs_object_source_label|Record source|string/text|r
createdate|Create date|datetime/date|
hs_lastmodifieddate|Last modified date|datetime/date|r
""",
    "feedback_submissions": """\
@feedback_submission_information|Feedback submission information
hs_survey_name|Survey name|string/text|
hs_survey_type|Survey type|enumeration/select||CES=CES;CSAT=CSAT;NPS=NPS;CUSTOM=Custom
hs_survey_channel|Survey source|enumeration/select||EMAIL=Email;WEB_PAGE=Web page
hs_submission_timestamp|Submission date|datetime/date|
hs_value|Rating|number/number|
hs_content|Response|string/textarea|
hs_contact_id|Contact ID|number/number|
hubspot_owner_id|Owner|enumeration/select|o
hs_object_id|Record ID|number/number|r
hs_merged_object_ids|Merged record IDs|enumeration/checkbox|r
hs_object_source|Record creation source|string/text|r
hs_object_source_label|Record source|string/text|r
hs_createdate|Object create date/time|datetime/date|r
hs_lastmodifieddate|Object last modified date/time|datetime/date|r
""",
}
