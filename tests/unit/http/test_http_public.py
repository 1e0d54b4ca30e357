from __future__ import annotations

import crmbridge.http


def test_the_public_names_are_sorted_and_exist() -> None:
    assert crmbridge.http.__all__ == sorted(crmbridge.http.__all__)
    assert all(hasattr(crmbridge.http, name) for name in crmbridge.http.__all__)
