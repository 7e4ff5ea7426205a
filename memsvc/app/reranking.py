"""Reranking: the best candidates are read by a model before the recall makes hits of them.

A model takes long, and indexes that are lent hold up whoever writes. So candidates are looked for
twice: once to see whom to read, and once more, when they were read and nothing was lent meanwhile,
for the answer, into which what was read goes by the turns' keys. What was deleted in between is
gone, what was written is there unread; a turn's text never changes.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import perf_counter
from typing import TypeAlias

import structlog

from memsvc.app.hits import Room
from memsvc.domain.errors import ModelUnavailable, NoReranker, RerankerBusy, RerankerLate
from memsvc.domain.memory import Turn
from memsvc.domain.recall import FellBack, Question, Reranking
from memsvc.ports.models import Reranker
from retrieval.pool import Pool
from retrieval.rerank import ARM, Rerank, before_and_after, fell_back, read, to_read
from retrieval.stage import Recipe

log = structlog.get_logger(__name__)

Opened: TypeAlias = Callable[[], AbstractContextManager[tuple[Recipe, Sequence[Room]]]]
"""Lends the spaces that are asked, with their recipe, for as long as candidates are looked for."""

REASONS = {
    RerankerLate: FellBack.TIME,
    RerankerBusy: FellBack.BUSY,
    ModelUnavailable: FellBack.MODEL,
}


@dataclass(frozen=True, slots=True)
class Rereading:
    """Has candidates read by a reranker, if there is one, within a time."""

    reranker: Reranker | None
    limit_s: float

    def wants(self, question: Question) -> bool:
        """Tell whether this question's candidates are read. Raises `NoReranker`."""
        if question.rerank and self.reranker is None:
            raise NoReranker("rerank")
        return self.reranker is not None and question.rerank is not False

    def __call__(self, question: Question, *, opened: Opened) -> Rerank | None:
        """Return what was read of a recipe's best candidates, as a stage of it, and what that took.

        None where nothing is to be read. What takes too long or fails leaves the order as it is and
        says so in the stage. Raises `NoReranker` where one is asked for in vain.
        """
        if not self.wants(question) or self.reranker is None:
            return None
        with opened() as (recipe, asked):
            rankings = before_and_after(recipe)[0].run_together([room.ask for room in asked])
            pools = [ranking.pool for ranking in rankings]
            texts = {
                key: text
                for room, keys in zip(asked, to_read(pools), strict=True)
                for key, text in _texts(room, keys.tolist()).items()
            }
        return self._read(self.reranker, question.text, pools, texts)

    def _read(
        self, reranker: Reranker, question: str, pools: Sequence[Pool], texts: dict[int, str]
    ) -> Rerank:
        # Each text once, so that those who say the very same are told the very same.
        different = list(dict.fromkeys(texts.values()))
        begun = perf_counter()
        try:
            scores = reranker.scores(question, different, within_s=self.limit_s)
        except (RerankerLate, RerankerBusy, ModelUnavailable) as error:
            why = REASONS[type(error)]
            log.warning("recall.without_reranker", why=why.value, texts=len(different))
            took_s = perf_counter() - begun
            return fell_back(reranker.fingerprint, why, texts=len(different), took_s=took_s)
        reranking = Reranking(len(different), perf_counter() - begun)
        by_text = dict(zip(different, scores.tolist(), strict=True))
        said = {key: by_text[text] for key, text in texts.items()}
        return Rerank(reranker.fingerprint, read(pools, said), reranking)


def unread(reread: Rerank | None) -> tuple[str, ...]:
    """Return what the reranker is called if it was to have its word and had none."""
    return () if reread is None or reread.reranking.fell_back is None else (ARM,)


def _texts(room: Room, keys: Sequence[int]) -> dict[int, str]:
    """Return what is to be read of turns, by their keys; those that are gone by now are not."""
    rows = room.turns(keys)
    return {key: _text(rows[key]) for key in keys if key in rows}


def _text(turn: Turn) -> str:
    """Return a turn after who speaks, if that is a name: who said it may be what is asked."""
    return turn.content if turn.speaker is None else f"{turn.speaker}: {turn.content}"
