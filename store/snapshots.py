"""The indexes of a space on disk, so that a start need not make them from rows.

A snapshot is only ever a copy of what rows say. It names the ledger position and the hash that the
chain had there, the model and the rules of its terms; one that does not fit, or whose bytes have
changed, is passed over with one line in the log, and the indexes are loaded from rows. It is
dropped as soon as anything that it holds is deleted: what is forgotten stays in no file.

The file is a line that names the format, a line of JSON, the arrays one after the other, and the
SHA-256 of all that. It is written beside the old one and takes its place in one step.
"""

import hashlib
import json
import mmap
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from memsvc.domain.ids import SpaceKey

log = structlog.get_logger(__name__)

FORMAT = b"memsvc indexes 7\n"
DIGEST_BYTES = hashlib.sha256().digest_size

LONGEST_HEADER = 4_096
"""Bytes in which format and header end; the names and shapes of a dozen arrays."""

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a snapshot stands for. `head` is the ledger's hash at `position`, in hexadecimal."""

    space: int
    position: int
    head: str
    fingerprint: str


class Snapshots:
    """One file a space in a folder, which is made when the first one is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, standing: Standing, arrays: Arrays) -> int:
        """Write a snapshot in place of an older one; return its size in bytes. Raises `OSError`."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._path(SpaceKey(standing.space))
        beside = path.with_suffix(".new")
        header = asdict(standing) | {
            "arrays": [[name, one.dtype.str, one.shape] for name, one in arrays.items()]
        }
        digest = hashlib.sha256()
        head = FORMAT + json.dumps(header).encode() + b"\n"
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                for part in (memoryview(head), *map(_bytes_of, arrays.values())):
                    file.write(part)
                    digest.update(part)
                file.write(digest.digest())
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
            content = _mapped(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("snapshot.unreadable", space=space, reason=str(error))
            return None
        found = _parsed(content)
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

    def standings(self) -> Iterator[Standing]:
        """Yield what every readable snapshot says it stands for, without reading it whole."""
        for path in self._folder.glob("*.indexes"):
            with path.open("rb") as file:
                if file.readline() == FORMAT:
                    yield _header(file.readline())[0]

    def position_of(self, space: SpaceKey) -> int | None:
        """Return the ledger position of the space's snapshot; None without a readable one."""
        try:
            with self._path(space).open("rb") as file:
                is_ours = file.readline() == FORMAT
                return _header(file.readline())[0].position if is_ours else None
        except FileNotFoundError:  # never kept, or dropped a moment ago
            return None

    def _path(self, space: SpaceKey) -> Path:
        return self._folder / f"{space}.indexes"


def _mapped(path: Path) -> memoryview:
    """Map the file into memory: reading it would take its size a second time."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:  # which cannot be mapped
            return memoryview(b"")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _parsed(content: memoryview) -> tuple[Standing, Arrays] | None:
    """Read a whole file; the arrays are views of it. None when its bytes are not what they were."""
    body = content[:-DIGEST_BYTES]
    digest = bytes(content[-DIGEST_BYTES:])
    if content[: len(FORMAT)] != FORMAT or hashlib.sha256(body).digest() != digest:
        return None
    end = len(FORMAT) + bytes(content[len(FORMAT) : LONGEST_HEADER]).index(b"\n") + 1
    standing, layout = _header(bytes(content[len(FORMAT) : end]))
    arrays: dict[str, NDArray[Any]] = {}
    for name, kind, shape in layout:
        count = int(np.prod(shape, dtype=np.int64))
        one = np.frombuffer(body, dtype=np.dtype(kind), count=count, offset=end)
        arrays[name] = one.reshape(shape)
        end += one.nbytes
    return standing, arrays


def _header(line: bytes) -> tuple[Standing, list[tuple[str, str, list[int]]]]:
    header = json.loads(line)
    layout = header.pop("arrays")
    return Standing(**header), layout


def _bytes_of(one: NDArray[Any]) -> memoryview:
    """View an array's own memory as bytes."""
    return np.ascontiguousarray(one).reshape(-1).view(np.uint8).data
