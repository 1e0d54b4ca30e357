"""The title benchmark counts as it should, and its set is as its page says."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from benchmarks.titles import DATA, ROLES, SENIORITIES, Score, confusion, load, macro_f1, reading, scores, set_scores

PLUGIN = Path(__file__).parents[2] / "plugins" / "crmbridge-roles" / "tests" / "data" / "titles.tsv"


def test_f1_of_a_hand_example() -> None:
    found = scores(["a", "a", "a", "b"], ["a", "a", "b", "b"], "abc")
    assert found["a"] == Score(right=2, wrong=0, missed=1)
    assert found["b"] == Score(right=1, wrong=1, missed=0)
    assert found["a"].f1 == pytest.approx(0.8)  # 2·2 / (2·2 + 0 + 1)
    assert (found["b"].precision, found["b"].recall) == (0.5, 1.0)
    assert macro_f1(found) == pytest.approx((0.8 + 2 / 3) / 2)  # mutant: a class that never occurs counts as 0


def test_several_roles_count_one_by_one() -> None:
    truth = [frozenset({"buyer", "decider"}), frozenset({"user"}), frozenset[str]()]
    found = set_scores(truth, [frozenset({"buyer"}), frozenset({"user", "buyer"}), frozenset()], ROLES)
    assert found["buyer"] == Score(right=1, wrong=1, missed=0)  # mutant: only whole sets count
    assert found["decider"] == Score(right=0, wrong=0, missed=1)
    assert found["initiator"].f1 == 0.0
    assert macro_f1(found) == pytest.approx((2 / 3 + 0 + 1) / 3)


def test_a_row_of_the_confusion_table_is_what_was_labelled() -> None:
    lines = confusion(["a", "a", "b"], ["b", "a", "b"], "ab").splitlines()
    assert lines[2:] == ["| a | 1 | 1 |", "| b | · | 1 |"]  # mutant: rows and columns change places


def test_the_set_is_well_formed() -> None:
    titles = load()
    languages = Counter(title.language for title in titles)
    assert len(titles) >= 480
    assert len({title.text for title in titles}) == len(titles)
    assert languages["de"] >= 190
    assert languages["en"] >= 140
    assert min(languages[name] for name in ("fr", "nl", "es", "it")) >= 40
    assert {title.labels.seniority for title in titles} == {*SENIORITIES}
    assert all(title.text.strip() == title.text for title in titles)
    assert not any(
        title.labels.department != "none" or title.labels.roles for title in titles if title.labels.seniority == "none"
    )


def test_a_label_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "titles.tsv"
    path.write_text("language\ttitle\tseniority\tdepartment\troles\nde\tLeiter\tboss\tit\t\n")
    with pytest.raises(ValueError, match="boss"):
        load(path)


def test_the_set_is_the_frozen_one() -> None:
    frozen = hashlib.sha256(DATA.read_bytes()).hexdigest()
    assert frozen in (DATA.parent / "README.md").read_text(encoding="utf-8")  # a mend is told there, with the hash


def test_few_titles_are_among_the_plugins_own_examples() -> None:
    lines = PLUGIN.read_text(encoding="utf-8").splitlines()
    own = {line.split("\t")[0].casefold() for line in lines if line and not line.startswith("# ")}
    titles = [title.text.casefold() for title in load() if title.labels.seniority != "none"]
    assert sum(title in own for title in titles) <= len(titles) * SHARED


SHARED = 0.10
"""Some titles stand in every list: Geschäftsführer, CEO."""


def test_a_title_is_read_with_its_highest_rank_and_first_department() -> None:
    read = reading("Einkaufsleiter / Geschäftsführer")
    assert (read.seniority, read.department) == ("management", "purchasing")
    assert {"buyer", "decider"} <= read.roles  # mutant: roles of the first part only


def test_a_title_without_a_job_is_read_as_none() -> None:
    assert reading("-") == reading("")
    assert reading("").seniority == "none"
