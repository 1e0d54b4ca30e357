"""Standard properties of products and of the line items that deals carry."""

from __future__ import annotations

from typing import Final

_PRICE: Final = """\
name|Name|string/text|
description|Description|string/textarea|
hs_sku|SKU|string/text|
price|Unit price|number/number|
hs_cost_of_goods_sold|Unit cost|number/number|
hs_recurring_billing_period|Term|string/text|
recurringbillingfrequency|Billing frequency|enumeration/select||monthly=Monthly;quarterly=Quarterly;annually=Annually
hs_object_id|Record ID|number/number|r
hs_merged_object_ids|Merged record IDs|enumeration/checkbox|r
hs_object_source|Record creation source|string/text|r
hs_object_source_label|Record source|string/text|r
createdate|Create date|datetime/date|r
hs_createdate|Object create date/time|datetime/date|r
hs_lastmodifieddate|Last modified date|datetime/date|r
"""

COMMERCE: Final = {
    "products": "@productinformation|Product information\n" + _PRICE,
    "line_items": "@lineiteminformation|Line item information\n"
    + _PRICE
    + """\
hs_product_id|Product ID|number/number|
quantity|Quantity|number/number|
discount|Unit discount|number/number|
amount|Net price|number/calculation_equation|c
hs_line_item_currency_code|Currency|enumeration/select||EUR=Euro;CHF=Swiss Franc;GBP=British Pound;USD=US Dollar
""",
}
