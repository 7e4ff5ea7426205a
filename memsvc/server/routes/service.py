"""The service: what it stands on, and the settings in force."""

from fastapi import APIRouter, Request

from memsvc.config import Settings
from memsvc.domain.access import Role
from memsvc.sdk.wire import ServiceInfo
from memsvc.server.deps import Asking, problems
from memsvc.server.in_force import service_shape

router = APIRouter(prefix="/v1/service", tags=["service"])


@router.get("", responses=problems(403), summary="Read what the service stands on")
def read_service(request: Request, asking: Asking) -> ServiceInfo:
    """Answer the kind of store, where it is searched, and every setting; needs an admin of all.

    Addresses come without passwords, and of a secret it is told whether it is set.
    """
    asking.access.require(Role.ADMIN)
    settings: Settings = request.app.state.settings
    return service_shape(settings, is_searched_there=asking.service.shelf.asks_the_database)
