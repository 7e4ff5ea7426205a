"""A memory in process for each test of the agent; with the real model where a test asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memsvc.local import open as memsvc_open
from memsvc.sdk.client import Client, Space
from tests.models import onnx_folder


@pytest.fixture(scope="package")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with memsvc_open(tmp_path_factory.mktemp("hashing"), embedder="hashing") as opened:
        yield opened


@pytest.fixture
def space(client: Client, request: pytest.FixtureRequest) -> Space:
    """An empty space, of words alone."""
    return client.space(f"s{abs(hash(request.node.nodeid))}")


@pytest.fixture(scope="package")
def real_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder: Path = tmp_path_factory.mktemp("minilm")
    with memsvc_open(folder, embedder=str(onnx_folder()), tokens=False) as opened:
        yield opened


@pytest.fixture
def real(real_client: Client, request: pytest.FixtureRequest) -> Space:
    """An empty space, with the real all-MiniLM-L6-v2."""
    return real_client.space(f"s{abs(hash(request.node.nodeid))}")
