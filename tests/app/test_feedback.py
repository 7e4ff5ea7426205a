"""Feedback moves hits, within bounds, for as long as it is said."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memsvc.domain.access import ALL_SPACES, Access, Role
from memsvc.domain.errors import FeedbackNotFound, RoleTooWeak, SpaceNotFound, TurnNotFound
from memsvc.domain.feedback import BOUND, Feedback, Judgement, NewFeedback
from memsvc.domain.ids import FeedbackId, KeyId, Position, SpaceName, TurnId
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Turn
from memsvc.domain.recall import Recalled
from memsvc.domain.receipt import Wanted
from tests.app.small import ALICE, BOB, ask, key_of, remember, rows, said, texts, turns_of
from tests.worlds import World, open_world

TEA = ("Tea is at four.", "Tea is at five.", "The tea is in the kitchen.", "We had coffee.")


def actor(number: int) -> Access:
    return Access(
        KeyId(f"k_{number}"), "an agent", Role.WRITER, (ALL_SPACES,), key_of(Role.WRITER).created_at
    )


def give(
    world: World,
    turn: TurnId,
    judgement: Judgement,
    *,
    by: int = 0,
    question: str | None = None,
    space: SpaceName = ALICE,
) -> tuple[Feedback, bool]:
    said_of_it = NewFeedback(turn, judgement, question)
    return world.service.feedback.give(actor(by), space, said_of_it)


def listed(world: World, turn: TurnId | None = None) -> list[tuple[TurnId, Judgement, str]]:
    page = world.service.feedback.page(world.admin, ALICE, turn=turn, after=None, limit=100)
    return [(one.turn, one.judgement, one.actor) for one in page.items]


def asked(world: World, **more: Any) -> Recalled:
    return ask(world, "When is tea?", **more)


def scores(recalled: Recalled) -> dict[str, float]:
    return {hit.turn.content: hit.score for hit in recalled.hits}


@pytest.fixture
def tea(world: World) -> dict[str, Turn]:
    remember(world, *map(said, TEA))
    return {turn.content: turn for turn in turns_of(world)}


def test_what_helped_rises_and_what_was_wrong_sinks_and_hits_say_so(
    world: World, tea: dict[str, Turn]
) -> None:
    before = asked(world)
    best, second = texts(before)[:2]

    give(world, tea[best].id, Judgement.WRONG)
    give(world, tea[second].id, Judgement.HELPED)

    after = {hit.turn.content: hit for hit in asked(world).hits}
    was = scores(before)
    assert after[best].why["feedback"].score == -0.5
    assert after[best].score == pytest.approx(was[best] * (1 - BOUND / 2), rel=1e-5)
    assert after[second].score == pytest.approx(was[second] * (1 + BOUND / 2), rel=1e-5)
    assert after[second].why["feedback"].share == pytest.approx(was[second] * BOUND / 2, rel=1e-5)
    others = set(after) - {best, second}
    assert others
    assert all("feedback" not in after[other].why for other in others)
    assert all(after[other].score == was[other] for other in others)
    for hit in after.values():
        assert sum(one.share for one in hit.why.values()) == pytest.approx(hit.score, abs=1e-5)


def test_without_feedback_a_recall_takes_no_further_stage(
    world: World, tea: dict[str, Turn]
) -> None:
    without = [stage.stage for stage in asked(world).trace]
    given, _ = give(world, tea[TEA[0]].id, Judgement.HELPED)
    with_it = [stage.stage for stage in asked(world).trace]
    world.service.feedback.take_back(world.admin, ALICE, given.id)

    assert with_it == [*without, f"feedback(net opinion x {BOUND} of the score)"]
    assert [stage.stage for stage in asked(world).trace] == without


def test_an_actor_has_one_word_about_a_turn(world: World, tea: dict[str, Turn]) -> None:
    turn = tea[TEA[0]].id
    first, is_new = give(world, turn, Judgement.HELPED, question="When?")
    moved = scores(asked(world))

    again, is_new_again = give(world, turn, Judgement.HELPED)

    assert (is_new, is_new_again, again) == (True, False, first)
    assert scores(asked(world)) == moved
    give(world, turn, Judgement.OUTDATED)
    assert listed(world) == [(turn, Judgement.OUTDATED, "k_0")]
    give(world, turn, Judgement.HELPED, by=1)
    assert listed(world, turn) == [
        (turn, Judgement.OUTDATED, "k_0"),
        (turn, Judgement.HELPED, "k_1"),
    ]


def test_what_is_taken_back_moves_nothing(world: World, tea: dict[str, Turn]) -> None:
    before = asked(world)
    given, _ = give(world, tea[TEA[0]].id, Judgement.WRONG)

    position = world.service.feedback.take_back(world.admin, ALICE, given.id)

    assert asked(world).hits == before.hits
    assert asked(world).position == position
    assert listed(world) == []
    with pytest.raises(FeedbackNotFound):
        world.service.feedback.take_back(world.admin, ALICE, given.id)


def test_what_was_retired_keeps_its_row_until_the_turn_goes(
    world: World, tea: dict[str, Turn], tmp_path: Path
) -> None:
    turn = tea[TEA[0]].id
    first, _ = give(world, turn, Judgement.HELPED, question="When is the teawort?")
    second, _ = give(world, turn, Judgement.WRONG)

    held = rows(tmp_path, "SELECT id, position, until FROM feedback ORDER BY position")
    assert held == [
        (first.id, first.position, second.position),
        (second.id, second.position, None),
    ]
    world.service.forget.turn(world.admin, ALICE, turn)
    assert rows(tmp_path, "SELECT count(*) FROM feedback") == [(0,)]
    assert texts(asked(world))
    assert world.service.verify(world.admin, ALICE).is_whole


def test_the_ledger_names_feedback_and_never_what_was_asked(
    world: World, tea: dict[str, Turn]
) -> None:
    given, _ = give(world, tea[TEA[0]].id, Judgement.HELPED, question="teawort")
    world.service.feedback.take_back(world.admin, ALICE, given.id)

    entries = world.service.inspect.ledger(world.admin, ALICE, after=Position(0), limit=100)
    found = [(one.change, one.subject) for one in entries if "feedback" in one.change.value]
    assert found == [(Change.FEEDBACK_GIVEN, given.id), (Change.FEEDBACK_TAKEN_BACK, given.id)]


@pytest.mark.parametrize(
    ("wanted", "is_kept"),
    [
        (Wanted(text="teawort"), False),
        (Wanted(subject="Ann Hart"), False),
        (Wanted(text="nobody says this"), True),
    ],
)
def test_forgetting_by_words_takes_questions_along(
    world: World, tea: dict[str, Turn], wanted: Wanted, *, is_kept: bool
) -> None:
    give(world, tea[TEA[0]].id, Judgement.HELPED, question="Has Ann Hart seen the Teawort?")

    world.service.forget_wanted(world.admin, ALICE, wanted, dry_run=False)

    page = world.service.feedback.page(world.admin, ALICE, turn=None, after=None, limit=10)
    assert [one.question is not None for one in page.items] == [is_kept]


def test_feedback_on_what_expires_is_shown_no_more(world: World) -> None:
    until = world.clock.now() + timedelta(hours=1)
    written = remember(world, said("Tea.", expires_at=until))
    given, _ = give(world, written.turns[0].id, Judgement.HELPED)

    world.clock.advance(timedelta(hours=2))

    assert listed(world) == []
    with pytest.raises(FeedbackNotFound):
        world.service.feedback.take_back(world.admin, ALICE, given.id)


def test_it_is_given_by_writers_on_turns_that_are_there(world: World, tea: dict[str, Turn]) -> None:
    turn = tea[TEA[0]].id
    feedback = world.service.feedback

    with pytest.raises(RoleTooWeak):
        feedback.give(key_of(Role.READER), ALICE, NewFeedback(turn, Judgement.HELPED))
    with pytest.raises(SpaceNotFound):
        feedback.give(key_of(Role.ADMIN, BOB), ALICE, NewFeedback(turn, Judgement.HELPED))
    with pytest.raises(TurnNotFound):
        give(world, TurnId("t_none"), Judgement.HELPED)
    with pytest.raises(FeedbackNotFound):
        feedback.take_back(world.admin, ALICE, FeedbackId("fb_none"))
    with pytest.raises(RoleTooWeak):
        feedback.take_back(key_of(Role.READER), ALICE, FeedbackId("fb_none"))


def test_an_outdated_statement_comes_below_the_one_that_a_rule_says_supersedes_it(
    world: World,
) -> None:
    at = world.clock.now()
    remember(
        world,
        said("I live in Porto.", at=at),
        said("I live in Lisbon now.", at=at + timedelta(days=9)),
    )
    old = next(turn for turn in turns_of(world) if "Porto" in turn.content)
    give(world, old.id, Judgement.OUTDATED)

    first, second = ask(world, "Do I live in Porto?").hits

    assert (first.turn.content, second.turn.content) == ("I live in Lisbon now.", old.content)
    assert second.superseded_by is not None
    assert second.why["feedback"].score == -0.5


def test_indexes_that_are_loaded_anew_heed_it_alike(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, *map(said, TEA))
        for number, turn in enumerate(turns_of(world)):
            give(world, turn.id, list(Judgement)[number % 3], by=number)
        followed = asked(world)
    with open_world(tmp_path) as world:
        assert asked(world).hits == followed.hits


@pytest.mark.parametrize("recipe", ["default", "dense", "lexical", "episodic"])
def test_whatever_is_said_every_hit_is_still_found(
    world: World, tea: dict[str, Turn], recipe: str
) -> None:
    before = asked(world, recipe=recipe)
    for turn in tea.values():
        for number in range(20):
            give(world, turn.id, Judgement.WRONG, by=number)

    after = asked(world, recipe=recipe)

    assert texts(after) == texts(before)
    assert all(hit.score > 0 for hit in after.hits if scores(before)[hit.turn.content] > 0)


WORDS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(Judgement)), max_size=12)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=WORDS)
def test_no_words_move_a_hit_beyond_the_bound_and_only_the_last_of_an_actor_counts(
    world: World, words: list[tuple[int, Judgement]]
) -> None:
    space = SpaceName(f"space-{world.service.feedback.ids.new('n')}")
    remember(world, *map(said, TEA), space=space)
    best = asked(world, space=space).hits[0]

    for by, judgement in words:
        give(world, best.turn.id, judgement, by=by, space=space)

    last = dict(words)
    helped = sum(one is Judgement.HELPED for one in last.values())
    net = (2 * helped - len(last)) / (len(last) + 1)
    found = scores(asked(world, space=space))
    assert abs(found[best.turn.content] - best.score) <= BOUND * best.score
    assert found[best.turn.content] == pytest.approx(best.score * (1 + BOUND * net), rel=1e-5)
