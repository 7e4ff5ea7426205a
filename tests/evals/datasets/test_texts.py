"""Sentences and questions out of JSON files of any shape."""

import json
from pathlib import Path

import pytest

from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.texts import Texts, load_texts


def file_of(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "some.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_sentences_and_questions_are_told_apart_and_come_once(tmp_path: Path) -> None:
    said = "The heron stood in the reeds. It waited there for long. Who saw the heron first?"
    found = load_texts([file_of(tmp_path, {"a": [said], "title here is none": {"b": said}})])
    assert found.sentences == ("The heron stood in the reeds.", "It waited there for long.")
    assert found.questions == ("Who saw the heron first?",)


def test_names_numbers_and_crumbs_are_no_sentences(tmp_path: Path) -> None:
    content = {"one two three four five": 5, "x": ["too short", "Now this is one.", "Is this one?"]}
    with pytest.raises(InvalidField):
        load_texts([file_of(tmp_path, content)])


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_text("no json", encoding="utf-8")
    with pytest.raises(InvalidField, match=r"some\.txt"):
        load_texts([path])


def test_stretching_repeats_no_sentence_and_is_repeatable() -> None:
    texts = Texts(("one two three four", "five six seven eight nine"), ("what is it then?",))
    made = texts.stretched(9, seed=3)
    assert made[:2] == list(texts.sentences)
    assert len(set(made)) == 9
    assert made == texts.stretched(9, seed=3)
    assert made[:1] == texts.stretched(1, seed=3)
