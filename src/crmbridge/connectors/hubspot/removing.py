"""Remove what crmbridge made. A call that may have arrived is sent again: what is gone stays gone.

https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide
"""

from __future__ import annotations

from crmbridge.errors import FixRequest, RecordMissing, RetryLater
from crmbridge.http import HttpClient

_KEPT = 400


def remove(http: HttpClient, path: str) -> None:
    """Delete what a path names, unless it is gone.

    Raises:
        FixRequest: HubSpot keeps it. The category is its narrowest word for why, such as
            ``CANNOT_DELETE_PROPERTY_IN_USE`` or ``GROUP_WITH_ACTIVE_PROPERTIES``.
        RetryLater: The answer does not come from HubSpot.
    """
    try:
        http.delete(path)
    except RecordMissing as error:
        if not error.category:  # a proxy knows no path either
            raise RetryLater(f"{path}: the answer does not say that it is gone; run again later") from None
    except FixRequest as error:
        if error.status != _KEPT:
            raise
        narrow = error.context.get("subCategory", ())
        word = narrow[0].rpartition(".")[2] if narrow else error.category
        message = f"{path}: HubSpot keeps it ({word}); end there what still uses it, then run again"
        raise FixRequest(message, status=_KEPT, category=word, context=error.context) from None
