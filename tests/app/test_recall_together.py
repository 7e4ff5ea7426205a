"""Recall together: several spaces, one list of hits, one context, and nothing of a third."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from memsvc.domain.access import Access, Role
from memsvc.domain.errors import InvalidField, PositionNotReached, SpaceNotFound
from memsvc.domain.ids import SpaceName
from memsvc.domain.memory import Turn
from memsvc.domain.recall import ContextOrder, Filter, Kind, Question, RecalledTogether
from tests.app.small import ALICE, BOB, MoodyEmbedder, ask, key_of, remember, said, turns_of
from tests.worlds import World, open_world

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
TEAM = SpaceName("team")


def ask_all(
    world: World,
    text: str,
    *spaces: SpaceName,
    access: Access | None = None,
    recipe: str = "default",
    min_positions: dict[SpaceName, int] | None = None,
    **facts: Any,
) -> RecalledTogether:
    """Recall from several spaces; `facts` are the rest of the question's fields."""
    return world.service.recall_together(
        access or world.admin,
        spaces,
        Question(text, **facts),
        recipe=recipe,
        min_positions=min_positions,
    )


def found(recalled: RecalledTogether) -> list[tuple[str, str]]:
    return [(hit.space, hit.turn.content) for hit in recalled.hits]


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Alice drinks tea, Bob sails, the team does both; tests only read it."""
    with open_world(tmp_path_factory.mktemp("peopled")) as world:
        remember(world, said("green tea at home", at=NOON), said("a quiet evening"), space=ALICE)
        remember(
            world, said("the blue sea", at=NOON), said("a green ship in the harbour"), space=BOB
        )
        remember(
            world,
            said("green tea for the team", at=NOON - timedelta(hours=1)),
            said("we sail on Sunday"),
            space=TEAM,
            title="Plans",
        )
        yield world


def test_hits_of_all_spaces_come_as_one_list_best_first(peopled: World) -> None:
    recalled = ask_all(peopled, "green tea", ALICE, BOB, TEAM)

    assert set(found(recalled)[:2]) == {
        (ALICE, "green tea at home"),
        (TEAM, "green tea for the team"),
    }
    marks = [hit.score for hit in recalled.hits]
    assert marks == sorted(marks, reverse=True)


def test_a_space_that_knows_nothing_of_it_does_not_come_first(peopled: World) -> None:
    """Asked alone, its best hit scores as high as the best of a space that knows."""
    alone = ask(peopled, "green tea", space=BOB).hits[0].score

    together = ask_all(peopled, "green tea", BOB, ALICE)

    assert alone == pytest.approx(ask(peopled, "green tea", space=ALICE).hits[0].score, rel=0.2)
    assert together.hits[0].space == ALICE
    assert next(hit.score for hit in together.hits if hit.space == BOB) < 0.5 * alone


def test_the_order_of_the_spaces_changes_no_score(peopled: World) -> None:
    one, other = (
        ask_all(peopled, "tea", ALICE, BOB, TEAM),
        ask_all(peopled, "tea", TEAM, BOB, ALICE),
    )

    assert {hit.turn.id: hit.score for hit in one.hits} == {
        hit.turn.id: hit.score for hit in other.hits
    }


def test_one_space_answers_as_when_it_is_asked_alone(peopled: World) -> None:
    assert ask_all(peopled, "green tea", ALICE).hits == ask(peopled, "green tea").hits


def test_at_most_k_hits_come_back_in_all(peopled: World) -> None:
    assert len(ask_all(peopled, "green tea", ALICE, BOB, TEAM, k=2).hits) == 2


def test_the_shares_of_a_hit_still_sum_to_its_score(peopled: World) -> None:
    for hit in ask_all(peopled, "green tea", ALICE, BOB, TEAM).hits:
        assert sum(arm.share for arm in hit.why.values()) == pytest.approx(hit.score, abs=1e-5)


def test_a_filter_holds_in_every_space(peopled: World) -> None:
    recalled = ask_all(peopled, "tea", ALICE, TEAM, where=Filter(until=NOON))

    assert found(recalled) == [(TEAM, "green tea for the team")]


def test_turns_of_two_spaces_that_say_the_same_are_two_hits(world: World) -> None:
    for space in (ALICE, BOB):
        remember(world, said("I like tea."), space=space)

    assert found(ask_all(world, "tea", BOB, ALICE)) == [
        (BOB, "I like tea."),
        (ALICE, "I like tea."),
    ]


def test_the_context_names_the_space_of_each_item_and_keeps_to_one_budget(peopled: World) -> None:
    context = ask_all(peopled, "green tea", ALICE, TEAM, k=2, contiguity=0.0).context
    small = ask_all(peopled, "green tea", ALICE, TEAM, budget_tokens=60)

    assert context.splitlines()[2:-1] == [
        "[2024-05-01 11:00 UTC | team / Plans | user (user)] green tea for the team",
        "[2024-05-01 12:00 UTC | alice / chat | user (user)] green tea at home",
    ]
    assert 0 < small.context_tokens <= 60


def test_every_hit_has_beside_it_what_stands_beside_it_in_its_own_space(peopled: World) -> None:
    recalled = ask_all(peopled, "green tea", ALICE, TEAM, k=2, order=ContextOrder.SCORE)

    beside = {
        hit.space: neighbour.content
        for hit, neighbour in zip(recalled.hits, _beside(peopled, recalled), strict=True)
    }
    assert beside == {ALICE: "a quiet evening", TEAM: "we sail on Sunday"}
    assert [turn.is_hit for turn in recalled.context_turns] == [True, False, True, False]


def _beside(world: World, recalled: RecalledTogether) -> list[Turn]:
    """Return the turns of the context that are no hits, in its order."""
    return [
        next(each for each in turns_of(world, turn.space) if each.id == turn.id)
        for turn in recalled.context_turns
        if not turn.is_hit
    ]


def test_events_of_all_spaces_come_as_one_list(peopled: World) -> None:
    """A pause of years parts each space's two turns."""
    recalled = ask_all(peopled, "green tea", ALICE, TEAM, kind=Kind.EVENT)

    said_by = {(hit.space, hit.event.text) for hit in recalled.hits if hit.event is not None}
    assert said_by == {
        (ALICE, "user: green tea at home"),
        (ALICE, "user: a quiet evening"),
        (TEAM, "user: green tea for the team"),
        (TEAM, "user: we sail on Sunday"),
    }
    assert recalled.hits[0].turn.content.startswith("green tea")


def test_the_question_is_embedded_once(tmp_path: Path) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        for space in (ALICE, BOB, TEAM):
            remember(world, said("tea"), space=space)
        embedder.read.clear()

        ask_all(world, "who likes tea", ALICE, BOB, TEAM)

    assert embedder.read == ["who likes tea"]


def test_without_a_model_the_words_of_every_space_answer(tmp_path: Path) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        remember(world, said("green tea"), space=ALICE)
        remember(world, said("black tea"), space=BOB)
        embedder.is_down = True

        recalled = ask_all(world, "tea", ALICE, BOB)

    assert len(recalled.hits) == 2
    assert recalled.missing_arms == ("dense", "dense_before")


def test_each_space_says_where_it_stands_and_what_its_stages_did(world: World) -> None:
    one = remember(world, said("tea"), space=ALICE)
    other = remember(world, said("tea"), said("sea"), space=BOB)

    recalled = ask_all(world, "tea", ALICE, BOB)

    assert recalled.positions == {ALICE: one.position, BOB: other.position}
    assert set(recalled.traces) == {ALICE, BOB}


def test_an_empty_space_among_them_gives_nothing(world: World) -> None:
    world.service.found(world.admin, BOB)
    remember(world, said("tea"), space=ALICE)

    assert found(ask_all(world, "tea", ALICE, BOB)) == [(ALICE, "tea")]


@pytest.mark.parametrize("hidden", [BOB, SpaceName("nowhere")])
def test_one_space_that_the_key_may_not_see_refuses_the_whole_question(
    peopled: World, hidden: SpaceName
) -> None:
    bound = key_of(Role.ADMIN, ALICE, "ghost")

    with pytest.raises(SpaceNotFound) as refused:
        ask_all(peopled, "tea", ALICE, hidden, access=bound)
    with pytest.raises(SpaceNotFound) as missing:
        ask_all(peopled, "tea", ALICE, SpaceName("ghost"), access=bound)

    assert refused.value.detail == missing.value.detail.replace("ghost", hidden)


def test_an_unknown_recipe_is_refused(peopled: World) -> None:
    with pytest.raises(InvalidField):
        ask_all(peopled, "tea", ALICE, recipe="magic")


def test_a_position_that_one_space_does_not_reach_in_time_is_refused(tmp_path: Path) -> None:
    with open_world(tmp_path, position_wait_s=0) as world:
        written = remember(world, said("one"), space=BOB)
        remember(world, said("one"), space=ALICE)

        ask_all(world, "one", ALICE, BOB, min_positions={BOB: written.position})
        with pytest.raises(PositionNotReached):
            ask_all(world, "one", ALICE, BOB, min_positions={BOB: written.position + 1})


def test_recalls_that_cross_and_writes_in_between_do_not_wait_for_each_other_forever(
    world: World,
) -> None:
    for space in (ALICE, BOB):
        remember(world, said("tea"), space=space)

    def asking(*spaces: SpaceName) -> None:
        for _ in range(20):
            ask_all(world, "tea", *spaces)

    def writing(space: SpaceName) -> None:
        for number in range(20):
            remember(world, said(f"tea number {number}"), space=space)

    done = run_together(
        partial(asking, ALICE, BOB),
        partial(asking, BOB, ALICE),
        partial(writing, ALICE),
        partial(writing, BOB),
    )

    assert done


def run_together(*work: Callable[[], None], patience_s: float = 30.0) -> bool:
    """Run all of it at once; tell whether all of it ended."""
    threads = [Thread(target=each, daemon=True) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=patience_s)
    return not any(thread.is_alive() for thread in threads)
