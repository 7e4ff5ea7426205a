"""Vectors and words in PostgreSQL: kept with their rows, gone with them, found as in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, func, select, text

from memsvc.domain.errors import DataDirectoryUnusable
from memsvc.domain.ids import SpaceKey
from memsvc.domain.recall import Question
from memsvc.domain.receipt import Wanted
from memsvc.llm.fakes import HashingEmbedder
from memsvc.ports.indexes import SpaceIndexes
from memsvc.ports.models import Matrix
from memsvc.ports.vectors import Keys
from memsvc.world import CountingIds
from store.asking import Asking, Near, asking_of
from store.indexing import half_vectors, postings
from store.inverted import InvertedFile
from store.loaded import LoadedSpace
from store.loading import load
from store.opening import open_database
from store.posted import DatabaseWords
from store.uow import one_view
from store.vectors.exact import ExactIndex
from store.vectors.layered import LayeredIndex
from store.vectors.pgvector import DatabaseVectors
from tests.app.small import ALICE, BOB, CHAT, ask, remember, said, texts, turns_of
from tests.store.asked import SPACE, GraphedVectors, WrittenVectors, asking_at
from tests.store.shelves import assert_same
from tests.worlds import World, open_world

pytestmark = pytest.mark.postgres

MODEL = HashingEmbedder().fingerprint
SPACES = (SpaceKey(1), SpaceKey(2))
WORDS = ["heron", "elk", "moss", "fen", "reed", "owl", "lake", "boat", "rain", "sun"]


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = open_database(url, readers=2)
    try:
        with one_view(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def left(url: str) -> tuple[int, int]:
    """Return how many halves and postings there are."""
    with connected(url) as there:
        halves, posted = (
            there.execute(select(func.count()).select_from(each)).scalar_one()
            for each in (half_vectors, postings)
        )
    return halves, posted


def assert_as_in_memory(world: World, url: str) -> None:
    """Assert that what is lent answers as what memory would have, made of the same rows."""
    for space in SPACES:
        with world.service.shelf.open(space) as lent, connected(url) as there:
            assert_from_the_database(lent)
            assert_same(lent, load(there, space, MODEL))


def assert_from_the_database(lent: SpaceIndexes) -> None:
    assert isinstance(lent.vectors, DatabaseVectors)
    assert isinstance(lent.lexicon, DatabaseWords)


def sentence(chance: Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(1, 9)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_indexes_in_the_database_answer_as_those_in_memory_whatever_comes_and_goes(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    chance = Random(seed)
    with open_world(tmp_path, database=database_url) as world:
        remember(world, said("heron"), space=ALICE)
        remember(world, said("elk"), space=BOB)
        for _ in range(12):
            space = chance.choice((ALICE, BOB))
            step = chance.random()
            held = turns_of(world, space=space) if step > 0.6 else ()
            if held:
                one = chance.choice(held)
                world.service.forget.turn(world.admin, space, one.id)
            else:
                new = [said(sentence(chance)) for _ in range(chance.randint(1, 4))]
                later = step < 0.1
                remember(world, *new, space=space, stream=chance.choice("ab"), embed_later=later)
        assert_as_in_memory(world, database_url)
        while world.service.enrich.work_once():
            pass
        assert_as_in_memory(world, database_url)


@pytest.mark.parametrize("what", ["turn", "stream", "space", "wanted"])
def test_what_is_forgotten_leaves_no_half_and_no_posting(
    database_url: str, tmp_path: Path, what: str
) -> None:
    with open_world(tmp_path, database=database_url) as world:
        turn = remember(world, said("the heron called")).turns[0].id
        assert left(database_url) == (1, 3)
        forget = world.service.forget
        match what:
            case "turn":
                forget.turn(world.admin, ALICE, turn)
            case "stream":
                forget.stream(world.admin, ALICE, CHAT)
            case "space":
                forget.space(world.admin, ALICE)
            case _:
                wanted = Wanted(turns=(turn,))
                done = world.service.forget_wanted(world.admin, ALICE, wanted, dry_run=False)
                assert done.receipt is not None
                found = world.service.receipts.verify(world.admin, ALICE, done.receipt.id)
                assert found.left["half_vectors"] == found.left["postings"] == 0
        assert left(database_url) == (0, 0)


def test_a_receipt_tells_of_a_half_and_a_posting_that_are_left(
    database_url: str, tmp_path: Path
) -> None:
    with open_world(tmp_path, database=database_url) as world:
        turn = remember(world, said("the heron called")).turns[0].id
        key = turns_of(world)[0].key
        wanted = Wanted(turns=(turn,))
        done = world.service.forget_wanted(world.admin, ALICE, wanted, dry_run=False)
        assert done.receipt is not None
        engine = open_database(database_url, readers=1)
        with engine.begin() as there:
            posting = text("INSERT INTO postings VALUES (1, :turn, 1, 'heron')")
            there.execute(posting, {"turn": key})
            half = text("INSERT INTO half_vectors VALUES (1, :turn, 0, 'm', '[1,0]')")
            there.execute(half, {"turn": key})
        engine.dispose()
        found = world.service.receipts.verify(world.admin, ALICE, done.receipt.id)
        assert (found.left["half_vectors"], found.left["postings"]) == (1, 1)
        assert not found.is_gone


def test_a_unit_that_is_refused_leaves_neither(database_url: str, tmp_path: Path) -> None:
    with open_world(tmp_path, database=database_url) as world:
        remember(world, said("the heron called", client_id="one"))
        before = left(database_url)
        with pytest.raises(Exception, match="one"):
            remember(world, said("an elk"), said("an owl", client_id="one"))
        assert left(database_url) == before


def test_what_was_written_without_them_is_found_after_the_next_start(
    database_url: str, tmp_path: Path
) -> None:
    opened = partial(open_world, tmp_path, database=database_url, ids=CountingIds())
    with opened(search="memory") as world:
        remember(world, said("the heron called"), said("rain on the lake"))
        with world.service.shelf.open(SPACES[0]) as lent:
            assert isinstance(lent.vectors, LayeredIndex)
            assert isinstance(lent.lexicon, InvertedFile)
    with opened(search="database") as world:
        assert left(database_url) == (2, 7)
        assert texts(ask(world, "heron"))[0] == "the heron called"
        remember(world, said("an owl"))
    with opened(search="memory") as world:
        remember(world, said("moss and reed"))
        world.service.forget.turn(world.admin, ALICE, turns_of(world)[0].id)
    with opened() as world:
        remember(world, said("sun"), space=BOB)
        assert_as_in_memory(world, database_url)


def test_the_past_is_searched_in_memory(database_url: str, tmp_path: Path) -> None:
    with open_world(tmp_path, database=database_url) as world:
        then = remember(world, said("the heron called")).position
        remember(world, said("the heron left"))
        assert len(ask(world, "heron").hits) == 2
        back = world.service.at(world.service.look_back(world.admin, [ALICE], then))
        found = back.recall(world.admin, ALICE, Question("heron"))
        assert [hit.turn.content for hit in found.hits] == ["the heron called"]


def test_a_turn_that_the_indexes_do_not_know_yet_is_passed_over(database_url: str) -> None:
    east, west = np.eye(4, dtype=np.float32)[:2]
    with asking_at(database_url, 4) as asking:
        ahead = WrittenVectors(asking)
        ahead.add(np.array([1, 2, 3]), np.array([east, east, west]))
        behind = DatabaseVectors(asking, SPACE)
        behind.add(np.array([2, 3, 4]), np.array([east, west, west]))  # 4 was forgotten since
        assert behind.search(east, k=9).keys.tolist() == [2, 3]
        assert behind.search(east, k=1).keys.tolist() == [2]
        assert behind.search(west, k=9, among=np.array([3, 4])).keys.tolist() == [3]


def test_no_vector_is_fetched_twice_while_it_is_lent(database_url: str) -> None:
    east, north = np.eye(4, dtype=np.float32)[:2]
    with asking_at(database_url, 4) as asking:
        index = WrittenVectors(asking)
        index.add(np.array([1, 2]), np.array([east, north]))
        lent = DatabaseVectors(asking, SPACE, owners=index.owners).lent()
        assert lent.search(east, k=2).keys.tolist() == [1, 2]
        index.remove(np.array([1, 2]))
        assert lent.cosines(north, np.array([2, 1])).tolist() == [1.0, 0.0]
        assert lent.means(np.array([1])).tolist() == [east.tolist()]


COUNT, DIMENSION, K = 4_000, 32, 10


def directions() -> Matrix:
    """Return unit vectors that lie about as those of texts do: some near to each other."""
    chance = np.random.default_rng(5)
    centres = chance.normal(size=(COUNT // 20, DIMENSION))
    made = centres[chance.integers(0, len(centres), COUNT)]
    made = made + 0.6 * chance.normal(size=(COUNT, DIMENSION))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


def is_due(index: DatabaseVectors) -> bool:
    return index.is_due


def test_a_graph_of_one_space_and_model_is_asked_and_finds_nearly_all(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.vectors.pgvector.GRAPH_AT", 1_000)
    vectors, keys = directions(), np.arange(1, COUNT + 1)
    exact = ExactIndex(DIMENSION)
    exact.add(keys, vectors)
    with asking_at(database_url, DIMENSION) as asking:
        index = WrittenVectors(asking)
        index.add(keys, vectors)
        whole = [index.search(query, k=K) for query in vectors[::200]]
        assert is_due(index)
        building = index.begin_sealing()
        assert not is_due(index)
        index.end_sealing(building, building.build(lambda: True))
        assert asking.has_graph(SPACE)
        assert not is_due(index)
        found = [index.search(query, k=K) for query in vectors[::200]]
        right = [exact.search(query, k=K) for query in vectors[::200]]
        few = keys[::9]
        narrowed = [index.search(query, k=K, among=few) for query in vectors[::200]]
        of_few = [exact.search(query, k=K, among=few) for query in vectors[::200]]
        with asking._cursor() as cursor:
            plan = "\n".join(
                line
                for (line,) in cursor.execute(
                    "EXPLAIN SELECT turn FROM half_vectors WHERE space = %s AND fingerprint = %s "
                    "ORDER BY half::halfvec(32) <#> %s::halfvec LIMIT 31",
                    (1, asking.fingerprint.text, str(vectors[0].tolist())),
                ).fetchall()
            )
    assert "half_vectors_of_1_" in plan
    for ours, theirs in zip(whole, right, strict=True):
        assert ours.keys.tolist() == theirs.keys.tolist()
        assert np.allclose(ours.scores, theirs.scores, atol=1e-6)
    for each, expected in ((found, right), (narrowed, of_few)):
        assert all(len(one.keys) == K for one in each)
        shared = [
            len(np.intersect1d(one.keys, other.keys)) / K
            for one, other in zip(each, expected, strict=True)
        ]
        assert np.mean(shared) > 0.95


def test_a_graph_is_told_who_may_answer_only_where_it_leads_to_too_few_of_them(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, keys = directions(), np.arange(1, COUNT + 1)
    exact = ExactIndex(DIMENSION)
    exact.add(keys, vectors)
    told: list[bool] = []
    near = Asking.near

    def watched(self: Asking, *given: Any, among: Keys | None = None, **how: Any) -> Near:
        told.append(among is not None)
        return near(self, *given, among=among, **how)

    monkeypatch.setattr(Asking, "near", watched)
    with asking_at(database_url, DIMENSION) as asking:
        index = GraphedVectors(asking)
        index.add(keys, vectors)
        for query in vectors[::400]:
            far = np.sort(keys[np.argsort(vectors @ query)[: COUNT // 2]])
            for among, is_told in ((keys, False), (keys[::2], False), (far, True)):
                told.clear()
                found = index.search(query, k=K, among=among)
                right = exact.search(query, k=K, among=among)
                assert told[-1] == is_told
                assert len(np.intersect1d(found.keys, right.keys)) >= 0.8 * K


def test_a_graph_that_is_not_to_be_is_given_up_and_built_another_time(database_url: str) -> None:
    vectors = np.tile(directions(), (3, 1))
    with asking_at(database_url, DIMENSION) as asking:
        index = WrittenVectors(asking)
        index.add(np.arange(1, len(vectors) + 1), vectors)
        building = index.begin_sealing()
        index.end_sealing(building, building.build(lambda: False))
        if not asking.has_graph(SPACE):  # a fast machine is done before it is asked
            assert len(index.fresh) == len(vectors)
        building = index.begin_sealing()
        index.end_sealing(building, building.build(lambda: True))
        assert asking.has_graph(SPACE)


def test_graphs_of_spaces_that_are_gone_go_at_the_next_start(database_url: str) -> None:
    with asking_at(database_url, 4) as asking:
        assert asking.build_graph(SPACE, lambda: True)
        assert asking.build_graph(SpaceKey(77), lambda: True)
        engine = asking.to_keep()
        again = asking_of(engine, asking.fingerprint, "auto")
        assert again is not None
        assert (again.has_graph(SPACE), again.has_graph(SpaceKey(77))) == (True, False)
        again.close()


def test_a_server_without_pgvector_is_searched_in_memory_or_told(
    database_url: str, tmp_path: Path
) -> None:
    """Here it is somebody who may not make the extension."""
    owner = open_database(database_url, readers=1)
    with owner.begin() as there:
        there.execute(text("DROP ROLE IF EXISTS modest"))
        there.execute(text("CREATE ROLE modest LOGIN PASSWORD 'x'"))
        name = there.execute(text("SELECT current_schema()")).scalar_one()
        there.execute(text(f'GRANT ALL ON ALL TABLES IN SCHEMA "{name}" TO modest'))
        there.execute(text(f'GRANT ALL ON ALL SEQUENCES IN SCHEMA "{name}" TO modest'))
    url = owner.url.set(username="modest", password="x").render_as_string(hide_password=False)
    try:
        with open_world(tmp_path, database=url) as world:
            remember(world, said("the heron called"))
            assert texts(ask(world, "heron")) == ["the heron called"]
            with world.service.shelf.open(SPACES[0]) as lent:
                assert isinstance(lent.vectors, LayeredIndex)
        with (
            pytest.raises(DataDirectoryUnusable, match="pgvector is not there"),
            open_world(tmp_path, database=url, search="database"),
        ):
            pass
    finally:
        drop_role(owner)


def drop_role(owner: Engine) -> None:
    with owner.begin() as there:
        there.execute(text("DROP OWNED BY modest"))
        there.execute(text("DROP ROLE modest"))
    owner.dispose()


def test_rows_in_a_file_are_searched_in_memory(tmp_path: Path) -> None:
    with (
        pytest.raises(DataDirectoryUnusable, match="rows are in a file"),
        open_world(tmp_path, search="database"),
    ):
        pass


def test_an_empty_space_has_nothing_to_ask_for(database_url: str) -> None:
    with asking_at(database_url, 4) as asking:
        loaded = LoadedSpace.asking(asking, SPACE)
        lent = loaded.indexes
        assert lent.vectors.search(np.eye(4, dtype=np.float32)[0], k=3).keys.tolist() == []
        assert lent.lexicon.postings(["heron"]) == {}
        assert lent.lexicon.information(lent.timeline).tolist() == []
