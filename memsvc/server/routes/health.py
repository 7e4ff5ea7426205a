"""Health: does the process live, can it work, and its numbers.

None of it needs a key, save the numbers from another machine.
"""

from http import HTTPStatus

from fastapi import APIRouter, Response

from memsvc.domain.errors import MemsvcError
from memsvc.domain.work import Waiting
from memsvc.sdk.wire import Health, Problem, Readiness
from memsvc.server.deps import Counted, Held, Observing
from memsvc.server.meters import MEDIA_TYPE
from memsvc.server.release import version

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Does the process live")
async def healthz() -> Health:
    """Answer from the event loop: a pool full of work is not a dead process."""
    return Health(version=version())


@router.get(
    "/readyz",
    responses={503: {"model": Readiness, "description": "Not ready; `parts` say why."}},
    summary="Can the service work",
)
def readyz(opening: Held, response: Response) -> Readiness:
    """Say of each part that it is ok, or what is missing."""
    parts = opening.parts()
    is_ready = all(state.startswith(("ok", "off")) for state in parts.values())
    if not is_ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Readiness(ready=is_ready, parts=parts)


@router.get(
    "/metrics",
    dependencies=[Observing],
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        401: {"model": Problem, "description": "Asked from another machine without a key."},
        403: {"model": Problem, "description": "The key is no admin of all spaces."},
    },
    summary="Numbers for Prometheus",
)
def metrics(opening: Held, meters: Counted) -> Response:
    """Open on this machine; from elsewhere for an admin of all spaces."""
    try:
        service = opening.service
        waiting = service.inspect.waiting_jobs()
        index_bytes, new_vectors = service.serving.index_bytes, service.shelf.new_vectors
        meters.language_model = service.language_model
    except MemsvcError:  # the other numbers stand also while there is no service to ask
        waiting, index_bytes, new_vectors = Waiting(jobs=0, lag_s=0.0), 0, 0
    meters.stand(waiting=waiting, index_bytes=index_bytes, new_vectors=new_vectors)
    return Response(meters.text(), media_type=MEDIA_TYPE)
