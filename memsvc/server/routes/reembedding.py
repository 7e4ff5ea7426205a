"""Re-embedding: the embedding model changes while the service is at work.

All of it needs an admin of all spaces, for every space changes together.
"""

from fastapi import APIRouter

from memsvc.domain.ids import SpaceName
from memsvc.sdk.reembedding import (
    MAX_COMPARED,
    CompareModels,
    ModelsCompared,
    NewReembedding,
    Reembedding,
)
from memsvc.server.deps import Asking, problems
from memsvc.server.reembedding_shapes import compared_shape, progress_shape, questions_from

router = APIRouter(prefix="/v1/reembedding", tags=["reembedding"])


@router.get("", responses=problems(403), summary="Read how far a change of model has come")
def read_reembedding(asking: Asking) -> Reembedding:
    """Answer of the last one, ended or not: whole and by space, with rate and time left."""
    return progress_shape(asking.service.reembed.progress(asking.access))


@router.post("", responses=problems(400, 403, 409, 413, 429), summary="Begin to change the model")
def begin_reembedding(asking: Asking, body: NewReembedding) -> Reembedding:
    """Make vectors of another model beside those in use, in the background.

    Recalls go on by the model in use; what is written meanwhile gets vectors of both. Again with
    the same model is no other change.
    """
    return progress_shape(asking.service.reembed.begin(asking.access, body.model))


@router.post(
    "/compare", responses=problems(400, 403, 404, 409, 413, 429), summary="Ask both models"
)
def compare_models(asking: Asking, body: CompareModels) -> ModelsCompared:
    """Ask both models the same questions, and say how the answers of the other one differ.

    Without questions those are asked that are pinned, each as it was pinned. Nothing of it is kept.
    What is not embedded yet is not found by the other model, so ask when little is left.
    """
    asks_pinned = not body.questions if body.pinned is None else body.pinned
    found = asking.service.reembed.compare(
        asking.access,
        questions_from(body),
        k=body.k,
        pinned=tuple(map(SpaceName, body.spaces)) if asks_pinned else None,
        most_pinned=MAX_COMPARED - len(body.questions),
    )
    return compared_shape(found)


@router.post("/switch", responses=problems(403, 409, 429), summary="Switch to the next model")
def switch_models(asking: Asking) -> Reembedding:
    """Have every space recalled by the next model from now on, as one commit.

    No request fails, and none is answered by both. Refused while more than 64 vectors lack.
    """
    return progress_shape(asking.service.reembed.switch(asking.access))


@router.post("/undo", responses=problems(403, 409, 429), summary="Take the switch back")
def undo_switch(asking: Asking) -> Reembedding:
    """Have every space recalled by the model before again, as long as its vectors are kept."""
    return progress_shape(asking.service.reembed.undo(asking.access))


@router.post("/drop", responses=problems(403, 409, 429), summary="Drop the vectors not in use")
def drop_vectors(asking: Asking) -> Reembedding:
    """Delete the vectors of the model that spaces are not recalled by, for good.

    After the switch those of the model before; before it those made so far, which gives the next
    model up.
    """
    return progress_shape(asking.service.reembed.drop(asking.access))
