"""Strength: the arithmetic by its properties, and by hand in spaces of a few turns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from memsvc.domain.forgetting import Decay, Forgetting
from memsvc.domain.ids import StreamKey
from memsvc.domain.memory import Source
from memsvc.ports.vectors import Keys
from retrieval.pool import Pool
from retrieval.stages import Gather, Strength, Widen
from retrieval.strength import LEAST, Fading, carried, over_usual, strengths, usual_of
from tests.retrieval.small import FixedArm, SmallSpace, keys, pool_of

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SURPRISES = st.floats(-50, 50)
SHARES = st.floats(0.01, 1.0)
AGES = st.floats(0, 40_000)


def one(surprise: float, *, age: float = 0.0, decay: float = 1.0) -> float:
    return float(strengths(np.array([surprise]), np.array([age]), np.array([decay]))[0])


@given(surprise=SURPRISES, age=AGES, decay=SHARES)
def test_strength_is_over_0_and_at_most_1(surprise: float, age: float, decay: float) -> None:
    assert 0 < LEAST <= one(surprise, age=age, decay=decay) + 1e-9
    assert one(surprise, age=age, decay=decay) <= 1


@given(surprise=SURPRISES, ages=st.tuples(AGES, AGES), decay=SHARES)
def test_nothing_grows_stronger_with_age(
    surprise: float, ages: tuple[float, float], decay: float
) -> None:
    younger, older = sorted(ages)

    assert one(surprise, age=older, decay=decay) <= one(surprise, age=younger, decay=decay)


@given(surprise=SURPRISES, ages=st.tuples(AGES, AGES))
def test_without_decay_age_does_not_matter(surprise: float, ages: tuple[float, float]) -> None:
    assert one(surprise, age=ages[0]) == one(surprise, age=ages[1])


@given(surprises=st.tuples(SURPRISES, SURPRISES), age=AGES, decay=SHARES)
def test_the_more_surprising_is_never_the_weaker(
    surprises: tuple[float, float], age: float, decay: float
) -> None:
    less, more = sorted(surprises)

    assert one(less, age=age, decay=decay) <= one(more, age=age, decay=decay)


@pytest.mark.parametrize(("surprise", "share"), [(-1.0, 0.159), (0.0, 0.5), (1.0, 0.841)])
def test_before_it_fades_strength_is_the_share_that_tell_less(
    surprise: float, share: float
) -> None:
    """Of the normal distribution, within a hundredth."""
    assert one(surprise) == pytest.approx(share, abs=0.01)


def test_a_half_life_halves() -> None:
    assert one(0, age=7, decay=0.5 ** (1 / 7)) == pytest.approx(0.25)


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=8), st.floats(0.05, 0.9), st.floats(0, 3))
def test_what_follows_a_more_surprising_turn_is_never_the_weaker(
    before: list[float], momentum: float, more: float
) -> None:
    row = np.array([before])
    risen = row.copy()
    risen[0, 0] += more

    assert carried(risen, momentum=momentum)[0] >= carried(row, momentum=momentum)[0] >= 0


def test_momentum_carries_less_and_less() -> None:
    after = [carried(np.array([row]), momentum=0.5)[0] for row in ([2.0, 0], [0, 2.0], [-2.0, 0])]

    assert after == [1.0, 0.5, 0.0]


TOLD = st.lists(st.tuples(st.floats(0, 9), st.integers(0, 3)), min_size=1, max_size=20)


@given(told=TOLD.flatmap(lambda turns: st.tuples(st.just(turns), st.permutations(turns))))
def test_the_usual_does_not_hang_on_the_order_of_turns(
    told: tuple[list[tuple[float, int]], list[tuple[float, int]]],
) -> None:
    def usual(turns: list[tuple[float, int]]) -> NDArray[np.float64]:
        values, sources = zip(*turns, strict=True)
        return np.concatenate(usual_of(np.array(values), np.array(sources, dtype=np.int32)))

    assert np.allclose(usual(told[0]), usual(told[1]), atol=1e-9)


def test_a_class_that_always_tells_the_same_is_as_usual() -> None:
    sources = np.zeros(3, dtype=np.int32)
    told = np.full(3, 2.5)

    assert over_usual(told, sources, usual_of(told, sources)).tolist() == [0, 0, 0]


# In a space --------------------------------------------------------------------------------------

# Stream 1 is 1 to 4, stream 2 is 5: turn 2 tells the most, turn 3 the least.
SPACE = SmallSpace(
    (1, "tea at noon"),
    (1, "herons nest beside quiet rivers"),
    (1, "tea"),
    (1, "tea at four"),
    (2, "tea again"),
)
DAY = timedelta(days=1)


def fading(*, streams: Keys | None = None, **how: Any) -> Fading:
    return Fading(Forgetting(**how), NOW, streams)


def strength_of(space: SmallSpace, key: int, **how: Any) -> float:
    return float(fading(**how).of(space.indexes, keys(key))[0])


def test_the_turn_that_tells_the_most_is_the_strongest() -> None:
    found = fading().of(SPACE.indexes, keys(1, 2, 3, 4, 5))

    assert found.argmax() == 1
    assert found.argmin() == 2


def test_the_strength_of_a_turn_does_not_hang_on_what_else_is_asked_for() -> None:
    together = fading(momentum=0.5).of(SPACE.indexes, keys(1, 2, 3, 4, 5)).tolist()

    assert together == [strength_of(SPACE, key, momentum=0.5) for key in range(1, 6)]


def test_with_momentum_what_follows_a_telling_turn_is_stronger() -> None:
    assert strength_of(SPACE, 3, momentum=0.5) > strength_of(SPACE, 3)
    assert strength_of(SPACE, 4, momentum=0.5) > strength_of(SPACE, 4)
    assert strength_of(SPACE, 1, momentum=0.5) == strength_of(SPACE, 1)


def test_momentum_ends_with_the_stream_and_with_the_event() -> None:
    space = SmallSpace(
        (1, "tea at noon"), (1, "herons nest beside quiet rivers"), (1, "tea"), (2, "tea again")
    )
    space.episodes.close(7, [0, 1])

    assert strength_of(space, 3, momentum=0.5) == strength_of(space, 3)
    assert strength_of(space, 4, momentum=0.5) == strength_of(space, 4)


def test_only_turns_of_the_named_streams_fade() -> None:
    found = fading(streams=SPACE.timeline.numbers_of([StreamKey(2), StreamKey(9)])).of(
        SPACE.indexes, keys(1, 5)
    )

    assert np.isnan(found).tolist() == [True, False]


def test_each_source_fades_by_its_own_decay() -> None:
    space = SmallSpace((1, "tea"), (1, "tea"), at=NOW - DAY, sources=(Source.USER, Source.AGENT))

    found = fading(decay=Decay(agent=0.5)).of(space.indexes, keys(1, 2)).tolist()

    assert found == pytest.approx([0.5, 0.25])


def test_what_is_to_come_has_not_faded() -> None:
    space = SmallSpace((1, "tea"), at=NOW + DAY)

    assert strength_of(space, 1, decay=Decay(user=0.5)) == 0.5


def test_an_archived_turn_is_not_proposed_nor_let_in_as_a_neighbour() -> None:
    ask = replace(SPACE.ask("tea"), fading=fading(archive_below=0.2))
    gathered = Gather((FixedArm("one", (2, 3, 4)),), limit=9).run(ask, Pool())

    assert gathered.keys.tolist() == [2, 4]
    assert 3 not in Widen().run(ask, gathered).keys.tolist()


def test_an_arm_is_asked_for_more_while_what_is_archived_leaves_too_few() -> None:
    space = SmallSpace(*((1, "tea") for _ in range(40)), (1, "herons nest beside quiet rivers"))
    ask = replace(space.ask("tea"), fading=fading(archive_below=0.9))
    order = (*range(1, 41), 41)

    assert Gather((FixedArm("one", order),), limit=2).run(ask, Pool()).keys.tolist() == [41]


def test_a_deleted_turn_is_not_called_archived() -> None:
    assert fading(archive_below=1.0).archives(SPACE.indexes, keys(1, 99)).tolist() == [True, False]


def test_strength_takes_off_a_bounded_part_of_each_score() -> None:
    how = fading(weight=0.5)
    ask = replace(SPACE.ask("tea"), fading=how)
    found = how.of(SPACE.indexes, keys(2, 3))

    pool = Strength().run(ask, pool_of({2: 0.8, 3: 0.6}))

    assert pool.score.tolist() == pytest.approx(
        (np.array([0.8, 0.6]) * (0.5 + 0.5 * found)).tolist()
    )
    assert pool.arms["strength"].tolist() == found.tolist()
    assert sum(share[0] for share in pool.shares.values()) == pytest.approx(pool.score[0])


def test_without_forgetting_strength_changes_nothing() -> None:
    pool = pool_of({2: 0.8})

    assert Strength().run(SPACE.ask("tea"), pool) is pool
    assert len(Strength().run(replace(SPACE.ask("tea"), fading=fading()), Pool())) == 0
