"""Measures whether the service knows which of two passages came first, beside plain baselines.

The text is written through the SDK as one stream, and every pair is asked as `space.order`. Four
variants of each pair are asked: the segments verbatim; with every second word alone; with every
fourth word alone; and with their words shuffled. The last three stand for a passage that is
remembered badly; they are no paraphrases, which would take a language model to make.

- `chance`: a coin.
- `dense`: the first hit of plain dense recall for each passage, and the order of these turns.
- `memsvc-positions`: what ours located, put in an order that knows nothing of where that stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from memsvc.evals.datasets.sequences import BINS, SEGMENTS, Pair, Told
from memsvc.evals.progress import Progress, silently
from memsvc.evals.reports.graded import report_of
from memsvc.evals.reports.report import OURS, Report, differences_of
from memsvc.evals.scoring.measures import columns
from memsvc.evals.spaces.sessions import passing_space
from memsvc.sdk.checked import MAX_BATCH
from memsvc.sdk.client import Client, Space
from memsvc.sdk.wire import Located, NewTurn

STREAM = "text"
VERBATIM = ""
VARIANTS = (VERBATIM, ":half", ":quarter", ":shuffled")
"""What is put behind a row's name: nothing for verbatim segments, `:half` and `:quarter` for those
of which every second or fourth word is left, `:shuffled` for words in another order."""

KEPT = {":half": 2, ":quarter": 4}
"""Which words of a segment are left: the first, and every so many after it."""

METRICS = ("accuracy", "located", "exact", "answered")
MAIN = "accuracy"
TIE = 0.5
"""What a baseline scores that finds both passages in one turn: it would have to guess."""

Grades = dict[str, list[Mapping[str, float]]]


@dataclass(frozen=True, slots=True)
class _Written:
    """A text in a space: which of its turns each id of the service is."""

    told: Told
    space: Space
    numbers: Mapping[str, int]


def evaluate_order(
    client: Client,
    texts: Sequence[Told],
    pairs: Sequence[tuple[int, Pair]],
    *,
    name: str,
    run: str,
    today: date,
    seed: int,
    settings: Mapping[str, Any],
    variants: Sequence[str] = VARIANTS,
    progress: Progress = silently,
) -> Report:
    """Ask every pair of the text that it is of, and report by cell beside the baselines.

    Every text is a space of its own, made as `sort-{run}-{its number}` and deleted again.
    """
    asked = [
        (number, [pair for holder, pair in pairs if holder == number])
        for number in range(len(texts))
    ]
    grades: Grades = {}
    order = [pair for _, own in asked for pair in own]
    for number, own in asked:
        if not own:
            continue
        with passing_space(client, f"sort-{run}-{number}") as space:
            written = _write(space, texts[number])
            for done, pair in enumerate(own):
                progress(texts[number].name, done, len(own))
                for variant in variants:
                    chance = Random(f"{seed}/{pair}")  # noqa: S311  nothing secret
                    found = _asked(written, pair, variant, chance)
                    for row, grade in found.items():
                        grades.setdefault(f"{row}{variant}", []).append(grade)
    graded = {row: columns(found) for row, found in grades.items()}
    slices = _slices(order)
    return report_of(
        name,
        graded,
        slices=slices,
        today=today,
        seed=seed,
        settings={
            "texts": len(texts),
            "words": sum(len(told.words) for told in texts),
            "turns": sum(len(told.turns) for told in texts),
            "excerpts": sorted({pair.excerpt for pair in order}),
            "segments": list(SEGMENTS),
            "bins": {edge: f"up to the excerpt's words / {part:g}" for edge, part in BINS.items()},
            **settings,
        },
        compared=(MAIN,),
        differences=[
            difference
            for variant in variants
            for difference in differences_of(
                {row: graded[row] for row in graded if row.partition(":")[2] == variant[1:]},
                of=f"{OURS}{variant}",
                seed=seed,
            )
        ],
        shown=METRICS,
        main=MAIN,
    )


def _write(space: Space, told: Told) -> _Written:
    """Write the text as one stream and return which turn each id is."""
    numbers: dict[str, int] = {}
    for begin in range(0, len(told.turns), MAX_BATCH):
        batch = told.turns[begin : begin + MAX_BATCH]
        turns = [
            NewTurn(role=turn.role, speaker=turn.speaker, content=turn.text, at=turn.at)
            for turn in batch
        ]
        for kept in space.write(STREAM, turns).turns:
            numbers[kept.id] = len(numbers)
    return _Written(told, space, numbers)


def _asked(
    written: _Written, pair: Pair, variant: str, chance: Random
) -> dict[str, Mapping[str, float]]:
    """Ask one pair in one variant; return what each row scores."""
    segments = {"a": pair.a, "b": pair.b}
    texts = {
        name: " ".join(_varied(written.told.text(begin, pair.segment), variant, chance))
        for name, begin in segments.items()
    }
    ordered = written.space.order(texts["a"], texts["b"])
    found = {"a": ordered.a, "b": ordered.b}
    ours = {
        "accuracy": float(ordered.first == pair.first),
        "located": float(
            all(_overlaps(written, found[name], begin, pair) for name, begin in segments.items())
        ),
        "exact": float(
            all(_is_exact(written, found[name], begin) for name, begin in segments.items())
        ),
        "answered": float(ordered.first is not None),
    }
    blind = {name: None if one is None else _shuffled(one.id) for name, one in found.items()}
    rows = {
        OURS: ours,
        f"{OURS}-positions": ours | {"accuracy": _agreement(blind["a"], blind["b"], pair)},
        "dense": _dense(written, texts, pair),
    }
    return rows if variant else rows | {"chance": _scored(float(chance.random() < TIE))}


def _dense(written: _Written, texts: Mapping[str, str], pair: Pair) -> Mapping[str, float]:
    hits = {
        name: written.space.recall(text, k=1, recipe="dense").hits for name, text in texts.items()
    }
    first = {name: written.numbers[found[0].id] if found else None for name, found in hits.items()}
    located = all(
        first[name] in _turns(written.told, begin, pair)
        for name, begin in (("a", pair.a), ("b", pair.b))
    )
    answered = None not in first.values()
    return _scored(
        _agreement(first["a"], first["b"], pair), located=float(located), answered=float(answered)
    )


def _scored(accuracy: float, *, located: float = 0.0, answered: float = 1.0) -> dict[str, float]:
    return {"accuracy": accuracy, "located": located, "exact": 0.0, "answered": answered}


def _agreement(a: float | None, b: float | None, pair: Pair) -> float:
    """Return 1 when these say what is so, 0 when they do not, and half of that for a tie."""
    if a is None or b is None or a == b:
        return TIE
    return float(("a" if a < b else "b") == pair.first)


def _shuffled(turn: str) -> float:
    """Return a number that is a turn's own and says nothing of where it stands."""
    return Random(turn).random()  # noqa: S311  nothing secret


def _varied(words: list[str], variant: str, chance: Random) -> list[str]:
    if variant in KEPT:
        return words[:: KEPT[variant]]
    if variant == ":shuffled":
        return chance.sample(words, len(words))
    return words


def _turns(told: Told, begin: int, pair: Pair) -> set[int]:
    return {word.turn for word in told.words[begin : begin + pair.segment]}


def _overlaps(written: _Written, found: Located | None, begin: int, pair: Pair) -> bool:
    """Tell whether a passage was found in one of the turns that it is of."""
    if found is None:
        return False
    held = {written.numbers[turn] for turn in found.turns}
    return not held.isdisjoint(_turns(written.told, begin, pair))


def _is_exact(written: _Written, found: Located | None, begin: int) -> bool:
    """Tell whether a passage was found to begin in its very turn and at its first word."""
    word = written.told.words[begin]
    return (
        found is not None
        and written.numbers[found.id] == word.turn
        and word.start <= found.start < word.end
    )


def _slices(pairs: Sequence[Pair]) -> dict[str, list[int]]:
    """Return the numbers of the pairs of each segment length and bin, and of each excerpt."""
    found: dict[str, list[int]] = {
        f"{segment} words, {edge}": [] for segment in SEGMENTS for edge in BINS
    }
    for number, pair in enumerate(pairs):
        found[f"{pair.segment} words, {pair.bin}"].append(number)
        found.setdefault(f"LE {pair.excerpt}", []).append(number)
    return {name: numbers for name, numbers in found.items() if numbers}
