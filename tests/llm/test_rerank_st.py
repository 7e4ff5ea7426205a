"""The cross-encoder: held to one that is asked pair by pair, and to what may not be loaded."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer, BertForSequenceClassification, BertModel

from memsvc.domain.errors import ModelMissing, ModelUnavailable, RerankerLate
from memsvc.llm import rerank_st
from memsvc.llm.rerank_st import CrossEncoderReranker, open_cross_encoder
from tests.llm.tiny import tiny_causal, tiny_cross_encoder, tiny_model

pytestmark = pytest.mark.model

QUESTION = "where are alice cats?"
TEXTS = ["hello world", "one more word " * 9, "alice, cats!", "?", "a b"]
LONG_S = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_cross_encoder(tmp_path / "tiny")


def opened(folder: Path) -> CrossEncoderReranker:
    return open_cross_encoder(str(folder), device="cpu")


def naive(folder: Path, question: str, text: str, **how: Any) -> float:
    """Ask the model for one pair by itself: no batch, no padding, no library between."""
    tokenizer: Any = AutoTokenizer
    model: Any = BertForSequenceClassification.from_pretrained(folder)
    model.eval()
    read = tokenizer.from_pretrained(folder)(question, text, return_tensors="pt", **how)
    with torch.inference_mode():
        return float(model(**read).logits[0, 0])


def test_scores_are_the_logits_of_asking_pair_by_pair(folder: Path) -> None:
    scores = opened(folder).scores(QUESTION, TEXTS, within_s=LONG_S)

    expected = [naive(folder, QUESTION, text) for text in TEXTS]
    assert scores.tolist() == pytest.approx(expected, abs=1e-5)
    assert len({round(score, 4) for score in expected}) == len(TEXTS)


def test_the_longer_of_question_and_text_is_cut_at_its_end(folder: Path) -> None:
    long, words = "one more word " * 60, "alice cats"
    reranker = opened(folder)

    by_text = reranker.scores(words, [long], within_s=LONG_S)[0]
    by_question = reranker.scores(long, [words], within_s=LONG_S)[0]

    how = {"truncation": "longest_first", "max_length": 64}
    assert by_text == pytest.approx(naive(folder, words, long, **how), abs=1e-5)
    assert by_question == pytest.approx(naive(folder, long, words, **how), abs=1e-5)


def test_the_time_is_looked_at_between_two_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, 0.5, 1.5])  # when asked, before the first run, before the second
    monkeypatch.setattr(rerank_st, "monotonic", lambda: next(times))

    with pytest.raises(RerankerLate):
        opened(folder).scores(QUESTION, TEXTS * 10, within_s=1.0)

    assert next(times, None) is None


def test_a_model_that_gives_several_scores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="3 scores a text"):
        opened(tiny_cross_encoder(tmp_path / "three", labels=3))


def test_models_whose_scores_would_be_made_up_are_refused(tmp_path: Path, folder: Path) -> None:
    """The library would put a head of chance upon each of them."""
    sentences, headless = tmp_path / "sentences", tmp_path / "headless"
    tiny_model().save(str(sentences))
    tiny_cross_encoder(headless)
    bare: Any = BertModel.from_pretrained(folder)
    bare.save_pretrained(headless)

    for other in (sentences, headless, tiny_causal(tmp_path / "causal")):
        with pytest.raises(ModelMissing, match="nothing that makes a score"):
            opened(other)


def test_a_model_that_is_nowhere_is_not_looked_for_elsewhere() -> None:
    with pytest.raises(ModelMissing, match=r"hub's cache .* MEMSVC_RERANKER"):
        open_cross_encoder("nobody/nothing")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="cannot rerank"):
        opened(tmp_path)


def test_scores_that_are_no_numbers_are_not_given(folder: Path) -> None:
    model: Any = BertForSequenceClassification.from_pretrained(folder)
    torch.nn.init.constant_(model.classifier.weight, float("nan"))
    model.save_pretrained(folder)

    with pytest.raises(ModelUnavailable, match="no numbers"):
        opened(folder).scores(QUESTION, TEXTS, within_s=LONG_S)


def test_a_fingerprint_tells_other_weights_apart(folder: Path) -> None:
    before = opened(folder).fingerprint
    model: Any = BertForSequenceClassification.from_pretrained(folder)
    torch.nn.init.zeros_(model.classifier.weight)
    model.save_pretrained(folder)

    assert opened(folder).fingerprint != before


def test_nothing_is_imported_before_a_model_is_named(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from memsvc.config import Settings\n"
        "from memsvc.wiring import open_service\n"
        f"with open_service(Settings(data={str(tmp_path)!r}, embedder='hashing')):\n"
        "    print(sorted({'torch', 'sentence_transformers'} & set(sys.modules)))"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ran.stdout.endswith("\n[]\n"), ran.stderr
