"""Stand as then: have whole spaces stand as they stood at a position or a time, held to a digest.

For a store that is restored, before anybody uses it: unlike a rollback of a space in use, turns
that came since go as well, and so do spaces that began since. The digest of all that stood is taken
as of then, first, and what stands afterwards must have the same. What was forgotten since the
position is in neither: its rows are gone from the store, and stay gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from memsvc.app.forget import Forget
from memsvc.app.inspect import Inspect
from memsvc.app.roll_back import RollBack
from memsvc.app.state_digest import TakeDigest
from memsvc.app.then import ClockThen, LookBack
from memsvc.domain.access import Access
from memsvc.domain.errors import CopyDiffers
from memsvc.domain.ids import Position, SpaceName
from memsvc.domain.memory import Space, pages
from memsvc.domain.rollback import Goal, Undoing
from memsvc.ports.keeping import Keeping
from memsvc.ports.world import Clock

PAGE = 500


@dataclass(frozen=True, slots=True)
class Stands:
    """A space that stands as it stood at `to`; its ledger goes on from there to `position`.

    `to` is None for a space that began later and is gone. `undone` counts what was changed.
    """

    space: SpaceName
    to: Position | None
    position: Position | None
    digest: bytes
    undone: int


@dataclass(frozen=True, slots=True)
class StandAsThen:
    """The use case, with what it needs."""

    keeping: Keeping
    inspect: Inspect
    look_back: LookBack
    roll_back: RollBack
    forget: Forget
    clock: Clock

    def __call__(
        self, access: Access, space: SpaceName | None, to: int | datetime
    ) -> Sequence[Stands]:
        """Have a space stand as it stood, or for None every space as of a time.

        Each is a unit of its own, so this is for a store that is thrown away when it fails. Raises
        `SpaceNotFound`, `InvalidField` for a position that the ledger has not reached and for a
        time before the one space began, and `CopyDiffers` where a space cannot stand as it stood:
        a document was rewritten since, and what it had replaced is gone.
        """
        if space is not None:
            return [self._stand(access, space, to)]
        found = []
        for each in self._spaces(access):
            if isinstance(to, datetime) and each.created_at > to:
                self.forget.space(access, each.name)
                found.append(Stands(each.name, None, None, b"", 0))
            else:
                found.append(self._stand(access, each.name, to))
        return found

    def _stand(self, access: Access, space: SpaceName, to: int | datetime) -> Stands:
        # Both digests are taken at one moment, so that nothing expires in between.
        clock = ClockThen(self.clock.latest())
        then = self.look_back(access, [space], to)
        stood = TakeDigest(then.keeping, clock)(access, space)
        target = then.positions[space]
        done = self.roll_back(
            access,
            space,
            Goal(to=target, with_turns=True, reason=f"Restored as of position {target}."),
            dry_run=False,
        )
        stands = TakeDigest(self.keeping, clock)(access, space)
        if stands.digest != stood.digest:
            kinds = [kind for kind, part in stands.parts.items() if part != stood.parts[kind]]
            kept = any(one.undoing is Undoing.KEPT for one in done.undone)
            why = ", as a document was rewritten since and what it replaced is gone" if kept else ""
            raise CopyDiffers(
                f"The space {space!r} cannot stand as it stood at position {target} (its parts "
                f"{', '.join(kinds)} differ{why}); name another position, or an earlier backup."
            )
        undone = sum(one.undoing is not Undoing.KEPT for one in done.undone)
        return Stands(space, target, done.position, stands.digest, undone)

    def _spaces(self, access: Access) -> list[Space]:
        walk = pages(lambda cursor: self.inspect.spaces(access, after=cursor, limit=PAGE))
        return [each.space for page in walk for each in page.items]
