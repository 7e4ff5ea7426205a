"""Laps: where the time of one recall goes, part by part, so that nobody has to guess.

The parts follow each other without a gap, so they add up to the whole.
"""

from collections.abc import Mapping
from time import perf_counter

from memsvc.domain.recall import RecallPart


class Laps:
    """A watch that begins to run when it is made."""

    def __init__(self) -> None:
        self._begun = perf_counter()
        self._took_s: dict[RecallPart, float] = {}

    def end(self, part: RecallPart) -> None:
        """Count what has passed since the part before as this one's."""
        now = perf_counter()
        self._took_s[part] = self._took_s.get(part, 0.0) + now - self._begun
        self._begun = now

    @property
    def took_s(self) -> Mapping[RecallPart, float]:
        """What each part has taken so far, in seconds."""
        return dict(self._took_s)
