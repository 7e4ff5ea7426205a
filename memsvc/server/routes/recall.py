"""Recall: a question in, ranked hits and a packed context out. And which recipes there are."""

from fastapi import APIRouter

from memsvc.domain.ids import SpaceName
from memsvc.sdk.wire import Ask, Page, Recalled, Recipe
from memsvc.server.deps import Asking, Counted, problems
from memsvc.server.queries import SpacePath
from memsvc.server.shapes import question_from, recalled_shape

router = APIRouter(tags=["recall"])


@router.post(
    "/v1/spaces/{space}/recall", responses=problems(400, 404, 413), summary="Ask a question"
)
def recall(asking: Asking, meters: Counted, space: SpacePath, body: Ask) -> Recalled:
    """Hits best first, each with what every arm said of it, and a context ready for a prompt."""
    recalled = asking.service.recall(
        asking.access,
        SpaceName(space),
        question_from(body),
        recipe=body.recipe,
        min_position=body.min_position,
    )
    meters.recalled()
    return recalled_shape(recalled, explain=body.explain)


@router.get("/v1/recipes", responses=problems(), summary="List the recipes")
def list_recipes(asking: Asking) -> Page[Recipe]:
    """Each with its stages in order and their weights."""
    recipes = asking.service.recall.recipes
    return Page(
        items=[Recipe(name=name, stages=recipe.describe()) for name, recipe in recipes.items()]
    )
