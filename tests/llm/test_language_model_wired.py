"""The language model as settings open it: for nobody who names none, and in reranking by `llm`."""

import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from transformers import GPT2LMHeadModel

from memsvc.config import Settings
from memsvc.domain.errors import ModelMissing, ModelUnavailable
from memsvc.llm.causal import open_causal, surprisal_of
from memsvc.llm.local import LocalModel, open_local
from memsvc.models import open_language_model, open_reranker
from memsvc.ports.language import Ask, Message
from memsvc.ports.models import Passage
from memsvc.wiring import open_service
from retrieval.rerank import ARM
from tests.app.small import ask, remember, said
from tests.llm.tiny import tiny_causal
from tests.worlds import open_world

pytestmark = pytest.mark.model

ASK = Ask((Message("user", "Where is Alice?"),), most_tokens=4)
LONG_S = 60.0


def settings(tmp_path: Path, **how: Any) -> Settings:
    return Settings(**{"data": tmp_path / "data", "embedder": "hashing", **how})


def in_memory() -> int:
    """Count the models whose weights are held."""
    gc.collect()
    return sum(type(each) is GPT2LMHeadModel for each in gc.get_objects())


@pytest.fixture
def local(tmp_path: Path) -> LocalModel:
    return open_local(str(tiny_causal(tmp_path / "cats", positions=512)), device="cpu")


def test_nobody_who_names_none_has_one(tmp_path: Path) -> None:
    assert open_language_model(settings(tmp_path)) is None


def test_device_and_precision_are_those_of_the_settings(tmp_path: Path) -> None:
    folder = str(tiny_causal(tmp_path / "cats"))

    model = open_language_model(settings(tmp_path, llm=folder, llm_device="cpu", llm_dtype="bf16"))

    assert model is not None
    assert model.name.endswith("/bf16")
    for unfit in ({"llm_dtype": "int4"}, {"llm_device": "gpu"}):
        with pytest.raises(ValidationError):
            settings(tmp_path, **unfit)


def test_reranking_by_a_language_model_needs_one(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="MEMSVC_LLM"):
        open_reranker(settings(tmp_path, reranker="llm"))


def test_a_recall_says_which_language_model_ranked(tmp_path: Path) -> None:
    folder = str(tiny_causal(tmp_path / "cats", positions=1024))

    wanted = settings(tmp_path, llm=folder, llm_device="cpu", reranker="llm")
    reranker = open_reranker(wanted, open_language_model(wanted))

    with open_world(tmp_path / "world", reranker=reranker, rerank_wait_s=60) as world:
        remember(world, *(said(f"Alice has {count} cats.") for count in ("two", "three", "no")))
        recalled = ask(world, "How many cats?")

    (stage,) = [each for each in recalled.trace if each.stage.startswith("rerank")]
    assert stage.stage.startswith("rerank(cats@")
    assert recalled.reranking is not None
    assert recalled.reranking.fell_back is None
    assert all(ARM in hit.why for hit in recalled.hits)


def test_a_service_opens_the_model_that_reranks(tmp_path: Path) -> None:
    folder = str(tiny_causal(tmp_path / "cats", positions=1024))

    with open_service(settings(tmp_path, llm=folder, llm_device="cpu", reranker="llm")) as service:
        rereading = service.recall.rereading

    assert rereading.reranker is not None
    assert rereading.reranker.fingerprint.startswith("cats@")


def test_what_answers_and_tells_surprise_is_one_model_in_memory(tmp_path: Path) -> None:
    folder = str(tiny_causal(tmp_path / "cats", positions=512))
    wanted = settings(tmp_path, llm=folder, llm_device="cpu", surprise_model="llm")
    before = in_memory()

    with open_service(wanted) as service:
        assert service.language_model is not None
        assert in_memory() == before + 1
        service.language_model.replies([ASK], within_s=LONG_S)
        assert in_memory() == before + 1

    assert in_memory() == before


def test_surprise_is_told_as_by_a_model_of_its_own(tmp_path: Path, local: LocalModel) -> None:
    passages = [Passage(["Alice moved to Oslo in March.", "The cats did not enjoy it. " * 9])]
    own = open_causal(str(tmp_path / "cats"), device="cpu")

    shared = surprisal_of(local)

    assert shared.fingerprint == own.fingerprint
    assert shared.of(passages) == own.of(passages)


def test_weights_that_were_given_back_are_read_again_to_tell_surprise(local: LocalModel) -> None:
    passages = [Passage(["Alice moved to Oslo in March."])]
    shared = surprisal_of(local)
    told = shared.of(passages)
    held = in_memory()

    local.close()

    assert in_memory() == held - 1
    assert shared.of(passages) == told


def test_asks_wait_while_the_model_is_lent(local: LocalModel) -> None:
    with (
        ThreadPoolExecutor(1) as another,
        local.lent(),
        pytest.raises(ModelUnavailable, match="no odds"),
    ):
        another.submit(local.odds, [ASK], ["A", "B"], within_s=0.1).result()

    assert local.odds([ASK], ["A", "B"], within_s=LONG_S).shape == (1, 2)
