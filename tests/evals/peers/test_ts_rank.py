"""PostgreSQL's ranking of words as a row of an evaluation."""

import pytest

from memsvc.evals.datasets.dataset import Asked, LabelledQuestion, Session, Utterance
from memsvc.evals.peers.ts_rank import RANKS, ts_ranking

pytestmark = pytest.mark.postgres

SAID = ["tea tea tea", "the heron drinks tea", "it is cold", "herons and storks"]


def test_turns_with_any_word_of_the_question_are_ranked_and_no_other(postgres: str) -> None:
    turns = tuple(Utterance(str(n), text) for n, text in enumerate(SAID))
    questions = tuple(
        LabelledQuestion(text, "any", frozenset({"0"}))
        for text in ("Does the heron's 'tea' \\ smell?", "storks\0?", "is it?")
    )
    asked = Asked("alice", (Session("chat", turns),), questions)
    with ts_ranking(postgres) as rank:
        found = rank(asked)

    assert found.keys() == RANKS.keys()
    assert set(found["ts_rank"][0]) == {"0", "1", "3"}
    assert found["ts_rank"][0][0] == "1"
    assert found["ts_rank"][1:] == [["3"], []]
    with ts_ranking(postgres) as rank:
        assert rank(asked) == found
