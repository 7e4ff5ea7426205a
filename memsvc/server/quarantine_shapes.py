"""Between the shapes of quarantine and what the use cases speak, as `shapes` does for the rest."""

from collections.abc import Sequence

from memsvc.app import quarantine as app
from memsvc.app.hold import HeldTurn
from memsvc.domain import quarantine as domain
from memsvc.domain.admission import Reason
from memsvc.sdk import wire
from memsvc.sdk.quarantine import Decided, HeldInfo, HeldNote


def held_shape(held: domain.Held) -> HeldInfo:
    """Return what is held."""
    turn = held.turn
    return HeldInfo(
        id=held.id,
        stream=held.stream,
        client_id=turn.client_id,
        role=turn.role,
        speaker=turn.speaker,
        content=turn.content,
        at=held.happened_at,
        held_at=held.at,
        place=turn.place,
        source=turn.source,
        user_id=held.user_id,
        agent_id=held.agent_id,
        metadata=dict(turn.metadata or {}),
        expires_at=turn.expires_at,
        echo_of=turn.echo_of,
        reasons=_reasons(held.reasons),
        actor=held.actor,
        position=held.position,
        note=None if held.note is None else _note(held.note),
    )


def held_turn_shape(held: HeldTurn) -> wire.HeldTurn:
    """Return what a write says of a turn that it did not keep."""
    return wire.HeldTurn(
        index=held.index,
        id=held.id,
        client_id=held.client_id,
        reasons=_reasons(held.reasons),
        position=held.position,
        replayed=held.replayed,
    )


def decided_shape(decided: app.Decided) -> Decided:
    """Return what was decided."""
    return Decided(id=decided.id, ruling=decided.ruling, position=decided.position)


def _note(note: domain.HeldNote) -> HeldNote:
    facets = note.facets
    return HeldNote(
        id=note.id,
        keywords=list(facets.keywords),
        tags=list(facets.tags),
        context=facets.context,
    )


def _reasons(reasons: Sequence[Reason]) -> list[wire.HeldReason]:
    return [wire.HeldReason(rule=reason.rule, explanation=reason.explanation) for reason in reasons]
