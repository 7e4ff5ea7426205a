"""What every reranker does, whatever it thinks of texts."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from memsvc.domain.errors import RerankerLate
from memsvc.llm.fakes import OverlapReranker
from memsvc.llm.in_time import in_time
from memsvc.llm.made import made_local
from memsvc.llm.rerank_listwise import ListwiseReranker
from memsvc.llm.rerank_st import open_cross_encoder
from memsvc.ports.models import Reranker
from tests.llm.tiny import tiny_cross_encoder

QUESTION = "where are alice cats?"
TEXTS = (
    "one more word",
    "alice cats",
    "",
    "hello world, alice!",
    "Où est la gare? 東京タワーは赤い。 😀",
    "a b " * 30,
)
WINDOW = 64
LONG_S = 60.0


@contextmanager
def overlapping(_: Path) -> Iterator[Reranker]:
    yield OverlapReranker(window=WINDOW)


@contextmanager
def timed(_: Path) -> Iterator[Reranker]:
    with in_time(OverlapReranker(window=WINDOW)) as reranker:
        yield reranker


@contextmanager
def crossing(folder: Path) -> Iterator[Reranker]:
    yield open_cross_encoder(str(tiny_cross_encoder(folder, positions=WINDOW)), device="cpu")


@contextmanager
def listing(_: Path) -> Iterator[Reranker]:
    with closing(made_local("tiny", device="cpu", positions=4096)) as model:
        yield ListwiseReranker(model, text_tokens=WINDOW)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(overlapping, id="overlap"),
        pytest.param(timed, id="in-time"),
        pytest.param(crossing, id="cross-encoder", marks=pytest.mark.model),
        pytest.param(listing, id="listwise", marks=pytest.mark.model),
    ],
)
def reranker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reranker]:
    opened: Callable[[Path], AbstractContextManager[Reranker]] = request.param
    with opened(tmp_path_factory.mktemp("model")) as lent:
        yield lent


def test_every_text_has_a_score_that_is_a_number(reranker: Reranker) -> None:
    scores = reranker.scores(QUESTION, TEXTS, within_s=LONG_S)

    assert scores.shape == (len(TEXTS),)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    assert len(set(scores.tolist())) > 1


def test_no_text_has_no_score(reranker: Reranker) -> None:
    assert reranker.scores(QUESTION, [], within_s=LONG_S).shape == (0,)


def test_scores_stand_in_the_order_of_the_texts(reranker: Reranker) -> None:
    there = reranker.scores(QUESTION, TEXTS, within_s=LONG_S)
    back = reranker.scores(QUESTION, TEXTS[::-1], within_s=LONG_S)[::-1]

    assert np.allclose(there, back, atol=1e-4)


def test_many_texts_are_read_as_few_are(reranker: Reranker) -> None:
    many = reranker.scores(QUESTION, TEXTS * 10, within_s=LONG_S)

    few = reranker.scores(QUESTION, TEXTS, within_s=LONG_S)
    assert np.allclose(many, np.tile(few, 10), atol=1e-4)


def test_what_stands_beyond_the_window_is_not_read(reranker: Reranker) -> None:
    long = "one more word " * WINDOW

    with_it, without = reranker.scores(QUESTION, [long + "alice cats", long], within_s=LONG_S)

    assert with_it == pytest.approx(without, abs=1e-4)


def test_a_text_of_200_000_characters_and_a_question_of_many_are_read(reranker: Reranker) -> None:
    assert np.isfinite(reranker.scores("cats " * 5_000, ["x" * 200_000], within_s=LONG_S)).all()


def test_who_has_no_time_is_told_so(reranker: Reranker) -> None:
    with pytest.raises(RerankerLate, match="MEMSVC_RERANK_WAIT_S"):
        reranker.scores(QUESTION, TEXTS, within_s=0.0)


def test_many_threads_may_ask_at_once(reranker: Reranker) -> None:
    expected = reranker.scores(QUESTION, TEXTS, within_s=LONG_S)

    def asked(_: int) -> bool:
        found = reranker.scores(QUESTION, TEXTS, within_s=LONG_S)
        return np.array_equal(found, expected)

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(asked, range(16)))


def test_a_fingerprint_ends_with_precision_and_window(reranker: Reranker) -> None:
    _, precision, window = reranker.fingerprint.split("/")

    assert precision in {"exact", "fp32"}
    assert int(window) == WINDOW
