"""Enrichment: how far the work after the write is, and another try for what was parked."""

from fastapi import APIRouter

from memsvc.domain.ids import SpaceName
from memsvc.sdk.wire import Enrichment, Retried
from memsvc.server.deps import Asking, problems
from memsvc.server.queries import SpacePath
from memsvc.server.shapes import backlog_shape

router = APIRouter(prefix="/v1/spaces/{space}/enrichment", tags=["enrichment"])


@router.get("", responses=problems(404), summary="Read how far enrichment is behind")
def read_enrichment(asking: Asking, space: SpacePath) -> Enrichment:
    """Jobs waiting and done, the age of the oldest, and parked ones with their reasons."""
    return backlog_shape(asking.service.inspect.enrichment(asking.access, SpaceName(space)))


@router.post("/retry", responses=problems(403, 404, 429), summary="Try parked jobs again")
def retry_enrichment(asking: Asking, space: SpacePath) -> Retried:
    """Needs a writer."""
    return Retried(jobs=asking.service.enrich.retry(asking.access, SpaceName(space)))
