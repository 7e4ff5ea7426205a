"""Enrichment: how far the work after the write is, what it did, and another try for what failed."""

from fastapi import APIRouter

from memsvc.app.inspect import ShownRun
from memsvc.domain.ids import RunId, SpaceName
from memsvc.domain.work import Step
from memsvc.sdk.runs import RunInfo
from memsvc.sdk.wire import Enrichment, Page, Retried
from memsvc.server.deps import Asking, problems
from memsvc.server.queries import PageAsked, RunPath, SpacePath
from memsvc.server.shapes import backlog_shape, page_shape

router = APIRouter(prefix="/v1/spaces/{space}", tags=["enrichment"])


@router.get("/enrichment", responses=problems(404), summary="Read how far enrichment is behind")
def read_enrichment(asking: Asking, space: SpacePath) -> Enrichment:
    """Jobs waiting and done, the age of the oldest, and parked ones with their reasons."""
    return backlog_shape(asking.service.inspect.enrichment(asking.access, SpaceName(space)))


@router.post(
    "/enrichment/retry", responses=problems(403, 404, 429), summary="Try parked jobs again"
)
def retry_enrichment(asking: Asking, space: SpacePath) -> Retried:
    """Needs a writer. What a language model made in runs that were rolled back is owed anew too."""
    return Retried(jobs=asking.service.enrich.retry(asking.access, SpaceName(space)))


@router.get("/runs", responses=problems(404), summary="List runs of enrichment")
def list_runs(asking: Asking, space: SpacePath, query: PageAsked) -> Page[RunInfo]:
    """Those that changed something, the newest first, each with what of that stands now."""
    found = asking.service.inspect.runs(
        asking.access, SpaceName(space), after=query.cursor, limit=query.limit
    )
    return page_shape(found, _run_shape)


@router.get("/runs/{run}", responses=problems(404), summary="Read a run of enrichment")
def read_run(asking: Asking, space: SpacePath, run: RunPath) -> RunInfo:
    """Roll it back by its id where what it made is not wanted."""
    return _run_shape(asking.service.inspect.run(asking.access, SpaceName(space), RunId(run)))


def _run_shape(shown: ShownRun) -> RunInfo:
    run = shown.run
    return RunInfo(
        id=run.id,
        step=Step(run.step),
        maker=run.maker,
        started_at=run.started_at,
        ended_at=run.ended_at,
        first=run.first,
        last=run.last,
        changes=run.changes,
        made=dict(shown.made),
        rolled_back=run.undone,
    )
