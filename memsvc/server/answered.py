"""Answering a write of turns, by whatever route they came: counted, and a replay said to be one."""

from http import HTTPStatus

from fastapi import Response

from memsvc.app.remember import Written
from memsvc.domain.ids import SpaceName
from memsvc.sdk import wire
from memsvc.server.meters import Meters
from memsvc.server.shapes import written_shape


def answered(
    space: SpaceName, stream: str, written: Written, *, meters: Meters, response: Response
) -> wire.Written:
    """Count the turns that were kept; answer 200 when earlier requests had written all of it."""
    if written.replayed:
        response.status_code = HTTPStatus.OK
    else:
        meters.written(sum(not turn.replayed for turn in written.turns))
    return written_shape(space, stream, written)
