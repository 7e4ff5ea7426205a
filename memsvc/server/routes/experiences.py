"""Experiences: what was tried with tools, and what is to be learned from it."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from memsvc.domain.ids import SpaceName, StreamName
from memsvc.sdk.experiences import AskExperiences, KeepExperiences, RecalledExperiences
from memsvc.sdk.wire import Written
from memsvc.server.answered import answered
from memsvc.server.deps import Asking, Counted, problems
from memsvc.server.experience_shapes import experiences_from, recalled_experiences_shape
from memsvc.server.queries import IdempotencyKey, SpacePath

router = APIRouter(prefix="/v1/spaces/{space}/experiences", tags=["experiences"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {"model": Written, "description": "All of it had been written before."},
        **problems(400, 403, 404, 409, 413, 429),
    },
    summary="Keep experiences with tools",
)
def keep_experiences(  # noqa: PLR0917  a route is called by name
    asking: Asking,
    meters: Counted,
    space: SpacePath,
    body: KeepExperiences,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Written:
    """Needs a writer. Each becomes a turn: role `experience`, source `tool`, the tool its speaker.

    All or none; durable and found when the answer comes.
    """
    name = SpaceName(space)
    written = asking.service.experiences.keep(
        asking.access,
        name,
        experiences_from(body),
        stream=StreamName(body.stream),
        idempotency_key=idempotency_key,
    )
    return answered(name, body.stream, written, meters=meters, response=response)


@router.post("/recall", responses=problems(400, 404, 409, 413), summary="Ask for experiences")
def recall_experiences(
    asking: Asking, meters: Counted, space: SpacePath, body: AskExperiences
) -> RecalledExperiences:
    """By likeness of the intent: what worked first, then failures whose errors differ."""
    recalled = asking.at(space, body.as_of).experiences.recall(
        asking.access, SpaceName(space), body.intent, tool=body.tool, k=body.k
    )
    meters.recalled()
    return recalled_experiences_shape(recalled)
