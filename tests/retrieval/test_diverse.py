"""Diversity: the best first, then what is unlike it."""

from hypothesis import given
from hypothesis import strategies as st

from retrieval.diverse import diverse

SHARES = st.lists(st.floats(0, 1), max_size=8)


def test_of_two_kinds_the_best_of_each_come_first() -> None:
    kinds = "aab"

    taken = diverse([1.0, 0.9, 0.4], lambda one, other: float(kinds[one] == kinds[other]), wanted=3)

    assert [one.place for one in taken] == [0, 2, 1]
    assert [one.likeness for one in taken] == [0.0, 0.0, 1.0]


@given(SHARES, st.integers(0, 10))
def test_without_a_weight_of_diversity_relevance_alone_orders(
    relevance: list[float], wanted: int
) -> None:
    taken = diverse(relevance, lambda _one, _other: 1.0, wanted=wanted, weight=1.0)

    best = sorted(range(len(relevance)), key=lambda place: -relevance[place])
    assert [one.place for one in taken] == best[:wanted]


@given(SHARES, st.integers(0, 10))
def test_as_many_as_wanted_are_taken_and_none_twice(relevance: list[float], wanted: int) -> None:
    taken = diverse(relevance, lambda one, other: 1 / (1 + abs(one - other)), wanted=wanted)

    assert len({one.place for one in taken}) == len(taken) == min(wanted, len(relevance))
