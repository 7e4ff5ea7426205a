"""Versions on the wire: the ETag of what may be edited, and the If-Match that comes back."""

import re
from typing import Protocol, TypeVar

from fastapi import Response

from memsvc.domain.errors import InvalidField, VersionRequired


class Versioned(Protocol):
    """A shape that says at which version it stands."""

    @property
    def version(self) -> int:
        """The ledger position of the last change."""
        ...


V = TypeVar("V", bound=Versioned)

ETAG = {"ETag": {"description": "The version in quotes.", "schema": {"type": "string"}}}
"""How the interface documents the header of an answer."""

_STRONG_TAG = re.compile(r'"(\d{1,18})"', re.ASCII)


def tagged(shape: V, response: Response) -> V:
    """Return an answer whose ETag is its version."""
    response.headers["ETag"] = f'"{shape.version}"'
    return shape


def version_from(if_match: str | None) -> int:
    """Read the version that an edit expects. Raises `VersionRequired` or `InvalidField`."""
    if if_match is None:
        raise VersionRequired('Read it first, and send its ETag back as `If-Match: "<version>"`.')
    found = _STRONG_TAG.fullmatch(if_match.strip())
    if found is None:
        raise InvalidField(
            'If-Match takes one strong tag, the version in quotes: `"12"`.', field="If-Match"
        )
    return int(found[1])
