"""States what recorded extractions found in the turns of a space: for `memsvc facts` and evals."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from memsvc.domain.ids import TurnId
from memsvc.domain.knowledge import Outcome
from memsvc.ingest.extract.recorded import Passage, recorded_facts
from memsvc.ingest.extract.triples import Extracted
from memsvc.sdk.checked import MAX_PAGE
from memsvc.sdk.client import Space

AT_ONCE = 200
"""Facts in one request: they take the writer some hundredths of a second."""


@dataclass(frozen=True, slots=True)
class StatedExtractions:
    """What came of recorded extractions.

    `passages` were found among the turns, `unmatched` were not. `added` facts were new, `extended`
    ones are said by turns more, `known` ones are as they were. `passed_over` was extracted from the
    passages found and is in no usable form, names nothing or is too long.
    """

    passages: int
    unmatched: int
    added: int
    extended: int
    known: int
    passed_over: int


def state_extracted(space: Space, extracted: Sequence[Extracted]) -> StatedExtractions:
    """Have the turns of a space that hold these passages say what was extracted from them.

    In requests of `AT_ONCE` facts, each durable by itself; a second time changes nothing.
    """
    found = recorded_facts(extracted, _passages(space))
    counts: Counter[Outcome] = Counter()
    for begin in range(0, len(found.facts), AT_ONCE):
        batch = [asdict(fact) for fact in found.facts[begin : begin + AT_ONCE]]
        counts.update(each.outcome for each in space.facts.state(batch).facts)
    return StatedExtractions(
        passages=found.passages,
        unmatched=found.unmatched,
        added=counts[Outcome.ADDED],
        extended=counts[Outcome.EXTENDED],
        known=counts[Outcome.KNOWN],
        passed_over=found.passed_over,
    )


def _passages(space: Space) -> Iterator[Passage]:
    titles = {stream.name: stream.title for stream in space.streams(page=MAX_PAGE)}
    for turn in space.turns(page=MAX_PAGE):
        yield Passage(TurnId(turn.id), titles.get(turn.stream), turn.content)
