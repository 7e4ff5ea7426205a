"""Measures how streams are cut into events, against how people cut dialogues into topics.

The product's rows are `memsvc.ingest.segment` with the real embedder, each dialogue a stream that
ends in a silence; `memsvc` is the default. The others are plain ways to cut. No language model
takes part, unless its surprise is handed in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from memsvc.domain.episode import Refinement, Segmentation, SurpriseSource
from memsvc.evals.datasets.dialogues import Dialogue
from memsvc.evals.peers.cutting import (
    at_fixed_size,
    at_random,
    by_depth,
    likeness_of_vectors,
    likeness_of_words,
    over_the_mean,
)
from memsvc.evals.reports.graded import report_of, slices_by
from memsvc.evals.reports.report import OURS, Report
from memsvc.evals.scoring.boundaries import Boundaries, f1, pk, windowdiff
from memsvc.evals.scoring.measures import PerQuestion, columns
from memsvc.ingest.segment import Unit, segment
from memsvc.ingest.signs import Sign, signs_of
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder, Matrix

DRAWS = 20
"""How often random boundaries are drawn for each dialogue; their measures are averaged."""

METRICS = {"pk": pk, "windowdiff": windowdiff, "f1": f1}
LATER = datetime(2000, 1, 2, tzinfo=UTC)
BEGUN = LATER - timedelta(days=1)

Surprisals = Callable[[Sequence[str]], Sequence[float]]
"""What a causal language model says of the utterances of a dialogue: the mean -ln p of each."""


def evaluate_segmentation(
    dialogues: Sequence[Dialogue],
    *,
    name: str,
    embedder: Embedder,
    analyzer: Analyzer,
    language: str,
    today: date,
    surprisals: Surprisals | None = None,
    seed: int = 0,
) -> Report:
    """Cut every dialogue in every way and report Pk, WindowDiff and F1 with their intervals.

    `language` is that of the words; `surprisals` adds the rows of the source that takes a causal
    language model.
    """
    texts = [text for dialogue in dialogues for text in dialogue.texts]
    sizes = [len(dialogue.texts) for dialogue in dialogues]
    vectors = np.split(embedder.embed(texts), np.cumsum(sizes)[:-1])
    ways = _ways(surprisals is not None)
    scores = [None if surprisals is None else surprisals(one.texts) for one in dialogues]
    signs = [[signs_of(text, language=language) for text in one.texts] for one in dialogues]
    unsigned = [[Sign.NONE] * size for size in sizes]

    def cut_all(how: Segmentation, signs: Sequence[Sequence[Sign]]) -> list[Boundaries]:
        return [
            cut_by(how, each, signs=seen, surprisals=score)
            for each, seen, score in zip(vectors, signs, scores, strict=True)
        ]

    cut = {way: cut_all(how, signs) for way, how in ways.items()}
    cut["memsvc without signs"] = cut_all(ways[OURS], unsigned)
    cut |= _plainly(dialogues, vectors, analyzer, mean_event=_mean_event(cut[OURS]))
    graded = {way: _graded(dialogues, found) for way, found in cut.items()}
    graded["random"] = _at_random(dialogues, cut[OURS], seed=seed)
    return report_of(
        name,
        graded,
        slices=dict(sorted(slices_by([one.part for one in dialogues]).items())),
        today=today,
        seed=seed,
        settings={
            "embedder": embedder.fingerprint.text,
            "utterances": len(texts),
            "segmentation": asdict(ways[OURS]),
            "mean_event": round(_mean_event(cut[OURS]), 2),
            "draws": DRAWS,
        },
        compared=list(METRICS),
        main="pk",
        shown=list(METRICS),
    )


def cut_by(
    how: Segmentation,
    vectors: Matrix,
    *,
    signs: Sequence[Sign],
    surprisals: Sequence[float] | None = None,
) -> Boundaries:
    """Cut one dialogue as a stream would be cut that a long silence follows."""
    scores = [None] * len(vectors) if surprisals is None else surprisals
    units = [
        Unit(vector, BEGUN, None, surprisal=score, signs=seen)
        for vector, seen, score in zip(vectors, signs, scores, strict=True)
    ]
    cuts = segment([*units, replace(units[-1], at=LATER)], how)
    begins = np.zeros(len(units), dtype=bool)
    begins[np.cumsum([cut.size for cut in cuts])[:-1]] = True
    return begins


def _ways(with_tokens: bool) -> Mapping[str, Segmentation]:  # noqa: FBT001  one private question
    default = Segmentation()
    named = {
        f"memsvc {source} {refinement}": replace(default, source=source, refinement=refinement)
        for source in SurpriseSource
        for refinement in Refinement
        if with_tokens or source is not SurpriseSource.TOKENS
    }
    return {OURS: default} | {name: how for name, how in named.items() if how != default}


def _plainly(
    dialogues: Sequence[Dialogue],
    vectors: Sequence[Matrix],
    analyzer: Analyzer,
    *,
    mean_event: float,
) -> dict[str, list[Boundaries]]:
    words = [[analyzer.terms(text) for text in dialogue.texts] for dialogue in dialogues]
    size = max(1, round(mean_event))
    return {
        "none": [np.zeros_like(dialogue.begins) for dialogue in dialogues],
        f"every {size}": [at_fixed_size(len(each), size=size) for each in vectors],
        "texttiling vectors": [by_depth(likeness_of_vectors(each)) for each in vectors],
        "texttiling words": [by_depth(likeness_of_words(each)) for each in words],
        "over the mean": [over_the_mean(each) for each in vectors],
    }


def _graded(
    dialogues: Sequence[Dialogue], found: Sequence[Boundaries]
) -> Mapping[str, PerQuestion]:
    return columns(
        [
            {metric: measure(dialogue.begins, cut) for metric, measure in METRICS.items()}
            for dialogue, cut in zip(dialogues, found, strict=True)
        ]
    )


def _at_random(
    dialogues: Sequence[Dialogue], ours: Sequence[Boundaries], *, seed: int
) -> Mapping[str, PerQuestion]:
    """Grade as many boundaries as ours at random places, averaged over draws."""
    random = np.random.default_rng(seed)
    drawn = [
        _graded(
            dialogues,
            [at_random(len(cut), boundaries=int(cut.sum()), random=random) for cut in ours],
        )
        for _ in range(DRAWS)
    ]
    return {metric: np.mean([draw[metric] for draw in drawn], axis=0) for metric in METRICS}


def _mean_event(found: Sequence[Boundaries]) -> float:
    return sum(map(len, found)) / sum(1 + int(cut.sum()) for cut in found)
