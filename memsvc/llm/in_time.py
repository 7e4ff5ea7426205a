"""A reranker that answers in time: one model, one thread, and nobody waits longer than they said.

A model cannot be stopped in the middle of a run. So it runs in a thread of its own, one question
after the other, and whoever asks waits there no longer than the limit. What comes later is thrown
away. While such a late run goes on, those who ask are told so at once instead of waiting behind it;
those who wait already give up at their own limits, and what nobody waits for is not begun.
"""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic

from memsvc.domain.errors import RerankerBusy, RerankerLate
from memsvc.ports.models import Reranker, Worths


class InTime:
    """A `Reranker` that returns within the time it is given, whatever the one behind it does."""

    def __init__(self, reranker: Reranker, thread: ThreadPoolExecutor) -> None:
        """`thread` must have one worker: the model's."""
        self._reranker = reranker
        self._thread = thread
        self._late: Future[Worths] | None = None
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """That of the reranker behind it."""
        return self._reranker.fingerprint

    def scores(self, question: str, texts: Sequence[str], *, within_s: float) -> Worths:
        """Return one score a text, in their order: shape (n,) float32; (0,) for no text.

        Raises `RerankerBusy` at once while a late run goes on, `RerankerLate` after `within_s`, and
        what the reranker behind it raises.
        """
        with self._lock:
            if self._late is not None and not self._late.done():
                raise RerankerBusy
            begun = self._thread.submit(
                self._run, question, tuple(texts), until=monotonic() + within_s
            )
        try:
            return begun.result(timeout=within_s)
        except TimeoutError as error:
            if not begun.cancel():  # it runs, or is done this very moment
                with self._lock:
                    self._late = begun
            raise RerankerLate(within_s) from error

    def _run(self, question: str, texts: Sequence[str], *, until: float) -> Worths:
        return self._reranker.scores(question, texts, within_s=until - monotonic())


@contextmanager
def in_time(reranker: Reranker) -> Iterator[InTime]:
    """Lend a reranker with a thread of its own; what still runs at the end is not waited for."""
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="memsvc-reranker")
    try:
        yield InTime(reranker, thread)
    finally:
        thread.shutdown(wait=False, cancel_futures=True)
