"""Standard contact properties that a buying-center sync can meet."""

from __future__ import annotations

from typing import Final

CONTACTS: Final = """\
@contactinformation|Contact information
email|Email|string/text|u
hs_additional_emails|Additional email addresses|enumeration/checkbox|
firstname|First Name|string/text|
lastname|Last Name|string/text|
salutation|Salutation|string/text|
jobtitle|Job Title|string/text|
phone|Phone Number|string/phonenumber|
mobilephone|Mobile Phone Number|string/phonenumber|
fax|Fax Number|string/text|
company|Company Name|string/text|
website|Website URL|string/text|
address|Street Address|string/text|
city|City|string/text|
zip|Postal Code|string/text|
country|Country/Region|string/text|
hs_country_region_code|Country/Region Code|string/text|
hs_language|Preferred language|enumeration/select||de=German;en=English;fr=French;it=Italian;nl=Dutch
hs_timezone|Time Zone|enumeration/select||europe_slash_berlin=Europe/Berlin;europe_slash_london=Europe/London
hs_linkedin_url|LinkedIn URL|string/text|
industry|Industry|string/text|
seniority|Seniority|string/text|
job_function|Job function|string/text|
hs_seniority|Employment Seniority|enumeration/select||owner=Owner;partner=Partner;executive=Executive;vp=VP;\
director=Director;manager=Manager;senior=Senior;employee=Employee;entry=Entry
hs_role|Employment Role|enumeration/select||accounting=Accounting;administrative=Administrative;\
consulting=Consulting;engineering=Engineering;finance=Finance;human_resources=Human Resources;\
information_technology=Information Technology;legal=Legal;marketing=Marketing;operations=Operations;\
product=Product;purchasing=Purchasing;sales=Sales;support=Support
hs_sub_role|Employment Sub Role|enumeration/select||account_manager=Account Manager;buyer=Buyer;\
data_protection=Data Protection;executive_assistant=Executive Assistant;quality=Quality;software=Software
hs_persona|Persona|enumeration/select||persona_1=Technik;persona_2=Einkauf;persona_3=Geschäftsleitung
hubspot_owner_id|Contact owner|enumeration/select|o
hubspot_owner_assigneddate|Owner assigned date|datetime/date|r
hubspot_team_id|HubSpot team|enumeration/select|r
associatedcompanyid|Primary Associated Company ID|number/number|r
lifecyclestage|Lifecycle Stage|enumeration/radio||subscriber=Subscriber;lead=Lead;\
marketingqualifiedlead=Marketing Qualified Lead;salesqualifiedlead=Sales Qualified Lead;\
opportunity=Opportunity;customer=Customer;evangelist=Evangelist;other=Other
hs_lead_status|Lead Status|enumeration/radio||NEW=New;OPEN=Open;IN_PROGRESS=In Progress;OPEN_DEAL=Open Deal;\
UNQUALIFIED=Unqualified;ATTEMPTED_TO_CONTACT=Attempted to Contact;CONNECTED=Connected;BAD_TIMING=Bad Timing
hs_legal_basis|Legal basis for processing contact's data|enumeration/checkbox||\
Legitimate interest \u2013 prospect/lead;Legitimate interest \u2013 existing customer;Legitimate interest - other;\
Performance of a contract;Freely given consent from contact;Not applicable
hs_marketable_status|Marketing contact status|enumeration/select|r|true=Marketing contact;false=Non-marketing contact
hs_marketable_until_renewal|Marketing contact until next update|enumeration/select|r|true=Yes;false=No
hs_marketable_reason_type|Marketing contact status source type|string/text|r
hs_is_unworked|Contact unworked|bool/calculation_equation|c
hs_pipeline|Pipeline|enumeration/select||contacts-lifecycle-pipeline=Lifecycle Stage Pipeline
hs_object_id|Record ID|number/number|r
hs_merged_object_ids|Merged record IDs|enumeration/checkbox|r
hs_calculated_merged_vids|Merged vids with timestamps of a contact|enumeration/checkbox|c
hs_object_source|Record creation source|string/text|r
hs_object_source_label|Record source|string/text|r
hs_object_source_id|Record creation source ID|string/text|r
hs_object_source_detail_1|Record source detail 1|string/text|r
createdate|Create Date|datetime/date|r
lastmodifieddate|Last Modified Date|datetime/date|r
hs_lastmodifieddate|Object last modified date/time|datetime/date|r
@sales_properties|Sales properties
hs_buying_role|Buying Role|enumeration/checkbox||BLOCKER=Blocker;BUDGET_HOLDER=Budget Holder;\
CHAMPION=Champion;DECISION_MAKER=Decision Maker;END_USER=End User;EXECUTIVE_SPONSOR=Executive Sponsor;\
INFLUENCER=Influencer;LEGAL_AND_COMPLIANCE=Legal & Compliance;OTHER=Other
notes_last_contacted|Last Contacted|datetime/date|r
notes_last_updated|Last Activity Date|datetime/date|r
num_notes|Number of Sales Activities|number/number|r
num_contacted_notes|Number of times contacted|number/number|r
num_associated_deals|Number of Associated Deals|number/calculation_rollup|c
hs_last_sales_activity_timestamp|Last Engagement Date|datetime/date|r
hs_sales_email_last_replied|Recent Sales Email Replied Date|datetime/date|r
hs_sales_email_last_opened|Recent Sales Email Opened Date|datetime/date|r
hs_sales_email_last_clicked|Recent Sales Email Clicked Date|datetime/date|r
engagements_last_meeting_booked|Date of last meeting booked in meetings tool|datetime/date|r
hs_employment_change_detected_date|Employment change detected date|datetime/date|r
hs_job_change_detected_date|Job change detected date|datetime/date|r
@emailinformation|Email information
hs_email_domain|Email Domain|string/text|r
hs_email_optout|Unsubscribed from all email|bool/booleancheckbox|r|true=Yes;false=No
hs_email_optout_8472915|Opted out of email: Newsletter|bool/booleancheckbox|r|true=Yes;false=No
hs_email_bad_address|Invalid email address|bool/booleancheckbox|r|true=Yes;false=No
hs_email_hard_bounce_reason_enum|Email hard bounce reason|enumeration/select|r|CONTENT=Content;\
MAILBOX_FULL=Mailbox full;OTHER=Other;POLICY=Policy;SPAM=Spam;UNKNOWN_USER=Unknown user
hs_email_quarantined|Email address quarantined|bool/booleancheckbox|r|true=Yes;false=No
hs_email_quarantined_reason|Email address quarantine reason|enumeration/select|r|SUSPENSION_REMEDIATION=Suspension;\
TRAFFIC_POLICY=Traffic policy
hs_email_last_open_date|Last marketing email open date|datetime/date|r
hs_email_open|Marketing emails opened|number/number|r
hs_email_click|Marketing emails clicked|number/number|r
hs_email_replied|Marketing emails replied|number/number|r
@analyticsinformation|Web analytics history
hs_analytics_source|Original Traffic Source|enumeration/select|r|ORGANIC_SEARCH=Organic search;\
PAID_SEARCH=Paid search;EMAIL_MARKETING=Email marketing;REFERRALS=Referrals;DIRECT_TRAFFIC=Direct traffic;\
OFFLINE=Offline sources
hs_latest_source|Latest Traffic Source|enumeration/select|r|ORGANIC_SEARCH=Organic search;\
PAID_SEARCH=Paid search;EMAIL_MARKETING=Email marketing;REFERRALS=Referrals;DIRECT_TRAFFIC=Direct traffic;\
OFFLINE=Offline sources
hs_analytics_num_page_views|Number of Pageviews|number/number|r
hs_analytics_last_visit_timestamp|Time of Last Session|datetime/date|r
@conversioninformation|Conversion information
first_conversion_date|First Conversion Date|datetime/date|r
recent_conversion_date|Recent Conversion Date|datetime/date|r
recent_conversion_event_name|Recent Conversion|string/text|r
num_conversion_events|Number of Form Submissions|number/number|r
"""
