"""Rolling back, and digests of what stands."""

from fastapi import APIRouter

from memsvc.domain import rollback as domain
from memsvc.domain.ids import RunId, SpaceName
from memsvc.sdk.rollbacks import RollBack, RolledBack, StateDigest, StatePart, Undone
from memsvc.server.deps import Asking, problems
from memsvc.server.queries import PastAsked, SpacePath

router = APIRouter(prefix="/v1/spaces/{space}", tags=["rollback"])


@router.post("/rollback", responses=problems(400, 403, 404, 413, 429), summary="Roll back")
def roll_back(asking: Asking, space: SpacePath, body: RollBack) -> RolledBack:
    """Needs an admin for a position or time, and a writer for a run.

    Metadata and places of turns, settings, merges, facts, notes, links and titles of events stand
    again as they stood; each change is an ordinary ledger entry, all in one unit before an entry
    `space.rolled_back`. What was forgotten stays forgotten. Rolling back to `before` undoes it, but
    for deleted turns.
    """
    goal = domain.Goal(
        to=body.to,
        run=None if body.run is None else RunId(body.run),
        with_turns=body.include_turns,
        reason=body.reason,
    )
    done = asking.service.roll_back(asking.access, SpaceName(space), goal, dry_run=body.dry_run)
    return RolledBack(
        dry_run=done.is_dry,
        to=done.to,
        run=done.run,
        before=done.before,
        position=done.position,
        changes=[_undone(one) for one in done.undone],
    )


@router.get("/digest", responses=problems(404), summary="Take the digest of what stands")
def take_digest(asking: Asking, space: SpacePath, query: PastAsked) -> StateDigest:
    """Of turns, settings, merges, facts, feedback, notes, links, events and their titles.

    It reads all of them.

    Keyed with the space's secret: it can be compared with other digests of the same space alone.
    """
    taken = asking.at(space, query.as_of).take_digest(asking.access, SpaceName(space))
    return StateDigest(
        digest=taken.digest.hex(),
        position=taken.position,
        parts={
            thing: StatePart(count=part.count, digest=part.digest.hex())
            for thing, part in taken.parts.items()
        },
    )


def _undone(one: domain.Undone) -> Undone:
    return Undone(
        thing=one.thing,
        id=one.id,
        undoing=one.undoing,
        before=None if one.before is None else one.before.hex(),
        after=None if one.after is None else one.after.hex(),
    )
