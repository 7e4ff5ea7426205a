"""Backup: everything in one file, while the service is at work."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from memsvc.server.deps import Asking, problems

router = APIRouter(prefix="/v1/backup", tags=["backup"])

MEDIA_TYPE = "application/x-tar"


@router.get(
    "",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            "description": "The backup: a tar of `manifest.json` and the database.",
        },
        **problems(403, 429),
    },
    summary="Back up everything",
)
def back_up(asking: Asking) -> StreamingResponse:
    """Send the whole installation as it stands now; needs an admin of all spaces.

    Every write that was answered before is in it, and none is held up. One backup at a time.
    Nothing that is kept is changed.
    """
    backup = asking.service.back_up(asking.access)
    headers = {
        "Content-Length": str(backup.size),
        "Content-Disposition": f'attachment; filename="{backup.name}"',
    }
    return StreamingResponse(backup.chunks(), media_type=MEDIA_TYPE, headers=headers)
