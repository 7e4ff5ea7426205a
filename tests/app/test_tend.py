"""Tend: what is derived follows the settings."""

from datetime import timedelta
from pathlib import Path

from memsvc.llm.fakes import HashingEmbedder
from tests.app.small import ALICE, BOB, ask, remember, rows, said, texts, turns_of
from tests.worlds import open_world


def test_a_change_of_language_makes_all_terms_anew(tmp_path: Path) -> None:
    with open_world(tmp_path, language="none") as world:
        remember(world, said("He runs daily."), said("Don't stop."))
        remember(world, said("She runs."), space=BOB)
        assert ask(world, "running", recipe="lexical").hits == ()

    with open_world(tmp_path, language="english") as world:
        assert texts(ask(world, "running", recipe="lexical")) == ["He runs daily."]
        assert texts(ask(world, "running", recipe="lexical", space=BOB)) == ["She runs."]

    assert rows(tmp_path, "SELECT value FROM store_facts WHERE name = 'lexicon'") == [
        ("words-1/english",)
    ]


def test_terms_made_anew_are_counted_anew(tmp_path: Path) -> None:
    """L'avion is one word in English and two in French."""
    with open_world(tmp_path, language="english") as world:
        remember(world, said("l'avion"))

    with open_world(tmp_path, language="french"):
        pass

    assert rows(tmp_path, "SELECT length FROM turns") == [(2,)]


def test_making_terms_anew_changes_no_answer(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said("He runs daily.", speaker="Ada"), said("I like tea."))
        before = ask(world, "Ada running tea").hits

        assert world.service.tend.rebuild_lexicon() == 2

        assert ask(world, "Ada running tea").hits == before


def test_a_start_with_the_same_settings_owes_nothing(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said("one"))

    with open_world(tmp_path) as world:
        assert world.service.inspect.waiting_jobs().jobs == 0


def test_a_change_of_model_owes_every_turn_a_vector_and_recall_works_again(
    tmp_path: Path,
) -> None:
    with open_world(tmp_path) as world:
        remember(world, said("I moved to Lisbon."), said("The sea is blue."))
        remember(world, said("elsewhere"), space=BOB)

    with open_world(tmp_path, embedder=HashingEmbedder(32)) as world:
        assert world.service.inspect.waiting_jobs().jobs == 3
        assert [turn.embedded for turn in turns_of(world)] == [False, False]
        assert ask(world, "Lisbon", recipe="dense").hits == ()
        assert texts(ask(world, "Lisbon"))[0] == "I moved to Lisbon."

        while world.service.enrich.work_once():
            pass

        assert texts(ask(world, "Lisbon", recipe="dense"))[0] == "I moved to Lisbon."
        assert world.service.verify(world.admin, ALICE).is_whole


def test_a_model_that_comes_back_finds_its_vectors(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said("I moved to Lisbon."))
    with open_world(tmp_path, embedder=HashingEmbedder(32)) as world:
        world.service.enrich.work_once()

    with open_world(tmp_path) as world:
        assert world.service.inspect.waiting_jobs().jobs == 0
        assert texts(ask(world, "Lisbon", recipe="dense")) == ["I moved to Lisbon."]


def test_a_model_that_comes_back_at_once_embeds_nothing_twice(tmp_path: Path) -> None:
    """The jobs that the change left behind find that there is nothing to do."""
    with open_world(tmp_path) as world:
        remember(world, said("I moved to Lisbon."))
    with open_world(tmp_path, embedder=HashingEmbedder(32)):
        pass

    with open_world(tmp_path) as world:
        world.service.enrich.work_once()

        assert world.service.inspect.waiting_jobs().jobs == 0
        assert texts(ask(world, "Lisbon", recipe="dense")) == ["I moved to Lisbon."]
    assert rows(tmp_path, "SELECT count(*) FROM embeddings") == [(1,)]


def test_forgetting_takes_the_vectors_of_every_model(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said("one"))
    with open_world(tmp_path, embedder=HashingEmbedder(32)) as world:
        world.service.enrich.work_once()
        world.service.forget.turn(world.admin, ALICE, turns_of(world)[0].id)

    assert rows(tmp_path, "SELECT * FROM embeddings") == []


def test_old_answers_are_dropped_and_young_ones_stay(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said("one"), idempotency_key="i-1")
        world.clock.advance(timedelta(hours=20))
        remember(world, said("two"), idempotency_key="i-2")
        world.clock.advance(timedelta(hours=5))

        assert world.service.tend.drop_old_answers() == 1
        assert world.service.tend.drop_old_answers() == 0

        assert remember(world, said("two"), idempotency_key="i-2").replayed
