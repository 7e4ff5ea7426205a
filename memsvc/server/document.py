"""The OpenAPI document: what FastAPI derives from the routes, with errors in their true form."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from memsvc.server.glossary import MEANINGS, PAGE
from memsvc.server.problems import MEDIA_TYPE

FIRST_ERROR = 400
PROBLEM = "#/components/schemas/Problem"
REQUEST_ID = {
    "description": "The request's id, as the log has it.",
    "schema": {"type": "string"},
}
RETRY_AFTER = {
    "description": "Seconds after which the same request may succeed.",
    "schema": {"type": "integer"},
}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the document, made once."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            tags=app.openapi_tags,
            routes=app.routes,
        )
        for status, response in _responses(found):
            _finish(status, response)
        schemas = found["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for name, schema in schemas.items():
            _describe(name, schema)
        app.openapi_schema = found
    return app.openapi_schema


def _responses(found: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for path in found["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                yield int(status), response


def _finish(status: int, response: dict[str, Any]) -> None:
    headers = response.setdefault("headers", {})
    headers["X-Request-Id"] = REQUEST_ID
    if status < FIRST_ERROR:
        return
    content = response["content"]
    if content["application/json"]["schema"].get("$ref") != PROBLEM:
        return
    response["content"] = {MEDIA_TYPE: content["application/json"]}
    if status in {429, 503}:
        headers["Retry-After"] = RETRY_AFTER


def _describe(name: str, schema: dict[str, Any]) -> None:
    """Say of every field that does not say it itself what it means."""
    if name.startswith("Page_"):
        schema["description"] = PAGE
    for field, shape in schema.get("properties", {}).items():
        meaning = MEANINGS.get(f"{name}.{field}") or MEANINGS.get(field)
        if "description" not in shape and meaning is not None:
            shape["description"] = meaning
