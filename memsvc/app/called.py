"""What entities are called: through merges, by turns that stand, and by names that were given.

A given name is one that somebody gave by a rename. Where no turn writes it, the entity is known to
turns by another one, and by that a merge of it goes: so it is gone with the turns that name it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from memsvc.domain.errors import EntityNotFound, MergeConflict
from memsvc.domain.knowledge import Merge, meaning_the_same, meant
from memsvc.domain.memory import Space, Standing
from memsvc.ingest.extract.mention import normal
from memsvc.ports.keeping import Reading


class Pointer(NamedTuple):
    """A merge as it is wanted: `Merge` without its id and place."""

    name: str
    into: str
    spelled: str | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """The merges that are there, and which names turns write that have not expired."""

    merges: Sequence[Merge]
    named: Collection[str]

    @property
    def renames(self) -> list[Merge]:
        """The merges by which names were given."""
        return [one for one in self.merges if one.spelled is not None]

    @property
    def unwritten(self) -> list[Merge]:
        """Those of them whose name no turn writes."""
        return [one for one in self.renames if one.into not in self.named]

    def written(self, name: str) -> str | None:
        """Return a name as turns write it: of one that was given, the name that bears it."""
        if name in self.named:
            return name
        bearers = (one.name for one in self.unwritten if one.into == name)
        return next((bearer for bearer in bearers if bearer in self.named), None)

    def the_written(self, given: str) -> str:
        """Return the same of a name in any spelling. Raises `EntityNotFound`."""
        found = self.written(normal(given))
        if found is None:
            raise EntityNotFound(given)
        return found

    def renaming(self, name: str, to: str) -> tuple[Pointer, list[Merge]]:
        """Return the merge by which an entity is called otherwise, and those that give way to it.

        Where its name is its end, it is enough that they do. Raises `MergeConflict`.
        """
        new, spelled = normal(to), " ".join(to.split())
        group = meaning_the_same(normal(name), self.merges)
        final = meant(normal(name), {one.name: one.into for one in self.merges})
        if new == final:
            before = [one for one in self.renames if one.into == final]
            if all(one.spelled == spelled for one in before):
                raise MergeConflict(f"{name!r} is called that already.", entity=name)
            return Pointer(before[0].name, new, spelled), before[:1]
        given = [one for one in self.unwritten if one.into == final]
        base = given[0].name if given else final
        wanted = Pointer(base, new, None if new in self.named else spelled)
        if new in group:  # another of its names is to lead, and points to none
            return wanted, [*given, *(one for one in self.merges if one.name == new != base)]
        if self.written(new) is not None:
            raise MergeConflict(
                f"{to!r} is another entity; to say that {name!r} is the same, merge it into that.",
                entity=name,
            )
        # What only turns wrote that have expired since must not come along by an old merge.
        return wanted, [*given, *(one for one in self.merges if new in (one.name, one.into))]

    def has_room_for(self, merge: Merge) -> bool:
        """Tell whether a merge may stand beside those that do."""
        given = merge.into if merge.spelled is not None else None
        return (
            all(name in self.named for name in merge.hangs_on)
            and all(merge.name != one.name and given != one.into for one in self.merges)
            and merge.name not in meaning_the_same(merge.into, self.merges)
        )


def called(
    reading: Reading,
    space: Space,
    merges: Sequence[Merge],
    *names: str,
    standing: Standing,
) -> Called:
    """Return what is called by these merges and by these names."""
    every = {*names, *(name for one in merges for name in (one.name, one.into))}
    return Called(merges, reading.entities.named(space.key, sorted(every), standing=standing))
