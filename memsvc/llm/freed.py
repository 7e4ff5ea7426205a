"""Memory that a model frees on a processor is kept for its next layer, not given back each time.

A layer takes and frees tens of megabytes. The C library hands pieces of that size back to the
system at once, which then clears them page by page when the next layer asks for as much: a fifth
to a quarter of the time of reading, as `docs/decisions/0080` measured. Only GNU's library is told;
others do as they do.
"""

import ctypes
from typing import Any

LARGEST = 128 * 1024**2
"""Bytes of one piece that is kept at most; larger ones go back when they are freed."""

KEPT = 512 * 1024**2
"""Bytes that are kept in all, until `give_back`."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""The names of both settings in GNU's malloc.h."""


def keep_freed() -> None:
    """Have the C library keep what is freed, in the whole process; again is the same as once."""
    if (set_to := _of_library("mallopt")) is not None:
        set_to(_M_MMAP_THRESHOLD, LARGEST)
        set_to(_M_TRIM_THRESHOLD, KEPT)


def give_back() -> None:
    """Give what is kept back to the system."""
    if (trim := _of_library("malloc_trim")) is not None:
        trim(ctypes.c_size_t(0))


def _of_library(name: str) -> Any:
    """Return a function of the C library, None where there is none of this name."""
    try:
        return getattr(ctypes.CDLL(None), name, None)
    except (OSError, TypeError):  # Windows has no library without a name
        return None
