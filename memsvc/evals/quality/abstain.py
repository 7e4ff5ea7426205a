"""Measures whether a recall knows that the memory does not hold the answer.

Every question is asked twice of the same space: with the turns that hold its answer, and as if
these had never been written. For that each turn carries the questions that it is no evidence of,
and the second recall filters by that, through the SDK as the first; how rare words are is then told
of those turns that may answer. What a service should say is known of both, so the area under the
curve needs no threshold. Beside it stand the cosine of the nearest turn and the best BM25 alone,
over the same turns.

Questions that a data set says nobody answered (LongMemEval's `_abs`, BEAM's abstention, LoCoMo's
category 5) are asked too, and held against those whose answer is there. No language model takes
part.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.holding import ABSTAIN_BELOW
from memsvc.evals.datasets.dataset import Asked, DataSet
from memsvc.evals.peers.baselines import Bm25, Terms, content_words, corpus_of, cosines
from memsvc.evals.progress import SPACES, Progress, silently
from memsvc.evals.quality.run import slices_of
from memsvc.evals.reports.doubts import AbstainReport, Promise
from memsvc.evals.reports.graded import settings_of
from memsvc.evals.reports.report import OURS
from memsvc.evals.scoring.measures import Estimate, PerQuestion, estimate
from memsvc.evals.scoring.separation import separation
from memsvc.evals.spaces.sessions import passing_space, write_sessions
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder
from memsvc.sdk.client import Client, Space
from memsvc.sdk.wire import Recalled

COSINE, WORDS = "top cosine", "best BM25"
BINS = 10
"""Of equal width, over which what is promised is held against what is true."""

K, BUDGET = 1, 100
"""What a recall is asked for: what it says of holding does not depend on how much it gives."""


@dataclass(frozen=True, slots=True)
class Sides:
    """One row's number for every question, with its evidence in memory and without it."""

    held: PerQuestion
    taken: PerQuestion

    def at(self, places: Sequence[int]) -> "Sides":
        """Return those of some questions."""
        return Sides(self.held[list(places)], self.taken[list(places)])

    @property
    def higher(self) -> PerQuestion:
        """1 for each question whose number is higher with its evidence, a half where it stays."""
        ties = np.where(self.held == self.taken, 0.5, 0.0)
        return np.where(self.held > self.taken, 1.0, ties)


def evaluate_abstaining(
    client: Client,
    data: DataSet,
    *,
    embedder: Embedder,
    analyzer: Analyzer,
    run: str,
    today: date,
    seed: int = 0,
    progress: Progress = silently,
) -> AbstainReport:
    """Ask every question with its evidence and without it, and what nobody answered.

    Every space is made as `eval-{run}-{its name}` and deleted again at the end. `embedder` and
    `analyzer` are the service's own, and serve the baselines.
    """
    found: dict[str, list[tuple[float, float]]] = {OURS: [], COSINE: [], WORDS: []}
    doubts: list[tuple[bool, bool]] = []
    unanswered: list[float] = []
    for number, asked in enumerate(data.spaces):
        progress(SPACES, number, len(data.spaces))
        with passing_space(client, f"eval-{run}-{asked.name}") as space:
            for held, taken in _asked(space, asked, progress=progress):
                found[OURS].append((_probability(held), _probability(taken)))
                doubts.append((held.abstain, taken.abstain))
            unanswered += [_probability(_recalled(space, q)) for q in asked.unanswered]
        for row, pairs in _plainly(asked, embedder, content_words(analyzer.terms)).items():
            found[row].extend(pairs)
    progress(SPACES, len(data.spaces), len(data.spaces))
    rows = {row: _sides(pairs) for row, pairs in found.items()}
    ours, shares = rows[OURS], np.array(doubts, dtype=np.float64).mean(axis=0)
    nobody = frozenset(q for asked in data.spaces for q in asked.unanswered)
    answered = ours.at([n for n, q in enumerate(data.questions) if q.text not in nobody]).held
    return AbstainReport(
        dataset=data.name,
        questions=len(data.questions),
        day=today,
        seed=seed,
        settings={
            "abstain_below": ABSTAIN_BELOW,
            **settings_of(data, embedder=embedder, analyzer=analyzer),
        },
        auroc=_areas(rows, seed=seed),
        paired={row: estimate(sides.higher, seed=seed) for row, sides in rows.items()},
        by_category={
            name: (
                len(which),
                _areas({row: sides.at(which) for row, sides in rows.items()}, seed=seed),
                float(ours.at(which).held.mean()),
                float(ours.at(which).taken.mean()),
            )
            for name, which in slices_of(data).items()
        },
        brier=estimate(((1 - ours.held) ** 2 + ours.taken**2) / 2, seed=seed),
        promises=list(promises_of(ours)),
        doubted={"with evidence": float(shares[0]), "without": float(shares[1])},
        unanswered=(
            len(unanswered),
            separation(np.array(unanswered), answered, seed=seed),
            float(np.mean(unanswered)),
        )
        if unanswered and len(answered)
        else None,
    )


def promises_of(sides: Sides) -> Iterator[Promise]:
    """Yield what was promised and what was true in each bin of probabilities that has any."""
    said = np.concatenate([sides.held, sides.taken])
    true = np.repeat([1.0, 0.0], len(sides.held))
    bins = np.minimum((said * BINS).astype(np.int64), BINS - 1)
    for one in np.unique(bins):
        inside = bins == one
        yield Promise(float(said[inside].mean()), float(true[inside].mean()), int(inside.sum()))


def _asked(
    space: Space, asked: Asked, *, progress: Progress
) -> Iterator[tuple[Recalled, Recalled]]:
    """Write a space, and yield both answers to each of its questions."""
    marks = {
        turn.id: {
            _mark(number): True
            for number, question in enumerate(asked.questions)
            if turn.id not in question.evidence
        }
        for turn in asked.turns
    }
    write_sessions(space, asked, metadata=marks)
    for number, question in enumerate(asked.questions):
        progress(asked.name, number, len(asked.questions))
        yield (
            _recalled(space, question.text),
            _recalled(space, question.text, {"metadata": {_mark(number): True}}),
        )


def _recalled(space: Space, question: str, filters: dict[str, Any] | None = None) -> Recalled:
    return space.recall(question, k=K, budget_tokens=BUDGET, filters=filters)


def _mark(question: int) -> str:
    return f"q{question}"


def _probability(recalled: Recalled) -> float:
    return 0.0 if recalled.holds is None else recalled.holds.probability


def _plainly(
    asked: Asked, embedder: Embedder, terms: Terms
) -> dict[str, list[tuple[float, float]]]:
    """Return the highest cosine and the highest BM25 of all turns, and of all but the evidence."""
    corpus = corpus_of(
        [f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text for turn in asked.turns],
        [number for number, session in enumerate(asked.sessions) for _ in session.turns],
        embedder=embedder,
        terms=terms,
    )
    lexical = Bm25(corpus.terms)
    found: dict[str, list[tuple[float, float]]] = {COSINE: [], WORDS: []}
    vectors = embedder.embed([question.text for question in asked.questions])
    for question, vector in zip(asked.questions, vectors, strict=True):
        others = np.array([turn.id not in question.evidence for turn in asked.turns])
        for row, scores in (
            (COSINE, cosines(corpus.vectors, vector)),
            (WORDS, lexical.scores(terms(question.text))),
        ):
            found[row].append((float(scores.max()), _most(scores[others])))
    return found


def _most(scores: NDArray[np.float64]) -> float:
    return float(scores.max()) if len(scores) else 0.0


def _sides(pairs: Sequence[tuple[float, float]]) -> Sides:
    both = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return Sides(both[:, 0], both[:, 1])


def _areas(rows: Mapping[str, Sides], *, seed: int) -> dict[str, Estimate]:
    return {row: separation(sides.taken, sides.held, seed=seed) for row, sides in rows.items()}
