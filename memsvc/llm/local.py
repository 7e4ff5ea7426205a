"""A `LanguageModel` in this process: transformers on a GPU or a CPU.

Asks are answered side by side, those of like length together; what several begin with is read once
and kept for the next. An answer with a schema is held to it token by token. Weights are read when
the first ask comes, once, and given back by `close` or after a time without asks; who comes after
that has them read again, and waits for it within its own time.

Nothing is downloaded: a model is a folder, or is in the hub's cache already. torch is imported when
a model is opened, not before.
"""

import gc
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from memsvc.domain.errors import ModelMissing, ModelUnavailable
from memsvc.llm.chat import calls_in
from memsvc.llm.constrain import Schemas, SchemaUnfit
from memsvc.llm.embed_st import weights_of
from memsvc.llm.freed import give_back
from memsvc.llm.loading import Loaded, Precision, load_causal
from memsvc.llm.prefixes import Prefixes
from memsvc.llm.provision import short_name
from memsvc.llm.running import Late, Runner
from memsvc.llm.vocabulary import Words, read_words
from memsvc.llm.writing import Answer, Speech, write
from memsvc.ports.language import Ask, Odds, Offers, Reply, Spent, Unanswered

if TYPE_CHECKING:
    import torch

BATCH_TOKENS = 16_384
"""Tokens that are read and written side by side at most, with their padding."""

BATCH_ROWS = 32
"""Answers that are written side by side at most."""

PREFIX_BYTES = 256 * 1024**2
"""Memory for beginnings that were read: 4,600 tokens of a 7B model with grouped queries in bf16."""

NO_SCHEMAS = (
    "What holds answers to a schema is not installed; install it with `pip install 'memsvc[llm]'`."
)
NO_ENDS = "The model's tokenizer has no token that ends a text, so it can be held to no schema."
NO_TOOLS = "The model's chat template has no form for calls that can be read back."


@dataclass(frozen=True, slots=True)
class _Ready:
    """A model with its weights, and what was read with it."""

    loaded: Loaded
    runner: Runner
    chance: "torch.Generator"


class LocalModel:
    """A `LanguageModel` over a causal model of transformers; its weights come with the first ask.

    `load` reads them. `idle_s` is after how long without an ask they are given back, None for
    never. With a `temperature` above 0 tokens are drawn from `seed` on, in the order of asking.
    """

    def __init__(
        self,
        words: Words,
        load: Callable[[], Loaded],
        *,
        name: str,
        idle_s: float | None = None,
        seed: int = 0,
    ) -> None:
        self._words = words
        self._load = load
        self._short_name = name
        self._idle_s = idle_s
        self._seed = seed
        self._name: str | None = None
        self._ready: _Ready | None = None
        self._schemas: Schemas | None = None
        self._users = 0
        self._timer: threading.Timer | None = None
        self._lock = threading.RLock()
        self._compiling = threading.Lock()
        self._prefixes = Prefixes(PREFIX_BYTES)

    @property
    def name(self) -> str:
        """Which model, weights and precision: `qwen2.5-0.5b@1a2b3c4d/bf16`. Reads the weights."""
        if self._name is None:
            with self._used():
                pass
        return self._name or self._short_name

    @property
    def context_tokens(self) -> int:
        """The most tokens that it reads and writes in one ask."""
        return self._words.context_tokens

    def offers(self) -> Offers:
        """Return what it can do: odds always, schemas and tools where there is what they need."""
        missing = {}
        if (why := self._why_no_schemas()) is not None:
            missing["schemas"] = why
        if not self._words.chat.offers_tools:
            missing["tools"] = NO_TOOLS
        return Offers("schemas" not in missing, True, "tools" not in missing, missing)

    def count(self, text: str) -> int:
        """Return how many tokens `text` has."""
        return len(self._words.bare.encode(text, add_special_tokens=False).ids)

    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        """Return what comes of each ask, in their order.

        Stop texts are for free text: what has a schema ends with it. Weights that must be read
        first take their time from `within_s`. Raises `ModelUnavailable`.
        """
        begun = monotonic()
        until = begun + within_s
        if not asks:
            return []
        with self._used() as ready:
            answers = [self._begin(ask) for ask in asks]
            found: list[Reply | Unanswered | None] = [
                each if isinstance(each, Unanswered) else None for each in answers
            ]
            for batch in _batches([(i, a) for i, a in enumerate(answers) if isinstance(a, Answer)]):
                self._write(ready, [answer for _, answer in batch], until=until)
                for place, answer in batch:
                    found[place] = _reply(asks[place], answer, seconds=monotonic() - begun)
        return [each for each in found if each is not None]

    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        """Yield the answer piece by piece, and at last the whole or why not.

        Raises `ModelUnavailable` before the first piece; the model is free between two.
        """
        begun = monotonic()
        with self._used() as ready:
            answer = self._begin(ask)
            if isinstance(answer, Unanswered):
                yield answer
                return
            steps = self._steps(ready, [answer], until=begun + within_s)
            with closing(steps):
                try:
                    for _ in steps:
                        if piece := answer.fresh():
                            yield piece
                except Late:
                    pass
            yield _reply(ask, answer, seconds=monotonic() - begun)

    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        """Return ln p of each choice's first token after each ask, in one run for like asks.

        A token with a space before it counts to the same choice. An ask that is too long has -inf
        for all. Raises `ValueError` for choices that begin alike, and `ModelUnavailable`, also
        when `within_s` was not enough.
        """
        until = monotonic() + within_s
        tokens = self._words.first_tokens(choices)
        found = np.full((len(asks), len(choices)), -np.inf, dtype=np.float32)
        if not asks or not choices:
            return found
        with self._used() as ready:
            begun = [(place, self._begin(ask, most=1)) for place, ask in enumerate(asks)]
            fit = [(place, each) for place, each in begun if isinstance(each, Answer)]
            for batch in _batches(fit):
                try:
                    logits = ready.runner.expected([each.prompt for _, each in batch], until=until)
                except Late as error:
                    raise ModelUnavailable(
                        f"The language model told no odds within {within_s} seconds; allow more."
                    ) from error
                nats = logits.log_softmax(-1).cpu().numpy()
                for column, same in enumerate(tokens):
                    found[[place for place, _ in batch], column] = np.logaddexp.reduce(
                        nats[:, same], axis=1
                    )
        return np.minimum(found, 0.0)

    @contextmanager
    def lent(self) -> Iterator[Loaded]:
        """Lend the model for a run that is no ask; asks wait. Raises `ModelUnavailable`."""
        with self._used() as ready, ready.runner.alone():
            yield ready.loaded

    def close(self) -> None:
        """Give the weights back, and what was read; the next ask has them read again.

        Asks that are being answered keep them until they are done.
        """
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._ready = None
            self._prefixes.clear()
        gc.collect()
        give_back()
        _empty_cache()

    @contextmanager
    def _used(self) -> Iterator[_Ready]:
        """Lend the model; whoever comes first has its weights read. Raises `ModelUnavailable`."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._users += 1
        try:
            with self._lock:
                if self._ready is None:
                    self._ready = self._made_ready()
                ready = self._ready
            yield ready
        finally:
            with self._lock:
                self._users -= 1
                if self._idle_s is not None and not self._users:
                    self._timer = threading.Timer(self._idle_s, self._close_if_idle)
                    self._timer.daemon = True
                    self._timer.start()

    def _made_ready(self) -> _Ready:
        import torch  # noqa: PLC0415 - imported when the model was opened

        try:
            loaded = self._load()
        except ModelMissing as error:
            raise ModelUnavailable(str(error)) from error
        runner = Runner(loaded.model, self._prefixes)
        runner.prepare()
        if self._name is None:
            weights = weights_of(loaded.model)[:8]
            self._name = f"{self._short_name}@{weights}/{loaded.precision}"
        chance = torch.Generator(device=loaded.model.device)
        chance.manual_seed(self._seed)
        return _Ready(loaded, runner, chance)

    def _close_if_idle(self) -> None:
        with self._lock:
            if not self._users:
                self.close()

    def _begin(self, ask: Ask, *, most: int | None = None) -> Answer | Unanswered:
        """Return an answer of which nothing is written, or why there will be none."""
        words = self._words
        try:
            prompt = words.chat.prompt(ask)
        except ValueError as error:
            return Unanswered(f"The chat cannot be written for the model: {error}.")
        room = words.context_tokens - len(prompt)
        if room < 1:
            return Unanswered(
                f"The ask has {len(prompt)} tokens, and the model reads and writes "
                f"{words.context_tokens}; shorten it."
            )
        held = None
        if ask.schema is not None and most is None:
            if (why := self._why_no_schemas()) is not None:
                return Unanswered(why)
            try:
                with self._compiling:
                    held = self._compiler().begin(ask.schema)
            except SchemaUnfit as error:
                return Unanswered(f"No answer can be held to this schema: {error}.")
        return Answer(
            prompt,
            min(most or ask.most_tokens, room),
            ask.temperature,
            () if held else words.chat.stops(ask),
            Speech(words.bare, keeps_marks=bool(ask.tools)),
            words.ends,
            held=held,
            may_call=bool(ask.tools),
        )

    def _compiler(self) -> Schemas:
        if self._schemas is None:
            self._schemas = Schemas(self._words.bare, ends=sorted(self._words.ends))
        return self._schemas

    def _why_no_schemas(self) -> str | None:
        if not self._words.ends:
            return NO_ENDS
        try:
            import llguidance  # noqa: F401, PLC0415 - asked whether it is there
        except ImportError:
            return NO_SCHEMAS
        return None

    def _write(self, ready: _Ready, answers: Sequence[Answer], *, until: float) -> None:
        try:
            for _ in self._steps(ready, answers, until=until):
                pass
        except Late:
            return  # what is not done says so by itself

    def _steps(self, ready: _Ready, answers: Sequence[Answer], *, until: float) -> Generator[None]:
        return write(
            ready.runner,
            answers,
            vocabulary=self._words.bare.get_vocab_size(),
            chance=ready.chance,
            until=until,
        )


def open_local(
    name: str,
    *,
    device: str | None = None,
    precision: Precision | None = None,
    threads: int | None = None,
    idle_s: float | None = None,
) -> LocalModel:
    """Open a causal language model from a folder or the hub's cache, without its weights as yet.

    `device` None takes a GPU when there is one, `precision` None bf16 on a GPU that has it.
    `threads` is what torch may use on a CPU. Raises `ModelMissing` when there is no such model
    here, it has no fast tokenizer, or what would load it is not installed.
    """
    try:
        import torch  # noqa: F401, PLC0415 - asked whether it is there; takes seconds
        import transformers  # noqa: F401, PLC0415 - the same
    except ImportError as error:
        raise ModelMissing(
            f"The model {name!r} cannot be loaded, because {error.name} is not installed; install "
            "it with `pip install 'memsvc[llm]'`, or leave MEMSVC_LLM empty."
        ) from error
    refused = partial(_missing, name)
    words = read_words(name, refused=refused)
    load = partial(
        load_causal, name, refused=refused, device=device, precision=precision, threads=threads
    )
    return LocalModel(words, load, name=short_name(name), idle_s=idle_s)


def _batches(
    answers: Sequence[tuple[int, Answer]],
) -> Iterator[Sequence[tuple[int, Answer]]]:
    """Part answers into what is written side by side, those of like length together."""
    todo = sorted(answers, key=lambda one: (len(one[1].prompt), one[1].most, one[0]))
    start = 0
    for end in range(1, len(todo) + 1):
        if end == len(todo) or not _fits([each for _, each in todo[start : end + 1]]):
            yield todo[start:end]
            start = end


def _fits(answers: Sequence[Answer]) -> bool:
    tokens = max(len(each.prompt) for each in answers) + max(each.most for each in answers)
    return len(answers) <= BATCH_ROWS and len(answers) * tokens <= BATCH_TOKENS


def _reply(ask: Ask, answer: Answer, *, seconds: float) -> Reply | Unanswered:
    if answer.unfit is not None:
        return Unanswered(f"No answer can be held to this schema: {answer.unfit}.")
    if not answer.is_done:
        return Unanswered(
            f"Time ran out after {answer.written} of at most {answer.most} tokens; allow more.",
            is_late=True,
        )
    spent = Spent(len(answer.prompt), answer.written, seconds)
    text, calls = calls_in(answer.text) if ask.tools else (answer.text, ())
    return Reply(text, spent, answer.is_whole, calls)


def _empty_cache() -> None:
    import torch  # noqa: PLC0415 - imported when the model was opened

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _missing(name: str, why: str) -> ModelMissing:
    return ModelMissing(
        f"The model {name!r} cannot answer ({why}); name in MEMSVC_LLM a folder with a causal "
        "language model and its tokenizer.json, or one that `hf download` has fetched, or leave "
        "it empty."
    )
