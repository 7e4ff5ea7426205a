"""What `memsvc doctor` says of a language model."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from memsvc.cli.family import memsvc
from tests.llm.stub import Stub, serving

Doctor = Callable[..., tuple[int, dict[str, dict[str, Any]]]]


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as lent:
        yield lent


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """Return what examines a new directory: its exit code, and its findings by their names."""

    def examine(**environment: str) -> tuple[int, dict[str, dict[str, Any]]]:
        chosen = {"MEMSVC_DATA": str(tmp_path), "MEMSVC_EMBEDDER": "hashing", **environment}
        done = CliRunner().invoke(memsvc, ["doctor", "--json"], env=chosen)
        return done.exit_code, {one["check"]: one for one in json.loads(done.stdout)}

    return examine


def test_without_a_model_nothing_is_wrong(doctor: Doctor) -> None:
    code, found = doctor()

    assert code == 0
    assert found["language model"]["detail"] == "none is set; nothing needs one"


def test_it_says_what_the_model_offers_and_in_what_time(doctor: Doctor, stub: Stub) -> None:
    stub.says = {"/v1/models": {"data": [{"id": "small", "max_model_len": 2048}]}}
    stub.takes_tools = False

    code, found = doctor(MEMSVC_LLM_URL=stub.url, MEMSVC_LLM_MODEL="small")

    assert code == 0
    told = found["language model"]["detail"]
    assert told.startswith(f"small at {stub.url} answers a word in 0.")
    assert "reads and writes 2048 tokens, offers answers by schema, odds of choices. " in told
    assert "The server takes no tools (it answered 500" in told


def test_a_model_that_does_not_answer_is_wrong(doctor: Doctor, stub: Stub) -> None:
    stub.key = "secret"

    code, found = doctor(MEMSVC_LLM_URL=stub.url, MEMSVC_LLM_MODEL="small", MEMSVC_LLM_KEY="other")

    assert code == 1
    assert not found["language model"]["ok"]
    assert "answers 401 for small (wrong key); check" in found["language model"]["detail"]


def test_a_server_that_tells_no_surprise_is_wrong(doctor: Doctor, stub: Stub) -> None:
    environment = {
        "MEMSVC_LLM_URL": stub.url,
        "MEMSVC_LLM_MODEL": "small",
        "MEMSVC_SURPRISE_MODEL": "llm",
    }
    assert doctor(**environment)[1]["surprise model"]["ok"]

    stub.echoes = False
    code, found = doctor(**environment)

    assert code == 1
    assert "does not tell the odds of a prompt's tokens" in found["surprise model"]["detail"]
