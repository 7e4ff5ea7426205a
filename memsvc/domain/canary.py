"""Canaries: sentences that stand nowhere else, so that finding one says where something leaked.

The idea is that of copyright traps: whoever meets one of these words outside the space it was
planted in has met what leaked from there. So that no filter can know them, nothing about them is
fixed but that they are made of letters: how many words, how long, which letters and where the
token stands are all drawn from the seed. The registry keeps the seed and never the words, so that
it does not hold what is looked for.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from memsvc.domain.ids import CanaryId, SpaceKey, SpaceName, StreamName, TurnId

STREAM = StreamName("canaries")
ROLE = "canary"

MOST_AT_ONCE = 20

_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnprstvwz"
_TOKEN_LETTERS = 22
_STEMMED = 6
"""Letters at its end by which no store is asked for a token, since stemming may take some off."""


@dataclass(frozen=True)
class Words:
    """What a seed of 32 random bytes says: a sentence, and the token in it."""

    seed: bytes

    @cached_property
    def _drawn(self) -> list[str]:
        drawn = hashlib.shake_256(self.seed).digest(256)
        lengths = [8 + byte % 7 for byte in drawn[1 : 5 + drawn[0] % 6]]
        lengths.insert(drawn[8] % (len(lengths) + 1), _TOKEN_LETTERS)
        letters = iter(drawn[16:])
        return [_word(letters, length) for length in lengths]

    @property
    def token(self) -> str:
        """The word by which it is known: 22 letters, of which there are more than 10^18."""
        return max(self._drawn, key=len)

    @property
    def sentence(self) -> str:
        """The sentence as it is planted."""
        return " ".join(self._drawn).capitalize() + "."

    @property
    def needle(self) -> str:
        """What is looked for: what every form of the token holds, in lower case."""
        return self.token[:-_STEMMED]


def _word(letters: Iterator[int], length: int) -> str:
    return "".join(
        (_CONSONANTS, _VOWELS)[place % 2][next(letters) % (18, 5)[place % 2]]
        for place in range(length)
    )


@dataclass(frozen=True, slots=True)
class Canary:
    """A canary as the registry knows it, also when its turn or its space is gone."""

    id: CanaryId
    planted_in: SpaceKey
    space: SpaceName
    turn: TurnId
    seed: bytes
    digest: bytes
    planted_at: datetime
    actor: str
    stands: bool
    """Whether its turn is where it was planted."""

    @property
    def words(self) -> Words:
        """What it says."""
        return Words(self.seed)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A canary met where it should not be: in a table or file, in so many rows.

    `space` is whose rows they are; None where rows belong to no space, or to none that is left.
    """

    canary: Canary
    where: str
    space: SpaceName | None
    rows: int
