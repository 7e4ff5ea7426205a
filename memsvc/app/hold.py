"""Hold: put the turns of a write into quarantine that the space's admission policy stops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from memsvc.app.append import Author
from memsvc.app.fingerprints import content_digest, held_digest
from memsvc.app.screen import Screened
from memsvc.domain.admission import Reason
from memsvc.domain.errors import TurnConflict
from memsvc.domain.ids import Position, StreamName, TurnId
from memsvc.domain.ledger import Change
from memsvc.domain.memory import NewTurn, Space
from memsvc.domain.quarantine import Held, HeldNote, KnownHeld
from memsvc.ports.keeping import Unit
from memsvc.ports.records import EntryDraft, KnownTurn
from memsvc.ports.world import Ids


@dataclass(frozen=True, slots=True)
class HeldTurn:
    """A turn that was held and not kept: which of the request's it is, and why.

    `id` is what it is decided on by, and the turn's own id once it is released.
    """

    index: int
    id: TurnId
    client_id: str | None
    reasons: tuple[Reason, ...]
    position: Position
    replayed: bool


class Stopped(NamedTuple):
    """A turn that is to be held, with its place in the request and the digest of its content.

    `note` is what it is besides, if that is one.
    """

    place: int
    turn: NewTurn
    digest: bytes
    reasons: tuple[Reason, ...]
    note: HeldNote | None = None


def waiting(
    unit: Unit, space: Space, stream: StreamName, turns: Sequence[NewTurn], screened: Screened
) -> Mapping[str, KnownHeld]:
    """Return what is held already under the client ids of these turns.

    Nothing is asked where nothing was looked at. Raises `TurnConflict` for other content.
    """
    if not screened.is_looked_at:
        return {}
    named = {turn.client_id: turn for turn in turns if turn.client_id is not None}
    found = unit.quarantine.known(space.key, stream, list(named)) if named else {}
    for client_id, held in found.items():
        if held.content_digest != content_digest(named[client_id]):
            raise TurnConflict(client_id)
    return found


def stopped(
    turns: Sequence[NewTurn],
    screened: Screened,
    known: Mapping[str, KnownTurn],
    held: Mapping[str, KnownHeld],
    echoes: Mapping[int, TurnId] | None = None,
) -> list[Stopped]:
    """Return the turns that are to be held: not those that the stream or quarantine has already.

    `echoes` are by their places those that repeat an earlier turn, and which; what is held keeps
    it for when it is released. Raises `TurnConflict` for a known id with other content.
    """
    digests = {client_id: turn.content_digest for client_id, turn in known.items()}
    found = []
    for place, reasons in screened.reasons.items():
        turn = replace(turns[place], echo_of=(echoes or {}).get(place))
        digest = content_digest(turn)
        if turn.client_id is None or turn.client_id not in {**digests, **held}:
            found.append(Stopped(place, turn, digest, reasons))
        elif digests.get(turn.client_id, digest) != digest:
            raise TurnConflict(turn.client_id)
        if turn.client_id is not None:
            digests[turn.client_id] = digest
    return found


def hold(
    unit: Unit,
    space: Space,
    stream: StreamName,
    found: Sequence[Stopped],
    *,
    title: str | None,
    author: Author,
    ids: Ids,
) -> list[HeldTurn]:
    """Put these into quarantine and enter it."""
    if not found:
        return []
    first = unit.ledger.next_position(space.key)
    held = [
        Held(
            id=TurnId(ids.new("t")),
            stream=stream,
            turn=one.turn,
            title=title,
            user_id=author.user_id,
            agent_id=author.agent_id,
            reasons=one.reasons,
            actor=author.actor,
            at=author.now,
            position=Position(first + number),
            content_digest=one.digest,
            note=one.note,
        )
        for number, one in enumerate(found)
    ]
    unit.quarantine.hold(space.key, held)
    entries = [
        EntryDraft(Change.TURN_HELD, each.id, held_digest(each, secret=space.secret))
        for each in held
    ]
    unit.ledger.append(space.key, entries, actor=author.actor, at=author.now)
    return [
        HeldTurn(one.place, each.id, one.turn.client_id, one.reasons, each.position, replayed=False)
        for one, each in zip(found, held, strict=True)
    ]


def told(
    turns: Sequence[NewTurn], now_held: Sequence[HeldTurn], before: Mapping[str, KnownHeld]
) -> tuple[HeldTurn, ...]:
    """Return everything of a request that is held, in its order, replays too."""
    by_place = {each.index: each for each in now_held}
    by_client_id = {each.client_id: each for each in now_held if each.client_id is not None}
    for place, turn in enumerate(turns):
        if place in by_place or turn.client_id is None:
            continue
        if turn.client_id in by_client_id:
            by_place[place] = replace(by_client_id[turn.client_id], index=place, replayed=True)
        elif turn.client_id in before:
            held = before[turn.client_id]
            reasons = tuple(held.reasons)
            by_place[place] = HeldTurn(
                place, held.id, turn.client_id, reasons, held.position, replayed=True
            )
    return tuple(by_place[place] for place in sorted(by_place))


def read_held(answer: Mapping[str, Any]) -> HeldTurn:
    """Read again what an answer said of something held."""
    return HeldTurn(**{**answer, "reasons": tuple(Reason(**why) for why in answer["reasons"])})
