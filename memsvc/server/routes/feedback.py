"""Feedback: what those who used hits say of them."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from memsvc.domain.ids import FeedbackId, SpaceName, TurnId
from memsvc.sdk.feedback import FeedbackInfo, NewFeedback, TakenBack
from memsvc.sdk.wire import Page
from memsvc.server.deps import Asking, problems
from memsvc.server.feedback_shapes import feedback_from, feedback_shape
from memsvc.server.queries import FeedbackAsked, FeedbackPath, SpacePath
from memsvc.server.shapes import page_shape

router = APIRouter(prefix="/v1/spaces/{space}/feedback", tags=["feedback"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {"model": FeedbackInfo, "description": "The key says so already."},
        **problems(400, 403, 404, 413, 429),
    },
    summary="Say what a hit was worth",
)
def give_feedback(
    asking: Asking, space: SpacePath, body: NewFeedback, response: Response
) -> FeedbackInfo:
    """Needs a writer. A key has one word about a turn: another verdict replaces the one before.

    Recalls heed it from now on, by at most 15 % of a hit's score.
    """
    given, is_new = asking.service.feedback.give(
        asking.access, SpaceName(space), feedback_from(body)
    )
    if not is_new:
        response.status_code = HTTPStatus.OK
    return feedback_shape(given)


@router.get("", responses=problems(404), summary="List feedback")
def list_feedback(asking: Asking, space: SpacePath, query: FeedbackAsked) -> Page[FeedbackInfo]:
    """In the order of saying; what was taken back is not among it."""
    found = asking.at(space, query.as_of).feedback.page(
        asking.access,
        SpaceName(space),
        turn=None if query.turn is None else TurnId(query.turn),
        after=query.cursor,
        limit=query.limit,
    )
    return page_shape(found, feedback_shape)


@router.delete("/{feedback}", responses=problems(403, 404, 429), summary="Take feedback back")
def take_back(asking: Asking, space: SpacePath, feedback: FeedbackPath) -> TakenBack:
    """Needs a writer. Recalls heed it no more."""
    position = asking.service.feedback.take_back(
        asking.access, SpaceName(space), FeedbackId(feedback)
    )
    return TakenBack(id=feedback, position=position)
