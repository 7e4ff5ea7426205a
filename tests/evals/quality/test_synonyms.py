"""The threshold for synonyms, chosen by pairs of names few enough to count by hand."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from graph.weights import LEAST_COSINE
from memsvc.domain.errors import InvalidField
from memsvc.domain.memory import Fingerprint, Span
from memsvc.evals.datasets.aliases import CHECK, Pair, load_pairs, own_pairs, parse_pairs
from memsvc.evals.quality.synonyms import calibrate, cosines_of
from memsvc.evals.reports.calibration import LEAST_FOUND, Calibration
from memsvc.ports.models import Embedded, Matrix

DEGREES: Mapping[str, int] = {
    **dict.fromkeys(("Zürich", "Colour", "Austria", "Part 1"), 0),
    "Part 2": 5,
    "Zurich": 10,
    "Color": 40,
    "Australia": 40,
}


class Angles:
    """An embedder that knows a few names, each a point on the unit circle."""

    fingerprint = Fingerprint("angles", "fp32", 2)
    max_tokens = 16
    token_fingerprint = None

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return where each name stands."""
        angles = np.radians([float(DEGREES[text]) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return the names alone."""
        return Embedded(self.embed(texts), None)

    def tokens(self, text: str) -> Sequence[Span]:
        """Return the whole name."""
        return [Span(0, len(text))]

    def count(self, text: str) -> int:
        """Return one, for the whole name."""
        return len(self.tokens(text))


NEAR = Pair("Zürich", "Zurich", is_same=True, kind="spelling")
FAR = Pair("Colour", "Color", is_same=True, kind="spelling")
LOOKALIKE = Pair("Austria", "Australia", is_same=False, kind="lookalike")
SIBLING = Pair("Part 1", "Part 2", is_same=False, kind="sequel")

PAIRS = [*[NEAR] * LEAST_FOUND, *[FAR] * 20, *[LOOKALIKE] * 5, *[SIBLING] * 10]


def calibrated(pairs: Sequence[Pair], *, target: float, check: Sequence[Pair] = ()) -> Calibration:
    return calibrate(
        pairs,
        name="mine",
        embedder=Angles(),
        today=date(2026, 11, 21),
        target=target,
        check=check,
    )


def test_the_least_cosine_that_reaches_the_target_is_chosen() -> None:
    """At ten degrees all 20 are right, at forty 40 of 45."""
    strict, lax = calibrated(PAIRS, target=0.9).ways[1], calibrated(PAIRS, target=0.85).ways[1]

    assert strict.chosen is not None
    assert lax.chosen is not None
    assert strict.chosen.cosine == pytest.approx(np.cos(np.radians(10)))
    assert (strict.chosen.found.precision, strict.chosen.found.recall) == (1.0, 0.5)
    assert lax.chosen.cosine == pytest.approx(np.cos(np.radians(40)))
    assert lax.chosen.found.precision == pytest.approx(40 / 45)
    assert lax.chosen.kinds["other: lookalike"] == (5, 5)


def test_siblings_that_are_nearest_leave_the_cosine_alone_without_a_threshold() -> None:
    """At five degrees ten are wrong: no cosine gets over 40 of 55."""
    alone, ours = calibrated(PAIRS, target=0.9).ways

    assert (alone.name, alone.chosen) == ("cosine", None)
    assert ours.chosen is not None
    assert "no cosine" in calibrated(PAIRS, target=0.9).table()


def test_a_threshold_that_few_pairs_pass_is_not_trusted() -> None:
    few = [*[NEAR] * (LEAST_FOUND - 1), LOOKALIKE]

    assert calibrated(few, target=0.99).ways[1].chosen is None


def test_the_interval_covers_what_resamples_choose() -> None:
    chosen = calibrated([*PAIRS, *[NEAR] * 20], target=0.9).ways[1].chosen

    assert chosen is not None
    low, high = chosen.interval
    assert low < high
    assert low <= chosen.cosine <= high
    assert chosen.reached == 1.0
    assert 0.8 < chosen.unseen["precision"].mean < 1.0


def test_checking_pairs_are_measured_and_do_not_choose() -> None:
    found = calibrated(PAIRS, target=0.9, check=[NEAR, FAR, SIBLING])
    chosen = found.ways[1].chosen

    assert chosen is not None
    assert chosen.check is not None
    assert (chosen.check.precision, chosen.check.recall, chosen.check.joined) == (1.0, 0.5, 1)
    assert found.in_use.cosine == LEAST_COSINE
    assert found.in_use.check == chosen.check


def test_what_needs_no_model_stands_beside() -> None:
    without = calibrated(PAIRS, target=0.9).without_model

    assert without["equal keys"].joined == 0
    assert without["words alone"].joined == 45


def test_every_name_is_embedded_as_it_is_written() -> None:
    assert cosines_of([NEAR, SIBLING], Angles()).tolist() == pytest.approx(
        np.cos(np.radians([10, 5])).tolist()
    )


def test_our_own_pairs_are_many_of_either_kind_and_none_is_there_twice() -> None:
    pairs = [*own_pairs(), *own_pairs(CHECK)]
    named = [frozenset((pair.name.casefold(), pair.other.casefold())) for pair in pairs]

    assert len(set(named)) == len(named)
    assert sum(pair.is_same for pair in own_pairs()) >= 300
    assert sum(not pair.is_same for pair in own_pairs()) >= 600


def test_a_table_may_be_of_tabs_or_commas_with_a_heading_or_kinds_or_neither() -> None:
    tabs = parse_pairs(
        "name\tother\tsame\tkind\nUN\tUnited Nations\t1\tshort\na\tb\t0\t\n", name="t"
    )
    commas = parse_pairs('UN,United Nations,1\n\n"Paris, Texas","Paris, France",0\n', name="t")

    assert tabs == (Pair("UN", "United Nations", True, "short"), Pair("a", "b", False, "all"))
    assert [pair.name for pair in commas] == ["UN", "Paris, Texas"]


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "it needs pairs"),
        (b"a,b,1\n", "it needs pairs"),
        (b"a,b,1\nc,d\n", "line 2 has 2 columns"),
        (b"a,b,1\nc,d,maybe\n", "line 2 says 'maybe'"),
        (b"a,b,1\n,d,0\n", "line 2 lacks a name"),
        (b'a,b,1\n"c,d,0\n', "line 2"),
        (b"a,b,\xff\n", "not UTF-8"),
    ],
)
def test_what_is_no_table_of_pairs_is_said_in_one_sentence(
    content: bytes, detail: str, tmp_path: Path
) -> None:
    file = tmp_path / "pairs.csv"
    file.write_bytes(content)

    with pytest.raises(InvalidField, match=r"pairs.csv is not in a table.*" + detail):
        load_pairs(file)
