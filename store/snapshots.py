"""The indexes of a space on disk, so that a start need not make them from rows.

A snapshot is only ever a copy of what rows say. It names the ledger position and the hash that the
chain had there, the model and the rules of its terms; one that does not fit, or whose bytes have
changed, is passed over with one line in the log, and the indexes are loaded from rows. It is
dropped as soon as anything that it holds is deleted: what is forgotten stays in no file.

The file is a line that names the format, a line of JSON, the arrays one after the other, and its
end: the layout, which says where each array lies and the CRC-32 of every part of the file, the
layout's length and SHA-256. It is written beside the old one and takes its place in one step.

A file is read once, part by part, to see that every byte is what it was, and then mapped: what
needs no copy is used where it lies, and processes share its pages. Reading comes first because a
fault of the disk is an error to answer there, and a signal that ends the process in a mapping. A
file that is mapped is never written to or cut, only unlinked; its bytes are given up when the last
mapping goes.
"""

import hashlib
import json
import mmap
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from io import BufferedReader, BufferedWriter
from pathlib import Path
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np
import structlog
from numpy.typing import NDArray

from memsvc.domain.ids import SpaceKey

log = structlog.get_logger(__name__)

FORMAT = b"memsvc indexes 8\n"
END_BYTES = 8 + hashlib.sha256().digest_size
"""What ends a file: the length of the layout, little end first, and its digest."""

PART_BYTES = 1 << 22
"""Bytes of which a CRC-32 is kept: four changed ones in four million do not go unseen by chance."""

ALIGNED = 64
"""Every array begins at a multiple of so many bytes."""

Arrays: TypeAlias = Mapping[str, NDArray[Any]]
Written: TypeAlias = Callable[[Callable[[bytes], int]], None]
"""What writes itself, a part at a time, and is read as an array of bytes: nothing is copied."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a snapshot stands for. `head` is the ledger's hash at `position`, in hexadecimal."""

    space: int
    position: int
    head: str
    fingerprint: str


class Snapshots:
    """One file a space in a folder, which is made when the first one is kept.

    Where a second model's indexes are kept beside those of the first, its files end otherwise.
    """

    def __init__(self, folder: Path, *, suffix: str = ".indexes") -> None:
        self._folder = folder
        self._suffix = suffix

    def keep(self, standing: Standing, arrays: Mapping[str, NDArray[Any] | Written]) -> int:
        """Write a snapshot in place of an older one; return its size in bytes. Raises `OSError`."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._path(SpaceKey(standing.space))
        beside = path.with_suffix(f"{self._suffix}.new")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                writing = _Writing(file)
                writing.write(FORMAT + json.dumps(asdict(standing)).encode() + b"\n")
                for name, one in arrays.items():
                    writing.add(name, one)
                writing.end()
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        return path.stat().st_size

    def find(self, space: SpaceKey, fingerprint: str) -> tuple[Standing, Arrays] | None:
        """Return the space's snapshot if its bytes are whole and its model is this one."""
        path = self._path(space)
        try:
            with path.open("rb") as file:
                found = _read(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("snapshot.unreadable", space=space, reason=str(error))
            return None
        if found is None:
            log.warning("snapshot.damaged", space=space)
        elif (found[0].space, found[0].fingerprint) != (space, fingerprint):
            log.warning("snapshot.of_something_else", space=space)
        else:
            return found
        self.drop(space)
        return None

    def drop(self, space: SpaceKey) -> None:
        """Delete the space's snapshot, if there is one."""
        self._path(space).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what a copying left that was killed: it may hold what is deleted next."""
        for path in self._folder.glob("*.new"):
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete every snapshot."""
        for path in self._folder.glob(f"*{self._suffix}"):
            path.unlink(missing_ok=True)

    def standings(self) -> Iterator[Standing]:
        """Yield what every readable snapshot says it stands for, without reading it whole."""
        for path in self._folder.glob(f"*{self._suffix}"):
            with suppress(FileNotFoundError), path.open("rb") as file:  # dropped a moment ago
                if file.readline() == FORMAT:
                    yield Standing(**json.loads(file.readline()))

    def position_of(self, space: SpaceKey) -> int | None:
        """Return the ledger position of the space's snapshot; None without a readable one."""
        try:
            with self._path(space).open("rb") as file:
                is_ours = file.readline() == FORMAT
                return Standing(**json.loads(file.readline())).position if is_ours else None
        except FileNotFoundError:  # never kept, or dropped a moment ago
            return None

    def _path(self, space: SpaceKey) -> Path:
        return self._folder / f"{space}{self._suffix}"


@dataclass(slots=True)
class _Writing:
    """A file being written: what lies in it where, and the CRC-32 of each of its parts so far."""

    file: BufferedWriter
    size: int = 0
    layout: list[tuple[str, str, tuple[int, ...], int]] = field(default_factory=list)
    checks: list[int] = field(default_factory=list)

    def add(self, name: str, one: NDArray[Any] | Written) -> None:
        """Write an array."""
        self.write(bytes(-self.size % ALIGNED))
        begin = self.size
        if callable(one):
            one(self.write)
            kind, shape = "|u1", (self.size - begin,)
        else:
            self.write(_bytes_of(one))
            kind, shape = one.dtype.str, one.shape
        self.layout.append((name, kind, shape, begin))

    def write(self, content: bytes | memoryview) -> int:
        """Write some bytes; return how many they were."""
        left = memoryview(content)
        while len(left) > 0:
            if self.size % PART_BYTES == 0:
                self.checks.append(0)
            now = left[: PART_BYTES - self.size % PART_BYTES]
            self.file.write(now)
            self.checks[-1] = crc32(now, self.checks[-1])
            self.size += len(now)
            left = left[len(now) :]
        return len(content)

    def end(self) -> None:
        """Write the layout and what it is found by."""
        layout = {"size": self.size, "arrays": self.layout, "checks": self.checks}
        told = json.dumps(layout).encode()
        self.file.write(told + len(told).to_bytes(8, "little") + hashlib.sha256(told).digest())


def _read(file: BufferedReader) -> tuple[Standing, Arrays] | None:
    """Read a whole file and map it; None when its bytes are not what they were."""
    layout = _layout(file)
    if layout is None or not _is_whole(file, layout["size"], layout["checks"]):
        return None
    file.seek(0)
    if file.readline() != FORMAT:
        return None
    standing = Standing(**json.loads(file.readline()))
    content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return standing, {
        name: np.frombuffer(
            content, dtype=np.dtype(kind), count=int(np.prod(shape, dtype=np.int64)), offset=begin
        ).reshape(shape)
        for name, kind, shape, begin in layout["arrays"]
    }


def _layout(file: BufferedReader) -> dict[str, Any] | None:
    """Return what the end of a file says of it; None when it has no such end."""
    size = os.fstat(file.fileno()).st_size
    if size < END_BYTES:
        return None
    file.seek(size - END_BYTES)
    end = file.read(END_BYTES)
    length = int.from_bytes(end[:8], "little")
    if length > size - END_BYTES:
        return None
    file.seek(size - END_BYTES - length)
    told = file.read(length)
    if hashlib.sha256(told).digest() != end[8:]:
        return None
    layout: dict[str, Any] = json.loads(told)
    return layout if layout["size"] == size - END_BYTES - length else None


def _is_whole(file: BufferedReader, size: int, checks: list[int]) -> bool:
    """Tell whether the first `size` bytes are those that were written."""
    file.seek(0)
    room = memoryview(bytearray(PART_BYTES))
    for begin, check in zip(range(0, size, PART_BYTES), checks, strict=True):
        part = room[: min(PART_BYTES, size - begin)]
        if file.readinto(part) != len(part) or crc32(part) != check:
            return False
    return True


def _bytes_of(one: NDArray[Any]) -> memoryview:
    """View an array's own memory as bytes."""
    return np.ascontiguousarray(one).reshape(-1).view(np.uint8).data
