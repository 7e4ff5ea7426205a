"""Streams are cut alike however they arrive, and whatever is in them."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memsvc.domain.episode import Boundary, Refinement, Segmentation, SurpriseSource
from memsvc.ingest.segment import Cut, Unit, measure, segment
from memsvc.ingest.signs import Sign
from memsvc.ingest.surprise import LEANING
from memsvc.ports.models import Vector

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DIMENSION = 8
BIASED = Segmentation(gamma=0.3, max_units=9)
"""Cuts often, so that a short stream has events of every kind."""


def vector_of(topic: int, noise: int) -> Vector:
    """Return a unit vector near its topic's axis; topic 0 is the zero vector."""
    vector = np.zeros(DIMENSION, np.float32)
    if topic:
        vector += 0.1 * np.random.default_rng(noise).normal(size=DIMENSION).astype(np.float32)
        vector[topic] += 1
        vector /= np.linalg.norm(vector)
    return vector


def units_of(*topics: int, every: timedelta = MINUTE, place: str | None = None) -> list[Unit]:
    return [
        Unit(vector_of(topic, noise), NOON + noise * every, place, surprisal=float(topic))
        for noise, topic in enumerate(topics)
    ]


def ended(units: Sequence[Unit]) -> list[Unit]:
    """Let a long silence follow, so that the last event is closed as well."""
    return [*units, replace(units[-1], at=max(unit.at for unit in units) + timedelta(days=1))]


@st.composite
def streams(draw: st.DrawFn, max_size: int = 60) -> list[Unit]:
    """Topics that last and return, silences, steps back in time, places, unknown surprisals."""
    units: list[Unit] = []
    at, topic = NOON, 1
    for number in range(draw(st.integers(0, max_size))):
        topic = draw(st.integers(0, 4)) if draw(st.integers(0, 3)) == 0 else topic
        step = draw(st.sampled_from([0, 1, 1, 1, 1, 1, 1, -5, 29, 30, 31]))
        at += step * MINUTE
        place = draw(st.sampled_from([None, "here", "here", "here", "here", "here", "there"]))
        surprisal = draw(st.none() | st.floats(0, 12, width=32))
        signs = draw(st.sampled_from([Sign.NONE, *Sign]))
        units.append(Unit(vector_of(topic, number), at, place, surprisal, signs))
    return units


hows = st.builds(
    Segmentation,
    source=st.sampled_from(SurpriseSource),
    gamma=st.sampled_from([0.0, 0.5, 1.5]),
    window=st.integers(1, 20),
    prior=st.integers(0, 12),
    context=st.integers(1, 5),
    reach=st.integers(0, 5),
    min_units=st.integers(1, 4),
    max_units=st.integers(4, 12),
    refinement=st.sampled_from(Refinement),
)


def in_appends(units: Sequence[Unit], how: Segmentation, sizes: Sequence[int]) -> list[Cut]:
    """Cut a stream as the write path does: append by append, from the closed events alone."""
    cuts: list[Cut] = []
    closed = known = 0
    for size in [*sizes, len(units)]:
        known = min(known + size, len(units))
        curves = np.concatenate([np.empty(0, np.float32), *(cut.curve for cut in cuts)])
        found = segment(
            units[closed:known],
            how,
            before=units[max(0, closed - how.lookback) : closed],
            trailing=curves[~np.isnan(curves)][-how.window :].tolist(),
            moved=cuts[-1].moved if cuts else 0,
        )
        cuts += found
        closed += sum(cut.size for cut in found)
    return cuts


def seen(cuts: Sequence[Cut]) -> list[tuple[int, Boundary, int, bytes, bytes]]:
    return [
        (cut.size, cut.boundary, cut.moved, cut.curve.tobytes(), cut.thresholds.tobytes())
        for cut in cuts
    ]


def is_hard(unit: Unit, following: Unit, how: Segmentation) -> bool:
    moved_on = None not in {unit.place, following.place} and unit.place != following.place
    return moved_on or following.at - unit.at > timedelta(minutes=how.gap_minutes)


@settings(max_examples=150, deadline=None)
@given(streams(), hows, st.lists(st.integers(1, 9), max_size=60))
def test_a_stream_is_cut_alike_however_it_arrives(
    units: list[Unit], how: Segmentation, sizes: list[int]
) -> None:
    assert seen(in_appends(units, how, sizes)) == seen(segment(units, how))


@settings(max_examples=100, deadline=None)
@given(streams(), hows)
def test_turn_by_turn_is_no_other_than_at_once(units: list[Unit], how: Segmentation) -> None:
    assert seen(in_appends(units, how, [1] * len(units))) == seen(segment(units, how))


@settings(max_examples=150, deadline=None)
@given(streams().filter(bool), hows)
def test_events_tile_what_they_cover_and_keep_to_their_sizes(
    units: list[Unit], how: Segmentation
) -> None:
    units = ended(units)
    cuts = segment(units, how)
    assert sum(cut.size for cut in cuts) == len(units) - 1
    end = 0
    for cut in cuts:
        end += cut.size
        assert len(cut.curve) == len(cut.thresholds) == cut.size
        assert 1 <= cut.size <= how.max_units
        hard = is_hard(units[end - 1], units[end], how)
        assert hard == (cut.boundary in {Boundary.GAP, Boundary.PLACE})
        if cut.boundary is Boundary.SURPRISE:
            assert cut.size >= how.min_units
        if cut.boundary is Boundary.LENGTH:
            assert cut.size == how.max_units


@settings(max_examples=100, deadline=None)
@given(streams().filter(bool), hows)
def test_the_tail_that_waits_is_bounded(units: list[Unit], how: Segmentation) -> None:
    closed = sum(cut.size for cut in segment(units, how))
    assert len(units) - closed <= how.max_units + how.lookback


@settings(max_examples=100, deadline=None)
@given(streams(), hows)
def test_an_event_that_lost_nothing_is_measured_as_it_was_cut(
    units: list[Unit], how: Segmentation
) -> None:
    trailing: list[float] = []
    begin = 0
    for cut in segment(units, how):
        end = begin + cut.size
        found = measure(
            units[begin:end],
            how,
            before=units[max(0, begin - how.lookback) : begin],
            after=units[end : end + how.lookback],
            trailing=trailing[-how.window :],
        )
        assert found.curve.tobytes() == cut.curve.tobytes()
        assert found.thresholds.tobytes() == cut.thresholds.tobytes()
        trailing += cut.curve[~np.isnan(cut.curve)].tolist()
        begin = end


def test_nothing_and_a_single_turn_stay_open() -> None:
    assert segment([], Segmentation()) == []
    assert segment(units_of(1), Segmentation()) == []


@pytest.mark.parametrize("source", SurpriseSource)
def test_where_all_turns_are_one_only_length_cuts(source: SurpriseSource) -> None:
    units = [Unit(vector_of(1, 7), NOON, None, surprisal=3.7)] * 110
    cuts = segment(units, Segmentation(source=source, prior=8))
    assert [cut.boundary for cut in cuts] == [Boundary.LENGTH] * 3


def test_turns_without_direction_surprise_nobody() -> None:
    cuts = segment(ended(units_of(*[0] * 12)), Segmentation())
    assert [(cut.size, cut.boundary) for cut in cuts] == [(12, Boundary.GAP)]
    assert np.nansum(np.abs(cuts[0].curve)) == 0


@pytest.mark.parametrize("source", [SurpriseSource.AROUND, SurpriseSource.BEHIND])
def test_a_new_topic_begins_an_event(source: SurpriseSource) -> None:
    units = ended(units_of(*[1] * 6, *[2] * 6, *[3] * 6))
    cuts = segment(units, Segmentation(source=source, gamma=1))
    assert [cut.size for cut in cuts] == [6, 6, 6]
    assert [cut.boundary for cut in cuts] == [Boundary.SURPRISE, Boundary.SURPRISE, Boundary.GAP]
    assert cuts[1].curve[0] > cuts[1].thresholds[0]


@pytest.mark.parametrize("source", [SurpriseSource.AROUND, SurpriseSource.BEHIND])
def test_what_leans_on_what_came_before_surprises_less(source: SurpriseSource) -> None:
    units = ended(units_of(*[1] * 6, *[2] * 6))
    leaning = [*units[:6], replace(units[6], signs=Sign.OPENS_AS_A_REPLY), *units[7:]]
    how = Segmentation(source=source, max_units=12, gamma=100)
    plain, less = segment(units, how)[0].curve, segment(leaning, how)[0].curve
    assert plain[6] - less[6] == pytest.approx(2 * LEANING, abs=1e-6)
    np.testing.assert_array_equal(np.delete(plain, 6), np.delete(less, 6))


def test_a_known_surprisal_cuts_once_enough_were_seen() -> None:
    calm, burst = [2.0, 2.1, 1.9, 2.0, 2.2, 2.0, 1.8, 2.0], 6.0
    units = units_of(*[1] * 20)
    surprisals = [burst, *calm, burst, *calm, None, None]
    scored = [replace(unit, surprisal=one) for unit, one in zip(units, surprisals, strict=True)]
    how = Segmentation(source=SurpriseSource.TOKENS, prior=8)
    assert [(cut.size, cut.boundary) for cut in segment(scored, how)] == [(9, Boundary.SURPRISE)]


def test_an_event_is_closed_a_few_turns_after_it_ended() -> None:
    units = units_of(*[1] * 6, *[2] * 9)
    closed_by = next(n for n in range(len(units)) if segment(units[:n], Segmentation()))
    assert 6 < closed_by <= 6 + Segmentation().lookback


@pytest.mark.parametrize(("minutes", "ends"), [(30, False), (31, True), (-90, False), (0, False)])
def test_only_a_long_silence_ends_an_event(minutes: int, ends: bool) -> None:  # noqa: FBT001
    first, *_ = units_of(1)
    cuts = segment([first, replace(first, at=NOON + minutes * MINUTE)], Segmentation())
    assert [cut.boundary for cut in cuts] == [Boundary.GAP] * ends


@pytest.mark.parametrize(
    ("here", "there", "ends"), [("a", "b", True), ("a", "a", False), (None, "b", False)]
)
def test_another_place_ends_an_event_when_both_are_known(
    here: str | None,
    there: str | None,
    ends: bool,  # noqa: FBT001
) -> None:
    first, *_ = units_of(1)
    cuts = segment([replace(first, place=here), replace(first, place=there)], Segmentation())
    assert [cut.boundary for cut in cuts] == [Boundary.PLACE] * ends


def test_surprise_does_not_look_across_a_silence() -> None:
    """What is said after it changes nothing before it, and the first turn after it has none."""
    before, after = units_of(*[1] * 7), units_of(*[2] * 7, *[3] * 7)
    late = [replace(unit, at=unit.at + timedelta(days=1)) for unit in ended(after)]
    other = [replace(unit, vector=vector_of(5, 3)) for unit in late]
    one, two = segment([*before, *late], Segmentation()), segment([*before, *other], Segmentation())
    assert seen(one[:1]) == seen(two[:1])
    assert np.isnan(one[1].curve[0])
    alone = segment(late, Segmentation())
    assert alone[0].curve.tobytes() == one[1].curve.tobytes()


def test_a_boundary_moves_back_to_where_the_topic_changed_and_is_not_found_again() -> None:
    """Where the language model is surprised two turns late, the likeness of turns tells."""
    units = units_of(*[1] * 10, *[2] * 10)
    late = [replace(unit, surprisal=9.0 if n == 12 else 2.0) for n, unit in enumerate(units)]
    how = Segmentation(source=SurpriseSource.TOKENS, prior=4, refinement=Refinement.MODULARITY)
    cuts = segment(ended(late), how)
    assert [(cut.size, cut.moved) for cut in cuts] == [(10, 2), (10, 0)]
    assert [cut.boundary for cut in cuts] == [Boundary.SURPRISE, Boundary.GAP]
    assert cuts[1].curve[2] > cuts[1].thresholds[2]


def test_the_cost_of_a_turn_does_not_grow_with_the_stream() -> None:
    """Ten times the stream, at most fifteen times the time."""
    assert seconds_turn_by_turn(3000) < 15 * seconds_turn_by_turn(300)


def seconds_turn_by_turn(count: int) -> float:
    topics = np.repeat(np.random.default_rng(1).integers(1, 5, size=count // 5), 5)
    units = units_of(*topics.tolist(), every=timedelta(seconds=1))
    trailing = [0.1] * BIASED.window
    closed = 0
    begin = time.process_time()
    for known in range(len(units)):
        before = units[max(0, closed - BIASED.lookback) : closed]
        cuts = segment(units[closed:known], BIASED, before=before, trailing=trailing)
        closed += sum(cut.size for cut in cuts)
    return time.process_time() - begin
