"""The rows that stand beside the service on multi-hop questions: two hops, and PageRank.

Each is a rule over exact scores of all passages, with the same vectors, words and names:

- `two-hop` and `bridges`: `memsvc.evals.peers.bridging`.
- `pagerank:entities` (`memsvc.evals.peers.walking`), `pagerank:linearrag`
  (`memsvc.evals.peers.activating`) and `pagerank:hipporag2` (`memsvc.evals.peers.relating`):
  PageRank as it is published, and plainer.
- `pagerank:ours`: `graph.outward` in place of the paths of `bridges`, with the same seeds, names of
  the question and gates; `bridges+pagerank`: the best path and such walks beside each other.
- a name that ends in `:openie` reads recorded extractions beside the names that the rule finds.

An ablation adds `names` (no second hop at all), `bridges -walk` (best paths alone), and for
`pagerank:ours` one thing changed: `-apart` (one PageRank from all seeds), `-gate`, `-rarity`, and
`damping .5`.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from memsvc.evals.datasets.dataset import Asked
from memsvc.evals.peers.activating import Sentences
from memsvc.evals.peers.baselines import Bm25, Scores, Terms
from memsvc.evals.peers.bridging import (
    Ground,
    Known,
    Recorded,
    View,
    bridges,
    two_hop,
    with_bridges,
)
from memsvc.evals.peers.relating import Facts
from memsvc.evals.peers.rows import Ranked
from memsvc.evals.peers.walking import How, Walks, by_entities, plain_graph
from memsvc.evals.progress import Progress, silently
from memsvc.evals.reports.graded import Shown
from memsvc.ports.models import Embedder

TWO_HOP, BRIDGES = "two-hop", "bridges"
ENTITIES, LINEARRAG, HIPPORAG2 = "pagerank:entities", "pagerank:linearrag", "pagerank:hipporag2"
OURS, BOTH = "pagerank:ours", "bridges+pagerank"
RECORDED = ":openie"

PATH, WALK = 0.8, 0.5
"""What the best path and the walks count beside each other: a plateau from (.5, .7) to (1, .5)."""

HALF_WAY = 0.5
"""HippoRAG 2's damping."""

SHOWN = Shown(
    metrics=("recall@2", "recall@5", "recall@10", "all-evidence@5"),
    main="recall@5",
    pairs=(
        (BOTH, BRIDGES),
        (OURS, BRIDGES),
        (OURS, LINEARRAG),
        (BRIDGES, f"{BRIDGES} -walk"),
        (OURS, f"{OURS} -apart"),
        (f"{BOTH}{RECORDED}", f"{BRIDGES}{RECORDED}"),
        (f"{BRIDGES}{RECORDED}", HIPPORAG2),
    ),
)

Rule = Callable[[View], Mapping[str, Scores]]
"""Scores every turn for some rows."""


def multihop_rankings(
    asked: Asked,
    *,
    embedder: Embedder,
    terms: Terms,
    recorded: Recorded | None = None,
    ablate: bool = False,
    progress: Progress = silently,
) -> Ranked:
    """Return for each row the ids of the turns that it ranks first, one list a question.

    Sentences are embedded for this, and facts and names where there are recorded extractions; on
    thousands of passages that takes minutes.
    """
    texts = [turn.text for turn in asked.turns]
    ground = Ground(
        ids=[turn.id for turn in asked.turns],
        vectors=embedder.embed(texts),
        lexical=Bm25([terms(text) for text in texts]),
        terms=terms,
    )
    rules = list(_rules(asked, recorded, embedder=embedder, ablate=ablate, progress=progress))
    ranked: Ranked = {}
    questions = [question.text for question in asked.questions]
    for number, vector in enumerate(embedder.embed(questions)):
        progress("two hops and walks", number, len(questions))
        view = ground.view(questions[number], vector)
        for rule in rules:
            for row, scores in rule(view).items():
                ranked.setdefault(row, []).append(ground.best(scores))
    return ranked


def _rules(
    asked: Asked,
    recorded: Recorded | None,
    *,
    embedder: Embedder,
    ablate: bool,
    progress: Progress,
) -> Iterator[Rule]:
    known = Known.of(asked, {})
    yield lambda view: {TWO_HOP: two_hop(view, known)}
    yield lambda view: {BRIDGES: with_bridges(view, known)}
    plain = plain_graph(known)
    yield lambda view: {ENTITIES: by_entities(view, known, graph=plain)}
    sentences = Sentences.of(asked, embedder=embedder, progress=progress)
    yield lambda view: {LINEARRAG: sentences.scores(view)}
    yield partial(_ours, walks=Walks.over(known), ablate=ablate)
    if recorded is not None:
        facts = Facts.of(asked, recorded, embedder=embedder, progress=progress)
        yield lambda view: {HIPPORAG2: facts.scores(view)}
        told = Known.of(asked, recorded)
        yield lambda view: {f"{BRIDGES}{RECORDED}": with_bridges(view, told)}
        yield partial(_ours, walks=Walks.over(told), ablate=False, suffix=RECORDED)


def _ours(view: View, *, walks: Walks, ablate: bool, suffix: str = "") -> dict[str, Scores]:
    """Score every turn by walks from the best, alone and beside the best paths."""
    paths = bridges(view, walks.known, walking=0.0)
    names = view.convex + paths.named
    far = walks.outward(view, names)
    rows = {
        f"{OURS}{suffix}": names + far,
        f"{BOTH}{suffix}": names + PATH * paths.bridged + WALK * far,
    }
    if ablate:
        rows |= {
            "names": names,
            f"{BRIDGES} -walk": names + paths.bridged,
            f"{OURS} -apart": names + walks.together(view, names),
            f"{OURS} -gate": names + walks.going(How(gated=False)).outward(view, names),
            f"{OURS} -rarity": names + walks.going(How(rare=False)).outward(view, names),
            f"{OURS} damping .5": names + walks.going(How(damping=HALF_WAY)).outward(view, names),
        }
    return rows
