from collections.abc import Sequence

import numpy as np
from typing_extensions import override

from memsvc.config import Settings
from memsvc.evals.spaces.passing import Remembering, passing_service
from memsvc.llm.fakes import HashingEmbedder
from memsvc.ports.models import Matrix
from retrieval.recipes import DENSE


class Counting(HashingEmbedder):
    """Counts the texts that it really embeds."""

    def __init__(self) -> None:
        super().__init__(64)
        self.embedded = 0

    @override
    def embed(self, texts: Sequence[str]) -> Matrix:
        self.embedded += len(texts)
        return super().embed(texts)


def test_a_text_is_embedded_once_and_its_vector_is_the_embedders() -> None:
    counting = Counting()
    remembering = Remembering(counting)

    first = remembering.embed(["a cat", "a dog", "a cat"])
    again = remembering.embed(["a dog"])

    assert counting.embedded == 2
    np.testing.assert_array_equal(first, HashingEmbedder(64).embed(["a cat", "a dog", "a cat"]))
    np.testing.assert_array_equal(again[0], first[1])


def test_no_text_gives_no_row() -> None:
    assert Remembering(HashingEmbedder(64)).embed([]).shape == (0, 64)


def test_the_passing_service_takes_a_turn_that_others_refuse() -> None:
    too_long = "a cat " * 50_000

    with passing_service(
        Settings(), embedder=HashingEmbedder(64), recipes={"default": DENSE}
    ) as client:
        written = client.space("one").write("s", [{"role": "user", "content": too_long}])

    assert len(written.turns) == 1


def test_the_passing_service_knows_the_recipes_it_was_given() -> None:
    with passing_service(
        Settings(), embedder=HashingEmbedder(64), recipes={"default": DENSE, "own": DENSE}
    ) as client:
        space = client.space("one")
        space.write("s", [{"role": "user", "content": "a cat"}])

        assert [hit.text for hit in space.recall("cat", recipe="own").hits] == ["a cat"]
