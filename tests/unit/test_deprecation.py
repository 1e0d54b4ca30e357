from __future__ import annotations

import inspect

import pytest

from crmbridge.deprecation import CrmBridgeDeprecationWarning, Retirement, deprecated

LATER = Retirement(since="0.1", remove_in="99.0", use="new()")


@pytest.mark.parametrize(
    ("current", "over"),
    [("0.2.9", False), ("0.3.0", True), ("0.3", True), ("0.3.0rc1", True), ("0.10.0", True), ("1.0.0", True)],
)
def test_something_goes_at_the_version_that_is_named(current: str, over: bool) -> None:
    # Kills: versions compared as texts, by which 0.10 would come before 0.3; and > in place of >=.
    assert Retirement(since="0.1", remove_in="0.3", use="x").is_over(current) is over


def test_a_deprecated_function_works_and_blames_its_caller() -> None:
    @deprecated(since="0.1", remove_in="99.0", use="new()")
    def old(number: int) -> int:
        return number + 1

    with pytest.warns(
        CrmBridgeDeprecationWarning, match=r"old is deprecated since 0.1 and goes in 99.0: use new"
    ) as told:
        assert old(1) == 2
    assert told[0].filename == __file__


def test_a_function_that_was_to_go_fails_where_it_is_marked() -> None:
    with pytest.raises(RuntimeError, match=r"gone was to go in 0.0.1: delete it"):

        @deprecated(since="0.0", remove_in="0.0.1", use="new()")
        def gone() -> None: ...


def test_a_warning_about_a_plugin_names_the_line_of_its_function() -> None:
    def hook() -> None: ...

    with pytest.warns(CrmBridgeDeprecationWarning, match="hook") as told:
        LATER.warn("hook", hook)
    assert (told[0].filename, told[0].lineno) == (__file__, inspect.getsourcelines(hook)[1])


def test_python_hides_the_warning_from_users_and_pytest_shows_it_to_authors() -> None:
    assert issubclass(CrmBridgeDeprecationWarning, DeprecationWarning)
