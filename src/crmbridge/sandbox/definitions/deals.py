"""Standard deal properties; the options of pipeline and stage come from the portal's pipelines."""

from __future__ import annotations

from typing import Final

DEALS: Final = """\
@dealinformation|Deal information
dealname|Deal Name|string/text|
description|Deal Description|string/textarea|
amount|Amount|number/number|$
amount_in_home_currency|Amount in company currency|number/calculation_equation|c
deal_currency_code|Currency|enumeration/select||EUR=Euro;CHF=Swiss Franc;GBP=British Pound;USD=US Dollar
pipeline|Pipeline|enumeration/select|
dealstage|Deal Stage|enumeration/radio|
closedate|Close Date|datetime/date|
dealtype|Deal Type|enumeration/radio||newbusiness=New Business;existingbusiness=Existing Business
hs_priority|Priority|enumeration/select||low=Low;medium=Medium;high=High
hubspot_owner_id|Deal owner|enumeration/select|o
hs_next_step|Next step|string/text|
closed_lost_reason|Closed Lost Reason|string/textarea|
closed_won_reason|Closed Won Reason|string/textarea|
hs_manual_forecast_category|Forecast category|enumeration/select||OMIT=Not forecasted;PIPELINE=Pipeline;\
BEST_CASE=Best case;COMMIT=Commit;CLOSED=Closed won
hs_deal_stage_probability|Deal probability|number/calculation_equation|c
hs_forecast_amount|Forecast amount|number/calculation_equation|c
hs_projected_amount|Weighted amount|number/calculation_equation|c
hs_is_closed|Is Deal Closed?|bool/calculation_equation|c
hs_is_closed_won|Is Closed Won|bool/calculation_equation|c
days_to_close|Days to close|number/calculation_equation|c
num_associated_contacts|Number of Associated Contacts|number/calculation_rollup|c
num_notes|Number of Sales Activities|number/number|r
notes_last_contacted|Last Contacted|datetime/date|r
hs_last_sales_activity_timestamp|Last Engagement Date|datetime/date|r
hs_analytics_source|Original Source Type|enumeration/select|r|ORGANIC_SEARCH=Organic search;\
PAID_SEARCH=Paid search;EMAIL_MARKETING=Email marketing;REFERRALS=Referrals;DIRECT_TRAFFIC=Direct traffic;\
OFFLINE=Offline sources
hs_object_id|Record ID|number/number|r
hs_merged_object_ids|Merged record IDs|enumeration/checkbox|r
hs_object_source|Record creation source|string/text|r
hs_object_source_label|Record source|string/text|r
createdate|Create Date|datetime/date|
hs_createdate|Object create date/time|datetime/date|r
hs_lastmodifieddate|Last Modified Date|datetime/date|r
"""
