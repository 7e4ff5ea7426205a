"""docker-compose.yml is what the specification allows, and starts what this repository has.

Nothing is started here. Variables are filled in as Compose does, from an environment that is empty
and from one that sets all of them.
"""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from memsvc.cli.family import memsvc
from memsvc.config import Settings
from tests.shape.test_settings import variable

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
GIVEN = {
    "MEMSVC_LLM_URL": "http://model:8000/v1",
    "MEMSVC_LLM_MODEL": "Qwen/Qwen3-4B-Instruct-2507",
    "VLLM_IMAGE": "vllm/vllm-openai:v0.22.0",
    "LLM_TOKENS": "32768",
    "LLM_TOOL_PARSER": "qwen3_xml",
    "POSTGRES_IMAGE": "pgvector/pgvector:0.8.1-pg18",
    "POSTGRES_PASSWORD": "another",
    "PROXY_IMAGE": "caddy:2.10",
}
PYTHONS = {
    "memsvc": "python",
    "model": "python3",
    "replica-a": "python",
    "replica-b": "python",
    "worker": "python",
}
"""How the images call the interpreter that health checks run; vLLM's has no other name for it."""

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def filled(environment: Mapping[str, str]) -> Any:
    """Return the file with its variables filled in; one without a default must be given."""

    def value(match: re.Match[str]) -> str:
        name, default = match.groups()
        return environment.get(name) or (environment[name] if default is None else default)

    def inside(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: inside(one) for name, one in part.items()}
        if isinstance(part, list):
            return [inside(one) for one in part]
        return _VARIABLE.sub(value, part) if isinstance(part, str) else part

    return inside(YAML(typ="safe").load(COMPOSE.read_text(encoding="utf-8")))


def started(environment: Mapping[str, str], *profiles: str) -> dict[str, Any]:
    """Return the services that are started with these profiles."""
    return {
        name: service
        for name, service in filled(environment)["services"].items()
        if not service.get("profiles") or set(service["profiles"]) & set(profiles)
    }


@pytest.mark.parametrize("environment", [{}, GIVEN], ids=["defaults", "all given"])
def test_it_is_what_the_specification_allows(environment: dict[str, str]) -> None:
    folder = files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((folder / "compose-spec.json").read_text(encoding="utf-8"))

    found = list(jsonschema_rs.validator_for(schema).iter_errors(filled(environment)))

    assert [f"{'.'.join(map(str, one.instance_path))}: {one.message}" for one in found] == []


def test_a_model_is_started_with_its_profile_alone() -> None:
    assert list(started({})) == ["memsvc"]
    assert list(started(GIVEN, "gpu")) == ["memsvc", "model"]


def test_the_processes_that_share_a_database_are_started_with_their_profile_alone() -> None:
    services = started({}, "replicas")
    assert list(services)[1:] == [
        "database",
        "migrate",
        "replica-a",
        "replica-b",
        "worker",
        "proxy",
    ]
    for name in ("replica-a", "replica-b", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"].endswith("successfully")
    assert set(services["proxy"]["depends_on"]) == {"replica-a", "replica-b"}
    assert "replica-a:7077 replica-b:7077" in filled({})["configs"]["proxy"]["content"]


def test_every_command_that_it_runs_is_one_of_ours_with_options_that_it_has() -> None:
    for service in started({}, "replicas").values():
        command = service.get("command", [])
        if command[:1] == ["memsvc"]:
            name, *rest = command[1:]
            found = memsvc.get_command(click.Context(memsvc), name)
            assert found is not None
            found.make_context(name, list(rest))


def test_every_variable_that_may_be_given_is_filled_in() -> None:
    named = {name for name, _ in _VARIABLE.findall(COMPOSE.read_text(encoding="utf-8"))}
    assert named == set(GIVEN)
    told = json.dumps(filled(GIVEN))
    assert all(value in told for value in GIVEN.values())


def test_every_setting_that_it_gives_is_one_and_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {variable(field) for field in Settings.model_fields}
    for environment in ({}, GIVEN):
        services = started(environment, "replicas")
        for name in ("migrate", "replica-a", "worker"):
            assert set(services[name]["environment"]) <= known
        given = services["memsvc"]["environment"]
        assert set(given) <= known
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        assert Settings().llm_url == environment.get("MEMSVC_LLM_URL", "")
    image = dict(re.findall(r"\b(MEMSVC_\w+)=(\S+)", dockerfile()))
    assert set(image) - {"MEMSVC_MODELS"} <= known


def test_health_checks_run_what_their_images_have() -> None:
    services = started(GIVEN, "gpu", "replicas")
    checks = {
        name: service["healthcheck"]["test"]
        for name, service in services.items()
        if name in PYTHONS
    }

    assert {name: check[:2] for name, check in checks.items()} == {
        name: ["CMD", python] for name, python in PYTHONS.items()
    }
    for check in checks.values():
        compile(check[3], "health check", "exec")
    assert re.findall(r"^FROM (\w+):", dockerfile(), re.MULTILINE)[-1] == "python"
    assert json.dumps(checks["memsvc"][1:]) in dockerfile(), "the image checks the same"


def test_every_volume_is_declared_and_used() -> None:
    mounts = {
        mount.partition(":")[0]
        for service in started({}, "gpu", "replicas").values()
        for mount in service.get("volumes", ())
    }
    assert mounts == set(filled({})["volumes"])
    assert not any(name.startswith((".", "/", "~")) for name in mounts)


def test_what_is_published_is_published_on_loopback_alone() -> None:
    services = started(GIVEN, "gpu", "replicas")

    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {name: ["127.0.0.1:7077:7077"] for name in ("memsvc", "proxy")}
    for service in services.values():
        assert "network_mode" not in service
        assert "privileged" not in service


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")
