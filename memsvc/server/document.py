"""The OpenAPI document: what FastAPI derives from the routes, with errors in their true form."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from memsvc.sdk.checked import KEYS_SCHEMA, MAX_METADATA_DEPTH, SCALAR_SCHEMA
from memsvc.server.deps import AS_OF
from memsvc.server.glossary import MEANINGS, PAGE
from memsvc.server.problems import MEDIA_TYPE

FIRST_ERROR = 400
PROBLEM = "#/components/schemas/Problem"
REQUEST_ID = {
    "description": "The request's id, as the log has it.",
    "schema": {"type": "string"},
}
AS_OF_HEADER = {
    "description": "The ledger position that the answer stands at; only where `as_of` was asked.",
    "schema": {"type": "integer"},
}
RETRY_AFTER = {
    "description": "Seconds after which the same request may succeed.",
    "schema": {"type": "integer"},
}

VALUE = "MetadataAtLevel"
"""What a wire shape cannot say itself: what metadata holds, level below level. One that referred to
itself would have no end, and metadata has one."""


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
        schemas = found["components"]["schemas"]
        for path, operation in _operations(found):
            looks_back = _looks_back(path, operation, schemas)
            for status, response in operation["responses"].items():
                _finish(int(status), response, looks_back=looks_back)
            for parameter in operation.get("parameters", ()):
                _leave_out_null(parameter["schema"])
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for name, schema in schemas.items():
            _describe(name, schema)
            _refer(schema)
        for level in range(2, MAX_METADATA_DEPTH + 1):
            schemas[f"{VALUE}{level}"] = _value_at(level)
        app.openapi_schema = found
    return app.openapi_schema


def _operations(found: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in found["paths"].items():
        for operation in operations.values():
            yield path, operation


def _looks_back(path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Tell whether an endpoint of one space takes `as_of`, in its address or in its body."""
    asked = {parameter["name"] for parameter in operation.get("parameters", ())}
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    said = schemas.get(body.rpartition("/")[2], {}).get("properties", {})
    return "{space}" in path and ("as_of" in asked or "as_of" in said)


def _leave_out_null(schema: dict[str, Any]) -> None:
    """Say that a parameter is left out rather than null, which an address has no way to write."""
    some = [shape for shape in schema.get("anyOf", ()) if shape != {"type": "null"}]
    if len(some) == 1:
        del schema["anyOf"]
        schema.update(some[0])


def _finish(status: int, response: dict[str, Any], *, looks_back: bool) -> None:
    headers = response.setdefault("headers", {})
    headers["X-Request-Id"] = REQUEST_ID
    if status < FIRST_ERROR:
        if looks_back:
            headers[AS_OF] = AS_OF_HEADER
        return
    content = response["content"]
    if content["application/json"]["schema"].get("$ref") != PROBLEM:
        return
    response["content"] = {MEDIA_TYPE: content["application/json"]}
    if status in {409, 429, 503}:
        headers["Retry-After"] = RETRY_AFTER


def _describe(name: str, schema: dict[str, Any]) -> None:
    """Say of every field that does not say it itself what it means."""
    if name.startswith("Page_"):
        schema["description"] = PAGE
    for field, shape in schema.get("properties", {}).items():
        meaning = MEANINGS.get(f"{name}.{field}") or MEANINGS.get(field)
        if "description" not in shape and meaning is not None:
            shape["description"] = meaning


def _refer(schema: Any) -> None:
    """Let every object of which only the keys are known hold metadata values."""
    if isinstance(schema, list):
        for inner in schema:
            _refer(inner)
    elif isinstance(schema, dict):
        if "propertyNames" in schema and schema.get("additionalProperties") is True:
            schema["additionalProperties"] = {"$ref": f"#/components/schemas/{VALUE}2"}
        for inner in schema.values():
            _refer(inner)


def _value_at(level: int) -> dict[str, Any]:
    """Describe a value at a level of metadata, where the whole is level 1."""
    if level < MAX_METADATA_DEPTH:
        inner = {"$ref": f"#/components/schemas/{VALUE}{level + 1}"}
        array: dict[str, Any] = {"items": inner}
        mapping: dict[str, Any] = {"propertyNames": KEYS_SCHEMA, "additionalProperties": inner}
    else:
        array, mapping = {"maxItems": 0}, {"maxProperties": 0}
    return {
        "description": f"A value at level {level} of at most {MAX_METADATA_DEPTH}.",
        "anyOf": [
            dict(SCALAR_SCHEMA),
            {"type": "null"},
            {"type": "array", **array},
            {"type": "object", **mapping},
        ],
    }
