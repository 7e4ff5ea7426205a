"""Requests about a change of the embedding model."""

from collections.abc import Mapping, Sequence
from typing import Any

from memsvc.sdk.calls import Call, json_body
from memsvc.sdk.faults import valid
from memsvc.sdk.reembedding import CompareModels, ModelsCompared, NewReembedding, Reembedding

PATH = "/v1/reembedding"


def read_reembedding() -> Call[Reembedding]:
    """Read how far the change has come."""
    return Call("GET", PATH, Reembedding)


def begin_reembedding(model: str) -> Call[Reembedding]:
    """Begin a change. Repeatable: with the same model it is no other change."""
    body = valid(NewReembedding, model=model)
    return Call("POST", PATH, Reembedding, body=json_body(body))


def compare_models(
    questions: Sequence[Mapping[str, Any]],
    *,
    k: int,
    pinned: bool | None,
    spaces: Sequence[str],
) -> Call[ModelsCompared]:
    """Ask both models the same questions."""
    said = {"questions": list(questions), "k": k, "pinned": pinned, "spaces": list(spaces)}
    body = valid(CompareModels, **said)
    return Call("POST", f"{PATH}/compare", ModelsCompared, body=json_body(body))


def switch_models() -> Call[Reembedding]:
    """Switch. Not repeatable: of a switch that was done a repeat would be refused."""
    return Call("POST", f"{PATH}/switch", Reembedding, is_repeatable=False)


def undo_switch() -> Call[Reembedding]:
    """Take the switch back."""
    return Call("POST", f"{PATH}/undo", Reembedding, is_repeatable=False)


def drop_vectors() -> Call[Reembedding]:
    """Drop the vectors that are not used any more."""
    return Call("POST", f"{PATH}/drop", Reembedding, is_repeatable=False)
