"""Keys: who may do what. For admins that are bound to all spaces, but for one's own key."""

from http import HTTPStatus

from fastapi import APIRouter

from memsvc.domain.ids import KeyId
from memsvc.sdk.wire import KeyInfo, MadeKey, NewKey, Page
from memsvc.server.deps import Asking, problems
from memsvc.server.queries import KeyPath, PageAsked
from memsvc.server.shapes import key_shape, made_key_shape, page_shape

router = APIRouter(prefix="/v1/keys", tags=["keys"])


@router.get("", responses=problems(403), summary="List the keys")
def list_keys(asking: Asking, page: PageAsked) -> Page[KeyInfo]:
    """In the order in which they were made, without their secrets."""
    found = asking.service.admit.keys(asking.access, after=page.cursor, limit=page.limit)
    return page_shape(found, key_shape)


@router.get("/mine", responses=problems(), summary="Read the key that asks")
def read_own_key(asking: Asking) -> KeyInfo:
    """Answer what the key of this very request may do, for whoever holds it and was not told."""
    return key_shape(asking.access)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(400, 403, 413, 429),
    summary="Make a key",
)
def make_key(asking: Asking, body: NewKey) -> MadeKey:
    """Answer the key with its secret, which is shown this once."""
    return made_key_shape(
        asking.service.admit.make(asking.access, name=body.name, role=body.role, spaces=body.spaces)
    )


@router.delete(
    "/{key}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(403, 404, 429),
    summary="Revoke a key",
)
def revoke_key(asking: Asking, key: KeyPath) -> None:
    """Refuse requests with it from now on."""
    asking.service.admit.revoke(asking.access, KeyId(key))
