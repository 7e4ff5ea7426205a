"""Recognising: how much of a text a memory holds already."""

import pytest

from memsvc.app.recognise import MOST_READ
from memsvc.domain.access import Role
from memsvc.domain.errors import SpaceNotFound
from memsvc.domain.ids import SpaceName, StreamName
from memsvc.domain.novelty import Difference, DifferenceKind, Newness, Novelty
from memsvc.domain.recall import Filter
from tests.app.small import ALICE, ANYTHING, BOB, MoodyEmbedder, key_of, remember, said
from tests.worlds import World, open_world

HERONS = "Herons stand in the reeds near the old mill. Ann paid 35 euros for the boat."


def novelty(world: World, text: str, *, where: Filter = ANYTHING, k: int = 3) -> Novelty:
    return world.service.recognise(world.admin, ALICE, text, where=where, k=k)


@pytest.fixture
def herons(world: World) -> World:
    """A memory of three turns."""
    world.write("alice", "chat", "Hello there.", HERONS, "Swans swim past in autumn.")
    return world


def test_what_was_said_is_known(herons: World) -> None:
    found = novelty(herons, HERONS)

    assert (found.verdict, found.novelty) == (Newness.KNOWN, 0.0)
    assert found.nearest[0].turn.content == HERONS
    assert (found.nearest[0].score, found.nearest[0].differs) == (1.0, ())


@pytest.mark.parametrize(
    "text",
    [
        "herons stand in the reeds",
        "HERONS  stand,\n in the  reeds!!",
        "Ann paid 35 euros for the boat",
        "Ann paid 35 euros for the boat. Swans swim past in autumn.",
    ],
)
def test_a_part_is_known_whatever_its_case_space_and_punctuation(herons: World, text: str) -> None:
    found = novelty(herons, text)

    assert (found.verdict, found.novelty) == (Newness.KNOWN, 0.0)


@pytest.mark.parametrize(
    ("text", "kind", "theirs", "ours"),
    [
        ("Bea paid 35 euros for the boat.", DifferenceKind.NAME, "Ann", "Bea"),
        ("Ann paid 40 euros for the boat.", DifferenceKind.NUMBER, "35", "40"),
        ("Herons never stand in the reeds.", DifferenceKind.NEGATION, "", "never"),
        ("Herons stand in the grass near the old mill.", DifferenceKind.WORDS, "reeds", "grass"),
    ],
)
def test_what_is_altered_says_in_what(
    herons: World, text: str, kind: DifferenceKind, theirs: str, ours: str
) -> None:
    found = novelty(herons, text)

    assert found.verdict is Newness.ALTERED
    assert 0 < found.novelty < 0.4
    assert found.nearest[0].differs == (Difference(kind, theirs, ours),)


def test_one_altered_sentence_alters_the_text(herons: World) -> None:
    found = novelty(herons, HERONS.replace("35", "53"))

    assert found.verdict is Newness.ALTERED
    assert [each.verdict for each in found.sentences] == [Newness.KNOWN, Newness.ALTERED]
    first, second = found.sentences
    assert HERONS[first.span.start : first.span.end].endswith("mill.")
    assert HERONS[second.span.start : second.span.end].startswith("Ann paid")


def test_what_nobody_said_is_new(herons: World) -> None:
    found = novelty(herons, "Quarterly revenue grew because of exports to Brazil.")

    assert found.verdict is Newness.NEW
    assert found.novelty > 0.7
    assert found.nearest[0].differs == ()


def test_a_new_sentence_behind_a_known_one_makes_a_text_new_in_part(herons: World) -> None:
    found = novelty(herons, "Swans swim past in autumn. Quarterly revenue grew in Brazil.")

    assert found.verdict is Newness.NEW
    assert [each.verdict for each in found.sentences] == [Newness.KNOWN, Newness.NEW]
    assert 0.3 < found.novelty < 0.7


def test_other_words_of_the_same_matter_are_similar(world: World) -> None:
    """The counting embedder takes turns for alike that share most of their words."""
    world.write("alice", "chat", "the mill by the river grinds rye for bread in autumn")

    found = novelty(world, "in autumn the river mill grinds the bread rye by night and day")

    assert found.verdict is Newness.SIMILAR


def test_in_an_empty_memory_everything_is_new(world: World) -> None:
    world.service.found(world.admin, ALICE)

    found = novelty(world, HERONS)

    assert (found.verdict, found.novelty, found.nearest) == (Newness.NEW, 1.0, ())


def test_a_text_without_words_is_new_and_breaks_nothing(herons: World) -> None:
    assert novelty(herons, "!?! \U0001f600").verdict is Newness.NEW


def test_as_many_nearest_turns_are_told_as_asked_for(herons: World) -> None:
    assert [len(novelty(herons, "swans and herons", k=k).nearest) for k in (0, 1, 2)] == [0, 1, 2]


def test_a_text_of_very_many_sentences_is_judged_whole(herons: World) -> None:
    """More sentences than are judged apart: several are joined, and none is lost."""
    text = " ".join(f"Heron number {n} stands here." for n in range(200))

    found = novelty(herons, text)

    assert len(found.sentences) <= 64
    assert found.sentences[0].span.start == 0
    assert found.sentences[-1].span.end == len(text)


def test_what_many_turns_share_reads_only_a_few_of_them(world: World) -> None:
    remember(world, *(said(f"thank you for the tea {n}") for n in range(300)))

    found = novelty(world, "Thank you for the tea", k=20)

    assert found.verdict is Newness.KNOWN
    assert len(found.nearest) <= 2 * MOST_READ


def test_nothing_is_embedded_for_what_is_there(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path_factory.mktemp("known"), embedder=embedder) as world:
        world.write("alice", "chat", HERONS)
        read = len(embedder.read)

        assert novelty(world, HERONS).verdict is Newness.KNOWN
        assert len(embedder.read) == read


def test_without_a_model_words_still_tell(tmp_path_factory: pytest.TempPathFactory) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path_factory.mktemp("down"), embedder=embedder) as world:
        world.write("alice", "chat", HERONS)
        embedder.is_down = True

        assert novelty(world, HERONS).verdict is Newness.KNOWN
        unheard = novelty(world, "Quarterly revenue grew in Brazil.")
        assert (unheard.verdict, unheard.missing_arms) == (Newness.NEW, ("dense",))


def test_filters_hold(herons: World) -> None:
    other = Filter(streams=(StreamName("elsewhere"),))

    assert novelty(herons, HERONS, where=other).verdict is Newness.NEW


def test_another_spaces_text_is_not_known(world: World) -> None:
    world.write("alice", "chat", "Hello there.")
    world.write("bob", "chat", HERONS)

    assert novelty(world, HERONS).verdict is Newness.NEW


def test_a_forgotten_text_is_new_again(herons: World) -> None:
    (turn,) = [near.turn for near in novelty(herons, HERONS, k=1).nearest]
    herons.service.forget.turn(herons.admin, ALICE, turn.id)

    assert novelty(herons, HERONS).verdict is Newness.NEW


def test_a_space_that_is_not_there_is_not_found(herons: World) -> None:
    with pytest.raises(SpaceNotFound):
        herons.service.recognise(herons.admin, SpaceName("nobody"), "tea", where=ANYTHING, k=3)
    with pytest.raises(SpaceNotFound):
        herons.service.recognise(key_of(Role.READER, BOB), ALICE, "tea", where=ANYTHING, k=3)
