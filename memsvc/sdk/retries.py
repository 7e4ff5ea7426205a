"""When a request that did not succeed is sent again, and after how long.

The wait doubles with every try and is drawn at random from nothing up to that bound ("full jitter",
Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), so that clients which
failed together do not come back together.
"""

from collections.abc import Callable
from typing import Any

from memsvc.domain.errors import OutcomeUnknown, ServiceUnreachable, Unavailable
from memsvc.sdk.calls import Call

FIRST_BOUND_S = 0.25
LARGEST_BOUND_S = 8.0
LONGEST_WAIT_S = 30.0
"""A service that asks for more patience than this is reported, not waited for."""


def pause_s(
    call: Call[Any], error: Unavailable, *, tried: int, chance: Callable[[], float]
) -> float | None:
    """Return the seconds to wait before the next try, or None when there should be none.

    `tried` counts the tries so far, from 1; `chance` draws from [0, 1). A service that answered
    429 or 503 has kept nothing, so every request may come again; when no answer came, or the
    service itself does not know (`OutcomeUnknown`), only one that does no harm twice. For an edit
    under If-Match and for a deletion, that means: when the first got through and only its answer
    was lost, the repeat fails with `VersionMismatch` or `NotFound`, which says how things stand;
    not repeating would also have failed, and said less.
    """
    is_kept_perhaps = isinstance(error, OutcomeUnknown) or (
        isinstance(error, ServiceUnreachable) and error.may_have_arrived
    )
    if is_kept_perhaps and not call.is_repeatable:
        return None
    if error.retry_after_s > LONGEST_WAIT_S:
        return None
    bound = min(LARGEST_BOUND_S, FIRST_BOUND_S * 2.0 ** (tried - 1))
    return error.retry_after_s + chance() * bound
