"""Synonyms of names: sought after the write, each name once, in spaces that ask for it.

The counting embedder has two names of three words that share two of them at a cosine of .67.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from random import Random

import pytest

from graph.model import EdgeKind
from graph.weights import LEAST_COSINE
from memsvc.domain.ids import DocumentName, SpaceKey, SpaceName
from memsvc.domain.knowledge import NewFact, SynonymSearch
from memsvc.domain.memory import SpaceSettings
from memsvc.domain.work import Job, Step
from memsvc.llm.fakes import HashingEmbedder
from memsvc.ports.outbox import LeaseLost
from memsvc.world import RandomIds
from tests.app.small import ALICE, BOB, MoodyEmbedder, remember, rows, said, turns_of
from tests.worlds import World, open_world

SEEKING = SpaceSettings(synonyms=SynonymSearch(least_cosine=0.5))

SECOND = "We spoke of World War II."
ALSO_SECOND = "We spoke of World War Two."
THIRD = "We spoke of World War III."
NAVY = "He served in the Royal Danish Navy."
PAIR = {frozenset({"world war ii", "world war two"})}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A service whose space "alice" asks for synonyms."""
    with open_world(tmp_path) as world:
        seek(world)
        yield world


def seek(world: World, space: SpaceName = ALICE, settings: SpaceSettings = SEEKING) -> None:
    world.service.found(world.admin, space)
    version = world.service.inspect.space(world.admin, space).space.version
    world.service.govern(world.admin, space, settings, version=version)


def work(world: World) -> None:
    while world.service.enrich.work_once():
        pass


def key_of(world: World, space: SpaceName = ALICE) -> SpaceKey:
    return world.service.inspect.space(world.admin, space).space.key


def waiting(world: World, space: SpaceName = ALICE) -> int:
    return world.service.inspect.enrichment(world.admin, space).waiting.get(Step.NAMES, 0)


def joined(world: World, space: SpaceName = ALICE) -> set[frozenset[str]]:
    """Return which names the space's graph joins as synonyms."""
    with world.service.shelf.open(key_of(world, space)) as indexes:
        name_of = indexes.mentions.name_of
        return {
            frozenset({name_of(edge.one.id), name_of(edge.other.id)})
            for edge in indexes.knowledge.graph().edges()
            if edge.kind is EdgeKind.SYNONYM
            and isinstance(edge.one.id, int)
            and isinstance(edge.other.id, int)
        }


def known(world: World, space: SpaceName = ALICE) -> list[str]:
    """Return every name that has a vector in memory."""
    (vector,) = HashingEmbedder().embed(["world"])
    with world.service.shelf.open(key_of(world, space)) as indexes:
        return sorted(n.name for n in indexes.knowledge.nearest_names(vector[None], limit=99)[0])


def kept(folder: Path) -> list[object]:
    """Return every row that the step writes."""
    tables = ("name_vectors", "synonyms", "ledger")
    return [rows(folder, f"SELECT * FROM {table}") for table in tables]  # noqa: S608 - named above


def test_the_default_is_what_was_calibrated() -> None:
    assert SynonymSearch().least_cosine == LEAST_COSINE


def test_a_space_that_does_not_ask_pays_nothing(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said(SECOND), said(ALSO_SECOND))
        assert waiting(world) == 0
        work(world)
        assert joined(world) == set()
    assert rows(tmp_path, "SELECT * FROM name_vectors") == []


def test_aliases_are_joined_after_the_write_and_siblings_are_not(world: World) -> None:
    remember(world, said(SECOND), said(ALSO_SECOND), said(THIRD), said("Nothing much."))
    assert (waiting(world), joined(world)) == (3, set())

    work(world)

    assert waiting(world) == 0
    assert joined(world) == PAIR
    assert known(world) == ["world war ii", "world war iii", "world war two"]
    assert world.service.verify(world.admin, ALICE).is_whole


@pytest.mark.parametrize("order", list(permutations([SECOND, ALSO_SECOND, THIRD])))
def test_it_does_not_matter_in_which_order_names_come_or_how_many_at_once(
    tmp_path: Path, order: Sequence[str]
) -> None:
    for way in ("whole", "parts"):
        with open_world(tmp_path / way) as world:
            seek(world)
            for text in order:
                remember(world, said(text))
                if way == "parts":
                    work(world)
            work(world)
            assert joined(world) == PAIR
        assert len(rows(tmp_path / way, "SELECT * FROM synonyms")) == 1


def test_a_name_is_embedded_once_however_often_it_is_named(tmp_path: Path) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        seek(world)
        remember(world, said(SECOND), said(SECOND))
        work(world)
        remember(world, said(SECOND))
        work(world)
    assert embedder.read.count("world war ii") == 1


def test_doing_it_twice_changes_nothing(world: World, tmp_path: Path) -> None:
    """As when a lease ran out while its first holder was still at it."""
    remember(world, said(SECOND), said(ALSO_SECOND))
    jobs = [
        Job(n, key_of(world), turn.key, Step.NAMES, 1) for n, turn in enumerate(turns_of(world))
    ]
    work(world)
    before = kept(tmp_path)

    with pytest.raises(LeaseLost):
        world.service.enrich.steps[Step.NAMES](key_of(world), jobs)

    assert kept(tmp_path) == before
    assert known(world) == ["world war ii", "world war two"]


def test_asking_for_it_later_compares_what_is_there_already(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said(SECOND), said(SECOND), said(ALSO_SECOND))
        seek(world)
        assert waiting(world) == 2
        work(world)
        assert joined(world) == PAIR


def test_what_was_found_stays_when_nothing_more_is_sought(world: World) -> None:
    remember(world, said(SECOND), said(ALSO_SECOND))
    work(world)
    remember(world, said("It was the Second World War."))
    seek(world, settings=SpaceSettings())
    work(world)
    remember(world, said(NAVY))

    assert waiting(world) == 0
    assert joined(world) == PAIR

    seek(world)
    work(world)
    assert len(joined(world)) == 3
    assert "royal danish navy" in known(world)


def test_the_threshold_is_the_spaces_own(world: World) -> None:
    seek(world, settings=SpaceSettings(synonyms=SynonymSearch(least_cosine=0.9)))
    remember(world, said(SECOND), said(ALSO_SECOND))
    work(world)
    assert joined(world) == set()


def test_spaces_do_not_see_each_others_names(world: World) -> None:
    seek(world, BOB)
    remember(world, said(SECOND))
    remember(world, said(ALSO_SECOND), space=BOB)
    work(world)
    assert (joined(world), joined(world, BOB)) == (set(), set())
    assert (known(world), known(world, BOB)) == (["world war ii"], ["world war two"])


@pytest.mark.parametrize("forgotten", [0, 1])
def test_a_forgotten_name_takes_its_vector_and_synonyms_along(
    world: World, tmp_path: Path, forgotten: int
) -> None:
    """Whether it brought the pair or was there first; named again, it is found again."""
    texts = [SECOND, ALSO_SECOND]
    remember(world, said(SECOND), said(ALSO_SECOND))
    work(world)

    world.service.forget.turn(world.admin, ALICE, turns_of(world)[forgotten].id)

    assert (joined(world), len(known(world))) == (set(), 1)
    assert rows(tmp_path, "SELECT * FROM synonyms") == []
    assert len(rows(tmp_path, "SELECT * FROM name_vectors")) == 1
    remember(world, said(texts[forgotten]))
    work(world)
    assert joined(world) == PAIR


@pytest.mark.parametrize("forgotten", [0, 1])
def test_what_is_forgotten_while_names_are_compared_is_not_kept(
    tmp_path: Path, forgotten: int
) -> None:
    """Neither the new name nor, beside a new one, the name that it was found near to."""
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        seek(world)
        remember(world, said(SECOND))
        work(world)
        remember(world, said(ALSO_SECOND))
        gone = turns_of(world)[forgotten].id
        embedder.meanwhile = lambda: world.service.forget.turn(world.admin, ALICE, gone)
        work(world)
        assert (joined(world), len(known(world))) == (set(), 1)
        assert world.service.verify(world.admin, ALICE).is_whole
    assert rows(tmp_path, "SELECT * FROM synonyms") == []


def test_a_title_that_changes_while_names_are_compared_is_compared_too(tmp_path: Path) -> None:
    """The step is owed already, and so cannot be owed again for the new title."""
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        seek(world)
        world.document("alice", "book", SECOND, title="Orca")
        embedder.meanwhile = lambda: world.document("alice", "book", SECOND, title="World War Two")
        work(world)
        assert joined(world) == PAIR
        assert known(world) == ["world war ii", "world war two"]


def test_a_new_title_of_a_document_is_compared(world: World) -> None:
    world.document("alice", "book", SECOND, title="Orca")
    work(world)
    world.document("alice", "book", SECOND, title="World War Two")
    work(world)
    assert joined(world) == PAIR
    world.service.forget.document(world.admin, ALICE, DocumentName("book"))
    assert known(world) == []


def test_what_is_read_back_from_rows_is_what_was_in_memory(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        seek(world)
        remember(world, said(SECOND), said(THIRD), said(NAVY))
        work(world)
        remember(world, said(ALSO_SECOND), said("It was the Second World War."))
        work(world)
        before = (joined(world), known(world))
    with open_world(tmp_path, ids=RandomIds()) as world:
        assert (joined(world), known(world)) == before
        assert len(before[0]) == 3


def test_another_model_owes_every_name_anew(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        seek(world)
        remember(world, said(SECOND), said(ALSO_SECOND))
        work(world)
    with open_world(tmp_path, ids=RandomIds(), embedder=HashingEmbedder(128)) as world:
        assert waiting(world) == 2
        work(world)
        assert joined(world) == PAIR


def test_a_model_that_is_down_keeps_the_names_waiting(tmp_path: Path) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        seek(world)
        remember(world, said(SECOND))
        embedder.is_down = True
        work(world)
        assert waiting(world) == 1
        embedder.is_down = False
        world.clock.advance(timedelta(minutes=1))
        work(world)
        assert known(world) == ["world war ii"]


@pytest.mark.postgres
def test_sentences_at_the_ends_of_facts_have_no_synonyms(database_url: str, tmp_path: Path) -> None:
    """Two of 500 Chinese characters are longer than a row of PostgreSQL's index."""
    drawn = Random(0)
    words = ["".join(chr(drawn.randrange(0x4E00, 0x9FA0)) for _ in range(9)) for _ in range(51)]
    one, other = (" ".join(words[at : at + 50]) for at in (0, 1))
    with open_world(tmp_path, database=database_url) as world:
        seek(world)
        (turn,) = remember(world, said("They said it at length.")).turns
        fact = NewFact(one, "means", other, (turn.id,))
        world.service.facts.state(world.admin, ALICE, [fact])
        work(world)
        assert waiting(world) == 0
        assert len(known(world)) == 2
        assert not joined(world)
