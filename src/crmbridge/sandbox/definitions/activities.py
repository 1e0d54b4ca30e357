"""Standard properties of the activity objects: emails, meetings, calls, notes, messages, letters and tasks."""

from __future__ import annotations

from typing import Final

_COMMON: Final = """\
@engagement|Activity
hs_timestamp|Activity date|datetime/date|
hubspot_owner_id|Activity assigned to|enumeration/select|o
hs_body_preview|Body preview|string/textarea|r
hs_engagement_source|Engagement source|string/text|r
hs_engagement_source_id|Engagement source ID|string/text|r
hs_created_by_user_id|Created by user ID|number/number|r
hs_unique_id|Unique ID|string/text|r
hs_attachment_ids|Attached file IDs|enumeration/checkbox|
hs_object_id|Record ID|number/number|r
hs_merged_object_ids|Merged record IDs|enumeration/checkbox|r
hs_object_source|Record creation source|string/text|r
hs_object_source_label|Record source|string/text|r
hs_createdate|Object create date/time|datetime/date|r
hs_lastmodifieddate|Object last modified date/time|datetime/date|r
"""

ACTIVITIES: Final = {
    "emails": _COMMON
    + """\
@email|Email information
hs_email_direction|Email Direction|enumeration/select||EMAIL=Email;INCOMING_EMAIL=Incoming Email;\
FORWARDED_EMAIL=Forwarded Email
hs_email_status|Email Send Status|enumeration/select||SENT=Sent;BOUNCED=Bounced;FAILED=Failed;\
SCHEDULED=Scheduled;SENDING=Sending
hs_email_subject|Email subject|string/text|
hs_email_text|Text body|string/textarea|
hs_email_html|Email HTML body|string/html|
hs_email_headers|Email headers|string/textarea|
hs_email_from_email|Email From Address|string/text|c
hs_email_to_email|Email To Address|string/text|c
hs_email_cc_email|Email CC Address|string/text|c
hs_email_thread_id|Email Thread ID|string/text|r
hs_email_message_id|Email Message ID|string/text|r
hs_email_open_count|Number of email opens|number/number|r
hs_email_click_count|Number of email clicks|number/number|r
hs_email_reply_count|Number of email replies|number/number|r
""",
    "meetings": _COMMON
    + """\
@meeting|Meeting information
hs_meeting_title|Meeting name|string/text|
hs_meeting_body|Meeting description|string/html|
hs_internal_meeting_notes|Internal meeting notes|string/html|
hs_meeting_start_time|Meeting start time|datetime/date|
hs_meeting_end_time|Meeting end time|datetime/date|
hs_meeting_outcome|Meeting outcome|enumeration/select||SCHEDULED=Scheduled;COMPLETED=Completed;\
RESCHEDULED=Rescheduled;NO_SHOW=No show;CANCELED=Canceled
hs_meeting_location|Meeting location|string/text|
hs_meeting_external_url|External URL|string/text|
hs_activity_type|Call and meeting type|enumeration/select|
hs_attendee_owner_ids|Attendee owners|enumeration/checkbox|
""",
    "calls": _COMMON
    + """\
@call|Call information
hs_call_title|Call Title|string/text|
hs_call_body|Call notes|string/html|
hs_call_direction|Call direction|enumeration/select||INBOUND=Inbound;OUTBOUND=Outbound
hs_call_disposition|Call outcome|enumeration/select|
hs_call_duration|Call duration|number/number|
hs_call_status|Call status|enumeration/select||COMPLETED=Completed;NO_ANSWER=No answer;BUSY=Busy;\
CANCELED=Canceled;FAILED=Failed;QUEUED=Queued;RINGING=Ringing;IN_PROGRESS=In progress
hs_call_from_number|From number|string/text|
hs_call_to_number|To number|string/text|
hs_call_recording_url|Recording URL|string/text|
hs_call_has_transcript|Has transcript|bool/booleancheckbox|r|true=Yes;false=No
hs_activity_type|Call and meeting type|enumeration/select|
""",
    "notes": _COMMON
    + """\
@note|Note information
hs_note_body|Note body|string/html|
""",
    "communications": _COMMON
    + """\
@communication|Message information
hs_communication_channel_type|Channel|enumeration/select||WHATS_APP=WhatsApp;LINKEDIN_MESSAGE=LinkedIn message;\
SMS=SMS
hs_communication_logged_from|Logged from|enumeration/select||CRM=CRM
hs_communication_body|Message|string/html|
""",
    "postal_mail": _COMMON
    + """\
@postal_mail|Postal mail information
hs_postal_mail_type|Type|string/text|
hs_postal_mail_body|Notes|string/html|
""",
    "tasks": _COMMON
    + """\
@task|Task information
hs_task_subject|Task Title|string/text|
hs_task_body|Task Notes|string/html|
hs_task_status|Task Status|enumeration/select||NOT_STARTED=Not started;IN_PROGRESS=In progress;\
WAITING=Waiting;DEFERRED=Deferred;COMPLETED=Completed
hs_task_priority|Priority|enumeration/select||NONE=None;LOW=Low;MEDIUM=Medium;HIGH=High
hs_task_type|Task Type|enumeration/select||TODO=To-do;EMAIL=Email;CALL=Call
hs_task_reminders|Reminders|string/text|
hs_task_completion_date|Completed at|datetime/date|r
""",
}
