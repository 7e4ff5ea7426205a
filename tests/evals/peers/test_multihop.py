"""The rows beside the service on multi-hop questions, over films and towns that fit on a page."""

import numpy as np
import pytest

from graph.knowledge import KnowledgeGraph
from graph.model import UNIT, EdgeKind
from memsvc.evals.datasets.dataset import Asked, LabelledQuestion
from memsvc.evals.datasets.multihop import Passage, data_of, recorded_of
from memsvc.evals.peers.activating import Sentences
from memsvc.evals.peers.baselines import Bm25
from memsvc.evals.peers.bridging import Ground, Known, View
from memsvc.evals.peers.multihop import SHOWN, multihop_rankings
from memsvc.evals.peers.relating import BOTH_SIDES, Facts
from memsvc.evals.peers.walking import How, Walks, by_entities, entity, plain_graph, turn
from memsvc.evals.progress import silently
from memsvc.ingest.extract.triples import Extracted, Triple
from memsvc.llm.fakes import HashingEmbedder
from tests.evals.small import Splitting

JAWS = Passage(title="Jaws (film)", text="Jaws is a film directed by Steven Spielberg.")
SHARKS = Passage(title="Sharks", text="Sharks are fish with teeth.")
SPIELBERG = Passage(title="Steven Spielberg", text="He was born in Cincinnati. He lives.")
CORPUS = [JAWS, SHARKS, SPIELBERG]
FILM, FISH, DIRECTOR = 0, 1, 2
EMBEDDER = HashingEmbedder(256)

TOLD = [
    Extracted(
        "Jaws (film)\nJaws is a film directed by Steven Spielberg.",
        ("Jaws",),
        (Triple("Jaws", "was directed by", "Steven Spielberg"), Triple("", "is", "a film")),
    ),
    Extracted(
        "Steven Spielberg\nHe was born in Cincinnati. He lives.",
        (),
        (Triple("Steven A Spielberg", "born in", "Cincinnati"),),
    ),
]


def asked(*texts: str) -> Asked:
    evidence = frozenset({str(FILM), str(DIRECTOR)})
    questions = tuple(LabelledQuestion(text, "2 hops", evidence) for text in texts)
    return data_of(CORPUS, questions, name="films").spaces[0]


def view(question: str) -> View:
    texts = [each.text for each in asked().turns]
    terms = Splitting().terms
    ground = Ground(
        ids=[each.id for each in asked().turns],
        vectors=EMBEDDER.embed(texts),
        lexical=Bm25([terms(text) for text in texts]),
        terms=terms,
    )
    return ground.view(question, EMBEDDER.embed([question])[0])


def weight(graph: KnowledgeGraph, one: int, other: int, kind: EdgeKind) -> float:
    return graph.matrix.units(one, other, kind) / UNIT


def facts() -> Facts:
    recorded = recorded_of(CORPUS, TOLD)
    return Facts.of(asked(), recorded, embedder=EMBEDDER, progress=silently)


def test_every_row_ranks_every_passage_for_each_question() -> None:
    ranked = multihop_rankings(
        asked("Who made Jaws?"),
        embedder=EMBEDDER,
        terms=Splitting().terms,
        recorded=recorded_of(CORPUS, TOLD),
        ablate=True,
    )

    assert list(ranked) == [
        "two-hop", "bridges", "pagerank:entities", "pagerank:linearrag", "pagerank:ours",
        "bridges+pagerank", "names", "bridges -walk", "pagerank:ours -apart",
        "pagerank:ours -gate", "pagerank:ours -rarity", "pagerank:ours damping .5",
        "pagerank:hipporag2", "bridges:openie", "pagerank:ours:openie", "bridges+pagerank:openie",
    ]  # fmt: skip
    assert all(len(lists) == 1 and sorted(lists[0]) == ["0", "1", "2"] for lists in ranked.values())
    assert {row for pair in SHOWN.pairs for row in pair} <= ranked.keys()


@pytest.mark.parametrize(
    "row", ["bridges", "pagerank:entities", "pagerank:linearrag", "pagerank:ours"]
)
def test_over_a_name_comes_the_passage_that_shares_no_word_with_the_question(row: str) -> None:
    """By words and vectors the passage on sharks is as far from the question as the director's."""
    ranked = multihop_rankings(asked("Who made Jaws?"), embedder=EMBEDDER, terms=Splitting().terms)

    assert ranked[row] == [["0", "2", "1"]]


def test_without_recorded_extractions_there_are_no_rows_of_them() -> None:
    ranked = multihop_rankings(asked(), embedder=EMBEDDER, terms=Splitting().terms)

    assert ranked == {}


def test_a_passage_is_joined_to_the_ends_of_its_triples_and_these_twice_to_each_other() -> None:
    """A triple that lacks an end is none; "a film" is therefore nobody."""
    found = facts().graph
    numbers = dict(zip(("jaws", "spielberg", "a spielberg", "town"), range(4), strict=True))
    at = {name: found.register.find(entity(number)) for name, number in numbers.items()}
    film = found.register.find(turn(FILM))

    assert None not in at.values()
    assert film is not None
    jaws, spielberg, with_initial = (int(at[name] or 0) for name in list(at)[:3])
    assert weight(found, film, jaws, EdgeKind.MENTION) == 1.0
    assert weight(found, jaws, spielberg, EdgeKind.RELATION) == BOTH_SIDES
    assert len(found) == 4 + 2

    cosine = float(np.prod([*EMBEDDER.embed(["steven spielberg", "steven a spielberg"])], 0).sum())
    assert weight(found, spielberg, with_initial, EdgeKind.SYNONYM) == pytest.approx(
        BOTH_SIDES * cosine, abs=1e-4
    )


def test_facts_lead_over_names_that_are_alike_to_the_next_passage() -> None:
    scores = facts().scores(view("jaws directed by"))

    assert np.argsort(-scores).tolist() == [FILM, DIRECTOR, FISH]


def test_names_are_told_by_sentence_and_counted_by_passage() -> None:
    found = Sentences.of(asked(), embedder=EMBEDDER, progress=silently)
    spielberg = found.number["steven spielberg"]

    assert found.naming.naming(spielberg).numbers.tolist() == [1, 4]
    assert len(found.vectors) == 2 + 2 + 3
    of_film = found.counts.passages == FILM
    assert dict(
        zip(
            found.counts.entities[of_film].tolist(),
            found.counts.counts[of_film].tolist(),
            strict=True,
        )
    ) == {found.number["jaws"]: 2, spielberg: 1}


def test_a_question_that_names_nothing_is_answered_by_nearness_alone() -> None:
    found = Sentences.of(asked(), embedder=EMBEDDER, progress=silently)
    question = view("what has teeth")

    assert found.scores(question).tolist() == question.cosines.tolist()


def test_walks_lead_to_and_fro_between_film_and_director_and_to_no_fish() -> None:
    """What arrives at the film comes from the director, a later seed; it is the more open one."""
    walks = Walks.over(Known.of(asked(), {}))
    question = view("Who made Jaws?")

    found = walks.outward(question, question.convex)
    ungated = walks.going(How(gated=False)).outward(question, question.convex)

    assert found[FISH] == ungated[FISH] == 0.0
    assert 0.0 < found[DIRECTOR] < found[FILM] == 1.0
    assert ungated[DIRECTOR] == 1.0
    assert 0.0 < ungated[FILM] < 0.5


def test_walks_from_all_seeds_at_once_stay_where_they_began() -> None:
    walks = Walks.over(Known.of(asked(), {}))
    question = view("Who made Jaws?")

    together = walks.together(question, question.convex)

    assert np.argmax(together) == FILM


def test_what_no_walk_reaches_is_ordered_by_nearness() -> None:
    known = Known.of(asked(), {})
    question = view("Are there sharks with teeth")

    scores = by_entities(question, known, graph=plain_graph(known))

    assert np.argmax(scores) == FISH
    assert len(set(scores.tolist())) == len(set(question.near.tolist()))
