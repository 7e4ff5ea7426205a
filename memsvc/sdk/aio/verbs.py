"""The verbs of the client that waits, as those of the one that awaits."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


def awaited(
    verb: Callable[Concatenate[Any, P], T],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Return a verb as a coroutine: it runs, and refuses what it was given, when it is awaited."""
    over_async = cast("Callable[Concatenate[Any, P], Awaitable[T]]", verb)

    @wraps(verb)
    async def over(self: Any, /, *given: P.args, **named: P.kwargs) -> T:
        return await over_async(self, *given, **named)

    return over


def walked(
    verb: Callable[Concatenate[Any, P], Iterator[T]],
) -> Callable[Concatenate[Any, P], AsyncIterator[T]]:
    """Return a verb that lists, as it is, with the type that it has over an `AsyncClient`."""
    return cast("Callable[Concatenate[Any, P], AsyncIterator[T]]", verb)
