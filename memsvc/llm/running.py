"""Runs of a causal model over several chats at once, one token further each time.

Chats of unequal length are padded before their beginning, so that all of them end, and go on, at
the same place. What all begin with is read once (`memsvc.llm.prefixes`), and stands before the
padding. Chats that nobody goes on with are padded behind their ends instead, where a causal model
sees nothing, so that they need no mask. Between two runs others may have theirs, and the time is
looked at.
"""

import inspect
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm.freed import keep_freed
from memsvc.llm.loading import Model
from memsvc.llm.prefixes import LEAST, Past, Prefixes, common, is_plain, spread

if TYPE_CHECKING:
    import torch

CHUNK = 2048
"""Tokens of each chat that are read in one run: what a late answer may still cost."""

SHARED = 4
"""A beginning of one part in so many of a chat is read once for all; a shorter one in each.

What goes on from a beginning needs a mask, and with one, attention takes twice the time.
"""


class Late(Exception):
    """Time ran out between two runs."""


class Reading:
    """Some chats as far as they are read: what to expect next, and what that rests on.

    `expected` has shape (rows, vocabulary): the logits of the next token.
    """

    def __init__(
        self, past: Past, seen: "torch.Tensor", places: "torch.Tensor", expected: "torch.Tensor"
    ) -> None:
        self.past = past
        self.seen = seen
        self.places = places
        self.expected = expected

    def only(self, rows: Sequence[int]) -> None:
        """Go on with these rows alone."""
        import torch  # noqa: PLC0415 - imported when the model was opened

        chosen = torch.tensor(rows, device=self.seen.device)
        self.past.batch_select_indices(chosen)
        self.seen, self.places = self.seen[chosen], self.places[chosen]
        self.expected = self.expected[chosen]


class Runner:
    """A model that reads chats and goes on with them; any number of threads may use it."""

    def __init__(self, model: Model, prefixes: Prefixes) -> None:
        self._model = model
        self._prefixes = prefixes
        self._lock = threading.Lock()
        known = inspect.signature(model.forward).parameters
        self._takes_places = "position_ids" in known
        self._takes_last = "logits_to_keep" in known
        self._can_share = False

    def prepare(self) -> None:
        """Find out by a run whether beginnings can be shared. Raises `ModelUnavailable`."""
        import torch  # noqa: PLC0415 - imported when the model was opened

        if self._model.device.type == "cpu":
            keep_freed()
        with self._turn(until=float("inf")):
            tokens = torch.zeros((1, 1), dtype=torch.long, device=self._model.device)
            self._can_share = is_plain(self._model(tokens, use_cache=True).past_key_values)

    def alone(self) -> AbstractContextManager[None]:
        """Keep the model for a run of one's own, however long others have it first.

        Raises `ModelUnavailable`.
        """
        return self._turn(until=float("inf"))

    def read(self, rows: Sequence[Sequence[int]], *, until: float) -> Reading:
        """Read chats to their ends, each of one token at least.

        Raises `Late` when `until` (of `time.monotonic`) comes first, and `ModelUnavailable`.
        """
        import torch  # noqa: PLC0415 - imported when the model was opened

        known, past = self._beginning(rows, until=until)
        rest = [row[known:] for row in rows]
        width = max(map(len, rest))
        tokens = torch.tensor([[0] * (width - len(row)) + list(row) for row in rest])
        seen = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rest])
        places = (seen.cumsum(-1) - 1).clamp_min(0) + known
        before = torch.ones((len(rows), known), dtype=seen.dtype)
        reading = self._run(tokens, torch.cat([before, seen], dim=1), places, past, until=until)
        if len(rows) == 1 and self._can_share:
            with self._turn(until=until):
                self._prefixes.keep(rows[0], reading.past)
        return reading

    def expected(self, rows: Sequence[Sequence[int]], *, until: float) -> "torch.Tensor":
        """Return the logits of the token after each chat, shape (rows, vocabulary).

        For chats that nobody goes on with. Raises as `read` does.
        """
        import torch  # noqa: PLC0415 - imported when the model was opened

        width = max(map(len, rows))
        alike = common([np.asarray(row) for row in rows])
        is_plain_run = self._takes_last and width <= CHUNK
        if len(rows) == 1 or alike * SHARED >= width or not is_plain_run:
            return self.read(rows, until=until).expected
        device = self._model.device
        tokens = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows], device=device)
        ends = sorted({len(row) - 1 for row in rows})
        kept = torch.tensor(ends, device=device)
        which = [ends.index(len(row) - 1) for row in rows]
        with self._turn(until=until):
            logits = self._model(tokens, use_cache=False, logits_to_keep=kept).logits
            told = logits[list(range(len(rows))), which].float()
        return _numbers(told)

    def go_on(self, reading: Reading, tokens: Sequence[int], *, until: float) -> None:
        """Read one more token of each row. Raises `Late` and `ModelUnavailable`."""
        import torch  # noqa: PLC0415 - imported when the model was opened

        column = torch.tensor(tokens)[:, None]
        seen = torch.cat([reading.seen, torch.ones_like(reading.seen[:, :1])], dim=1)
        further = self._run(column, seen, reading.places + 1, reading.past, until=until)
        reading.past, reading.seen = further.past, further.seen
        reading.places, reading.expected = further.places, further.expected

    def _beginning(self, rows: Sequence[Sequence[int]], *, until: float) -> tuple[int, Past]:
        """Return with how many tokens all rows begin that are read already, and their past."""
        import torch  # noqa: PLC0415 - imported when the model was opened

        if not self._can_share:
            return 0, None
        # The last token of each is read anew, because what it makes expected is not kept.
        shared = min(common([np.asarray(row) for row in rows]), min(map(len, rows)) - 1)
        longest = max(map(len, rows))
        begun = rows[0][:shared]
        with self._turn(until=until):
            known, layers = self._prefixes.longest(begun)
        if max(shared if len(rows) > 1 else 0, known) * SHARED < longest:
            return 0, None
        if len(rows) > 1 and shared - known >= LEAST:
            past = spread(layers, known, rows=1) if known else None
            tokens = torch.tensor([begun[known:]])
            places = torch.arange(known, shared)[None]
            reading = self._run(
                tokens, torch.ones((1, shared), dtype=torch.long), places, past, until=until
            )
            with self._turn(until=until):
                self._prefixes.keep(begun, reading.past)
            known = shared
            layers = [(layer.keys, layer.values) for layer in reading.past.layers]
        return (known, spread(layers, known, rows=len(rows))) if known else (0, None)

    def _run(
        self,
        tokens: "torch.Tensor",
        seen: "torch.Tensor",
        places: "torch.Tensor",
        past: Past,
        *,
        until: float,
    ) -> Reading:
        """Read tokens, shape (rows, columns), after `past`; `seen` has its columns before them."""
        device = self._model.device
        tokens, seen, places = tokens.to(device), seen.to(device), places.to(device)
        before = seen.shape[1] - tokens.shape[1]
        expected: Any = None
        for start in range(0, tokens.shape[1], CHUNK):
            part = slice(start, start + CHUNK)
            end = before + min(start + CHUNK, tokens.shape[1])
            how: dict[str, Any] = {"attention_mask": seen[:, :end], "use_cache": True}
            if self._takes_places:
                how["position_ids"] = places[:, part]
            if self._takes_last:
                how["logits_to_keep"] = 1
            with self._turn(until=until):
                put_out = self._model(tokens[:, part], past_key_values=past, **how)
                past, expected = put_out.past_key_values, put_out.logits[:, -1].float()
        return Reading(past, seen, places[:, -1:], _numbers(expected))

    @contextmanager
    def _turn(self, *, until: float) -> Iterator[None]:
        """Wait for the model, and have it for one run. Raises `Late` and `ModelUnavailable`."""
        import torch  # noqa: PLC0415 - imported when the model was opened

        left = until - monotonic()
        if left <= 0 or not self._lock.acquire(timeout=min(left, threading.TIMEOUT_MAX)):
            raise Late
        try:
            with torch.inference_mode():
                yield
        except (RuntimeError, MemoryError) as error:
            raise ModelUnavailable(
                f"torch could not run the language model ({error}); "
                "free some memory of the device and try again."
            ) from error
        finally:
            self._lock.release()


def _numbers(expected: "torch.Tensor") -> "torch.Tensor":
    """Return logits that are numbers. Raises `ModelUnavailable` for others."""
    if bool(expected.isnan().any()):
        raise ModelUnavailable(
            "The language model gave odds that are no numbers; its weights or its precision "
            "are unfit, so set MEMSVC_LLM_DTYPE=fp32 or name another model in MEMSVC_LLM."
        )
    return expected
