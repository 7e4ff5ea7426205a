"""Novelty: how much of a text a space holds already."""

from fastapi import APIRouter

from memsvc.domain.ids import SpaceName
from memsvc.sdk.novelty import AskNovelty, NoveltyFound
from memsvc.server.deps import Asking, problems
from memsvc.server.novelty_shapes import novelty_shape
from memsvc.server.queries import SpacePath
from memsvc.server.shapes import where_from

router = APIRouter(prefix="/v1/spaces/{space}", tags=["recall"])


@router.post("/novelty", responses=problems(404, 413), summary="Ask how new a text is")
def novelty(asking: Asking, space: SpacePath, body: AskNovelty) -> NoveltyFound:
    """Known verbatim, altered in a few words, the same matter in other words, or new.

    Sentence by sentence; the nearest turns come with what they say otherwise. Nothing is written.
    """
    found = asking.at(space, body.as_of).recognise(
        asking.access,
        SpaceName(space),
        body.text,
        where=where_from(body.filters, None),
        k=body.k,
    )
    return novelty_shape(found)
