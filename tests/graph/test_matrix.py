import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import compaction
from graph.matrix import DUE_AT_LEAST, Base, Change, Edges, Matrix
from graph.model import HEAVIEST

NODES = 12

changes = st.lists(
    st.builds(
        Change,
        st.integers(0, NODES - 1),
        st.integers(0, NODES - 1),
        st.integers(0, 6),
        st.one_of(st.integers(1, 5), st.just(HEAVIEST)),
    ).filter(lambda change: change.one != change.other),
    max_size=40,
)


def empty() -> Matrix:
    matrix = Matrix()
    matrix.reach(NODES)
    return matrix


def columns(given: list[Change]) -> Edges:
    ends = np.array([sorted(change[:2]) for change in given], dtype=np.int32).reshape(-1, 2)
    kinds = np.array([change.kind for change in given], dtype=np.int8)
    return Edges(ends[:, 0], ends[:, 1], kinds, np.array([c.units for c in given], dtype=np.int64))


def listed(edges: Edges) -> list[tuple[int, ...]]:
    columns = (edges.one.tolist(), edges.other.tolist(), edges.kinds.tolist(), edges.units.tolist())
    return list(zip(*columns, strict=True))


def same(one: Matrix, other: Matrix) -> None:
    assert listed(one.edges()) == listed(other.edges())
    assert one.degrees.values.tolist() == other.degrees.values.tolist()
    assert one.arcs == other.arcs


@given(first=changes, between=changes, after=changes, gone=st.sets(st.integers(0, 200)))
@settings(max_examples=150, deadline=None)
def test_merging_changes_nothing_even_while_others_write(
    first: list[Change], between: list[Change], after: list[Change], gone: set[int]
) -> None:
    matrix = empty()
    matrix.apply(first)
    merging = compaction.begin(matrix)
    matrix.apply(between)
    done = [*first, *between]
    for at in gone:
        if at < len(done):
            matrix.apply([done[at]._replace(units=-done[at].units)])
    made = merging.build()
    compaction.end(matrix, made)
    matrix.apply(after)
    left = [change for at, change in enumerate(done) if at not in gone] + after
    same(matrix, Matrix.of(columns(left), nodes=NODES))


def test_a_merge_reads_while_another_thread_writes() -> None:
    rng = np.random.default_rng(0)
    nodes, many = 3_000, 60_000
    ends = rng.integers(0, nodes, (many, 2)).astype(np.int32)
    ends = ends[ends[:, 0] != ends[:, 1]]
    units = np.ones(len(ends), np.int64)
    matrix = Matrix.of(
        Edges(ends[:, 0], ends[:, 1], np.zeros(len(ends), np.int8), units), nodes=nodes
    )
    expected = matrix.units(int(ends[0, 0]), int(ends[0, 1]), 0)
    merging = compaction.begin(matrix)
    made: list[Base | None] = []
    thread = threading.Thread(target=lambda: made.append(merging.build()))
    thread.start()
    for one, other in ends[:4_000].tolist():
        matrix.apply([Change(one, other, 0, 7), Change(other, one, 3, 2)])
    thread.join()
    compaction.end(matrix, made[0])
    one, other = ends[0].tolist()
    times = sum(1 for pair in ends[:4_000].tolist() if sorted(pair) == sorted((one, other)))
    assert matrix.units(one, other, 0) == expected + 7 * times
    twin = Matrix.of(matrix.edges(), nodes=nodes)
    same(matrix, twin)


def test_giving_a_merge_up_keeps_the_graph_and_allows_the_next() -> None:
    matrix = empty()
    matrix.apply([Change(0, 1, 0, 5)])
    merging = compaction.begin(matrix)
    matrix.apply([Change(0, 2, 0, 5)])
    assert merging.build(go_on=lambda: False) is None
    compaction.end(matrix, None)
    compaction.compact(matrix)
    assert matrix.units(0, 1, 0) == matrix.units(2, 0, 0) == 5
    assert matrix.more_targets.size == 0


def test_merging_goes_part_by_part_and_drops_what_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "ARCS_AT_ONCE", 3)
    matrix = empty()
    matrix.apply([Change(n, (n + step) % NODES, 0, 1) for n in range(NODES) for step in (1, 2, 5)])
    compaction.compact(matrix)
    matrix.apply([Change(0, 1, 0, -1), Change(3, 9, 1, 4)])
    matrix.reach(NODES + 2)
    matrix.apply([Change(NODES, NODES + 1, 2, 9)])
    expected = matrix.edges()
    compaction.compact(matrix)
    assert listed(matrix.edges()) == listed(expected)
    assert len(matrix.base.targets) == matrix.arcs


def test_taking_more_than_was_given_is_refused() -> None:
    matrix = empty()
    matrix.apply([Change(0, 1, 0, 5)])
    with pytest.raises(ValueError, match="fewer units"):
        matrix.apply([Change(0, 1, 0, -6)])
    with pytest.raises(ValueError, match="itself"):
        matrix.apply([Change(2, 2, 0, 1)])


def test_what_lies_beside_makes_a_merge_due() -> None:
    matrix = Matrix()
    matrix.reach(300)
    assert not matrix.is_due
    pairs = [(one, other) for one in range(300) for other in range(one)]
    matrix.apply([Change(one, other, 0, 1) for one, other in pairs[: DUE_AT_LEAST * 2]])
    before = matrix.is_due
    compaction.begin(matrix)
    assert (before, matrix.is_due) == (True, False)


def test_adding_and_taking_the_same_edge_for_ever_keeps_merging_due() -> None:
    """A block that moves leaves its old place behind; it must not grow unnoticed."""
    matrix = empty()
    for _ in range(DUE_AT_LEAST):
        matrix.apply([Change(0, other, 0, 1) for other in range(1, 10)])
        matrix.apply([Change(0, other, 0, -1) for other in range(1, 10)])
        if matrix.is_due:
            break
    assert matrix.more_targets.size < 4 * DUE_AT_LEAST
    assert matrix.arcs == 0


def test_a_graph_of_too_many_nodes_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        Matrix.of(columns([]), nodes=2**28 + 1)
