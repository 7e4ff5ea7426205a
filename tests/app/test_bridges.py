"""Two hops over what is written: "Where was the director of Jaws born?" over three turns."""

from datetime import timedelta

import pytest

from memsvc.domain.ids import StreamName
from memsvc.domain.recall import ArmScore, Filter, NamePath, PathStep, Question, Recalled
from tests.app.small import ALICE, BOB, ask, remember, said, texts
from tests.worlds import World

FILM = "A thriller of 1975 that Steven Spielberg made."
DIRECTOR = "He came to the world in Cincinnati, Ohio."
OTHER = "Where was the director late again?"
QUESTION = "Where was the director of Jaws born?"


def films(world: World, *, film: str = "Ann", director: str = "Bob") -> None:
    remember(world, said(FILM, speaker=film), stream="film", title="Jaws")
    remember(world, said(DIRECTOR, speaker=director), stream="man", title="Steven Spielberg")
    remember(world, said(OTHER, speaker="Eve"), stream="talk")


@pytest.fixture
def cinema(world: World) -> World:
    films(world)
    return world


def bridges(found: Recalled, text: str) -> ArmScore | None:
    (hit,) = (hit for hit in found.hits if hit.turn.content == text)
    return hit.why.get("bridges")


def ids(found: Recalled) -> dict[str, str]:
    return {hit.turn.content: hit.turn.id for hit in found.hits}


def test_the_answer_says_by_which_name_it_was_reached(cinema: World) -> None:
    found = ask(cinema, QUESTION)

    by_film, by_director = bridges(found, FILM), bridges(found, DIRECTOR)
    turns = ids(found)
    assert by_film is not None
    assert by_film.path == NamePath(("jaws", turns[FILM]), (PathStep.IS_ABOUT,))
    assert by_director is not None
    assert by_director.share > 0
    assert by_director.path == NamePath(
        (turns[FILM], "steven spielberg", turns[DIRECTOR]), (PathStep.NAMES, PathStep.IS_ABOUT)
    )
    assert bridges(found, OTHER) is None


def test_a_walk_says_by_which_way_it_came_and_how_much_of_it(cinema: World) -> None:
    found = ask(cinema, QUESTION, recipe="pagerank")

    (hit,) = (hit for hit in found.hits if hit.turn.content == DIRECTOR)
    path, turns = hit.why["pagerank"].path, ids(found)
    assert path is not None
    assert path.nodes == (turns[FILM], "steven spielberg", turns[DIRECTOR])
    assert path.steps == (PathStep.NAMES, PathStep.IS_ABOUT)
    assert 1.0 > path.mass[0] > path.mass[1] > 0.0


def test_the_shares_still_sum_to_the_score(cinema: World) -> None:
    for hit in ask(cinema, QUESTION).hits:
        assert sum(arm.share for arm in hit.why.values()) == pytest.approx(hit.score, abs=1e-5)


def test_the_answer_is_reached_though_hundreds_of_turns_are_nearer_to_the_question(
    cinema: World,
) -> None:
    """Meaning and words propose a hundred each, and these are more."""
    remember(cinema, said(f"Jaws: {FILM}"), stream="film again", title="Jaws (film)")
    for number in range(3):
        turns = [said(f"the director was late, time {n}") for n in range(100)]
        remember(cinema, *turns, stream=f"noise-{number}")

    assert DIRECTOR in texts(ask(cinema, QUESTION, k=10))


def test_a_path_needs_no_turn_that_the_filter_leaves_out(cinema: World) -> None:
    found = ask(cinema, QUESTION, where=Filter(speakers=("Bob", "Eve")))

    assert FILM not in texts(found)
    assert bridges(found, DIRECTOR) is None


@pytest.mark.parametrize("stream", ["film", "man"])
def test_what_is_forgotten_is_no_part_of_a_path(cinema: World, stream: str) -> None:
    before = ids(ask(cinema, QUESTION))
    cinema.service.forget.stream(cinema.admin, ALICE, StreamName(stream))

    gone = {before[FILM] if stream == "film" else before[DIRECTOR]}
    for hit in ask(cinema, QUESTION).hits:
        path = hit.why["bridges"].path if "bridges" in hit.why else None
        assert path is None or gone.isdisjoint(path.nodes)


def test_what_has_expired_is_no_part_of_a_path(world: World) -> None:
    soon = world.clock.now() + timedelta(hours=1)
    remember(world, said(FILM, expires_at=soon), stream="film", title="Jaws")
    remember(world, said(DIRECTOR), stream="man", title="Steven Spielberg")
    assert bridges(ask(world, QUESTION), DIRECTOR) is not None

    world.clock.advance(timedelta(hours=2))

    assert texts(ask(world, QUESTION)) == [DIRECTOR]
    assert bridges(ask(world, QUESTION), DIRECTOR) is None


def test_speakers_are_nobody_to_go_by(world: World) -> None:
    remember(world, said("Caroline sang."), said("So did Melanie."), title="Caroline")
    remember(world, said("I did.", speaker="Caroline Smith"), stream="other")

    found = ask(world, "What did Caroline do?")

    assert found.hits
    assert all("bridges" not in hit.why for hit in found.hits)


def test_several_spaces_are_led_by_what_each_of_them_knows(cinema: World) -> None:
    remember(cinema, said("The director was born here."), space=BOB)

    found = cinema.service.recall_together(cinema.admin, [ALICE, BOB], Question(QUESTION))

    reached = {hit.turn.content for hit in found.hits if "bridges" in hit.why}
    assert reached == {FILM, DIRECTOR}
