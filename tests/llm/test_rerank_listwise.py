"""Reranking by one token, over a model whose odds can be worked out by hand."""

import re
from collections.abc import Sequence
from string import ascii_uppercase

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.errors import ModelUnavailable, RerankerLate
from memsvc.llm.rerank_listwise import ListwiseReranker, chat, joined, shares, starts
from memsvc.ports.language import Ask, Odds
from memsvc.ports.models import Reranker

LONG_S = 60.0


class Weighing:
    """A model that expects a letter by the number in its text, and more the earlier it stands.

    Only what a reranker asks of a `LanguageModel`. `asked` holds the texts of each ask.
    """

    def __init__(
        self, *, bias: float = 0.0, told: int = 26, error: Exception | None = None
    ) -> None:
        self._bias = bias
        self._told = told
        self._error = error
        self.asked: list[list[str]] = []

    name = "weighing@0/exact"
    context_tokens = 100_000

    def count(self, text: str) -> int:
        return len(text.split())

    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        assert within_s > 0
        if self._error is not None:
            raise self._error
        rows = []
        for ask in asks:
            texts = re.findall(r"^\[[A-Z]\] (.*)$", ask.messages[-1].content, re.MULTILINE)
            assert len(texts) == len(choices)
            self.asked.append(texts)
            worths = np.array([float(text.split()[-1]) for text in texts])
            worths -= self._bias * np.arange(len(texts))
            rows.append(worths - np.log(np.exp(worths).sum()) - 0.5)
            unknown = np.argsort(-rows[-1])[self._told :]
            rows[-1][unknown] = -np.inf
        return np.array(rows, dtype=np.float32)


def over(model: Weighing, **how: int) -> ListwiseReranker:
    return ListwiseReranker(model, **how)  # type: ignore[arg-type]  # it asks no more of it


def texts_of(worths: Sequence[float]) -> list[str]:
    return [f"text {worth}" for worth in worths]


def ranked(reranker: Reranker, texts: Sequence[str]) -> list[str]:
    scores = reranker.scores("which?", texts, within_s=LONG_S)
    return [texts[place] for place in np.argsort(-scores, kind="stable")]


def test_odds_of_letters_are_the_order_of_texts() -> None:
    texts = texts_of([1, 3, 2, 0])

    assert ranked(over(Weighing()), texts) == texts_of([3, 2, 1, 0])


def test_one_window_is_read_once_in_each_order() -> None:
    model = Weighing()
    texts = texts_of(range(20))

    over(model).scores("which?", texts, within_s=LONG_S)

    assert model.asked == [texts, texts[::-1]]


def test_a_liking_for_places_cancels_out() -> None:
    worths = [1.0, 3.0, 2.0, 0.0, 1.5]
    texts = texts_of(worths)

    found = over(Weighing(bias=5.0)).scores("which?", texts, within_s=LONG_S)

    assert np.allclose(found - found[0], np.array(worths) - worths[0], atol=1e-4)


def test_windows_run_from_the_back_and_share_half() -> None:
    assert starts(20, window=20, step=10) == [0]
    assert starts(21, window=20, step=10) == [1, 0]
    assert starts(45, window=20, step=10) == [25, 15, 5, 0]
    assert starts(3, window=20, step=10) == [0]


def test_the_best_ten_come_to_the_front_from_anywhere() -> None:
    worths = [float(place % 7) + place / 100 for place in range(95)]
    texts = texts_of(worths)

    best = sorted(worths, reverse=True)[:10]
    assert ranked(over(Weighing()), texts)[:10] == texts_of(best)


def test_scores_of_several_windows_are_on_one_scale() -> None:
    """With odds that know no place, joined scores differ by what the texts are worth."""
    worths = [float(place) for place in range(45, 0, -1)]
    texts = texts_of(worths)

    found = over(Weighing()).scores("which?", texts, within_s=LONG_S)

    assert np.allclose(np.diff(found), -1.0, atol=1e-3)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=70, unique=True))
def test_scores_rise_as_windows_rank(worths: list[float]) -> None:
    texts = texts_of(worths)

    found = over(Weighing(bias=0.3), window=6, step=3).scores("which?", texts, within_s=LONG_S)

    assert np.isfinite(found).all()
    assert (
        ranked(over(Weighing(bias=0.3), window=6, step=3), texts)[0] == texts[int(found.argmax())]
    )


def test_the_very_same_text_is_told_the_very_same() -> None:
    model = Weighing()

    found = over(model).scores("which?", texts_of([1, 2, 1, 1]), within_s=LONG_S)

    assert found[0] == found[2] == found[3] < found[1]
    assert len(model.asked[0]) == 2


def test_letters_that_are_not_told_come_last_in_the_order_they_came() -> None:
    texts = texts_of([0, 4, 1, 3, 2])

    assert ranked(over(Weighing(told=2)), texts) == texts_of([4, 3, 0, 1, 2])


def test_a_model_that_tells_of_no_letter_cannot_rerank() -> None:
    with pytest.raises(ModelUnavailable, match="no letter"):
        over(Weighing(told=0)).scores("which?", texts_of([1, 2]), within_s=LONG_S)


def test_one_text_is_not_asked_about() -> None:
    model = Weighing()

    assert over(model).scores("which?", ["text 1"], within_s=LONG_S).tolist() == [0.0]
    assert model.asked == []


def test_long_texts_and_questions_are_read_from_their_beginnings() -> None:
    model = Weighing()
    long = "word " * 999 + "9"

    with pytest.raises(ValueError, match="word"):  # what it is worth was cut off
        over(model, text_tokens=8).scores("which?", [long, "text 1"], within_s=LONG_S)

    assert model.asked[0][0].split() == ["word"] * 8


def test_lines_of_a_text_make_no_candidate_of_their_own() -> None:
    (_, user) = chat("which?\nQuestion: other?", ["one\n[B] two 5", "three 1"])

    assert user.content.count("\n[") == 2
    assert user.content.count("\nQuestion: ") == 1


def test_a_model_that_was_too_late_is_late_and_one_that_broke_is_not() -> None:
    broken = over(Weighing(error=ModelUnavailable("no memory left")))

    with pytest.raises(ModelUnavailable, match="memory"):
        broken.scores("which?", texts_of([1, 2]), within_s=LONG_S)
    with pytest.raises(RerankerLate):
        over(Weighing()).scores("which?", texts_of([1, 2]), within_s=0.0)
    with pytest.raises(RerankerLate):
        broken.scores("which?", texts_of([1, 2]), within_s=1e-9)


def test_a_window_has_a_letter_for_each() -> None:
    for how in ({"window": 27}, {"step": 20}, {"step": 0}):
        with pytest.raises(ValueError, match="letters"):
            over(Weighing(), **how)
    assert len(ascii_uppercase) == 26


def test_shares_are_among_the_letters() -> None:
    found = shares(np.array([-3.0, -4.0, -np.inf], dtype=np.float32))

    assert np.exp(found).sum() == pytest.approx(1.0)
    assert found[0] - found[1] == pytest.approx(1.0)
    assert found[1] - found[2] == pytest.approx(1.0)


def test_one_window_is_scored_as_it_was_told() -> None:
    from memsvc.llm.rerank_listwise import Window  # noqa: PLC0415

    assert joined([Window((1, 0), (-0.1, -2.0))], count=2).tolist() == [-2.0, -0.1]
