"""Back up: the whole installation as one file, while it is at work."""

from dataclasses import dataclass

from memsvc.domain.access import Access, Role
from memsvc.ports.archive import Archive, Backup
from memsvc.ports.world import Clock


@dataclass(frozen=True, slots=True)
class BackUp:
    """The use case, with what it needs."""

    archive: Archive
    clock: Clock

    def __call__(self, access: Access) -> Backup:
        """Take a backup. Needs an admin of the whole installation, for it holds every space."""
        access.require(Role.ADMIN)
        return self.archive.take(at=self.clock.now())
