"""Canaries: planted to see what leaks, and what a deletion leaves."""

from http import HTTPStatus

from fastapi import APIRouter

from memsvc.domain.ids import SpaceName
from memsvc.sdk.canaries import CanaryCheck, PlantCanaries, PlantedCanaries
from memsvc.server.canary_shapes import looked_shape, planted_shape
from memsvc.server.deps import Asking, problems
from memsvc.server.queries import SpacePath

router = APIRouter(prefix="/v1/spaces/{space}/canaries", tags=["canaries"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(400, 403, 404, 409, 413, 429),
    summary="Plant canaries",
)
def plant_canaries(asking: Asking, space: SpacePath, body: PlantCanaries) -> PlantedCanaries:
    """Needs an admin. Random sentences, as turns of the stream `canaries`.

    They answer only a question that holds one of their words, and change no other answer.
    """
    planted = asking.service.canaries.plant(asking.access, SpaceName(space), count=body.count)
    return planted_shape(*planted)


@router.get("", responses=problems(403, 404), summary="List canaries")
def list_canaries(asking: Asking, space: SpacePath) -> PlantedCanaries:
    """Needs an admin. Those are among them whose turns are gone."""
    return planted_shape(*asking.service.canaries.planted(asking.access, SpaceName(space)))


@router.post("/check", responses=problems(403, 404), summary="Look for canaries everywhere")
def check_canaries(asking: Asking, space: SpacePath) -> CanaryCheck:
    """Needs an admin. Reads every row of the installation; `memsvc doctor` reads files as well."""
    return looked_shape(asking.service.canaries.check(asking.access, SpaceName(space)))
