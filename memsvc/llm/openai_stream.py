"""An answer that is written piece by piece: read by a thread of its own, and given up in time."""

from collections.abc import Iterator
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic

import httpx

from memsvc.domain.errors import MemsvcError
from memsvc.llm.at_once import AtOnce
from memsvc.llm.openai_form import Streamed, events
from memsvc.llm.openai_offers import CHAT
from memsvc.llm.openai_sending import Failed, Garbled, Refused, Sending, pieces
from memsvc.ports.language import Reply, Unanswered

LATE = Unanswered("time ran out", is_late=True)


class Writing:
    """An answer that is being written, by a thread that ends with it or when nobody reads on."""

    def __init__(self, sending: Sending, at_once: AtOnce, until: float) -> None:
        self._sending = sending
        self._at_once = at_once
        self._until = until
        self._pieces: SimpleQueue[str | Reply | Unanswered | MemsvcError] = SimpleQueue()
        self._closed = Event()

    def begin(self, body: dict[str, object]) -> None:
        """Ask, and let the pieces come."""
        Thread(target=self._run, args=(body,), name="memsvc-model", daemon=True).start()

    def close(self) -> None:
        """Have the writing end at the next piece."""
        self._closed.set()

    def __iter__(self) -> Iterator[str | Reply | Unanswered]:
        while True:
            try:
                piece = self._pieces.get(timeout=max(0.0, self._until - monotonic()))
            except Empty:
                piece = LATE
            if isinstance(piece, MemsvcError):
                raise piece
            yield piece
            if not isinstance(piece, str):
                return

    def _run(self, body: dict[str, object]) -> None:
        last: Reply | Unanswered | MemsvcError = Unanswered("its answer broke off")
        try:
            with self._at_once.room(until=self._until) as has_room:
                last = self._asked(body) if has_room else LATE
        except MemsvcError as error:
            last = error
        except httpx.RequestError as error:
            is_late = isinstance(error, httpx.TimeoutException) and monotonic() >= self._until
            last = LATE if is_late else Unanswered(f"its answer broke off ({error})")
        except Garbled as error:
            last = Unanswered(str(error))
        finally:
            self._pieces.put(last)

    def _asked(self, body: dict[str, object]) -> Reply | Unanswered:
        begun = monotonic()
        streamed = Streamed()

        def take(response: httpx.Response) -> None:
            for event in events(pieces(response, until=self._until)):
                if self._closed.is_set():
                    return
                added = streamed.take(event)
                if added:
                    self._pieces.put(added)

        found = self._sending.streamed(CHAT, body, until=self._until, take=take)
        if found is None:
            return _ended(streamed, seconds=monotonic() - begun)
        if isinstance(found, Refused) and "stream_options" in body:
            # Older servers know of streams and not of their options.
            return self._asked({k: v for k, v in body.items() if k != "stream_options"})
        if isinstance(found, Failed) and found.is_unreachable:
            raise self._sending.unreachable(found.why)
        return unanswered(found)


def unanswered(found: Refused | Failed) -> Unanswered:
    """Return what came of an ask that came to nothing."""
    return Unanswered(found.why, is_late=isinstance(found, Failed) and found.is_late)


def _ended(streamed: Streamed, *, seconds: float) -> Reply | Unanswered:
    if streamed.error is not None:
        return Unanswered(f"the server broke off ({streamed.error})")
    if streamed.ended is None:
        return Unanswered("its answer broke off")
    return streamed.reply(seconds=seconds)
