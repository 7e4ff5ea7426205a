"""One running app for all tests that only need some space in it."""

from collections.abc import Iterator

import pytest

from tests.server.front import Front, open_front


@pytest.fixture(scope="session")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A running app; each test takes a space of its own."""
    with open_front(tmp_path_factory.mktemp("front")) as opened:
        yield opened
