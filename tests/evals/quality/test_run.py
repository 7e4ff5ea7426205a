import json
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from memsvc.domain.errors import ServerFault
from memsvc.evals.quality.run import Way
from memsvc.evals.quality.run import evaluate as measure
from memsvc.evals.reports.report import Report
from memsvc.llm.fakes import HashingEmbedder
from memsvc.sdk.client import Client
from tests.evals.small import Splitting, read, sample

AT = "2024-05-01T12:00:00Z"


class WordService:
    """A service that recalls the turns sharing most words with the question, each under an id.

    Its context holds the hits up to one for every 1,000 tokens and, with contiguity, the turn after
    each.
    """

    def __init__(self) -> None:
        self.spaces: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[dict[str, Any]] = []
        self.written: list[dict[str, Any]] = []
        self.is_broken = False

    def client(self) -> Client:
        return Client("http://memory.test", "a-key", transport=httpx.MockTransport(self._reply))

    def _reply(self, request: httpx.Request) -> httpx.Response:
        _, _, _, space, *rest = unquote(request.url.path).split("/")
        body = json.loads(request.content) if request.content else {}
        if rest[-1:] == ["turns"]:
            return self._write(space, rest[1], body)
        if rest == ["recall"]:
            return self._recall(space, body)
        return self._make_or_delete(space, request.method)

    def _make_or_delete(self, space: str, method: str) -> httpx.Response:
        if method == "DELETE":
            del self.spaces[space]
            return httpx.Response(200, json={"turns": 0, "streams": 0})
        self.spaces[space] = []
        counts = dict.fromkeys(("position", "streams", "turns", "vectors", "text_bytes"), 0)
        return httpx.Response(201, json={"name": space, "created_at": AT, **counts})

    def _write(self, space: str, stream: str, body: dict[str, Any]) -> httpx.Response:
        self.written.append({"stream": stream, **body})
        kept = self.spaces[space]
        begin = len(kept)
        kept.extend({"stream": stream, **turn} for turn in body["turns"])
        turns = [
            {"id": f"turn_{n}", "seq": n, "position": n, "client_id": kept[n]["id"]}
            for n in range(begin, len(kept))
        ]
        answer = {"space": space, "stream": stream, "position": 1, "embedded": True}
        return httpx.Response(201, json={**answer, "turns": turns})

    def _recall(self, space: str, body: dict[str, Any]) -> httpx.Response:
        self.asked.append(body)
        if self.is_broken:
            problem = {"type": "server_fault", "title": "", "status": 500, "detail": "Look."}
            return httpx.Response(500, json=problem)
        terms = Splitting().terms
        asked = set(terms(body["question"]))
        shared = [len(asked & set(terms(turn["content"]))) for turn in self.spaces[space]]
        order = sorted(range(len(shared)), key=lambda n: -shared[n])
        hits = [self._hit(n, self.spaces[space][n]) for n in order if shared[n]]
        answer = {"context": "", "context_tokens": 0, "position": 1, "recipe": body["recipe"]}
        shown = [n for n in order if shared[n]][: body.get("budget_tokens", 2_000) // 1_000]
        beside = [n + 1 for n in shown] if body.get("contiguity", 0.3) else []
        context = [
            {"space": space, "id": f"turn_{n}", "hit": n in shown}
            for n in dict.fromkeys([*shown, *beside])
        ]
        return httpx.Response(
            200, json={**answer, "hits": hits[: body["k"]], "context_turns": context}
        )

    @staticmethod
    def _hit(number: int, turn: dict[str, Any]) -> dict[str, Any]:
        said = {"kind": "turn", "role": "user", "source": "user", "metadata": {}, "why": {}}
        place = {"space": "eval", "at": turn["at"], "stream": turn["stream"], "seq": number}
        names = {"id": f"turn_{number}", "turns": [f"turn_{number}"]}
        return {**said, **place, **names, "text": turn["content"], "score": 1.0}


@pytest.fixture
def service() -> WordService:
    return WordService()


@pytest.fixture
def evaluate(service: WordService) -> Callable[..., Report]:
    def run(**recipes: str) -> Report:
        with service.client() as client:
            return measure(
                client,
                read(sample()),
                embedder=HashingEmbedder(256),
                analyzer=Splitting(),
                run="r1",
                today=date(2026, 1, 2),
                ways={
                    "memsvc": Way(with_contexts=True),
                    "memsvc -contiguity": Way(contiguity=0.0, with_contexts=True),
                    **{name: Way(recipe) for name, recipe in recipes.items()},
                },
                settings={"device": "cpu"},
            )

    return run


def test_the_product_stands_before_its_baselines(evaluate: Callable[..., Report]) -> None:
    rows = [row.name for row in evaluate().rows]

    assert rows == ["memsvc", "memsvc -contiguity", "dense", "bm25", "rrf", "floor", "floor:stored"]


def test_other_recipes_become_rows_of_their_own(
    evaluate: Callable[..., Report], service: WordService
) -> None:
    rows = [row.name for row in evaluate(**{"memsvc:dense": "dense", "ours": "lexical"}).rows]

    assert rows[2:4] == ["memsvc:dense", "ours"]
    assert {ask["recipe"] for ask in service.asked} == {"default", "dense", "lexical"}


def test_recall_is_counted_in_the_conversations_own_ids(evaluate: Callable[..., Report]) -> None:
    """Words find the stolen bicycle (one of its two turns) and the sofa, but not the pet."""
    ours = evaluate().rows[0]

    assert ours.categories["2"].estimates["recall@5"].mean == 0.5
    assert ours.categories["5"].estimates["recall@5"].mean == 1.0
    assert ours.overall.estimates["recall@5"].mean == pytest.approx(0.5)


def test_categories_one_to_four_stand_apart(evaluate: Callable[..., Report]) -> None:
    categories = evaluate().rows[0].categories

    assert {name: part.questions for name, part in categories.items()} == {
        "1-4": 2,
        "2": 1,
        "4": 1,
        "5": 1,
    }


def test_sessions_are_graded_by_their_turns(evaluate: Callable[..., Report]) -> None:
    """The stolen bicycle's session is found; the words of the pet's question stand nowhere."""
    ours = evaluate().rows[0]

    assert ours.categories["2"].estimates["session-any@2"].mean == 1.0
    assert ours.categories["4"].estimates["session-all@20"].mean == 0.0


def test_contexts_are_graded_by_the_turns_in_them(evaluate: Callable[..., Report]) -> None:
    """The stolen bicycle is found, and the turn after it is the other half of the evidence."""
    with_more, alone, *baselines = evaluate().rows

    found = [row.categories["2"].estimates["context@1000"].mean for row in (with_more, alone)]

    assert found == [1.0, 0.5]
    assert not any("context@1000" in row.overall.estimates for row in baselines)


def test_a_difference_has_what_both_rows_have(evaluate: Callable[..., Report]) -> None:
    alone, baseline, *_ = evaluate().differences

    assert alone.estimates["context@1000"].mean == pytest.approx(0.5 / 3)
    assert "context@1000" not in baseline.estimates


def test_the_table_shows_contexts_where_they_were_measured(evaluate: Callable[..., Report]) -> None:
    lines = evaluate().table().splitlines()
    line = next(one for one in lines if one.startswith("memsvc - memsvc -contiguity"))

    assert "+0.167" in line


def test_every_session_is_a_stream_with_its_own_ids_and_times(
    evaluate: Callable[..., Report], service: WordService
) -> None:
    evaluate()

    assert [write["stream"] for write in service.written] == [
        "session_1", "session_2", "session_10",
    ]  # fmt: skip
    assert service.written[1] == {
        "stream": "session_2",
        "turns": [
            {
                "id": "D2:1",
                "role": "user",
                "speaker": "Ben",
                "content": "My bicycle was stolen.",
                "at": "2023-09-13T00:09:00Z",
            },
            {
                "id": "D2:2",
                "role": "user",
                "speaker": "Ada",
                "content": "[shares a photo: a new bicycle]",
                "at": "2023-09-13T00:09:01Z",
            },
        ],
        "title": "12:09 am on 13 September, 2023",
        "user_id": None,
        "agent_id": None,
        "embed": "now",
    }


def test_questions_are_asked_when_the_record_ends(
    evaluate: Callable[..., Report], service: WordService
) -> None:
    evaluate()

    ends = max(turn["at"] for write in service.written for turn in write["turns"])
    assert {asked["now"] for asked in service.asked} == {ends}


def test_nothing_stays_behind_in_the_service(
    evaluate: Callable[..., Report], service: WordService
) -> None:
    evaluate()

    assert service.spaces == {}


def test_nothing_stays_behind_after_a_failure(
    evaluate: Callable[..., Report], service: WordService
) -> None:
    service.is_broken = True

    with pytest.raises(ServerFault):
        evaluate()

    assert service.spaces == {}


def test_the_report_says_how_it_was_made(evaluate: Callable[..., Report]) -> None:
    report = evaluate()

    assert (report.dataset, report.questions, report.seed) == ("small", 3, 0)
    assert report.settings == {
        "k": 20,
        "recipe": "default",
        "spaces": 1,
        "turns": 6,
        "questions_without_evidence": 2,
        "embedder": "hashing/fp32/256",
        "analyzer": "splitting",
        "device": "cpu",
    }


def test_two_runs_give_the_same_numbers(evaluate: Callable[..., Report]) -> None:
    assert evaluate().as_json() == evaluate().as_json()
