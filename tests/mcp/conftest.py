from collections.abc import Iterator

import pytest

from tests.mcp.room import Room, open_room


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A running app; each test takes a space of its own."""
    with open_room(tmp_path_factory.mktemp("room")) as opened:
        yield opened
