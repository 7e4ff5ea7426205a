"""Anyway: a caller who asks by the recipe `profile` knows better than a rule what is wanted.

`retrieval.standing` reads off a question whether it is a request, and rules over words miss some:
"Which tea does she like?" is none, and yet asks for what was stated. These are its stages for
questions of which the caller says so.
"""

from dataclasses import dataclass, replace

from typing_extensions import override

from memsvc.domain.asking import Wanted
from retrieval.pool import Ask, Pool
from retrieval.standing import Stand, Standing


@dataclass(frozen=True, slots=True)
class StandAnyway(Stand):
    """Add what a user prefers and has ruled, whatever the question seems to want."""

    @override
    def describe(self) -> str:
        """Say so, and how many of either it may add."""
        return f"stand(preferences and instructions, anyway; {self.limit} at most)"

    @override
    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the candidates with those turns."""
        return Stand.run(self, _as_request(ask), pool)


@dataclass(frozen=True, slots=True)
class StandingAnyway(Standing):
    """Put the best preferences and instructions right above a hit, whatever seems wanted."""

    @override
    def describe(self) -> str:
        """Say so, how many of either, and above which hit."""
        return (
            f"standing({self.most} preferences and {self.most} instructions above hit "
            f"{self.above}, anyway)"
        )

    @override
    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Raise them as far as they stand below."""
        return Standing.run(self, _as_request(ask), pool)


def _as_request(ask: Ask) -> Ask:
    return replace(ask, wanted=ask.wanted | {Wanted.ADVICE})
