"""The page's files, read once from the installed package, and the headers that they go out with."""

import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
"""Nothing from elsewhere, nothing written into the page, and the page in no frame: a script that
came in with a memory has no way to run, and none to send anything anywhere."""

GUARDS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

INDEX = "index.html"
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
"""Said here, because what the machine's own table says of `.js` differs."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the page. Its ETag is of its content, so an upgrade is seen at once."""

    content: bytes
    kind: str
    etag: str

    def answer(self, request: Request) -> Response:
        """Answer with the file, or that the browser has it already."""
        if self.kind == "text/html":
            return Response(
                self.content, media_type=self.kind, headers={**GUARDS, "Cache-Control": "no-store"}
            )
        headers = {**GUARDS, "Cache-Control": "no-cache", "ETag": self.etag}
        if self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(self.content, media_type=self.kind, headers=headers)


@cache
def page_files() -> Mapping[str, File]:
    """Return every file of the page by its path below `/admin/`."""
    return dict(_below(files("memsvc.server.admin") / "page", ""))


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, File]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _below(each, f"{path}{each.name}/")
        else:
            content = each.read_bytes()
            etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            yield f"{path}{each.name}", File(content, _kind(each.name), etag)


def _kind(name: str) -> str:
    ending = name[name.rfind(".") :]
    return KINDS.get(ending) or mimetypes.guess_type(name)[0] or "text/plain"
