"""Standard company properties that a buying-center sync can meet."""

from __future__ import annotations

from typing import Final

COMPANIES: Final = """\
@companyinformation|Company information
name|Company name|string/text|
domain|Company Domain Name|string/text|
hs_additional_domains|Additional Domains|enumeration/checkbox|
website|Website URL|string/text|
phone|Phone Number|string/phonenumber|
address|Street Address|string/text|
city|City|string/text|
zip|Postal Code|string/text|
country|Country/Region|string/text|
description|Description|string/textarea|
industry|Industry|enumeration/select||AUTOMOTIVE=Automotive;BUILDING_MATERIALS=Building Materials;\
CHEMICALS=Chemicals;COMPUTER_SOFTWARE=Computer Software;CONSTRUCTION=Construction;\
ELECTRICAL_ELECTRONIC_MANUFACTURING=Electrical/Electronic Manufacturing;FINANCIAL_SERVICES=Financial Services;\
FOOD_PRODUCTION=Food Production;HOSPITAL_HEALTH_CARE=Hospital & Health Care;\
INFORMATION_TECHNOLOGY_AND_SERVICES=Information Technology and Services;\
LOGISTICS_AND_SUPPLY_CHAIN=Logistics and Supply Chain;MACHINERY=Machinery;\
MANAGEMENT_CONSULTING=Management Consulting;MECHANICAL_OR_INDUSTRIAL_ENGINEERING=Mechanical or Industrial \
Engineering;MEDICAL_DEVICES=Medical Devices;PHARMACEUTICALS=Pharmaceuticals;PLASTICS=Plastics;RETAIL=Retail;\
UTILITIES=Utilities;WHOLESALE=Wholesale
hs_industry_group|Industry group|enumeration/select||manufacturing=Manufacturing;services=Services;trade=Trade;\
technology=Technology
numberofemployees|Number of Employees|number/number|
hs_employee_range|Employee range|enumeration/select||1-10;11-50;51-200;201-500;501-1000;1001-5000;5001+
annualrevenue|Annual Revenue|number/number|
hs_revenue_range|Revenue range|enumeration/select||0-1M;1M-10M;10M-50M;50M-100M;100M-500M;500M+
lifecyclestage|Lifecycle Stage|enumeration/radio||subscriber=Subscriber;lead=Lead;\
marketingqualifiedlead=Marketing Qualified Lead;salesqualifiedlead=Sales Qualified Lead;\
opportunity=Opportunity;customer=Customer;evangelist=Evangelist;other=Other
hs_lead_status|Lead Status|enumeration/radio||NEW=New;OPEN=Open;IN_PROGRESS=In Progress;OPEN_DEAL=Open Deal;\
UNQUALIFIED=Unqualified;ATTEMPTED_TO_CONTACT=Attempted to Contact;CONNECTED=Connected;BAD_TIMING=Bad Timing
type|Type|enumeration/radio||PROSPECT=Prospect;PARTNER=Partner;RESELLER=Reseller;VENDOR=Vendor;OTHER=Other
web_technologies|Web Technologies|enumeration/checkbox||google_tag_manager=Google Tag Manager;shopware=Shopware;\
typo3=TYPO3;wordpress=WordPress
hubspot_owner_id|Company owner|enumeration/select|o
hs_parent_company_id|Parent Company|number/number|r
hs_num_child_companies|Number of child companies|number/calculation_rollup|c
hs_object_id|Record ID|number/number|r
hs_merged_object_ids|Merged record IDs|enumeration/checkbox|r
hs_object_source|Record creation source|string/text|r
hs_object_source_label|Record source|string/text|r
createdate|Create Date|datetime/date|r
hs_lastmodifieddate|Last Modified Date|datetime/date|r
@companyactivity|Company activity
num_associated_contacts|Number of Associated Contacts|number/calculation_rollup|c
num_associated_deals|Number of Associated Deals|number/calculation_rollup|c
hs_num_decision_makers|Number of decision makers|number/calculation_rollup|c
hs_num_blockers|Number of blockers|number/calculation_rollup|c
hs_num_contacts_with_buying_roles|Number of contacts with a buying role|number/calculation_rollup|c
hs_num_open_deals|Number of open deals|number/calculation_rollup|c
hs_total_deal_value|Total open deal value|number/calculation_rollup|c
hs_last_sales_activity_timestamp|Last Engagement Date|datetime/date|r
notes_last_contacted|Last Contacted|datetime/date|r
@target_accounts|Target accounts
hs_is_target_account|Target account|bool/booleancheckbox||true=Yes;false=No
hs_target_account|Target Account|enumeration/select||tier_1=Tier 1;tier_2=Tier 2;tier_3=Tier 3
hs_ideal_customer_profile|Ideal Customer Profile Tier|enumeration/select||tier_1=Tier 1;tier_2=Tier 2;tier_3=Tier 3
hs_target_account_probability|Target account probability|number/number|r
hs_csm_sentiment|Customer sentiment|enumeration/select||positive=Positive;neutral=Neutral;negative=Negative
"""
