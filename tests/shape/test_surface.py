"""The public names, and what importing them brings along."""

import subprocess
import sys

import pytest

import memsvc

HEAVY = ("numpy", "sqlalchemy", "fastapi", "faiss", "torch", "onnxruntime", "pydantic_settings")


def imported_by(module: str) -> set[str]:
    """Return the top-level packages in memory after importing `module` in a new process."""
    code = f"import sys, {module}; print(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_all_is_sorted() -> None:
    assert memsvc.__all__ == sorted(memsvc.__all__)


@pytest.mark.parametrize("name", memsvc.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(memsvc, name) is not None


def test_all_is_complete() -> None:
    assert set(memsvc.__all__) == set(memsvc._HOMES)


def test_a_name_that_is_not_public_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        memsvc.no_such_name  # noqa: B018


def test_importing_the_package_imports_nothing_else_of_it() -> None:
    assert not imported_by("memsvc") & {*HEAVY, "httpx", "pydantic"}


def test_importing_the_sdk_imports_no_part_of_the_server() -> None:
    """click is not asked about here: httpx imports it where it finds it."""
    assert not imported_by("memsvc.sdk.client, memsvc.sdk.aio") & {*HEAVY, "structlog"}


def test_importing_the_agent_imports_no_part_of_the_server_and_no_model() -> None:
    """Only numpy, which the port of language models gives odds in."""
    heavy = {*HEAVY, "structlog", "transformers"} - {"numpy"}
    assert not imported_by("memsvc.agent") & heavy


def test_the_vocabulary_imports_nothing_installed() -> None:
    modules = "memsvc.domain.errors, memsvc.domain.access, memsvc.domain.ledger, memsvc.domain.work"
    # What the interpreter itself loads at its start, site hooks included, is not our doing.
    brought = imported_by(f"{modules}, memsvc.domain.recall") - imported_by("sys")
    assert brought <= {*sys.stdlib_module_names, "memsvc"}
