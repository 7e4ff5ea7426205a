"""The routes of the page: its files, and the session that its browser begins and ends.

They hold nothing that is remembered, and stand outside the documented interface.
"""

from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from memsvc.app.admit import hash_of
from memsvc.domain.errors import KeyRequired, RouteNotFound
from memsvc.sdk.wire import KeyInfo
from memsvc.server.admin.files import INDEX, page_files
from memsvc.server.admin.sessions import Sessions, cookie_of, is_of_the_page
from memsvc.server.deps import Held, admitted, admitted_by_hash
from memsvc.server.release import version
from memsvc.server.shapes import key_shape

router = APIRouter(prefix="/admin", include_in_schema=False)


class Login(BaseModel):
    """A key, sent once."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=200, repr=False)


class Standing(BaseModel):
    """Who the page's session is of, and which release answers."""

    key: KeyInfo | None
    version: str


@router.get("/session")
async def read_session(request: Request, opening: Held, answer: Response) -> Standing:
    """Answer which key the session stands for: none where there is none, or no more."""
    answer.headers["Cache-Control"] = "no-store"
    sessions: Sessions = request.app.state.sessions
    secret_hash = sessions.secret_hash(request)
    if secret_hash is None:
        return Standing(key=None, version=version())
    try:
        access = await admitted_by_hash(opening.service, secret_hash)
    except KeyRequired:  # revoked since: the page asks for another
        return Standing(key=None, version=version())
    return Standing(key=key_shape(access), version=version())


@router.post("/session", status_code=HTTPStatus.CREATED)
async def begin_session(request: Request, body: Login, opening: Held, answer: Response) -> Standing:
    """Begin a session of a key. Raises `KeyRequired` for one that is not known."""
    if not is_of_the_page(request):
        raise KeyRequired("A session is begun by the page at /admin/ alone; open that.")
    access = await admitted(opening.service, body.key.strip(), owner=None)
    sessions: Sessions = request.app.state.sessions
    sessions.end(request)
    answer.set_cookie(
        cookie_of(request),
        sessions.begin(hash_of(body.key.strip())),
        max_age=int(sessions.longest_s),
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="strict",
    )
    answer.headers["Cache-Control"] = "no-store"
    return Standing(key=key_shape(access), version=version())


@router.delete("/session", status_code=HTTPStatus.NO_CONTENT)
async def end_session(request: Request, answer: Response) -> None:
    """End the session; the cookie stands for nothing from now on."""
    if not is_of_the_page(request):
        raise KeyRequired("A session is ended by the page at /admin/ alone; open that.")
    sessions: Sessions = request.app.state.sessions
    sessions.end(request)
    answer.delete_cookie(
        cookie_of(request), path="/", secure=_is_secure(request), httponly=True, samesite="strict"
    )


@router.get("")
async def lead_to_page() -> RedirectResponse:
    """Lead to the page: its files are named relative to the slash."""
    return RedirectResponse("admin/", status_code=HTTPStatus.PERMANENT_REDIRECT)


@router.api_route("/{path:path}", methods=["GET", "HEAD"])
async def read_file(request: Request, path: str) -> Response:
    """Answer with a file of the page."""
    found = page_files().get(path or INDEX)
    if found is None:
        raise RouteNotFound("The admin page has no such file; it begins at /admin/.")
    return found.answer(request)


def add_admin(app: FastAPI) -> None:
    """Serve the page below /admin/."""
    app.include_router(router)


def _is_secure(request: Request) -> bool:
    """Tell whether the browser speaks TLS, also where a proxy before the service ends it."""
    origin = request.headers.get("origin", "")
    return request.url.scheme == "https" or origin.startswith("https://")
