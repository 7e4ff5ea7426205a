import json
from typing import Any

import pytest

from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.dataset import DataSet
from memsvc.evals.datasets.made_questions import make_questions
from memsvc.evals.datasets.multihop import Passage, parse_corpus, parse_multihop, recorded_of
from memsvc.ingest.extract.triples import Extracted

JAWS = Passage(title="Jaws (film)", text="Jaws is a film directed by Steven Spielberg.")
SPIELBERG = Passage(title="Steven Spielberg", text="He was born in Cincinnati.")
SHARKS = Passage(title="Sharks", text="Sharks are fish with teeth.")
CORPUS = [JAWS, SHARKS, SPIELBERG]

MUSIQUE: dict[str, Any] = {
    "id": "2hop__1_2",
    "question": "Where was the director of Jaws born?",
    "paragraphs": [
        {"title": each.title, "paragraph_text": each.text, "is_supporting": each is not SHARKS}
        for each in CORPUS
    ],
}
HOTPOT: dict[str, Any] = {
    "_id": "x",
    "type": "bridge",
    "question": "Where was the director of Jaws born?",
    "supporting_facts": [["Jaws (film)", 0], ["Steven Spielberg", 0], ["Jaws (film)", 1]],
}


def read(*samples: dict[str, Any]) -> DataSet:
    return parse_multihop(json.dumps(samples).encode(), CORPUS, name="small")


def test_a_passage_is_a_turn_of_a_stream_of_its_own_and_its_title_the_first_line() -> None:
    sessions = read(MUSIQUE).spaces[0].sessions

    assert [session.title for session in sessions] == ["Jaws (film)", "Sharks", "Steven Spielberg"]
    assert len({session.name for session in sessions}) == 3
    assert [len(session.turns) for session in sessions] == [1, 1, 1]
    assert sessions[1].turns[0].text == "Sharks\nSharks are fish with teeth."


def test_evidence_is_read_as_musique_and_as_hotpotqa_mark_it() -> None:
    (by_paragraph,), (by_title,) = (read(sample).questions for sample in (MUSIQUE, HOTPOT))

    assert by_paragraph.evidence == by_title.evidence == {"0", "2"}
    assert (by_paragraph.category, by_title.category) == ("2 hops", "2 hops, bridge")


def test_a_question_without_evidence_is_counted_and_left_out() -> None:
    data = read(MUSIQUE, {"question": "Why?"})

    assert (len(data.questions), data.unlabelled) == (1, 1)


def test_a_corpus_comes_as_a_list_or_as_titles_with_sentences() -> None:
    as_list = json.dumps([each.model_dump() for each in CORPUS]).encode()
    as_mapping = json.dumps(
        {each.title: [each.text[:9], each.text[9:]] for each in CORPUS}
    ).encode()

    assert parse_corpus(as_list, name="a") == parse_corpus(as_mapping, name="b") == CORPUS


@pytest.mark.parametrize("broken", [b"{", b"[]", b'[{"title": "Jaws"}]', b'{"Jaws": 3}'])
def test_another_corpus_is_refused(broken: bytes) -> None:
    with pytest.raises(InvalidField, match="HippoRAG"):
        parse_corpus(broken, name="small")


def test_questions_in_another_schema_are_refused() -> None:
    with pytest.raises(InvalidField, match="HippoRAG"):
        read({"questions": []})


def test_a_question_that_rests_on_another_corpus_is_refused() -> None:
    with pytest.raises(InvalidField, match="does not hold"):
        read({**HOTPOT, "supporting_facts": [["Orca", 0]]})


def test_recorded_extractions_are_matched_by_the_passage_s_text() -> None:
    sharks = Extracted("Sharks\nSharks are fish with teeth.", ("Fish",), ())

    assert recorded_of(CORPUS, [sharks, Extracted("gone", ("Gone",), ())]) == {"1": sharks}


def test_questions_are_made_of_what_passages_say_of_each_other() -> None:
    (made,) = make_questions(CORPUS)

    assert made.text == "When was the director of Jaws born?"
    assert made.evidence == {"0", "2"}


def test_of_a_title_that_two_passages_share_no_question_is_made() -> None:
    with pytest.raises(InvalidField, match="No question"):
        make_questions([*CORPUS, Passage(title="Steven Spielberg", text="Another.")])
