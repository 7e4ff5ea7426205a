import numpy as np
import pytest

from memsvc.evals.scoring.measures import (
    auroc,
    columns,
    estimate,
    grade,
    grade_sessions,
    paired_difference,
)


def test_recall_is_the_share_of_the_evidence_among_the_first() -> None:
    grades = grade(["a", "x", "b", "x2", "x3", "c"], {"a", "b", "c", "d"})

    assert [grades[f"recall@{k}"] for k in (2, 5, 10, 20)] == [0.25, 0.5, 0.75, 0.75]


def test_a_turn_named_twice_counts_once() -> None:
    """A hit may stand for several turns, and another hit for some of them again."""
    grades = grade(["x", "x", "a"], {"a"})

    assert (grades["recall@2"], grades["mrr"]) == (1.0, 0.5)


def test_mrr_looks_at_the_first_evidence() -> None:
    assert grade(["x", "y", "b", "a"], {"a", "b"})["mrr"] == pytest.approx(1 / 3)


def test_what_stands_after_the_twentieth_does_not_count() -> None:
    ranked = [str(number) for number in range(30)]

    assert grade(ranked, {"20"})["mrr"] == grade(ranked, {"20"})["recall@20"] == 0.0
    assert grade(ranked, {"19"})["mrr"] == 1 / 20


def test_all_evidence_wants_every_turn() -> None:
    grades = grade(["a", "x", "b"], {"a", "b"})

    assert (grades["all-evidence@2"], grades["all-evidence@5"]) == (0.0, 1.0)


def test_no_hits_find_nothing() -> None:
    assert set(grade([], {"a"}).values()) == {0.0}


def test_a_session_counts_where_its_first_turn_stands() -> None:
    grades = grade_sessions(["s1", "s1", "s2", "s3"], {"s2", "s3"})

    assert (grades["session-any@2"], grades["session-all@2"]) == (1.0, 0.0)
    assert (grades["session-any@5"], grades["session-all@5"]) == (1.0, 1.0)


def test_a_session_that_was_not_found_leaves_all_unfound() -> None:
    grades = grade_sessions(["s1"], {"s1", "s2"})

    assert (grades["session-any@20"], grades["session-all@20"]) == (1.0, 0.0)


def test_grades_become_one_column_a_metric() -> None:
    found = columns([grade(["a"], {"a"}), grade(["b"], {"a"})])

    assert found["mrr"].tolist() == [1.0, 0.0]


def test_an_estimate_of_equal_values_is_certain() -> None:
    found = estimate(np.full(10, 0.5), seed=0)

    assert (found.mean, found.low, found.high) == (0.5, 0.5, 0.5)


def test_an_interval_is_as_wide_as_theory_says() -> None:
    """Of 400 coin flips the mean has a standard error of .025: the interval is .098 wide."""
    found = estimate(np.repeat([0.0, 1.0], 200), seed=0)

    assert found.low == pytest.approx(0.5 - 0.049, abs=0.005)
    assert found.high == pytest.approx(0.5 + 0.049, abs=0.005)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.arange(50) / 50

    assert estimate(values, seed=3) == estimate(values, seed=3)
    assert estimate(values, seed=3) != estimate(values, seed=4)


def test_a_difference_that_every_question_shows_is_certain() -> None:
    """Hard and easy questions differ by far more, but both rows meet the same ones."""
    theirs = np.linspace(0.0, 0.75, 40)

    found = paired_difference(theirs + 0.25, theirs, seed=0)

    assert (found.mean, found.low, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_the_area_under_the_curve_counts_ties_for_a_half() -> None:
    truth = np.array([True, True, False, False])

    assert auroc(np.array([4.0, 3.0, 2.0, 1.0]), truth) == 1.0
    assert auroc(np.array([1.0, 2.0, 3.0, 4.0]), truth) == 0.0
    assert auroc(np.array([3.0, 1.0, 1.0, 1.0]), truth) == 0.75
    assert auroc(np.ones(3), np.ones(3, dtype=bool)) == 0.5
