"""Measures whether what was said is known again, and found again while much else is written.

After "Recognition, recall and retention of few-shot memories in large language models" (arXiv
2303.17557), asked of a service. Recognition: how new the service says a text to be, for turns that
it holds verbatim, with one name or number altered, reworded by rule, and for turns of the same
conversations that were held out. Cued recall: the exact turn by the first half of its words, by
what it names, by a question. Retention: the same cues again after more and more other writes.
Everything is in one space. No language model takes part.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

import numpy as np

from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.dataset import Asked, DataSet, Utterance
from memsvc.evals.datasets.reworded import altered_in_one, paraphrased
from memsvc.evals.peers.baselines import content_words
from memsvc.evals.progress import Progress, silently
from memsvc.evals.quality.cues import Cue, Store, cues_of, plainly_found
from memsvc.evals.reports.report import OURS, aligned, commit_id
from memsvc.evals.scoring.measures import DIGITS, Estimate, PerQuestion, estimate
from memsvc.evals.scoring.separation import separation
from memsvc.evals.spaces.sessions import passing_space
from memsvc.ingest.extract.entities import entities
from memsvc.ingest.extract.mention import Kind
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder
from memsvc.sdk.checked import MAX_QUESTION_CHARS
from memsvc.sdk.client import Client, Space
from memsvc.sdk.wire import NewTurn

FEWEST_WORDS = 6
"""Of a turn that is probed: "Thanks, Mel!" is known however often it is held out."""

LAGS = (0, 10, 100, 1_000, 10_000)
AT_ONCE = 100
"""Turns of a filler stream, written in one request."""

FOUND = (1, 5)
GATE = "first half"
"""The cue that retention is judged by: the turn's own words."""

VERBATIM, ALTERED, REWORDED, HELD_OUT = "verbatim", "altered", "reworded", "held out"


@dataclass(frozen=True, slots=True)
class RecognitionReport:
    """What was found, as printed and kept."""

    dataset: str
    day: date
    settings: Mapping[str, Any]
    verdicts: Mapping[str, Mapping[str, int]]
    separation: Mapping[str, Mapping[str, Estimate]]
    recall: Mapping[str, Mapping[str, Mapping[int, Estimate]]]
    """By row, cue and k ("first half@5"), the share found at each lag."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that `memsvc eval recognition --json` prints."""
        return {
            "dataset": self.dataset,
            "commit": commit_id(),
            "date": self.day.isoformat(),
            "settings": dict(self.settings),
            "verdicts": {kind: dict(found) for kind, found in self.verdicts.items()},
            "auroc": {
                row: {name: one.as_json() for name, one in found.items()}
                for row, found in self.separation.items()
            },
            "recall": {
                row: {
                    cue: {
                        "by_lag": {str(lag): one.as_json() for lag, one in found.items()},
                        **_fading(found),
                    }
                    for cue, found in cues.items()
                }
                for row, cues in self.recall.items()
            },
        }

    def table(self) -> str:
        """Lay it out for a terminal."""
        heads = list(next(iter(self.separation.values())))
        lags = list(next(iter(next(iter(self.recall.values())).values())))
        return "\n".join(
            [
                f"{self.dataset}: {self.settings['turns']:,} turns, {commit_id()}, {self.day}",
                "",
                "how well novelty parts, as the area under the curve",
                *aligned(
                    [
                        ["", *heads],
                        *(
                            [row, *(str(found[head]) for head in heads)]
                            for row, found in self.separation.items()
                        ),
                    ]
                ),
                "",
                *(f"{kind}: {dict(found)}" for kind, found in self.verdicts.items()),
                "",
                "exact turn by a cue, after so many other writes",
                *aligned(
                    [
                        ["", "cue", *(f"{lag:,}" for lag in lags), "a decade", "half after"],
                        *(
                            [
                                row,
                                cue,
                                *(f"{one.mean:.3f}" for one in found.values()),
                                *_told(found),
                            ]
                            for row, cues in self.recall.items()
                            for cue, found in cues.items()
                        ),
                    ]
                ),
            ]
        )


def evaluate_recognition(
    client: Client,
    data: DataSet,
    *,
    fillers: Sequence[str],
    lags: Sequence[int] = LAGS,
    probes: int,
    embedder: Embedder,
    analyzer: Analyzer,
    run: str,
    today: date,
    seed: int = 0,
    settings: Mapping[str, object] | None = None,
    progress: Progress = silently,
) -> RecognitionReport:
    """Write every session but for what is held out, probe, write fillers, and probe again.

    `fillers` are as many as the last of `lags`. `probes` bounds each kind of probe and of cue.
    Raises `InvalidField` when there is nothing to probe of one kind.
    """
    data = _apart(data)
    chance = Random(seed)  # noqa: S311  nothing secret
    turns = _turns(data)
    fit = [turn for turn in turns if _is_fit(turn)]
    chance.shuffle(fit)
    held_out = fit[: min(probes, len(fit) // 5)]
    kept = fit[len(held_out) :]
    texts = _probes(kept, held_out, turns, limit=probes, chance=chance)
    cues = cues_of(data, without=frozenset(turn.id for turn in held_out), fit=kept, limit=probes)
    if not all(texts.values()):
        raise InvalidField(
            f"Recognition wants at least 5 turns of {FEWEST_WORDS} words, some with names or "
            "numbers; name more data.",
            field="paths",
        )
    store = Store(embedder, content_words(analyzer.terms))
    with passing_space(client, f"eval-{run}-recognition") as space:
        own_ids = _write(space, data, store, without={turn.id for turn in held_out})
        verdicts, novelties = _asked(space, texts, progress=progress)
        rows = {OURS: novelties, **store.novelties(texts)}
        found: dict[str, dict[str, dict[int, Estimate]]] = {}
        written = 0
        for lag in lags:
            _fill(space, store, fillers[written:lag], begin=written, progress=progress)
            written = lag
            progress(f"cues after {lag:,}", 0, len(cues))
            ranked = {
                OURS: _recalled(space, cues, own_ids, lag, progress),
                **plainly_found(store, cues),
            }
            for row, lists in ranked.items():
                for name, values in _graded(cues, lists):
                    found.setdefault(row, {}).setdefault(name, {})[lag] = estimate(
                        values, seed=seed
                    )
    return RecognitionReport(
        dataset=data.name,
        day=today,
        settings={
            "seed": seed,
            "turns": len(turns) - len(held_out),
            "probes": {kind: len(each) for kind, each in texts.items()},
            "cues": dict(Counter(cue.kind for cue in cues)),
            "embedder": embedder.fingerprint.text,
            **(settings or {}),
        },
        verdicts=verdicts,
        separation={row: dict(_separated(each, seed=seed)) for row, each in rows.items()},
        recall=found,
    )


def _apart(data: DataSet) -> DataSet:
    """Give every turn an id of its own: here all conversations share a space."""

    def own(asked: Asked) -> Asked:
        return Asked(
            asked.name,
            tuple(
                replace(
                    session,
                    turns=tuple(
                        replace(turn, id=f"{asked.name}/{turn.id}") for turn in session.turns
                    ),
                )
                for session in asked.sessions
            ),
            tuple(
                replace(
                    question,
                    evidence=frozenset(f"{asked.name}/{turn}" for turn in question.evidence),
                )
                for question in asked.questions
            ),
        )

    return replace(data, spaces=tuple(map(own, data.spaces)))


def _turns(data: DataSet) -> list[Utterance]:
    return [turn for asked in data.spaces for turn in asked.turns]


def _is_fit(turn: Utterance) -> bool:
    return len(turn.text.split()) >= FEWEST_WORDS and len(turn.text) <= MAX_QUESTION_CHARS


def _probes(
    kept: Sequence[Utterance],
    held_out: Sequence[Utterance],
    turns: Sequence[Utterance],
    *,
    limit: int,
    chance: Random,
) -> dict[str, list[str]]:
    """Return the texts of each kind; a turn may be probed as it is, altered and reworded."""
    names = sorted(
        {
            mention.surface
            for turn in turns
            for mention in entities(turn.text)
            if mention.kind is Kind.NAME
        }
    )
    altered = (altered_in_one(turn.text, names, chance) for turn in kept)
    reworded = (paraphrased(turn.text) for turn in kept)
    return {
        VERBATIM: [turn.text for turn in kept[:limit]],
        ALTERED: [text for text in altered if text is not None][:limit],
        REWORDED: [text for text in reworded if text is not None][:limit],
        HELD_OUT: [turn.text for turn in held_out],
    }


def _write(space: Space, data: DataSet, store: Store, *, without: set[str]) -> dict[str, str]:
    """Write what is not held out; return the data's own ids by the service's."""
    own_ids: dict[str, str] = {}
    for asked in data.spaces:
        for session in asked.sessions:
            turns = [turn for turn in session.turns if turn.id not in without]
            if not turns:
                continue
            sent = [
                NewTurn(role=turn.role, speaker=turn.speaker, content=turn.text, at=turn.at)
                for turn in turns
            ]
            written = space.write(f"{asked.name}-{session.name}", sent, title=session.title)
            own_ids |= {one.id: turn.id for one, turn in zip(written.turns, turns, strict=True)}
            store.add(turns)
    return own_ids


def _fill(
    space: Space, store: Store, texts: Sequence[str], *, begin: int, progress: Progress
) -> None:
    for place in range(0, len(texts), AT_ONCE):
        progress(f"writing from {begin:,}", place, len(texts))
        batch = texts[place : place + AT_ONCE]
        space.write(f"filler-{begin + place}", [NewTurn(content=text) for text in batch])
        store.add([Utterance(f"filler-{begin + place + n}", text) for n, text in enumerate(batch)])


def _asked(
    space: Space, texts: Mapping[str, Sequence[str]], *, progress: Progress
) -> tuple[dict[str, dict[str, int]], dict[str, PerQuestion]]:
    """Return how often each verdict was given to each kind of probe, and how new each was."""
    verdicts: dict[str, dict[str, int]] = {}
    novelties: dict[str, PerQuestion] = {}
    for kind, probes in texts.items():
        progress(kind, 0, len(probes))
        found = [space.novelty(text, k=0) for text in probes]
        verdicts[kind] = dict(Counter(str(one.verdict) for one in found))
        novelties[kind] = np.array([one.novelty for one in found])
    return verdicts, novelties


def _separated(
    novelties: Mapping[str, PerQuestion], *, seed: int
) -> Iterator[tuple[str, Estimate]]:
    for kind in (VERBATIM, ALTERED, REWORDED):
        yield f"{kind} / {HELD_OUT}", separation(novelties[kind], novelties[HELD_OUT], seed=seed)
    yield f"{VERBATIM} / {ALTERED}", separation(novelties[VERBATIM], novelties[ALTERED], seed=seed)


def _recalled(
    space: Space, cues: Sequence[Cue], own_ids: Mapping[str, str], lag: int, progress: Progress
) -> list[list[list[str]]]:
    """Return for each cue the turns of each of the best hits."""
    lists = []
    for number, cue in enumerate(cues):
        progress(f"cues after {lag:,}", number, len(cues))
        hits = space.recall(cue.text, k=max(FOUND)).hits
        lists.append([[own_ids.get(turn, turn) for turn in hit.turns] for hit in hits])
    return lists


def _graded(
    cues: Sequence[Cue], lists: Sequence[Sequence[Sequence[str]]]
) -> Iterator[tuple[str, PerQuestion]]:
    for kind in dict.fromkeys(cue.kind for cue in cues):
        for k in FOUND:
            yield (
                f"{kind}@{k}",
                np.array(
                    [
                        float(any(cue.turn in same for same in hits[:k]))
                        for cue, hits in zip(cues, lists, strict=True)
                        if cue.kind == kind
                    ]
                ),
            )


def _fading(found: Mapping[int, Estimate]) -> dict[str, Any]:
    """Return the slope per decade of writes, and after how many half would be left at that rate."""
    lags = [lag for lag in found if lag > 0]
    if len(lags) < 2:  # noqa: PLR2004  a line needs two points
        return {}
    means = np.array([found[lag].mean for lag in lags])
    slope, level = np.polyfit(np.log10(lags), means, 1)
    first = found[min(found)].mean
    last = found[max(found)].mean
    half = None
    if slope < 0 and first > 0:
        decades = (first / 2 - level) / slope
        half = float(f"{10**decades:.3g}") if decades < 15 else None  # noqa: PLR2004  never
    return {
        "slope_per_decade": round(float(slope), DIGITS),
        "half_after": half,
        "kept": round(last / first, DIGITS) if first else None,
    }


def _told(found: Mapping[int, Estimate]) -> list[str]:
    fading = _fading(found)
    if not fading:
        return ["", ""]
    half = fading["half_after"]
    return [f"{fading['slope_per_decade']:+.4f}", "never" if half is None else f"{half:.0e}"]
