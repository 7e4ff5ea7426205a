"""Who may do what: keys, each bound to spaces and to a role."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memsvc.domain.errors import RoleTooWeak, SpaceNotFound
from memsvc.domain.ids import KeyId, SpaceName

ALL_SPACES = "*"


class Role(StrEnum):
    """What a key allows, each role including the ones before it.

    A reader recalls, lists and gets. A writer also makes spaces and writes, edits and deletes
    turns and streams. An admin also changes a space's settings, deletes whole spaces and, when
    bound to all spaces, manages keys.
    """

    READER = "reader"
    WRITER = "writer"
    ADMIN = "admin"

    def allows(self, needed: "Role") -> bool:
        """Tell whether this role includes `needed`."""
        order = tuple(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Access:
    """A key as the service knows it; the secret itself is nowhere, only its hash in the store."""

    id: KeyId
    name: str
    role: Role
    spaces: tuple[str, ...]
    created_at: datetime

    def sees(self, space: SpaceName) -> bool:
        """Tell whether the key is bound to this space."""
        return ALL_SPACES in self.spaces or space in self.spaces

    @property
    def sees_all(self) -> bool:
        """True when the key is bound to every space, also those made later."""
        return ALL_SPACES in self.spaces

    @property
    def only_space(self) -> str | None:
        """The space that the key is bound to, if it is one alone."""
        return self.spaces[0] if len(self.spaces) == 1 and not self.sees_all else None

    def require(self, role: Role, *, space: SpaceName | None = None) -> None:
        """Raise unless the key may act with `role`, in `space` or (None) on the installation.

        A space outside the key's binding answers `SpaceNotFound`, as one that does not exist does.
        """
        if space is not None and not self.sees(space):
            raise SpaceNotFound(space)
        if not self.role.allows(role):
            raise RoleTooWeak(f"This needs a key with role {role}; this key is a {self.role}.")
        if space is None and not self.sees_all:
            raise RoleTooWeak("This needs a key that is bound to all spaces.")
