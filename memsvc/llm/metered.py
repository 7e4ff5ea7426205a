"""A `LanguageModel` that counts: asks, tokens, seconds and what came to nothing, by its kind."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Literal

from typing_extensions import override

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm.around import Around
from memsvc.ports.language import Ask, LanguageModel, Odds, Reply, Unanswered

Trouble = Literal["late", "unanswered", "unavailable"]
"""Time ran out; the model is there and gave no answer; it could not be asked at all."""

TROUBLES: tuple[Trouble, ...] = ("late", "unanswered", "unavailable")


@dataclass(frozen=True, slots=True)
class Tally:
    """What was asked of a model so far, and spent: tokens as far as they were told."""

    asks: int = 0
    read: int = 0
    written: int = 0
    seconds: float = 0.0
    troubles: Counter[Trouble] = field(default_factory=Counter)


class Metered(Around):
    """A `LanguageModel` that does what the one behind it does, and counts."""

    def __init__(self, model: LanguageModel) -> None:
        super().__init__(model)
        self._tally = Tally()
        self._lock = Lock()

    @property
    def tally(self) -> Tally:
        """What was counted until now."""
        with self._lock:
            return self._tally

    @override
    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        """Return what comes of each ask, in their order. Raises `ModelUnavailable`."""
        with _Stopwatch(self, len(asks)):
            found = self._model.replies(asks, within_s=within_s)
        self._came(found)
        return found

    @override
    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        """Yield the answer piece by piece. Raises `ModelUnavailable` before the first."""
        with _Stopwatch(self, 1):
            for piece in self._model.stream(ask, within_s=within_s):
                if not isinstance(piece, str):
                    self._came((piece,))
                yield piece

    @override
    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        """Return the odds of each choice. Raises `ModelUnavailable`."""
        with _Stopwatch(self, len(asks)):
            return self._model.odds(asks, choices, within_s=within_s)

    def add(
        self,
        *,
        asks: int = 0,
        read: int = 0,
        written: int = 0,
        seconds: float = 0.0,
        troubles: Sequence[Trouble] = (),
    ) -> None:
        """Count something more."""
        with self._lock:
            now = self._tally
            self._tally = Tally(
                now.asks + asks,
                now.read + read,
                now.written + written,
                now.seconds + seconds,
                now.troubles + Counter(troubles),
            )

    def _came(self, found: Sequence[Reply | Unanswered]) -> None:
        spent = [one.spent for one in found if isinstance(one, Reply)]
        self.add(
            read=sum(one.read or 0 for one in spent),
            written=sum(one.written or 0 for one in spent),
            troubles=[
                "late" if one.is_late else "unanswered"
                for one in found
                if isinstance(one, Unanswered)
            ],
        )


class _Stopwatch:
    """Counts asks, the time that they took together, and that they could not be asked."""

    def __init__(self, metered: Metered, asks: int) -> None:
        self._metered = metered
        self._asks = asks
        self._begun = 0.0

    def __enter__(self) -> None:
        self._begun = monotonic()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        is_unavailable = kind is not None and issubclass(kind, ModelUnavailable)
        self._metered.add(
            asks=self._asks,
            seconds=monotonic() - self._begun,
            troubles=["unavailable"] * self._asks if is_unavailable else (),
        )
