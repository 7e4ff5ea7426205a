"""Admit: who is asking, and the keys by which they are known.

A secret is 32 random bytes, so its SHA-256 is as hard to guess as itself; a slow password hash
would add a fifth of a second to every request and nothing to its safety.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

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


class KeyRing:
    """Keys looked up lately, by the hash of their secret. A revocation empties it.

    One of size 0 remembers none: where other processes may revoke keys, each is looked up anew.

    `turn` counts revocations: what was read before one is not remembered after it.
    """

    def __init__(self, size: int = 1_024) -> None:
        self._size = size
        self._held: dict[bytes, Access] = {}
        self._lock = Lock()
        self.turn = 0

    def find(self, secret_hash: bytes) -> Access | None:
        """Return the key if it is remembered."""
        return self._held.get(secret_hash)

    def keep(self, secret_hash: bytes, access: Access, *, turn: int) -> None:
        """Remember a key that was read while `turn` was current."""
        with self._lock:
            if turn == self.turn and self._size:
                if len(self._held) >= self._size:
                    self._held.clear()
                self._held[secret_hash] = access

    def empty(self) -> None:
        """Forget every key, after one was revoked."""
        with self._lock:
            self.turn += 1
            self._held.clear()


@dataclass(frozen=True, slots=True)
class Admit:
    """The use cases, with what they need."""

    keeping: Keeping
    clock: Clock
    ids: Ids
    ring: KeyRing = field(default_factory=KeyRing)

    def __call__(self, secret: str | None) -> Access:
        """Return what the bearer of this secret may do. Raises `KeyRequired`."""
        if not secret:
            raise KeyRequired("Send a key as `Authorization: Bearer <key>`.")
        return self.by_hash(hash_of(secret))

    def by_hash(self, secret_hash: bytes) -> Access:
        """Return what the bearer of the secret with this hash may do. Raises `KeyRequired`."""
        known = self.ring.find(secret_hash)
        if known is not None:
            return known
        turn = self.ring.turn
        with self.keeping.read() as reading:
            access = reading.keys.by_hash(secret_hash)
        if access is None:
            raise KeyRequired("This key is not known, or was revoked; ask for a new one.")
        self.ring.keep(secret_hash, access, turn=turn)
        return access

    def remembered(self, secret: str | None) -> Access | None:
        """Return what the bearer may do if that is known without asking the store."""
        return self.ring.find(hash_of(secret)) if secret else None

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

    def let_owner_in(self, secret: str | None, *, keep: Callable[[str], object]) -> bool:
        """Make an admin key for all spaces unless `secret` is one; tell whether it was.

        For a database that came from elsewhere: it knows its own keys by their hashes alone.
        `keep` gets the new secret before the key counts.
        """

        def work(unit: Unit) -> bool:
            known = unit.keys.by_hash(hash_of(secret)) if secret else None
            if known is not None and known.sees_all and known.role is Role.ADMIN:
                return False
            made = self._make(
                unit, name="admin after restore", role=Role.ADMIN, spaces=[ALL_SPACES]
            )
            keep(made.secret)
            return True

        return self.keeping.write(work)

    def revoke(self, access: Access, key: KeyId) -> None:
        """Revoke a key; requests with it are refused from now on. Raises `KeyNotFound`."""
        access.require(Role.ADMIN)
        was_there = self.keeping.write(lambda unit: unit.keys.delete(key))
        self.ring.empty()
        if not was_there:
            raise KeyNotFound(key)

    def _make(self, unit: Unit, *, name: str, role: Role, spaces: Sequence[str]) -> MadeKey:
        secret = PREFIX + base64.urlsafe_b64encode(self.ids.secret()).decode().rstrip("=")
        access = unit.keys.add(
            KeyId(self.ids.new("k")),
            secret_hash=hash_of(secret),
            name=name,
            role=role,
            spaces=spaces,
            at=self.clock.now(),
        )
        return MadeKey(access, secret)


def hash_of(secret: str) -> bytes:
    """Return what the store keeps of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
