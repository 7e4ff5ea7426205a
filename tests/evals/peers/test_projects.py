"""Other projects' ways of finding, on texts few enough to compute by hand."""

import math

import numpy as np
import pytest

from memsvc.evals.datasets.dataset import Asked, LabelledQuestion, Session, Utterance
from memsvc.evals.peers.baselines import Bm25, best_first, cosines
from memsvc.evals.peers.projects import (
    A_MEM,
    CHROMA,
    MEM0,
    NEAREST_NOTES,
    PEERS,
    AMem,
    Mem0,
    Named,
    peer_rankings,
)
from memsvc.evals.peers.vectors import chroma_graph
from memsvc.llm.fakes import HashingEmbedder

EMBEDDER = HashingEmbedder()


def words(text: str) -> list[str]:
    return [word.strip(".,:?!").lower() for word in text.split()]


TEXTS = (
    "We saw Paris in spring.",
    "The bakery sells rye bread.",
    "A letter from Paris came.",
    "Rain fell on the harbour.",
)


def mem0() -> Mem0:
    return Mem0.of(TEXTS, EMBEDDER.embed(TEXTS), embedder=EMBEDDER, terms=words)


def space(count: int) -> Asked:
    turns = tuple(Utterance(f"t{n}", f"Notes on topic{n} and rivers.") for n in range(count))
    asked = LabelledQuestion("Which rivers are on topic3?", "1", frozenset({"t3"}))
    return Asked("rivers", (Session("s", turns),), (asked,))


def test_every_peer_ranks_every_question_without_repeats() -> None:
    found = peer_rankings(space(30), embedder=EMBEDDER, terms=words)

    assert set(found) == set(PEERS) == {CHROMA, MEM0, A_MEM}
    for rows in found.values():
        assert [len(row) for row in rows] == [len(set(row)) for row in rows]
        assert "t3" in rows[0][:2]


def test_the_graph_of_chroma_finds_what_is_nearest() -> None:
    chance = np.random.default_rng(7)
    vectors = chance.normal(size=(300, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    search = chroma_graph(vectors, k=10)

    for vector in vectors[:20]:
        assert search(vector) == best_first(cosines(vectors, vector))[:10].tolist()


def test_a_graph_of_few_rows_returns_them_all() -> None:
    vectors = np.eye(3, dtype=np.float32)

    assert chroma_graph(vectors, k=10)(vectors[1])[0] == 1
    assert len(chroma_graph(vectors, k=10)(vectors[1])) == 3


def test_mem0_adds_words_by_a_sigmoid_and_entities_by_half() -> None:
    search, question = mem0(), "Tell me of Paris"
    vector = EMBEDDER.embed([question])[0]

    scores = search.scores(question, vector)

    # Two of four texts hold the word: an idf of ln(1 + 2.5 / 2.5). A count of one, and five terms
    # beside 256. A question of four to six terms has its half at 7. Two texts name the entity.
    bm25 = math.log(2) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 5 / 256))
    by_words = 1 / (1 + math.exp(-0.6 * (bm25 - 7)))
    assert scores[0] == pytest.approx(cosines(search.vectors, vector)[0] + by_words + 0.5 / 1.001)
    assert scores[1] == 0.0
    assert search.ranked(question, vector) == [0, 2]


def test_mem0_boosts_less_what_many_texts_name() -> None:
    one = Named(EMBEDDER.embed(["Paris"]), [np.array([0])])
    many = Named(EMBEDDER.embed(["Paris"]), [np.arange(100)])
    vectors = EMBEDDER.embed([f"Text {n}" for n in range(100)])

    asked = "Is it in Paris?"
    nothing = np.zeros(vectors.shape[1], dtype=np.float32)
    lexical = Bm25([["text"]] * 100)
    rare, common = (
        Mem0(vectors, lexical, named, EMBEDDER, words).scores(asked, nothing)
        for named in (one, many)
    )

    assert (rare[0], rare[1]) == (pytest.approx(0.5), 0.0)
    assert common[1] == pytest.approx(0.5 / (1 + 0.001 * 99**2))


def test_mem0_takes_one_entity_for_its_double() -> None:
    named = mem0().named

    holders = {tuple(each.tolist()) for each in named.holders}
    assert (0, 2) in holders


def test_a_mem_gives_the_ten_nearest_and_then_what_they_are_linked_to() -> None:
    vectors = np.zeros((14, 14), dtype=np.float32)
    np.fill_diagonal(vectors, 1.0)
    question = np.linspace(1.0, 0.1, 14, dtype=np.float32)
    links: list[list[int]] = [[] for _ in range(14)]
    links[2] = [13, 1]

    ranked = AMem(vectors, links).ranked(question)

    assert ranked == [*range(NEAREST_NOTES), 13, 10, 11, 12]


def test_a_mem_links_earlier_notes_that_share_a_keyword() -> None:
    turns = (
        Utterance("a", "The pottery workshop was in Lisbon."),
        Utterance("b", "It rains on the harbour."),
        Utterance("c", "The pottery workshop in Lisbon was dear."),
    )
    asked = Asked("s", (Session("s", turns),), ())

    found = AMem.of(asked, [turn.text for turn in turns], embedder=EMBEDDER, terms=words)

    assert [list(one) for one in found.links] == [[], [], [0]]
