"""What is documented is what is there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memsvc.config import Settings
from memsvc.server.factory import build_app
from memsvc.server.glossary import MEANINGS
from memsvc.server.openapi import default_settings, rendered
from tests.server.front import all_routes

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The OpenAPI document of an app with default settings."""
    return build_app(default_settings()).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def fields(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, schema in document["components"]["schemas"].items():
        for field, shape in schema.get("properties", {}).items():
            yield name, field, shape


def test_the_committed_document_is_the_one_that_the_app_gives(document: dict[str, Any]) -> None:
    """When this fails: python -m memsvc.server.openapi > docs/openapi.json."""
    assert (DOCS / "openapi.json").read_text(encoding="utf-8") == rendered(document)


def test_every_endpoint_is_documented(document: dict[str, Any]) -> None:
    assert {(method, path) for method, path, _ in operations(document)} == set(all_routes())
    assert document["openapi"].startswith("3.1")


def test_every_field_and_parameter_says_what_it_means(document: dict[str, Any]) -> None:
    silent = [
        (name, field) for name, field, shape in fields(document) if "description" not in shape
    ]
    silent += [
        (path, parameter["name"])
        for _, path, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if "description" not in parameter
    ]

    assert silent == []


def test_the_glossary_explains_nothing_that_is_not_there(document: dict[str, Any]) -> None:
    there = {field for _, field, _ in fields(document)}
    there |= {f"{name}.{field}" for name, field, _ in fields(document)}

    assert set(MEANINGS) - there == set()


def test_every_refusal_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        if not path.startswith("/v1/"):
            continue
        answers = operation["responses"]
        assert {"401", "422", "503"} <= set(answers), path
        if "requestBody" in operation:
            assert {"400", "413"} <= set(answers), path
        if "{" in path and operation.get("operationId"):
            assert "404" in answers, path
        for status, answer in answers.items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (path, status)


def test_the_document_does_not_depend_on_the_environment(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_MAX_TURN_CHARS", "7")

    assert build_app(default_settings()).openapi() == document


def test_every_setting_is_documented() -> None:
    table = (DOCS / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| `MEMSVC_(\w+)` \| .+ \| (.+) \|$", table, re.MULTILINE)

    assert [name for name, _, _ in rows] == list(Settings.model_fields)
    for name, variable, meaning in rows:
        assert variable == name.upper()
        assert meaning == Settings.model_fields[name].description


def test_the_document_is_json_with_a_newline_at_its_end(document: dict[str, Any]) -> None:
    assert json.loads(rendered(document)) == document
    assert rendered(document).endswith("}\n")
