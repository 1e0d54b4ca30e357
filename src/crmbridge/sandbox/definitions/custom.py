"""The properties that every custom object has beside those of its schema."""

from __future__ import annotations

from typing import Final

CUSTOM: Final = """\
hubspot_owner_id|Owner|enumeration/select|o
hs_object_id|Record ID|number/number|r
hs_merged_object_ids|Merged record IDs|enumeration/checkbox|r
hs_object_source|Record creation source|string/text|r
hs_object_source_label|Record source|string/text|r
hs_createdate|Object create date/time|datetime/date|r
hs_lastmodifieddate|Object last modified date/time|datetime/date|r
"""
