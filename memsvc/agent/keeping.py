"""Both sides of a turn, as memory keeps them.

The user's side is written before the model is asked, so that nothing that happens to the answer can
lose it. The answer is written whole or not at all, as an agent's, without its handles. What of it
only repeats memory is marked as an echo there, and one that is too short for the service to tell is
named as one here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from memsvc.domain.errors import DuplicateTurn, SecretRefused, TextRejected, TooManyTurns
from memsvc.domain.memory import Source
from memsvc.sdk.client import Space
from memsvc.sdk.wire import NewTurn

REFUSALS = (DuplicateTurn, SecretRefused, TextRejected, TooManyTurns)
"""What a space's admission policy may refuse: then a conversation goes on and is not kept."""


class Keeper:
    """Writes into one stream of a space, in the name of one user and one agent."""

    def __init__(
        self, space: Space, stream: str, *, user_id: str | None, agent_id: str | None
    ) -> None:
        self._space = space
        self._stream = stream
        self._by: Mapping[str, Any] = {"user_id": user_id, "agent_id": agent_id}

    def user(self, text: str, *, speaker: str | None) -> tuple[str | None, str | None]:
        """Keep what the user says; return the turn's id, or None and why it is not kept."""
        turn = NewTurn(content=text, role="user", source=Source.USER, speaker=speaker)
        return self._written(turn)

    def answer(
        self, text: str, *, echo_of: str | None, metadata: Mapping[str, Any]
    ) -> tuple[str | None, str | None]:
        """Keep an answer; return the turn's id, or None and why it is not kept."""
        turn = NewTurn(
            content=text,
            role="assistant",
            source=Source.AGENT,
            metadata=dict(metadata),
            echo_of=echo_of,
        )
        return self._written(turn)

    def _written(self, turn: NewTurn) -> tuple[str | None, str | None]:
        try:
            written = self._space.write(self._stream, [turn], **self._by)
        except REFUSALS as error:
            return None, error.detail
        if written.held:
            reasons: Sequence[str] = [why.explanation for why in written.held[0].reasons]
            return None, f"It waits in quarantine: {'; '.join(reasons)}"
        return written.turns[0].id, None
