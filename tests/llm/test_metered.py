"""What was asked of a model is counted, also what came to nothing."""

from collections import Counter

import pytest

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm.fakes import ScriptedModel
from memsvc.llm.metered import Metered
from memsvc.ports.language import Ask, Message, Reply, Spent, Unanswered

ASK = Ask((Message("user", "Alice has two cats."),), most_tokens=8)


def test_asks_tokens_and_time_are_counted() -> None:
    model = Metered(ScriptedModel())

    model.replies((ASK, ASK), within_s=1)
    list(model.stream(ASK, within_s=1))
    model.odds((ASK,), ("A", "B"), within_s=1)

    assert (model.tally.asks, model.tally.read, model.tally.written) == (4, 15, 15)
    assert model.tally.seconds > 0
    assert model.tally.troubles == Counter()


def test_what_is_not_told_counts_as_nothing() -> None:
    model = Metered(ScriptedModel(lambda _: Reply("yes", Spent(None, None, 1.0))))

    model.replies((ASK,), within_s=1)

    assert (model.tally.asks, model.tally.read, model.tally.written) == (1, 0, 0)


def test_what_came_to_nothing_is_counted_by_its_kind() -> None:
    def unavailable(_: Ask) -> str:
        raise ModelUnavailable("It is gone.")

    model = Metered(ScriptedModel(lambda _: Unanswered("no")))
    model.replies((ASK,), within_s=1)
    model.replies((ASK, ASK), within_s=0)
    list(model.stream(ASK, within_s=0))
    assert model.tally.troubles == {"unanswered": 1, "late": 3}

    gone = Metered(ScriptedModel(unavailable))
    with pytest.raises(ModelUnavailable):
        gone.replies((ASK, ASK), within_s=1)
    with pytest.raises(ModelUnavailable):
        list(gone.stream(ASK, within_s=1))
    assert gone.tally.troubles == {"unavailable": 3}
    assert gone.tally.asks == 3


def test_a_stream_that_is_left_counts_as_asked() -> None:
    model = Metered(ScriptedModel())
    stream = model.stream(ASK, within_s=1)
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # it is a generator

    assert (model.tally.asks, model.tally.troubles) == (1, Counter())
