"""A data set's space in a service: made, filled with its sessions, and deleted again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from memsvc.evals.datasets.dataset import Asked, Utterance
from memsvc.sdk.client import Client, Space
from memsvc.sdk.wire import NewTurn


@contextmanager
def passing_space(client: Client, name: str) -> Iterator[Space]:
    """Make a space and delete it afterwards, whatever happens in between."""
    space = client.space(name)
    space.make()
    try:
        yield space
    finally:
        space.delete()


def write_sessions(
    space: Space, asked: Asked, *, metadata: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, str]:
    """Write every session as a stream and return the data's own turn ids by the service's.

    `metadata` is what turns carry, by the data's ids.
    """
    own_ids: dict[str, str] = {}
    for session in asked.sessions:
        turns = [_new_turn(turn, (metadata or {}).get(turn.id)) for turn in session.turns]
        written = space.write(session.name, turns, title=session.title)
        own_ids.update(
            (kept.id, turn.id) for kept, turn in zip(written.turns, session.turns, strict=True)
        )
    return own_ids


def _new_turn(turn: Utterance, metadata: Mapping[str, Any] | None) -> NewTurn:
    new = NewTurn(id=turn.id, role=turn.role, speaker=turn.speaker, content=turn.text, at=turn.at)
    return new if metadata is None else new.model_copy(update={"metadata": dict(metadata)})
