"""Requests about experiences, as `memsvc.sdk.calls` has them about everything else."""

from collections.abc import Mapping, Sequence
from typing import Any

from memsvc.sdk.calls import Call, json_body, space_path
from memsvc.sdk.experiences import (
    AskExperiences,
    KeepExperiences,
    NewExperience,
    RecalledExperiences,
)
from memsvc.sdk.faults import valid
from memsvc.sdk.wire import Written


def keep_experiences(
    space: str,
    experiences: Sequence[NewExperience | Mapping[str, Any]],
    *,
    stream: str,
    idempotency_key: str,
) -> Call[Written]:
    """Keep experiences; the same key with the same experiences is answered the same."""
    body = valid(KeepExperiences, experiences=list(experiences), stream=stream)
    return Call(
        "POST",
        space_path(space, "experiences"),
        Written,
        headers={"Idempotency-Key": idempotency_key},
        body=json_body(body),
        about={"space": space, "stream": stream, "idempotency_key": idempotency_key},
    )


def recall_experiences(
    space: str, intent: str, *, tool: str | None, k: int
) -> Call[RecalledExperiences]:
    """Ask for experiences with a like intent."""
    given = {"intent": intent, "k": k} | ({} if tool is None else {"tool": tool})
    body = valid(AskExperiences, **given)
    path = space_path(space, "experiences", "recall")
    return Call("POST", path, RecalledExperiences, body=json_body(body), about={"space": space})
