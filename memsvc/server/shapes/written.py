"""A write of turns: what is to be written, and where it went."""

from memsvc.app.remember import Batch, Written
from memsvc.domain.ids import SpaceName, StreamName, TurnId
from memsvc.domain.memory import NewTurn, Source
from memsvc.sdk import wire
from memsvc.server.quarantine_shapes import held_turn_shape

SOURCE_OF_ROLE = {
    "assistant": Source.AGENT,
    "agent": Source.AGENT,
    "ai": Source.AGENT,
    "tool": Source.TOOL,
    "function": Source.TOOL,
    "document": Source.DOCUMENT,
}
"""Where words come from when the writer does not say; every other role is a user."""


def batch_from(stream: str, body: wire.WriteTurns) -> Batch:
    """Return what a write asks to keep."""
    return Batch(
        stream=StreamName(stream),
        turns=tuple(_turn_from(turn) for turn in body.turns),
        user_id=body.user_id,
        agent_id=body.agent_id,
        title=body.title,
        embed_later=body.embed == "later",
    )


def _turn_from(turn: wire.NewTurn) -> NewTurn:
    return NewTurn(
        role=turn.role,
        content=turn.content,
        speaker=turn.speaker,
        client_id=turn.id,
        at=turn.at,
        place=turn.place,
        source=turn.source or SOURCE_OF_ROLE.get(turn.role.lower(), Source.USER),
        metadata=turn.metadata,
        expires_at=turn.expires_at,
        echo_of=None if turn.echo_of is None else TurnId(turn.echo_of),
    )


def written_shape(space: SpaceName, stream: str, written: Written) -> wire.Written:
    """Return where each turn of a write went."""
    return wire.Written(
        space=space,
        stream=stream,
        turns=[
            wire.WrittenTurn(
                id=turn.id,
                client_id=turn.client_id,
                seq=turn.seq,
                position=turn.position,
                replayed=turn.replayed,
            )
            for turn in written.turns
        ],
        position=written.position,
        embedded=written.embedded,
        lag_s=written.lag_s,
        replayed=written.replayed,
        events=list(written.events),
        held=[held_turn_shape(held) for held in written.held],
    )
