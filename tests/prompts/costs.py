"""What each thing that asks a language model costs in tokens, counted from the asks themselves.

`python -m tests.prompts.costs` prints the table of docs/models.md; a test holds the page to it.
Each row has one ask, or those that belong together, made by the code that makes them in the
service, of a small example. Tokens are those of all-MiniLM-L6-v2; models differ by a tenth or two.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from typing_extensions import override

from memsvc.agent.prompting import system_message
from memsvc.agent.shown import frame
from memsvc.agent.tools import Toolbox
from memsvc.domain.note import Facets
from memsvc.llm.fakes import ScriptedModel
from memsvc.llm.judging import ModelJudge
from memsvc.llm.noting import ModelEvolution, ModelNotes
from memsvc.llm.openai_surprisal import WINDOW_BYTES, windows
from memsvc.llm.reading_passages import ProfileReading, TripleReading
from memsvc.llm.rerank_listwise import ListwiseReranker
from memsvc.ports.improving import Case, FactLine, Passage
from memsvc.ports.language import Ask, Odds, Reply
from memsvc.ports.notemaker import Neighbour, Shown, Told, ToldEvent
from tests.models import onnx_embedder
from tests.scripted import BEGINNINGS

WITHIN_S = 1.0
AT = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
LINE = "I moved from Porto to Lisbon in May, and my sister Ana stays with us until the summer."
PASSAGE = """The mill of Alvor was built in 1674 by João Mendes, a merchant of Faro, beside the old
bridge over the Arade. It ground wheat for the garrison until 1834, when the flood of that winter
took the wheel. His great-granddaughter Inês sold it to the town, which keeps a museum there since
1921; the upper floor holds the archive of the harbour, and the lower one a bakery that still sells
bread made of the flour of the mill."""
FACT = FactLine("Ana | lives in | Lisbon, in the house by the river", AT)
NOTE = Shown(
    "Ana moved from Porto to Lisbon in May 2026 and her sister stays with her until the summer.",
    Facets(("Ana", "Lisbon", "Porto"), ("home",), "Where Ana and her sister live, since when."),
    AT,
)
SAID = {
    "entities": '{"entities": ["Porto", "Lisbon", "May", "Ana"]}',
    "triples": json.dumps(
        {
            "triples": [
                {"subject": "user", "relation": "moved to", "object": "Lisbon"},
                {"subject": "Ana", "relation": "is a sister of", "object": "user"},
            ]
        }
    ),
    "profile": '{"lines": [{"relation": "lives in", "object": "Lisbon"}]}',
    "note": json.dumps(
        {
            "content": NOTE.content,
            "keywords": list(NOTE.facets.keywords),
            "context": NOTE.facets.context,
            "tags": list(NOTE.facets.tags),
        }
    ),
    "evolution": json.dumps(
        {
            "links": [
                {"handle": "n1", "kind": "related", "score": 0.8, "reason": "Both say where."}
            ],
            "changes": [],
        }
    ),
    "judgement": '{"ended": [{"handle": "f1", "reason": "She moved since."}]}',
}


class Cost(NamedTuple):
    """A row: what asks, of what, how often, and the tokens read and written."""

    what: str
    of: str
    asks: int
    read: int
    written: int


class Nothing:
    """How common words are where there is nothing else; no prompt says it."""

    texts = 0

    def holding(self, terms: Sequence[str]) -> Sequence[int]:
        """Return that nothing holds them."""
        return [0] * len(terms)


class Counting(ScriptedModel):
    """Answers by the prompt, and counts as the default model does."""

    def __init__(self) -> None:
        super().__init__(_said, context_tokens=32_768)

    @override
    def count(self, text: str) -> int:
        return onnx_embedder().count(text)

    @override
    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        self.asked.extend(asks)
        return np.zeros((len(asks), len(choices)), dtype=np.float32)


def costs() -> list[Cost]:
    """Return every row."""
    older = tuple((f"f{number}", FACT) for number in range(1, 9))
    neighbours = [Neighbour(f"n{number}", NOTE, 0.7) for number in range(1, 7)]
    event = ToldEvent([Told(LINE, AT, "Ann")] * 10, "letters")
    counts = Nothing()
    return [
        _of("facts read", "a message", lambda model: _facts(model, LINE)),
        _of("facts read", "a passage", lambda model: _facts(model, PASSAGE)),
        _of(
            "a contradiction judged",
            "a new fact beside 8",
            lambda model: ModelJudge(model, WITHIN_S).judge([Case(FACT, older)]),
        ),
        _of(
            "a note written",
            "an event of 10 messages",
            lambda model: ModelNotes(model, WITHIN_S).make(event, counts),
        ),
        _of(
            "a note linked",
            "beside 6 notes",
            lambda model: ModelEvolution(model, WITHIN_S).evolve(NOTE, neighbours),
        ),
        _of(
            "what a user says of themselves",
            "a message",
            lambda model: ProfileReading(model, WITHIN_S).read([Passage(LINE, AT, "Ann")]),
        ),
        _reranking("20 messages", [f"{n} {LINE}" for n in range(20)]),
        _reranking("50 passages", [f"{n} {PASSAGE}" for n in range(50)]),
        _surprise(),
        _chat(),
    ]


def table(rows: Sequence[Cost]) -> str:
    """Return the rows as the page has them."""
    lines = [
        f"| {row.what} | {row.of} | {row.asks} | {row.read:,} | {row.written:,} |" for row in rows
    ]
    head = ["| | of | asks | tokens read | written |", "|---|---|---|---|---|"]
    return "\n".join([*head, *lines])


def _of(what: str, of: str, do: Callable[[Counting], object]) -> Cost:
    model = Counting()
    do(model)
    written = sum(model.count(_text(ask)) for ask in model.asked)
    return Cost(what, of, len(model.asked), _read(model), written)


def _read(model: Counting) -> int:
    return sum(model.count(message.content) for ask in model.asked for message in ask.messages)


def _said(ask: Ask) -> str | Reply:
    return _text(ask)


def _text(ask: Ask) -> str:
    told = ask.messages[0].content
    return next(SAID[name] for name, begins in BEGINNINGS.items() if told.startswith(begins))


def _facts(model: Counting, text: str) -> object:
    return TripleReading(model, WITHIN_S).read([Passage(text, AT, "Ann")])


def _reranking(of: str, texts: Sequence[str]) -> Cost:
    model = Counting()
    ListwiseReranker(model).scores("Where does Ana live now?", texts, within_s=60.0)
    return Cost("a listwise rerank", of, len(model.asked), _read(model), len(model.asked))


def _surprise() -> Cost:
    """Windows overlap by half, so that most of a text is read twice."""
    model, text = Counting(), "\n".join([PASSAGE] * 20)
    read = [text[start:end] for start, end, _ in windows(text, first=0, size=WINDOW_BYTES)]
    tokens = sum(map(model.count, read))
    return Cost("surprise", f"{model.count(text):,} tokens", len(read), tokens, len(read))


def _chat() -> Cost:
    """The most that is read in one round: rules, tools and both budgets; and the longest answer."""
    model = Counting()
    rules = system_message(frame([]), now=AT, doubt=0.2, has_tools=True)
    shapes = Toolbox.SHAPES.items()
    offered = sum(model.count(f"{name} {shape.model_json_schema()}") for name, shape in shapes)
    read = model.count(rules) + offered + 1_500 + 2_000 + model.count(LINE)
    return Cost("a turn of chat, at most", "a message, budgets as by default", 1, read, 800)


if __name__ == "__main__":
    print(table(costs()))  # noqa: T201  a command
