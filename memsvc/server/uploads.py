"""Uploads: a form with a file is read like the same request in JSON, with the file beside it.

A route of this class takes both. The fields of a form become the JSON object that they would have
been, so that one shape checks either and every refusal reads the same.
"""

import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.datastructures import FormData, Headers, MutableHeaders, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Message
from typing_extensions import override

from memsvc.domain.document import File
from memsvc.domain.errors import InvalidField, InvalidRequest

FORM = "multipart/form-data"
FILE = "file"
AS_JSON = frozenset(("metadata",))
"""Fields that a form holds as JSON text."""

MEDIA_TYPE = "media_type"
"""The field that in a form speaks of the file, and so may be any type of file."""

MOST_FIELDS = 16
LONGEST_FIELD = 64 * 1024
LONGEST_FILE_NAME = 255


class UploadRoute(APIRoute):
    """A route that takes JSON, or a form with a file."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        as_json = super().get_route_handler()

        async def handle(request: Request) -> Response:
            content_type = request.headers.get("content-type", "")
            if content_type.partition(";")[0].strip().lower() == FORM:
                request = await _as_json(request)
            return await as_json(request)

        return handle


async def _uploaded(request: Request) -> File | None:
    file: File | None = getattr(request.state, "upload", None)
    return file


Uploaded = Annotated[File | None, Depends(_uploaded)]


def also_as_form(shape: type[BaseModel], *fields: str) -> dict[str, Any]:
    """Document that a route takes a form with a file and these fields of a shape beside JSON."""
    described = shape.model_json_schema()["properties"]
    form = {
        "type": "object",
        "required": [FILE],
        "properties": {
            FILE: {
                "type": "string",
                "format": "binary",
                "description": "The file: text, Markdown, HTML or PDF.",
            },
            **{name: _field(name, described[name]) for name in fields},
        },
    }
    return {"requestBody": {"content": {FORM: {"schema": form}}}}


def _field(name: str, shape: dict[str, Any]) -> dict[str, Any]:
    """Describe a field as a form holds it, which has no null."""
    if name in AS_JSON:
        return {"type": "string", "description": "As in JSON, as JSON text."}
    if name == MEDIA_TYPE:
        return {"type": "string", "description": "What the file is, if it does not say so itself."}
    given = next((each for each in shape.get("anyOf", ()) if each != {"type": "null"}), shape)
    return {**given, "description": "As in JSON."}


async def _as_json(request: Request) -> Request:
    """Return the same request with the form's fields as a JSON body, its file in `state`."""
    reading = request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD)
    try:
        async with reading as form:
            fields, file = _parted(form)
            content = await file.read()
    except HTTPException as error:
        raise InvalidRequest(
            f"The form cannot be read; send {FORM} with a boundary, one file in the field "
            f"`{FILE}` and at most {MOST_FIELDS} fields of {LONGEST_FIELD} bytes."
        ) from error
    media_type = fields.pop(MEDIA_TYPE, None) or file.content_type
    name = (file.filename or "")[-LONGEST_FILE_NAME:]
    request.state.upload = File(content, media_type, name)
    body = json.dumps(fields).encode()
    headers = MutableHeaders(raw=list(request.headers.raw))
    headers["content-type"] = "application/json"
    headers["content-length"] = str(len(body))

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({**request.scope, "headers": Headers(raw=headers.raw).raw}, receive)


def _parted(form: FormData) -> tuple[dict[str, Any], UploadFile]:
    """Return the fields as JSON would hold them, and the file."""
    fields: dict[str, Any] = {}
    file = None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile) != (name == FILE) or name in fields:
            raise InvalidField(
                f"Send each field once, the file as `{FILE}` and the others as text.", field=name
            )
        if isinstance(value, UploadFile):
            file = value
        else:
            fields[name] = _from_json(name, value) if name in AS_JSON else value
    if file is None:
        raise InvalidField(f"The form holds no file; send one as `{FILE}`.", field=FILE)
    return fields, file


def _from_json(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise InvalidField(f"{name} must be JSON.", field=name) from error
