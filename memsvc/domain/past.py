"""The past of spaces: as of which positions of their ledgers a read is to answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from memsvc.domain.ids import Position, SpaceKey


@dataclass(frozen=True, slots=True)
class Past:
    """Where each of some spaces stood. No other space is there in a read as of it.

    `now` is the present: what has expired by then is as good as forgotten, and is not shown though
    it stood.
    """

    positions: Mapping[SpaceKey, Position]
    now: datetime
