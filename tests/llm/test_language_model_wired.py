"""The language model as settings open it: for nobody who names none, and in reranking by `llm`."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from memsvc.config import Settings
from memsvc.domain.errors import ModelMissing
from memsvc.models import open_language_model, open_reranker
from memsvc.wiring import open_service
from retrieval.rerank import ARM
from tests.app.small import ask, remember, said
from tests.llm.tiny import tiny_causal
from tests.worlds import open_world

pytestmark = pytest.mark.model


def settings(tmp_path: Path, **how: Any) -> Settings:
    return Settings(**{"data": tmp_path / "data", "embedder": "hashing", **how})


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
