"""The middle of a graph, beside graphs on paper."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.central import middle
from graph.matrix import Edges

PAIRS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)


def columns(*edges: tuple[int, int, int]) -> Edges:
    """Return edges of one kind: two ends and how much they weigh, each pair once."""
    found = sorted({(min(a, b), max(a, b)): units for a, b, units in edges if a != b}.items())
    return Edges(
        np.array([one for (one, _), _ in found], dtype=np.int32),
        np.array([other for (_, other), _ in found], dtype=np.int32),
        np.zeros(len(found), dtype=np.int8),
        np.array([units for _, units in found], dtype=np.int64),
    )


STAR = ((1, 2, 1), (1, 3, 1), (1, 4, 9), (4, 5, 1), (4, 6, 1), (7, 8, 5))
"""1 has three neighbours and 4 has three; 7 and 8 stand apart."""


def test_the_middle_begins_with_the_hub_and_goes_on_to_its_most_joined_neighbour() -> None:
    found = middle(columns(*STAR), most=3, most_edges=10)

    assert found.neighbours == {1: 3, 4: 3, 2: 1}
    assert list(zip(found.edges.one.tolist(), found.edges.other.tolist(), strict=True)) == [
        (1, 4),
        (1, 2),
    ]
    assert (found.nodes_in_all, found.edges_in_all, found.is_truncated) == (8, 6, True)


def test_what_stands_apart_comes_when_the_first_part_is_exhausted() -> None:
    found = middle(columns(*STAR), most=8, most_edges=10)

    assert list(found.neighbours)[-2:] == [7, 8]
    assert not found.is_truncated


def test_of_too_many_edges_the_heaviest_are_kept() -> None:
    found = middle(columns(*STAR), most=8, most_edges=2)

    assert sorted(found.edges.units.tolist()) == [5, 9]
    assert found.is_truncated


def test_what_is_outside_neither_counts_nor_shows() -> None:
    found = middle(columns(*STAR), most=8, most_edges=10, within={4, 5, 6, 7})

    assert found.neighbours == {4: 2, 5: 1, 6: 1}
    assert (found.nodes_in_all, found.edges_in_all) == (3, 2)


def test_of_nothing_the_middle_is_nothing() -> None:
    found = middle(columns(), most=5, most_edges=5)

    assert (found.neighbours, found.nodes_in_all, found.is_truncated) == ({}, 0, False)


@given(pairs=PAIRS, most=st.integers(1, 14))
def test_a_smaller_middle_is_the_beginning_of_a_larger_one(
    pairs: list[tuple[int, int]], most: int
) -> None:
    edges = columns(*((one, other, 1) for one, other in pairs))

    small = middle(edges, most=most, most_edges=100)
    large = middle(edges, most=most + 1, most_edges=100)

    assert list(small.neighbours.items()) == list(large.neighbours.items())[:most]
