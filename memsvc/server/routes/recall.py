"""Recall: a question in, ranked hits and a packed context out. And which recipes there are."""

from time import perf_counter

from fastapi import APIRouter, Response

from memsvc.domain.ids import SpaceName
from memsvc.domain.recall import RecallPart
from memsvc.sdk.wire import Ask, AskTogether, Page, Recalled, RecalledTogether, Recipe
from memsvc.server.deps import Asking, Caller, Counted, problems
from memsvc.server.queries import SpacePath
from memsvc.server.shapes import (
    question_from,
    recalled_shape,
    recalled_together_shape,
    recipe_shapes,
)

router = APIRouter(tags=["recall"])


@router.post(
    "/v1/spaces/{space}/recall",
    response_model=Recalled,
    responses=problems(400, 404, 409, 413),
    summary="Ask a question",
)
def recall(asking: Asking, meters: Counted, space: SpacePath, body: Ask) -> Response:
    """Hits best first, each with what every arm said of it, and a context ready for a prompt."""
    recalled = asking.at(space, body.as_of).recall(
        asking.access,
        SpaceName(space),
        question_from(body),
        recipe=body.recipe,
        min_position=body.min_position,
    )
    begun = perf_counter()
    answer = _answer(asking, recalled_shape(recalled, explain=body.explain))
    meters.recalled(
        recalled.trace,
        took_s={**recalled.took_s, RecallPart.ANSWER: perf_counter() - begun},
        reranking=recalled.reranking,
        helping=recalled.helping,
    )
    return answer


@router.post(
    "/v1/recall",
    response_model=RecalledTogether,
    responses=problems(400, 404, 409, 413),
    summary="Ask several spaces a question",
)
def recall_together(asking: Asking, meters: Counted, body: AskTogether) -> Response:
    """Each space is asked by itself; the key must be allowed to read them all, else it is a 404.

    Hits are ranked as one list and name their space, and so does each item of the one context.
    """
    spaces = [SpaceName(space) for space in body.spaces]
    recalled = asking.together(spaces, body.as_of).recall_together(
        asking.access,
        spaces,
        question_from(body),
        recipe=body.recipe,
        min_positions={SpaceName(name): at for name, at in body.min_positions.items()},
    )
    begun = perf_counter()
    answer = _answer(asking, recalled_together_shape(recalled, explain=body.explain))
    meters.recalled(
        *recalled.traces.values(),
        took_s={**recalled.took_s, RecallPart.ANSWER: perf_counter() - begun},
        reranking=recalled.reranking,
        helping=recalled.helping,
    )
    return answer


def _answer(asking: Caller, shape: Recalled | RecalledTogether) -> Response:
    """Return the shape as JSON, with the headers that were set.

    Made here and not by FastAPI, which would send the shape to a second thread, to be validated as
    what it is, and write it in the event loop, where all other requests wait for that.
    """
    answer = Response(shape.model_dump_json(), media_type="application/json")
    answer.headers.raw.extend(asking.answer.headers.raw)
    return answer


@router.get("/v1/recipes", responses=problems(), summary="List the recipes")
def list_recipes(asking: Asking) -> Page[Recipe]:
    """Each with what it is for, its stages in order and their weights. People read /recipes."""
    return Page(items=recipe_shapes(asking.service.recall.recipes))
