"""Admit: who is asking, and the keys by which they are known.

A secret is 32 random bytes, so its SHA-256 is as hard to guess as itself; a slow password hash
would add a fifth of a second to every request and nothing to its safety.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memsvc.domain.access import ALL_SPACES, Access, Role
from memsvc.domain.errors import KeyNotFound, KeyRequired
from memsvc.domain.ids import KeyId
from memsvc.domain.memory import Page
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.world import Clock, Ids

PREFIX = "msk_"


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key with its secret, which nobody can read again."""

    access: Access
    secret: str


@dataclass(frozen=True, slots=True)
class Admit:
    """The use cases, with what they need."""

    keeping: Keeping
    clock: Clock
    ids: Ids

    def __call__(self, secret: str | None) -> Access:
        """Return what the bearer of this secret may do. Raises `KeyRequired`."""
        if not secret:
            raise KeyRequired("Send a key as `Authorization: Bearer <key>`.")
        with self.keeping.read() as reading:
            access = reading.keys.by_hash(_hash(secret))
        if access is None:
            raise KeyRequired("This key is not known, or was revoked; ask for a new one.")
        return access

    def keys(self, access: Access, *, after: str | None, limit: int) -> Page[Access]:
        """List the keys. Needs an admin of the whole installation."""
        access.require(Role.ADMIN)
        with self.keeping.read() as reading:
            return reading.keys.page(after=after, limit=limit)

    def make(self, access: Access, *, name: str, role: Role, spaces: Sequence[str]) -> MadeKey:
        """Make a key. Needs an admin of the whole installation."""
        access.require(Role.ADMIN)
        return self.keeping.write(
            lambda unit: self._make(unit, name=name, role=role, spaces=spaces)
        )

    def make_first(self, *, keep: Callable[[str], object]) -> bool:
        """Make an admin key for all spaces, unless there are keys already; tell whether it was.

        `keep` gets the secret before the key counts: whatever happens in between, the owner is
        not locked out, and the next start makes another one.
        """

        def work(unit: Unit) -> bool:
            if unit.keys.page(after=None, limit=1).items:
                return False
            made = self._make(unit, name="first admin", role=Role.ADMIN, spaces=[ALL_SPACES])
            keep(made.secret)
            return True

        return self.keeping.write(work)

    def revoke(self, access: Access, key: KeyId) -> None:
        """Revoke a key; requests with it are refused from now on. Raises `KeyNotFound`."""
        access.require(Role.ADMIN)
        if not self.keeping.write(lambda unit: unit.keys.delete(key)):
            raise KeyNotFound(key)

    def _make(self, unit: Unit, *, name: str, role: Role, spaces: Sequence[str]) -> MadeKey:
        secret = PREFIX + base64.urlsafe_b64encode(self.ids.secret()).decode().rstrip("=")
        access = unit.keys.add(
            KeyId(self.ids.new("k")),
            secret_hash=_hash(secret),
            name=name,
            role=role,
            spaces=spaces,
            at=self.clock.now(),
        )
        return MadeKey(access, secret)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
