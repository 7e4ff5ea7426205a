"""Requests about documents, as `memsvc.sdk.calls` has them about everything else.

What a caller gives (a text, parts, or a file by its path or bytes) becomes a body here, JSON or a
form, so that a client which waits and one which awaits hand it over alike.
"""

import json
import os
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypedDict, TypeVar, Unpack

import httpx

from memsvc.domain.errors import InvalidField
from memsvc.sdk.calls import PAGE, Call, given, json_body, space_path
from memsvc.sdk.documents import (
    DocumentDetail,
    DocumentInfo,
    NewPart,
    PartDetail,
    ReplaceDocument,
    ReplacePart,
    WriteDocument,
    WrittenDocument,
)
from memsvc.sdk.faults import valid
from memsvc.sdk.wire import Deleted, Page, Request

R = TypeVar("R", bound=Request)

FileToSend: TypeAlias = str | os.PathLike[str] | bytes
"""A file's path, or its bytes."""


class Said(TypedDict, total=False):
    """What may be said of a document; what is left out follows from its contents or is nothing."""

    title: str | None
    media_type: str | None
    metadata: Mapping[str, Any]
    at: datetime | None
    user_id: str | None
    agent_id: str | None
    embed: Literal["now", "later"]


class SaidOfPart(TypedDict, total=False):
    """What may be said of a part."""

    title: str | None
    media_type: str | None
    embed: Literal["now", "later"]


def write_document(
    space: str,
    text: str | None = None,
    *,
    id: str | None = None,  # noqa: A002  what the interface calls it
    file: FileToSend | None = None,
    parts: Sequence[NewPart | Mapping[str, Any]] | None = None,
    **said: Unpack[Said],
) -> Call[WrittenDocument]:
    """Write a document, in place of the one of that id.

    Repeatable: an id is made up when none is given, and the same document again changes nothing.
    """
    name = id or f"d_{uuid.uuid4().hex}"
    described, body = _body(WriteDocument, file, text=text, parts=parts, id=name, **said)
    return Call(
        "POST",
        space_path(space, "documents"),
        WrittenDocument,
        headers=described,
        body=body,
        about={"space": space, "document": name},
    )


def replace_document(
    space: str,
    document: str,
    text: str | None = None,
    *,
    version: int,
    file: FileToSend | None = None,
    parts: Sequence[NewPart | Mapping[str, Any]] | None = None,
    **said: Unpack[Said],
) -> Call[WrittenDocument]:
    """Replace a document that still stands at `version`.

    Repeatable: one that got through makes its repeat a `VersionMismatch`, never a second edit.
    """
    described, body = _body(ReplaceDocument, file, text=text, parts=parts, **said)
    return Call(
        "PUT",
        space_path(space, "documents", document),
        WrittenDocument,
        headers={**described, "If-Match": f'"{version}"'},
        body=body,
        about={"space": space, "document": document},
    )


def replace_part(
    space: str,
    document: str,
    part: str,
    text: str | None = None,
    *,
    version: int,
    file: FileToSend | None = None,
    **said: Unpack[SaidOfPart],
) -> Call[WrittenDocument]:
    """Replace one part of a document that still stands at `version`, or add it at the end."""
    described, body = _body(ReplacePart, file, text=text, **said)
    return Call(
        "PUT",
        space_path(space, "documents", document, "parts", part),
        WrittenDocument,
        headers={**described, "If-Match": f'"{version}"'},
        body=body,
        about={"space": space, "document": document, "part": part},
    )


def read_document(space: str, document: str) -> Call[DocumentDetail]:
    """Read a document; its `version` is what a replacement wants."""
    about = {"space": space, "document": document}
    return Call("GET", space_path(space, "documents", document), DocumentDetail, about=about)


def read_part(space: str, document: str, part: str) -> Call[PartDetail]:
    """Read a part with its text."""
    path = space_path(space, "documents", document, "parts", part)
    return Call("GET", path, PartDetail, about={"space": space, "document": document, "part": part})


def list_documents(
    space: str, *, limit: int = PAGE, cursor: str | None = None
) -> Call[Page[DocumentInfo]]:
    """List a space's documents."""
    return Call(
        "GET",
        space_path(space, "documents"),
        Page[DocumentInfo],
        params=given(limit=limit, cursor=cursor),
        about={"space": space},
    )


def delete_document(space: str, document: str) -> Call[Deleted]:
    """Delete a document with its parts."""
    about = {"space": space, "document": document}
    return Call("DELETE", space_path(space, "documents", document), Deleted, about=about)


def _body(
    shape: type[R], file: FileToSend | None, **fields: object
) -> tuple[dict[str, str], bytes]:
    """Return the headers that describe a body, and the body: JSON, or a form around a file."""
    said = {name: value for name, value in fields.items() if value is not None}
    if file is None:
        return {}, json_body(valid(shape, **said))
    media_type = said.pop("media_type", None)  # of a file it may be any, and the service decides
    if {"text", "parts"} & said.keys():
        raise InvalidField("Give one of text, parts and file.", field="file")
    shaped = valid(shape, **said).model_dump(mode="json", exclude_unset=True)
    form = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in shaped.items()
    }
    if media_type is not None:
        form["media_type"] = str(media_type)
    name, content = _read(file)
    request = httpx.Request("POST", "http://form", data=form, files={"file": (name, content)})
    return {"Content-Type": request.headers["Content-Type"]}, request.read()


def _read(file: FileToSend) -> tuple[str, bytes]:
    if isinstance(file, bytes):
        return "document", file
    path = Path(file)
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise InvalidField(f"{path} cannot be read: {error.strerror}.", field="file") from error
