"""Reranked recalls: the best candidates are read by a model, within a time, and never in vain."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from typing_extensions import override

from memsvc.domain.errors import ModelUnavailable, NoReranker
from memsvc.domain.memory import Source
from memsvc.domain.recall import FellBack, Filter, Kind, Question
from memsvc.llm.fakes import OverlapReranker
from memsvc.ports.models import Worths
from retrieval.rerank import ARM, MOST
from tests.app.small import ALICE, BOB, ask, remember, said, texts
from tests.worlds import World, open_world

LONG_S = 30.0


class Liking(OverlapReranker):
    """Likes texts by how often they say a word, and remembers what it read."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word
        self.read: list[str] = []

    @override
    def scores(self, question: str, texts: Sequence[str], *, within_s: float) -> Worths:
        self.read = list(texts)
        return np.array([text.count(self.word) for text in texts], dtype=np.float32)


class Slow(Liking):
    """Goes on when it is let."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.begun, self.go_on = threading.Event(), threading.Event()

    @override
    def scores(self, question: str, texts: Sequence[str], *, within_s: float) -> Worths:
        self.begun.set()
        assert self.go_on.wait(LONG_S)
        return super().scores(question, texts, within_s=within_s)


class Failing(Liking):
    @override
    def scores(self, question: str, texts: Sequence[str], *, within_s: float) -> Worths:
        raise ModelUnavailable("no memory")


@pytest.fixture
def liking() -> Liking:
    return Liking("otter")


@pytest.fixture
def world(tmp_path: Path, liking: Liking) -> Iterator[World]:
    with open_world(tmp_path, reranker=liking) as opened:
        yield opened


SIGHTED = ("a heron by the lake", "the heron and the otter", "an otter, an otter, by the lake")


def test_what_the_reranker_likes_goes_up_and_why_says_so(world: World) -> None:
    remember(world, *map(said, SIGHTED))

    plain, reranked = ask(world, "heron by the lake", rerank=False), ask(world, "heron by the lake")

    assert texts(plain)[0] == SIGHTED[0]
    assert texts(reranked)[0] == SIGHTED[1]
    liked = next(hit.why[ARM] for hit in reranked.hits if hit.turn.content == SIGHTED[2])
    assert (liked.rank, liked.score) == (1, 2.0)
    assert liked.share > 0
    for hit in reranked.hits:
        assert sum(arm.share for arm in hit.why.values()) == pytest.approx(hit.score, abs=1e-5)
    assert not any(ARM in hit.why for hit in plain.hits)


def test_the_trace_says_who_read_how_many_and_how_long(world: World) -> None:
    remember(world, *map(said, SIGHTED))

    recalled = ask(world, "heron by the lake")

    (stage,) = [each for each in recalled.trace if each.stage.startswith("rerank")]
    assert stage.stage == "rerank(overlap/exact/256; 50 best x 0.5)"
    assert stage.facts["texts"] == len(SIGHTED)
    assert recalled.reranking is not None
    assert recalled.reranking.fell_back is None
    assert recalled.missing_arms == ()
    assert ask(world, "heron", rerank=False).reranking is None


def test_at_most_so_many_are_read_and_each_text_once(world: World, liking: Liking) -> None:
    remember(world, *(said(f"heron number {n}") for n in range(MOST + 30)))
    ask(world, "heron")
    assert len(liking.read) == MOST

    remember(world, *(said("the same heron", speaker=None) for _ in range(3)), stream="again")
    ask(world, "the same heron", where=Filter(streams=("again",)))  # type: ignore[arg-type] # names are text
    assert liking.read == ["the same heron"]


def test_who_speaks_is_read_too(world: World, liking: Liking) -> None:
    remember(world, said("the heron", speaker="Ann"))
    ask(world, "heron")
    assert liking.read == ["Ann: the heron"]


def test_only_what_may_answer_is_read(world: World, liking: Liking) -> None:
    remember(world, said("the heron and the otter", place="Oslo"), said("the heron"))

    recalled = ask(world, "heron", where=Filter(places=("Oslo",)))

    assert liking.read == ["the heron and the otter"]
    assert texts(recalled) == ["the heron and the otter"]


def test_events_follow_their_reranked_turns(world: World) -> None:
    remember(world, said("heron by the lake", at=datetime(2026, 1, 1, tzinfo=UTC)))
    remember(world, said("heron, otter, otter", at=datetime(2026, 3, 1, tzinfo=UTC)), stream="b")
    remember(world, said("an owl"), stream="c")

    recalled = ask(world, "heron by the lake", kind=Kind.EVENT)

    assert texts(recalled)[0] == "heron, otter, otter"


def test_the_newer_still_comes_before_the_older_that_the_reranker_likes(world: World) -> None:
    old, new = "I live in Porto with my otter", "I moved to Lisbon with my cat"
    remember(world, said(old, at=datetime(2026, 1, 1, tzinfo=UTC)))
    remember(world, said(new, at=datetime(2026, 5, 1, tzinfo=UTC)), stream="later")

    newer, older = ask(world, "live in Porto with my cat").hits

    assert (newer.turn.content, older.turn.content) == (new, old)
    assert older.superseded_by is not None


def test_what_is_not_trusted_loses_its_share_of_a_reranked_score_too(world: World) -> None:
    remember(world, said("heron, otter", source=Source.UNTRUSTED))
    remember(world, said("the heron and an otter"), stream="b")
    hit = next(h for h in ask(world, "heron").hits if h.turn.source is Source.UNTRUSTED)

    before = sum(said.share for arm, said in hit.why.items() if arm != "trust")
    assert hit.why["trust"].share == pytest.approx(before * (hit.why["trust"].score - 1), abs=1e-5)
    assert hit.why["trust"].share < 0


def test_several_spaces_are_read_as_one_list(world: World, liking: Liking) -> None:
    remember(world, said("a heron by the lake"))
    remember(world, said("an owl"), stream="other")
    remember(world, said("a heron by an otter"), space=BOB)

    recalled = world.service.recall_together(
        world.admin, [ALICE, BOB], Question("heron by the lake")
    )

    assert sorted(liking.read) == ["a heron by an otter", "a heron by the lake", "an owl"]
    assert recalled.hits[0].space == BOB
    assert all(any(s.stage.startswith("rerank(") for s in t) for t in recalled.traces.values())
    assert recalled.reranking is not None


def test_an_earlier_state_is_reranked_as_it_was(world: World, liking: Liking) -> None:
    written = remember(world, *map(said, SIGHTED[:2]))
    remember(world, said(SIGHTED[2]))
    then = world.service.look_back(world.admin, [ALICE], written.position)

    recalled = world.service.at(then).recall(world.admin, ALICE, Question("heron by the lake"))

    assert sorted(liking.read) == sorted(SIGHTED[:2])
    assert recalled.hits[0].why[ARM].rank in {1, 2}


def test_a_recall_without_a_reranker_is_plain_and_refuses_to_have_one(tmp_path: Path) -> None:
    with open_world(tmp_path) as plain:
        remember(plain, said("a heron"))
        assert ask(plain, "heron").reranking is None
        for rerank in (None, False):
            assert texts(ask(plain, "heron", rerank=rerank)) == ["a heron"]

        with pytest.raises(NoReranker, match="MEMSVC_RERANKER") as refused:
            ask(plain, "heron", rerank=True)
        assert refused.value.field == "rerank"
        with pytest.raises(NoReranker):
            plain.service.recall_together(plain.admin, [ALICE], Question("heron", rerank=True))


def test_a_model_that_cannot_be_run_leaves_the_fused_order(tmp_path: Path) -> None:
    with open_world(tmp_path, reranker=Failing("otter")) as world:
        remember(world, *map(said, SIGHTED))

        plain, recalled = (
            ask(world, "heron by the lake", rerank=False),
            ask(world, "heron by the lake"),
        )

        assert [(hit.turn.id, hit.score) for hit in recalled.hits] == [
            (hit.turn.id, hit.score) for hit in plain.hits
        ]
        assert recalled.reranking is not None
        assert recalled.reranking.fell_back is FellBack.MODEL
        assert recalled.missing_arms == (ARM,)
        assert any(stage.stage == "rerank(fell back: model)" for stage in recalled.trace)


def test_a_late_model_leaves_the_fused_order_and_the_next_recall_does_not_wait(
    tmp_path: Path,
) -> None:
    slow = Slow("otter")
    with open_world(tmp_path, reranker=slow, rerank_wait_s=0.05) as world:
        remember(world, *map(said, SIGHTED))

        first, second = ask(world, "heron by the lake"), ask(world, "heron by the lake")

        assert texts(first) == texts(second) == texts(ask(world, "heron by the lake", rerank=False))
        assert [each.reranking.fell_back for each in (first, second) if each.reranking] == [
            FellBack.TIME,
            FellBack.BUSY,
        ]
        assert any(stage.stage == "rerank(fell back: busy)" for stage in second.trace)
        slow.go_on.set()


def test_while_texts_are_read_others_write_and_what_is_deleted_meanwhile_does_not_answer(
    tmp_path: Path,
) -> None:
    slow = Slow("otter")
    with (
        open_world(tmp_path, reranker=slow, rerank_wait_s=LONG_S) as world,
        ThreadPoolExecutor(1) as other,
    ):
        written = remember(world, *map(said, SIGHTED))
        recalling = other.submit(ask, world, "heron by the lake")
        assert slow.begun.wait(LONG_S)

        world.service.forget.turn(world.admin, ALICE, written.turns[2].id)
        later = remember(world, said("a heron by the lake, later"))
        slow.go_on.set()

        recalled = recalling.result(LONG_S)
        assert SIGHTED[2] not in texts(recalled)
        assert "a heron by the lake, later" in texts(recalled)
        assert recalled.position >= later.position
