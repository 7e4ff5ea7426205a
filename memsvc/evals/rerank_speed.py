"""What one token buys: an order read off the odds of letters, beside having it written.

The same model ranks the same candidates twice in one run: as `memsvc.llm.rerank_listwise` does,
which reads each window in two orders, and by writing the whole order (`[C] > [A] > …`, as RankGPT
and its like ask for, arXiv 2304.09542), once. The written order is held to its form by a schema, so
that a model of chance writes as many tokens as a trained one.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from random import Random
from statistics import median
from string import ascii_uppercase
from time import perf_counter
from typing import Any

from memsvc.evals.speed import Figure
from memsvc.llm.loading import Precision
from memsvc.llm.local import LocalModel
from memsvc.llm.made import LINES, made_local
from memsvc.llm.rerank_listwise import ListwiseReranker, chat
from memsvc.ports.language import Ask, LanguageModel, Reply

LONG_S = 600.0


@dataclass(frozen=True, slots=True)
class RerankSpeed:
    """Medians in seconds: by one token with two orders and with one, and by writing."""

    model: str
    candidates: int
    prompt_tokens: int
    written_tokens: int
    one_token_s: float
    one_order_s: float
    written_s: float

    @property
    def times_faster(self) -> float:
        """How many times faster the reranker is than writing the order."""
        return self.written_s / self.one_token_s

    def figures(self) -> list[Figure]:
        """Return the figures for a table."""
        which = f"{self.candidates} candidates, {self.model}"
        return [
            Figure(
                f"{which}: one token, both orders",
                self.one_token_s * 1000,
                "ms",
                self.one_token_s / self.written_s,
                "the order written",
            ),
            Figure(
                f"{which}: one token, one order",
                self.one_order_s * 1000,
                "ms",
                self.one_order_s / self.written_s,
                "the order written",
            ),
            Figure(
                f"{which}: the order written ({self.written_tokens} tokens)",
                self.written_s * 1000,
                "ms",
            ),
        ]

    def as_json(self) -> dict[str, Any]:
        """Return all of it, with the ratio."""
        return {**asdict(self), "times_faster": self.times_faster}


def measure_rerank(
    form: str,
    *,
    device: str | None,
    precision: Precision | None,
    candidates: int,
    words: int,
    rounds: int,
    progress: Callable[[str], None],
) -> RerankSpeed:
    """Rank other candidates of `words` words in each round, both ways, and return medians."""
    progress(f"making a model of the form {form}")
    model = made_local(form, device=device, precision=precision)
    reranker = ListwiseReranker(model)
    chance = Random(11)  # noqa: S311 - words to make candidates of
    one, single, written, tokens, read = [], [], [], [], []
    for number in range(rounds + 1):
        progress(f"round {number} of {rounds}")
        texts = [_text(chance, words) for _ in range(candidates)]
        question = _text(chance, 8)
        _forget(model)
        begun = perf_counter()
        reranker.scores(question, texts, within_s=LONG_S)
        one.append(perf_counter() - begun)
        _forget(model)
        begun = perf_counter()
        ask = Ask(chat(question, texts), most_tokens=1)
        model.odds([ask], list(ascii_uppercase[:candidates]), within_s=LONG_S)
        single.append(perf_counter() - begun)
        _forget(model)
        reply = _written(model, question, texts)
        written.append(reply.spent.seconds)
        tokens.append(reply.spent.written or 0)
        read.append(reply.spent.read or 0)
    return RerankSpeed(
        model.name,
        candidates,
        round(median(read[1:])),
        round(median(tokens[1:])),
        median(one[1:]),
        median(single[1:]),
        median(written[1:]),
    )


def _forget(model: LocalModel) -> None:
    """Have the model read the instructions, as it has for any but its first question, and no more.

    Otherwise the second way to ask would find the candidates read already.
    """
    model.close()
    model.odds([Ask(chat("", [""]), most_tokens=1)], ["A"], within_s=LONG_S)


def _written(model: LanguageModel, question: str, texts: Sequence[str]) -> Reply:
    """Have the whole order written: every letter in brackets, best first."""
    letters = ascii_uppercase[: len(texts)]
    form = " > ".join([f"\\[[{letters}]\\]"] * len(texts))
    ask = Ask(
        chat(question, texts),
        most_tokens=len(texts) * 8,
        schema={"type": "string", "pattern": f"^{form}$"},
    )
    (reply,) = model.replies([ask], within_s=LONG_S)
    if not isinstance(reply, Reply):
        raise TypeError(reply.why)
    return reply


def _text(chance: Random, words: int) -> str:
    every = " ".join(LINES).split()
    return " ".join(chance.choices(every, k=words))
