"""Reranking over HTTP: asked for, refused where there is none, told and counted."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from typing_extensions import override

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm.fakes import OverlapReranker
from memsvc.ports.models import Worths
from tests.server.front import Front, open_front


class Moody(OverlapReranker):
    """Cannot be run for a while."""

    fails = False

    @override
    def scores(self, question: str, texts: Sequence[str], *, within_s: float) -> Worths:
        if self.fails:
            raise ModelUnavailable("no memory")
        return super().scores(question, texts, within_s=within_s)


@pytest.fixture
def moody() -> Moody:
    return Moody()


@pytest.fixture
def reranking(tmp_path: Path, moody: Moody) -> Iterator[Front]:
    with open_front(tmp_path, reranker=moody) as opened:
        yield opened


def numbers(front: Front) -> dict[str, float]:
    lines = front.ask("GET", "/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line.startswith("memsvc_rerank"))
    return {name: float(value) for name, value in pairs}


def test_a_recall_says_what_the_reranker_thought_unless_it_is_not_wanted(
    reranking: Front, moody: Moody
) -> None:
    space = reranking.space()
    reranking.write(space, "Tea at four.", "Coffee at noon.")
    path = f"/v1/spaces/{space}/recall"

    with_it = reranking.ask("POST", path, json={"question": "When is tea?", "explain": True}).json()
    reranking.ask("POST", path, json={"question": "When is tea?", "rerank": True})
    assert with_it["hits"][0]["why"]["reranker"] == {
        "rank": 1,
        "score": 1.0,
        "share": pytest.approx(0.0, abs=1.0),
        "path": None,
    }
    assert [s["stage"][:7] for s in with_it["trace"]].count("rerank(") == 1
    assert moody.runs == [2, 2]

    without = reranking.ask("POST", path, json={"question": "When is tea?", "rerank": False}).json()
    assert "reranker" not in without["hits"][0]["why"]
    assert moody.runs == [2, 2]


def test_several_spaces_are_reranked_as_one_list(reranking: Front, moody: Moody) -> None:
    one, other = reranking.space(), reranking.space()
    reranking.write(one, "Tea at four.")
    reranking.write(other, "Tea at five.")

    body = {"question": "When is tea?", "spaces": [one, other], "rerank": True}
    found = reranking.ask("POST", "/v1/recall", json=body).json()

    assert all("reranker" in hit["why"] for hit in found["hits"])
    assert moody.runs == [2]


def test_time_and_fallbacks_are_counted_and_the_answer_says_what_is_missing(
    reranking: Front, moody: Moody
) -> None:
    space = reranking.space()
    reranking.write(space, "Tea at four.")

    def ask(**more: bool) -> list[str]:
        path = f"/v1/spaces/{space}/recall"
        found: list[str] = reranking.ask(
            "POST", path, json={"question": "When is tea?", **more}
        ).json()["missing_arms"]
        return found

    assert ask() == []
    moody.fails = True
    assert ask() == ["reranker"]
    assert ask(rerank=False) == []

    counted = numbers(reranking)
    assert counted["memsvc_rerank_seconds_count"] == 2
    assert counted['memsvc_rerank_fallbacks_total{reason="model"}'] == 1


def test_a_service_without_a_reranker_refuses_to_rerank(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea at four.")

    for path, more in ((f"/v1/spaces/{space}/recall", {}), ("/v1/recall", {"spaces": [space]})):
        refused = front.ask("POST", path, json={"question": "tea?", "rerank": True, **more})
        assert refused.status_code == 409
        assert refused.json()["type"] == "no_reranker"
        assert refused.json()["field"] == "rerank"
        assert "MEMSVC_RERANKER" in refused.json()["detail"]
        allowed = front.ask("POST", path, json={"question": "tea?", "rerank": False, **more})
        assert allowed.status_code == 200
