"""Vectors of tokens: kept with the turn, gone with it, made later where they are owed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from memsvc.domain.receipt import Wanted
from memsvc.llm.fakes import HashingEmbedder, HashingTokens
from memsvc.world import CountingIds
from tests.app.small import ALICE, ask, remember, rows, said, texts, turns_of
from tests.app.test_forget_wanted import verify
from tests.worlds import World, open_world

KEPT = "SELECT turn, fingerprint, length(vectors) FROM token_vectors ORDER BY turn"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path, embedder=HashingTokens()) as opened:
        yield opened


def owed(world: World) -> int:
    return world.service.inspect.waiting_jobs().jobs


def test_a_write_keeps_one_vector_a_word(world: World, tmp_path: Path) -> None:
    remember(world, said("I moved to Lisbon."), said("", speaker="Ada"))

    first, second = turns_of(world)
    assert rows(tmp_path, KEPT) == [
        (first.key, "hashing/int8/64", 5 * 64),
        (second.key, "hashing/int8/64", 2 * 64),
    ]
    assert owed(world) == 0


def test_the_words_of_every_piece_of_a_long_turn_are_kept(world: World, tmp_path: Path) -> None:
    remember(world, said("river " * 400))

    [(_, _, size)] = rows(tmp_path, KEPT)
    assert size == 400 * 64


def test_a_recall_says_what_words_found(world: World) -> None:
    remember(world, said("I moved to Lisbon."), said("I like tea."))

    found = ask(world, "Lisbon")

    assert found.hits[0].why["tokens"].score == pytest.approx(1.0)
    assert found.missing_arms == ()


def test_a_model_that_tells_no_tokens_keeps_none_and_ranks_as_ever(tmp_path: Path) -> None:
    with open_world(tmp_path, embedder=HashingEmbedder()) as world:
        remember(world, said("I moved to Lisbon."))

        assert set(ask(world, "Lisbon").hits[0].why) >= {"dense", "lexical", "lexical_around"}
    assert rows(tmp_path, KEPT) == []


def test_a_deleted_turn_takes_its_tokens_along(world: World, tmp_path: Path) -> None:
    remember(world, said("one"), said("two"))
    first, second = turns_of(world)

    world.service.forget.turn(world.admin, ALICE, first.id)

    assert [turn for turn, *_ in rows(tmp_path, KEPT)] == [second.key]


def test_a_receipt_looks_for_tokens_too(world: World, tmp_path: Path) -> None:
    remember(world, said("We live in Lisbon."))

    done = world.service.forget_wanted(world.admin, ALICE, Wanted(text="Lisbon"), dry_run=False)

    checked = verify(world, done.receipt)
    assert checked.is_gone
    assert checked.left["token_vectors"] == 0
    assert rows(tmp_path, KEPT) == []


def test_what_is_embedded_later_has_its_tokens_then(world: World, tmp_path: Path) -> None:
    remember(world, said("I moved to Lisbon."), embed_later=True)
    assert rows(tmp_path, KEPT) == []

    world.service.enrich.work_once()

    assert len(rows(tmp_path, KEPT)) == 1
    assert "tokens" in ask(world, "Lisbon").hits[0].why


def test_a_store_from_before_is_owed_them_and_ranks_as_ever_until_they_are_there(
    tmp_path: Path,
) -> None:
    ids = CountingIds()
    with open_world(tmp_path, ids=ids) as older:
        remember(older, said("I moved to Lisbon."), said("I like tea."))
        before = ask(older, "Lisbon").hits
        position = ask(older, "Lisbon").position

    with open_world(tmp_path, ids=ids, embedder=HashingTokens()) as world:
        assert owed(world) == 2
        assert ask(world, "Lisbon").hits == before
        world.service.enrich.work_once()

        assert (owed(world), len(rows(tmp_path, KEPT))) == (0, 2)
        assert "tokens" in ask(world, "Lisbon").hits[0].why
        assert ask(world, "Lisbon").position == position
    assert rows(tmp_path, "SELECT count(*) FROM embeddings") == [(2,)]


def test_switched_off_and_on_again_only_what_came_between_is_owed(tmp_path: Path) -> None:
    ids = CountingIds()
    with open_world(tmp_path, ids=ids, embedder=HashingTokens()) as world:
        remember(world, said("one"))
    with open_world(tmp_path, ids=ids) as world:
        remember(world, said("two"))
        assert texts(ask(world, "one"))[0] == "one"

    with open_world(tmp_path, ids=ids, embedder=HashingTokens()) as world:
        assert owed(world) == 1


def test_tokens_of_another_model_give_way(tmp_path: Path) -> None:
    ids = CountingIds()
    with open_world(tmp_path, ids=ids, embedder=HashingTokens(32)) as world:
        remember(world, said("one"))
    with open_world(tmp_path, ids=ids, embedder=HashingTokens()) as world:
        world.service.enrich.work_once()

    assert [model for _, model, _ in rows(tmp_path, KEPT)] == ["hashing/int8/64"]


def test_a_paragraph_that_moves_is_owed_the_tokens_that_its_vector_came_without(
    world: World, tmp_path: Path
) -> None:
    world.document("alice", "guide", "Herons fish.", "Otters swim.")
    world.document("alice", "guide", "Otters swim.", "Herons fish.")
    world.service.enrich.work_once()

    assert owed(world) == 0
    turns = {turn.key for turn in turns_of(world)}
    assert {turn for turn, *_ in rows(tmp_path, KEPT)} == turns


def test_a_reading_of_tokens_is_of_one_space(world: World) -> None:
    remember(world, said("one"))
    [turn] = turns_of(world)
    with world.service.remember.keeping.read() as reading:
        space = reading.spaces.find(ALICE)
        assert space is not None
        fingerprint = HashingTokens().token_fingerprint
        own = reading.tokens.of(space.key, [turn.key], fingerprint=fingerprint)
        other = reading.tokens.of(space.key + 1, [turn.key], fingerprint=fingerprint)  # type: ignore[arg-type]

    assert (own.keys.tolist(), own.counts.tolist()) == ([turn.key], [1])
    assert np.sort(own.vectors[0]).tolist() == [0] * 63 + [127]
    assert len(other.keys) == 0
