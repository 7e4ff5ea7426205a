"""What one token buys: an order read off the odds of letters, beside having it written.

One model ranks lists of one shape in several ways that take turns: by one token in both orders, as
`memsvc.llm.rerank_listwise` does; by one token in one order, as FIRST does; and by writing the
whole order as RankGPT asks for it (`[C]>[A]>…`, arXiv 2304.09542). The written order is held to its
form, so that a model of chance writes it as a trained one does; without spaces, so that it takes
four tokens a candidate, as tokenizers of trained models need for the form with spaces. Last, the
order is written by what runs the model only where it has a choice, at the letters, and reads what
the form prescribes along with the next letter: no server does so for free text, and some can for
schemas.

Every way has lists of its own in each round, so that none finds read what another has.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from statistics import median
from string import ascii_uppercase
from typing import Any

from memsvc.domain.errors import ModelMissing
from memsvc.evals.speed.service import Figure
from memsvc.llm.chip import timer_of
from memsvc.llm.loading import Loaded, Precision
from memsvc.llm.local import PREFIX_BYTES, LocalModel
from memsvc.llm.made import LINES, made
from memsvc.llm.prefixes import Prefixes
from memsvc.llm.rerank_listwise import ListwiseReranker, chat
from memsvc.llm.running import Runner
from memsvc.llm.vocabulary import words_of
from memsvc.ports.language import Ask, Reply

LONG_S = 3600.0

BOTH, ONE, WRITTEN, CHOSEN = "both orders", "one order", "written", "letters written"

GOAL = 5.0
"""How many times faster than the written order the reranker is to be."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is ranked by what: so many candidates of so many tokens by a model of a form."""

    form: str
    candidates: int
    tokens: int


@dataclass(frozen=True, slots=True)
class RerankSpeed:
    """Seconds of each way in each round, and the tokens of the prompt and of the written order."""

    shape: Shape
    model: str
    prompt_tokens: int
    written_tokens: int
    seconds: Mapping[str, Sequence[float]]

    def times_faster(self, way: str, *, than: str = WRITTEN) -> list[float]:
        """Return how many times faster one way is than another, round by round, ascending."""
        pairs = zip(self.seconds[way], self.seconds[than], strict=True)
        return sorted(other / one for one, other in pairs)

    @property
    def reading_share(self) -> float:
        """The part of writing the order that is reading the prompt once."""
        return 1 / median(self.times_faster(ONE))

    @property
    def which(self) -> str:
        """The shape in words."""
        one = self.shape
        return f"{one.candidates} candidates of {one.tokens} tokens, {one.form}"

    def figures(self) -> list[Figure]:
        """Return the figures for a table: medians."""
        written = f"the order written ({self.written_tokens} tokens)"
        names = {
            BOTH: "one token, both orders",
            ONE: "one token, one order",
            WRITTEN: written,
            CHOSEN: "the order written, forced tokens read along",
        }
        return [
            Figure(
                f"{self.which}: {name}",
                median(self.seconds[way]) * 1000,
                "ms",
                None if way == WRITTEN else 1 / median(self.times_faster(way)),
                None if way == WRITTEN else written,
            )
            for way, name in names.items()
        ]

    def as_json(self) -> dict[str, Any]:
        """Return all of it, with the ratios of each round."""
        return {
            "form": self.shape.form,
            "candidates": self.shape.candidates,
            "candidate_tokens": self.shape.tokens,
            "model": self.model,
            "prompt_tokens": self.prompt_tokens,
            "written_tokens": self.written_tokens,
            "seconds": {way: list(took) for way, took in self.seconds.items()},
            "times_faster": median(self.times_faster(BOTH)),
            "times_faster_rounds": self.times_faster(BOTH),
            "times_faster_one_order": median(self.times_faster(ONE)),
            "times_faster_than_letters_written": median(self.times_faster(BOTH, than=CHOSEN)),
            "reading_share_of_written": self.reading_share,
        }


def measure_rerank(
    form: str,
    *,
    device: str | None,
    precision: Precision | None,
    candidates: int,
    tokens: Sequence[int],
    rounds: int,
    progress: Callable[[str], None],
) -> Iterator[RerankSpeed]:
    """Rank lists of candidates of each number of `tokens`, `rounds` times in each way."""
    progress(f"making a model of the form {form}")
    loaded = made(form, device=device, precision=precision, positions=8192)
    contest = Contest(loaded, form, candidates=candidates)
    contest.warm_up()
    for each in tokens:
        seconds: dict[str, list[float]] = {way: [] for way in contest.ways}
        for number in range(rounds):
            progress(f"{form}, {candidates} candidates of {each} tokens, round {number + 1}")
            names = list(contest.ways)
            # Each way comes first, second, and so on, in turn.
            for way in names[number % len(names) :] + names[: number % len(names)]:
                seconds[way].append(contest.timed(way, each))
        yield RerankSpeed(
            Shape(form, candidates, each),
            contest.name,
            contest.prompt_tokens,
            contest.written_tokens,
            seconds,
        )


class Contest:
    """One model that ranks lists of words by chance in several ways."""

    def __init__(self, loaded: Loaded, form: str, *, candidates: int) -> None:
        self._loaded = loaded
        self._words = words_of(loaded.told, loaded.model.config, refused=ModelMissing)
        self._model = LocalModel(self._words, lambda: loaded, name=f"{form}-of-chance")
        self._reranker = ListwiseReranker(self._model)
        self._runner = Runner(loaded.model, Prefixes(PREFIX_BYTES))
        self._letters = ascii_uppercase[:candidates]
        self._chance = Random(11)  # noqa: S311 - words to make candidates of
        self._now = timer_of(str(loaded.model.device))
        self.prompt_tokens = 0
        self.written_tokens = 0
        self.ways: Mapping[str, Callable[[str, Sequence[str]], None]] = {
            BOTH: self._both,
            ONE: self._one,
            WRITTEN: self._written,
            CHOSEN: self._chosen,
        }

    @property
    def name(self) -> str:
        """The model's name and precision."""
        return self._model.name

    def warm_up(self) -> None:
        """Have everything loaded and compiled, and the instructions read, as after a first ask."""
        self._runner.prepare()
        for way in self.ways.values():
            way("", [letter.lower() for letter in self._letters])

    def timed(self, way: str, tokens: int) -> float:
        """Return what ranking a new list takes in one way, in seconds of `timer_of`."""
        texts = [words(self._model, self._chance, tokens) for _ in self._letters]
        question = words(self._model, self._chance, 12)
        begun = self._now()
        self.ways[way](question, texts)
        return self._now() - begun

    def _both(self, question: str, texts: Sequence[str]) -> None:
        self._reranker.scores(question, texts, within_s=LONG_S)

    def _one(self, question: str, texts: Sequence[str]) -> None:
        ask = Ask(chat(question, texts), most_tokens=1)
        self._model.odds([ask], list(self._letters), within_s=LONG_S)

    def _written(self, question: str, texts: Sequence[str]) -> None:
        """Have the whole order written: every letter in brackets, best first."""
        form = ">".join([f"\\[[{self._letters}]\\]"] * len(texts))
        ask = Ask(
            chat(question, texts),
            most_tokens=len(texts) * 8,
            schema={"type": "string", "pattern": f"^{form}$"},
        )
        (reply,) = self._model.replies([ask], within_s=LONG_S)
        if not isinstance(reply, Reply):
            raise TypeError(reply.why)
        self.prompt_tokens = reply.spent.read or 0
        self.written_tokens = reply.spent.written or 0

    def _chosen(self, question: str, texts: Sequence[str]) -> None:
        """Write the order by a run for each letter, which reads the brackets before it along."""
        tokens = self._words.chat.prompt(Ask(chat(question, texts), most_tokens=1))
        left = {letter: self._tokens(letter)[0] for letter in self._letters[: len(texts)]}
        tokens += self._tokens('"[')
        while left:
            expected = self._runner.read([tokens], until=float("inf")).expected[0]
            best = max(left, key=lambda letter: float(expected[left[letter]]))
            tokens += [left.pop(best), *self._tokens("]>[")]

    def _tokens(self, text: str) -> list[int]:
        found: list[int] = self._loaded.bare.encode(text, add_special_tokens=False).ids
        return found


def words(model: LocalModel, chance: Random, tokens: int) -> str:
    """Return words by chance of so many tokens."""
    every = " ".join(LINES).split()
    text = ""
    while model.count(text) < tokens:
        text = f"{text} {chance.choice(every)}".strip()
    while model.count(text) > tokens:
        text = text[:-1]
    return text


HEAD = (
    "model",
    "candidates",
    "prompt",
    "both orders",
    "one order",
    "written",
    "of it reading",
    "times faster: both orders",
    "one order",
    "both orders than letters written",
)

ABOUT = (
    "Random weights, which change no time. The ways take turns, each with lists of its own. "
    "Seconds are medians, on a processor those that it spent and not those of the clock. Times "
    "faster are medians of the rounds' ratios, with the least and the most."
)

LEGEND = (
    "*Written* is the whole order, `[C]>[A]>…`, by a run of the model for each token. *Letters "
    "written* is the same order by a run for each letter, which reads the brackets along: what a "
    "server may do that knows them beforehand."
)


def page_of(found: Sequence[RerankSpeed], *, day: date, settings: Mapping[str, Any]) -> str:
    """Return the figures as a page."""
    told = ", ".join(f"{name} {value}" for name, value in settings.items())
    lines = [
        f"# An order read off one token, {day.isoformat()}",
        "",
        f"`memsvc bench rerank`: {told}. {ABOUT}",
        "",
        f"| {' | '.join(HEAD)} |",
        f"|{'---|' * len(HEAD)}",
        *map(_row, found),
        "",
        LEGEND,
        "",
        f"{GOAL:g} times is the goal of both orders, the default. {_reached(found)}",
    ]
    return "\n".join(lines) + "\n"


def _row(one: RerankSpeed) -> str:
    cells = [
        one.shape.form,
        f"{one.shape.candidates} of {one.shape.tokens} tokens",
        f"{one.prompt_tokens:,} tokens",
        *(f"{median(one.seconds[way]):.2f} s" for way in (BOTH, ONE)),
        f"{median(one.seconds[WRITTEN]):.2f} s, {one.written_tokens} tokens",
        f"{one.reading_share:.0%}",
        _spread(one.times_faster(BOTH)),
        _spread(one.times_faster(ONE)),
        _spread(one.times_faster(BOTH, than=CHOSEN)),
    ]
    return f"| {' | '.join(cells)} |"


def _spread(ratios: Sequence[float]) -> str:
    return f"{median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})"


def _reached(found: Sequence[RerankSpeed]) -> str:
    parts = {
        claim: [one.which for one in found if (median(one.times_faster(BOTH)) >= GOAL) == is_true]
        for claim, is_true in (("Reached", True), ("Not reached", False))
    }
    return " ".join(f"{claim}: {'; '.join(shapes)}." for claim, shapes in parts.items() if shapes)
