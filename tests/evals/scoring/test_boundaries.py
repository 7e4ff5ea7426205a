"""Pk, WindowDiff and F1 on dialogues small enough to grade by hand."""

import numpy as np
import pytest

from memsvc.evals.scoring.boundaries import Boundaries, f1, pk, window, windowdiff


def cut(marks: str) -> Boundaries:
    """Read `..|.` as four utterances, the third of which begins a segment."""
    return np.array([mark == "|" for mark in marks])


REAL = cut("....|...")  # two segments of four: k = 2


@pytest.mark.parametrize(
    ("marks", "k"),
    [
        ("....|...", 2),
        ("......", 3),
        ("..........|.........", 5),
        (".||||", 2),
        ("..", 1),
        (".", 0),
    ],
)
def test_k_is_half_the_mean_segment_but_two_at_least(marks: str, k: int) -> None:
    assert window(cut(marks)) == k


def test_halfway_k_is_even() -> None:
    assert window(cut(".....")) == 2
    assert window(cut(".......")) == 4


@pytest.mark.parametrize(
    ("found", "error"),
    [
        ("....|...", 0),
        ("........", 2 / 6),  # of six pairs the two across the fourth place are missed
        ("...|....", 2 / 6),  # one pair parted too early, one missed
        ("..|.....", 4 / 6),
        ("....||..", 1 / 6),  # one pair more is parted
        (".|||||||", 4 / 6),  # every pair is parted, two of them rightly
    ],
)
def test_pk_counts_the_pairs_that_one_side_alone_parts(found: str, error: float) -> None:
    assert pk(REAL, cut(found)) == pytest.approx(error)


@pytest.mark.parametrize(
    ("found", "error"),
    [
        ("....|...", 0),
        ("........", 2 / 6),
        ("....||..", 2 / 6),  # pk does not see the pair with two boundaries between it
        (".|||||||", 1),
    ],
)
def test_windowdiff_counts_the_pairs_with_another_number_between(found: str, error: float) -> None:
    assert windowdiff(REAL, cut(found)) == pytest.approx(error)


@pytest.mark.parametrize(
    ("real", "found", "score"),
    [
        ("....|...", "....|...", 1),
        ("....|...", "...|....", 1),
        ("....|...", ".....|..", 1),
        ("....|...", "..|.....", 0),
        ("....|...", "........", 0),
        ("........", "........", 1),
        ("....|...", "...|.|..", 2 / 3),  # only one of them can be it
        ("..|.|...", "...|....", 2 / 3),
        ("..|.|...", "...|.|..", 1),
    ],
)
def test_f1_pairs_boundaries_that_are_one_apart_at_most(
    real: str, found: str, score: float
) -> None:
    assert f1(cut(real), cut(found)) == pytest.approx(score)


def test_a_single_utterance_has_no_pair_to_part() -> None:
    assert pk(cut("."), cut(".")) == windowdiff(cut("."), cut(".")) == 0
