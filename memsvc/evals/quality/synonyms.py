"""From which cosine on two names count as synonyms: chosen by pairs whose answer is known.

The vectors of names are the embedder's, as the graph's are. Two ways are measured: by the cosine
alone, and by the cosine of pairs whose words do not tell them apart (`graph.alike`), which is the
product's. For each, the least cosine is chosen from which on precision reaches a target, and
the pairs that a resample leaves out say what the choice is worth on pairs it has not seen. Beside
both stand the ways without a model: equal keys, keys that abbreviate each other, words alone.

Precision hangs on the pairs: two hard negatives for each alias are not what a space holds. So the
figures compare ways and thresholds; they do not say which share of a space's synonyms is right.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.alike import told_apart
from graph.names import alias_keys, name_key
from graph.weights import LEAST_COSINE
from memsvc.evals.datasets.aliases import Pair
from memsvc.evals.reports.calibration import LEAST_FOUND, Calibration, Chosen, Found, InUse, Way
from memsvc.evals.reports.report import OURS, commit_id
from memsvc.evals.scoring.measures import RESAMPLES, TAIL_PERCENT, Estimate
from memsvc.ports.models import Embedder

TARGET = 0.95
STEPS = tuple(round(0.5 + step / 20, 2) for step in range(10))
"""The cosines for which a table of thresholds has a line."""

ALONE = "cosine"

Cosines: TypeAlias = NDArray[np.float64]
Marks: TypeAlias = NDArray[np.bool_]


def calibrate(
    pairs: Sequence[Pair],
    *,
    name: str,
    embedder: Embedder,
    today: date,
    target: float = TARGET,
    check: Sequence[Pair] = (),
    seed: int = 0,
) -> Calibration:
    """Choose the least cosine for synonyms by `pairs`, in both ways; measure it on `check` too.

    `pairs` hold some that are the same and some that are not.
    """
    same, truth = _same(pairs), _same(check)
    counted = _by_both_ways(pairs, embedder)
    checked = _by_both_ways(check, embedder)

    def on_check(named: str, least: float) -> Found | None:
        return _measured(checked[named] >= least, truth) if check else None

    def way(named: str) -> Way:
        steps = {step: _measured(counted[named] >= step, same) for step in STEPS}
        choice = _choose(counted[named], same, target=target, seed=seed)
        if choice is None:
            return Way(named, steps, None)
        joined = counted[named] >= choice.cosine
        chosen = Chosen(
            cosine=choice.cosine,
            interval=choice.interval,
            reached=choice.reached,
            found=_measured(joined, same),
            unseen=choice.unseen,
            kinds=_by_kind(pairs, joined),
            check=on_check(named, choice.cosine),
        )
        return Way(named, steps, chosen)

    return Calibration(
        dataset=name,
        pairs=len(pairs),
        same=int(same.sum()),
        target=target,
        commit=commit_id(),
        day=today,
        seed=seed,
        settings={"embedder": embedder.fingerprint.text, "check": len(check)},
        ways=[way(ALONE), way(OURS)],
        without_model={
            "equal keys": _measured(_of(pairs, _equal_keys), same),
            "alias keys": _measured(_of(pairs, _alias_keys), same),
            "words alone": _measured(np.isfinite(counted[OURS]), same),
        },
        in_use=InUse(
            cosine=LEAST_COSINE,
            found=_measured(counted[OURS] >= LEAST_COSINE, same),
            check=on_check(OURS, LEAST_COSINE),
        ),
    )


def cosines_of(pairs: Sequence[Pair], embedder: Embedder) -> Cosines:
    """Return the cosine of each pair, every name embedded once; shape (n,)."""
    names = list(dict.fromkeys(name for pair in pairs for name in (pair.name, pair.other)))
    places = {name: place for place, name in enumerate(names)}
    vectors = embedder.embed(names)
    ones = vectors[[places[pair.name] for pair in pairs]]
    others = vectors[[places[pair.other] for pair in pairs]]
    cosines: Cosines = np.einsum("ij,ij->i", ones, others).astype(np.float64)
    return cosines


class _Choice(NamedTuple):
    cosine: float
    interval: tuple[float, float]
    reached: float
    unseen: Mapping[str, Estimate]


def _by_both_ways(pairs: Sequence[Pair], embedder: Embedder) -> Mapping[str, Cosines]:
    """Return the cosines of pairs, in our way -inf where the words tell them apart."""
    cosines = cosines_of(pairs, embedder)
    return {ALONE: cosines, OURS: np.where(_of(pairs, told_apart), -np.inf, cosines)}


def _choose(counted: Cosines, same: Marks, *, target: float, seed: int) -> _Choice | None:
    """Choose on all pairs, and on resamples of them for how sure that is."""
    order = np.argsort(-counted, kind="stable")
    cosines, truth = counted[order], same[order]
    least = _least(cosines, truth, np.ones(len(truth), dtype=np.int64), target=target)
    if least is None:
        return None
    random = np.random.default_rng(seed)
    chosen: list[float] = []
    unseen: list[Found] = []
    for _ in range(RESAMPLES):
        drawn = random.integers(len(truth), size=len(truth))
        times = np.bincount(drawn, minlength=len(truth))
        found = _least(cosines, truth, times, target=target)
        if found is not None:
            chosen.append(found)
            left_out = times == 0
            unseen.append(_measured(cosines[left_out] >= found, truth[left_out]))
    return _Choice(
        cosine=least,
        interval=_interval(chosen or [least]),
        reached=len(chosen) / RESAMPLES,
        unseen=_spread_of([found for found in unseen if found.joined]),
    )


def _spread_of(unseen: Sequence[Found]) -> dict[str, Estimate]:
    """Return what choices were worth on pairs unseen; nothing when none joined any of them."""
    if not unseen:
        return {}
    return {
        "precision": _spread([found.precision for found in unseen]),
        "recall": _spread([found.recall for found in unseen]),
    }


def _least(
    cosines: Cosines, same: Marks, times: NDArray[np.int64], *, target: float
) -> float | None:
    """Return the least of falling cosines at which precision reaches the target, if any does."""
    drawn = (times > 0) & np.isfinite(cosines)
    cosines, same, times = cosines[drawn], same[drawn], times[drawn]
    joined, right = np.cumsum(times), np.cumsum(times * same)
    is_last_of_its_cosine = np.append(cosines[1:] < cosines[:-1], True)
    fit = is_last_of_its_cosine[: len(cosines)] & (right >= target * joined)
    places = np.flatnonzero(fit & (joined >= LEAST_FOUND))
    return float(cosines[places[-1]]) if len(places) else None


def _interval(values: Sequence[float]) -> tuple[float, float]:
    low, high = np.percentile(values, [TAIL_PERCENT, 100 - TAIL_PERCENT])
    return float(low), float(high)


def _spread(values: Sequence[float]) -> Estimate:
    low, high = _interval(values)
    return Estimate(mean=float(np.mean(values)), low=low, high=high)


def _measured(joined: Marks, same: Marks) -> Found:
    right, all_joined, there = int((joined & same).sum()), int(joined.sum()), int(same.sum())
    return Found(
        precision=right / all_joined if all_joined else 0.0,
        recall=right / there if there else 0.0,
        joined=all_joined,
    )


def _by_kind(pairs: Sequence[Pair], joined: Marks) -> dict[str, tuple[int, int]]:
    """Count by kind, those that are the same apart from those that are not."""
    found: dict[str, tuple[int, int]] = {}
    for pair, is_joined in zip(pairs, joined.tolist(), strict=True):
        kind = f"{'same' if pair.is_same else 'other'}: {pair.kind}"
        count, of = found.get(kind, (0, 0))
        found[kind] = (count + is_joined, of + 1)
    return found


def _of(pairs: Sequence[Pair], tell: Callable[[str, str], bool]) -> Marks:
    return np.array([tell(pair.name, pair.other) for pair in pairs], dtype=bool)


def _same(pairs: Sequence[Pair]) -> Marks:
    return np.array([pair.is_same for pair in pairs], dtype=bool)


def _equal_keys(one: str, other: str) -> bool:
    return name_key(one) == name_key(other)


def _alias_keys(one: str, other: str) -> bool:
    return name_key(one) in {name_key(other), *alias_keys(other)} or name_key(other) in alias_keys(
        one
    )
