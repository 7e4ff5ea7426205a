"""Vectors of tokens: what a model says of each token of a turn, kept beside the turn's own vector.

They are derived: made in the same reading of the model, kept in the same unit of work, deleted with
their turn, and never part of an export. They stay in rows and are read for few turns at a time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.domain.memory import Fingerprint
from memsvc.domain.work import Step
from memsvc.ports.indexes import Numbers
from memsvc.ports.models import Tokens
from memsvc.ports.vectors import Keys


class TokensOf(NamedTuple):
    """The vectors of some turns one after the other; keys ascending.

    `counts` says how many are whose; a turn without words has 0.
    """

    keys: Keys
    counts: Numbers
    vectors: Tokens


class TokenReader(Protocol):
    """Reads vectors of tokens."""

    def of(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> TokensOf:
        """Return those of these turns that are kept from this model and projection."""
        ...


class TokenWriter(TokenReader, Protocol):
    """Reads and keeps vectors of tokens."""

    def put(
        self, space: SpaceKey, found: Mapping[TurnKey, Tokens], *, fingerprint: Fingerprint
    ) -> None:
        """Keep the vectors of these turns, in place of those that they have of this model."""
        ...

    def owe_missing(
        self, fingerprint: Fingerprint, *, now: datetime, step: Step = Step.EMBED
    ) -> int:
        """Owe to every turn, of every space, the reading that gives what it lacks of this model.

        Under the step that makes those of the model by which spaces are recalled, the others' go.
        Returns how many turns that are.
        """
        ...
