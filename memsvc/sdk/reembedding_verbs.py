"""Changing the embedding model, as a part of `Client`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from memsvc.sdk import reembedding_calls as calls
from memsvc.sdk.reembedding import ModelsCompared, Reembedding

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Reembed:
    """The change of an installation's embedding model; for an admin key of all spaces alone."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def progress(self) -> Reembedding:
        """Return how far the last change has come."""
        return self._client.send(calls.read_reembedding())

    def begin(self, model: str) -> Reembedding:
        """Begin to make vectors of a model beside those in use; again is no other change."""
        return self._client.send(calls.begin_reembedding(model))

    def compare(
        self,
        questions: Sequence[Mapping[str, Any]] = (),
        *,
        k: int = 10,
        pinned: bool | None = None,
        spaces: Sequence[str] = (),
    ) -> ModelsCompared:
        """Ask both models these questions, each with `space`, `question` and maybe `expected`.

        With `pinned` also those that are pinned in `spaces`, or in all; None where no others are
        given.
        """
        return self._client.send(calls.compare_models(questions, k=k, pinned=pinned, spaces=spaces))

    def switch(self) -> Reembedding:
        """Have spaces recalled by the next model. Raises `ReembeddingConflict` while much lacks."""
        return self._client.send(calls.switch_models())

    def undo(self) -> Reembedding:
        """Have spaces recalled by the model before again, while its vectors are kept."""
        return self._client.send(calls.undo_switch())

    def drop(self) -> Reembedding:
        """Delete the vectors that are not recalled by; before a switch this gives the next up."""
        return self._client.send(calls.drop_vectors())
