"""A hit that a later one may have superseded says so and comes after it; nothing is withheld."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from memsvc.app.superseding import Found, superseded
from memsvc.domain.memory import Source
from memsvc.domain.recall import Filter, Hit, Kind, Question
from retrieval.pool import Near
from retrieval.recipes import RECIPES, ablations
from retrieval.superseded import Superseded
from tests.app.small import ALICE, BOB, ask, remember, said
from tests.worlds import World

JANUARY = datetime(2026, 1, 10, 9, tzinfo=UTC)
MAY = datetime(2026, 5, 3, 9, tzinfo=UTC)
OLD = "I live in Porto with my cat"
NEW = "I moved to Lisbon with my cat"
NEWEST = "We relocated to Ghent with my cat"
QUESTION = "live in Porto with my cat"
"""In the words of the older one, so that without the rule it would come first."""


def moved(world: World, *, space: Any = ALICE, **facts: Any) -> None:
    """Say where one lives in January, and in May that one has moved; `facts` are of the latter."""
    remember(world, said(OLD, at=JANUARY), said("the sea is grey", at=JANUARY), space=space)
    remember(world, said(NEW, at=MAY, **facts), space=space, stream="later")


def texts(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.turn.content for hit in hits]


def marks(hits: tuple[Hit, ...]) -> dict[str, datetime]:
    """Return when that was said which may have superseded a hit, by the hit's text."""
    return {hit.turn.content: hit.superseded_by.at for hit in hits if hit.superseded_by}


def test_the_newer_statement_comes_right_before_the_older_which_names_it(world: World) -> None:
    moved(world)

    recalled = ask(world, QUESTION)
    newer, older, *_ = recalled.hits

    assert [newer.turn.content, older.turn.content] == [NEW, OLD]
    assert older.superseded_by is not None
    assert (older.superseded_by.id, older.superseded_by.at) == (newer.turn.id, MAY)
    assert newer.superseded_by is None
    assert newer.score == older.score


def test_shares_still_sum_to_the_score_and_say_what_the_exchange_added(world: World) -> None:
    moved(world)

    newer, older, *_ = ask(world, QUESTION).hits

    for hit in (newer, older):
        assert sum(arm.share for arm in hit.why.values()) == pytest.approx(hit.score, abs=1e-5)
    assert newer.why["superseded"].share > 0
    assert older.why["superseded"].share == 0


def test_without_the_stage_the_order_is_that_of_the_scores(world: World) -> None:
    moved(world)

    hits = ask(world, QUESTION, recipe="dense").hits

    assert texts(hits)[0] == OLD
    assert marks(hits) == {}


def test_the_context_marks_the_older_with_the_date_of_the_newer(world: World) -> None:
    moved(world)

    context = ask(world, QUESTION).context

    lines = [line for line in context.splitlines() if "may be superseded" in line]
    assert len(lines) == 1
    assert lines[0].endswith(f"| may be superseded by 2026-05-03 09:00 UTC] {OLD}")


def test_a_newer_statement_just_below_the_cut_is_brought_in(world: World) -> None:
    moved(world)

    without = ask(world, QUESTION, k=2, recipe="lexical").hits

    assert NEW not in texts(without[:1])
    assert texts(ask(world, QUESTION, k=2).hits) == [NEW, OLD]


def test_of_three_statements_the_newest_comes_first_and_both_others_name_it(world: World) -> None:
    moved(world)
    june = MAY + timedelta(days=30)
    remember(world, said(NEWEST, at=june), stream="latest")

    hits = ask(world, QUESTION).hits

    assert texts(hits)[:3] == [NEWEST, NEW, OLD]
    assert marks(hits) == {OLD: june, NEW: june}


def test_what_was_said_again_later_is_not_superseded_by_what_came_between(world: World) -> None:
    moved(world)
    june = MAY + timedelta(days=30)
    remember(world, said(OLD, at=june), stream="back")

    hits = ask(world, QUESTION).hits

    assert texts(hits)[0] == OLD
    assert marks(hits) == {NEW: june}


def test_turns_of_one_moment_in_two_streams_tell_no_order(world: World) -> None:
    remember(world, said(OLD, at=MAY))
    remember(world, said(NEW, at=MAY), stream="later")

    assert marks(ask(world, QUESTION).hits) == {}


@pytest.mark.parametrize(
    "facts",
    [
        {"speaker": "Bob"},
        {"role": "assistant", "source": Source.AGENT},
        {"source": Source.DOCUMENT},
    ],
)
def test_only_what_the_same_person_said_supersedes(world: World, facts: dict[str, Any]) -> None:
    moved(world, **facts)

    assert marks(ask(world, QUESTION).hits) == {}


def test_a_turn_that_may_not_answer_supersedes_nothing(world: World) -> None:
    moved(world, metadata={"secret": True})
    remember(world, said("nothing", metadata={"secret": False}))

    hits = ask(world, QUESTION, where=Filter(until=MAY)).hits

    assert texts(hits)[0] == OLD
    assert marks(hits) == {}


def test_an_expired_turn_supersedes_nothing(world: World) -> None:
    moved(world, expires_at=datetime(2026, 6, 1, tzinfo=UTC))
    before = marks(ask(world, QUESTION).hits)
    world.clock.advance(timedelta(days=365))

    assert before == {OLD: MAY}
    assert marks(ask(world, QUESTION).hits) == {}


def test_a_forgotten_turn_supersedes_nothing(world: World) -> None:
    moved(world)
    newer = ask(world, QUESTION).hits[0].turn.id
    world.service.forget.turn(world.admin, ALICE, newer)

    assert marks(ask(world, QUESTION).hits) == {}


def test_spaces_asked_together_supersede_within_themselves_alone(world: World) -> None:
    moved(world)
    remember(world, said(NEWEST, at=MAY + timedelta(days=30)), space=BOB)

    recalled = world.service.recall_together(world.admin, [ALICE, BOB], Question(QUESTION))

    assert marks(recalled.hits) == {OLD: MAY}
    assert texts(recalled.hits).index(NEW) < texts(recalled.hits).index(OLD)


def test_events_are_not_marked(world: World) -> None:
    moved(world)

    assert marks(ask(world, QUESTION, kind=Kind.EVENT).hits) == {}


def test_where_only_names_are_asked_for_the_order_stays(world: World) -> None:
    moved(world)
    hits = ask(world, QUESTION, recipe="dense").hits
    keys = sorted(int(hit.turn.key) for hit in hits if hit.turn.content in {OLD, NEW})
    near = Near({(keys[0], keys[1]): 0.5}, exchange=False)

    named = tuple(one.hit for one in superseded([Found(hit, hit.turn) for hit in hits], near))

    assert texts(named) == texts(hits)
    assert marks(named) == {OLD: MAY}


def test_near_pairs_are_counted_in_the_trace_and_one_candidate_makes_none(world: World) -> None:
    remember(world, said("green tea at home"))
    alone = ask(world, "green tea").trace[-1]
    remember(world, said("green tea at noon"), said("a blue ship"))
    together = ask(world, "green tea").trace[-1]

    assert alone.stage == together.stage == Superseded().describe()
    assert (alone.facts, together.facts) == ({}, {"near": 1})


def test_the_part_can_be_left_out() -> None:
    assert RECIPES["default"].describe()[:-1] == ablations()["superseded"].describe()
