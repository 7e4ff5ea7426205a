"""Whether answers hang on the order of the evidence, with readers that do and do not."""

import json
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from memsvc.agent.shown import Item
from memsvc.cli.family import memsvc
from memsvc.evals.answering.asking import Asking, key_of
from memsvc.evals.answering.contexts import Ask
from memsvc.evals.answering.kept import Answered
from memsvc.evals.answering.orders import agree, context_of, order_report, orders_of
from memsvc.evals.datasets.dataset import LabelledQuestion
from memsvc.llm.fakes import ScriptedModel
from tests.evals.answering.test_answering import Reader, completion, reader, talk

__all__ = ["reader"]  # the server of the tests of answers

ITEMS = [
    Item(f"t_{n}", f"2026-05-0{n} 09:30 UTC | chat | Ann (user)", f"said {n}") for n in (1, 2, 3)
]


def ordered(path: Path, *more: str) -> Result:
    return CliRunner().invoke(memsvc, ["eval", "orders", str(path), *more])


def lines_of(prompt: str) -> list[str]:
    """Return the items of a prompt's context, in its order."""
    return [line for line in prompt.splitlines() if line.startswith("[20")]


def test_without_a_model_it_is_skipped_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MEMSVC_READER_URL", raising=False)

    done = ordered(talk(tmp_path))

    assert done.exit_code == 0
    assert done.stdout.startswith("skipped: no language model is set")
    assert done.stdout.count("\n") == 1


def test_a_reader_that_heeds_no_order_never_flips(reader: Reader, tmp_path: Path) -> None:
    reader.say = lambda _n, prompt: (200, completion(min(lines_of(prompt))[-40:]), {})

    done = ordered(talk(tmp_path), "--json", "--report", str(tmp_path / "reports"))

    found = json.loads(done.stdout)
    assert found["questions"] == 2
    assert found["flip_rate"] == {"mean": 0.0, "interval": [0.0, 0.0]}
    assert found["pair_flip_rate"]["mean"] == 0.0
    assert set(found["f1"]) == {"packed", "backwards", "shuffled"}


def test_a_reader_that_repeats_what_stands_first_always_flips(
    reader: Reader,
    tmp_path: Path,
) -> None:
    reader.say = lambda _n, prompt: (200, completion(lines_of(prompt)[0].partition("] ")[2]), {})

    done = ordered(talk(tmp_path), "--json")

    found = json.loads(done.stdout)
    assert found["flip_rate"]["mean"] == 1.0
    assert 0 < found["pair_flip_rate"]["mean"] <= 1.0


def test_nothing_but_the_order_differs_between_the_prompts_of_a_question(
    reader: Reader,
    tmp_path: Path,
) -> None:
    ordered(talk(tmp_path), "--orders", "3", "--at-once", "1")

    pet = [prompt for prompt in reader.prompts if "Which pet" in prompt]
    assert len(pet) == len(set(pet)) == 3
    assert len({tuple(sorted(prompt.splitlines())) for prompt in pet}) == 1
    assert "in no order" in pet[0]


def test_answers_are_kept_and_not_asked_for_again(reader: Reader, tmp_path: Path) -> None:
    file, reports = talk(tmp_path), str(tmp_path / "reports")
    first = ordered(file, "--report", reports, "--json")
    asked = len(reader.prompts)

    again = ordered(file, "--report", reports, "--json")

    assert len(reader.prompts) == asked
    assert json.loads(first.stdout)["flip_rate"] == json.loads(again.stdout)["flip_rate"]


def test_orders_differ_and_are_the_same_again_by_their_seed() -> None:
    for wanted in (2, 4, 6, 12):
        found = orders_of(ITEMS, wanted, seed=1)

        assert len({tuple(each) for each in found.values()}) == len(found) <= min(wanted, 6)
        assert all(tuple(each) in set(permutations(ITEMS)) for each in found.values())
        assert found == orders_of(ITEMS, wanted, seed=1)
    assert list(orders_of(ITEMS, 3, seed=1)) == ["packed", "backwards", "shuffled-1"]
    assert list(orders_of(ITEMS[:2], 6, seed=1)) == ["packed", "backwards"]
    assert not orders_of(ITEMS[:1], 6, seed=1)


def test_an_item_stays_one_in_another_order() -> None:
    told = context_of([Item("t_1", "head", "one\ntwo")])

    assert "\n[head] one\n  two\n</recalled-memory>" in told


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("7 May 2023", "May 7, 2023", True),
        ("a cat", "The cat.", True),
        ("a cat", "a dog", False),
        ("Not mentioned.", "not mentioned", True),
        ("Not mentioned.", "a cat", False),
        ("", "", True),
    ],
)
def test_answers_agree_by_their_words(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    assert agree(one, other) is same


def test_rates_by_hand() -> None:
    """Three questions of three orders: one agrees, one flips once, one was not answered."""
    model = ScriptedModel()
    said: dict[int, list[str | None]] = {
        0: ["cat", "cat", "cat"],
        1: ["cat", "dog", "cat"],
        2: ["cat", None, "cat"],
    }
    names = ["packed", "backwards", "shuffled-1"]
    asks, found = [], Asking()
    for number, answers in said.items():
        question = LabelledQuestion(f"q{number}", "1", frozenset({"a"}), "cat")
        for name, answer in zip(names, answers, strict=True):
            ask = Ask(name, "space", number, question, "context", (name,))
            asks.append(ask)
            if answer is not None:
                key = key_of(ask, model, form="f")
                found.answers[key] = Answered(
                    key, name, "space", "1", question.text, "cat", answer, "small", "p", (), 0.1,
                    None, None,
                )  # fmt: skip

    report = order_report(
        asks, found, form="f", dataset="d", reader=model, made_by={"reader": "small"},
        day=date(2026, 5, 1),
    )  # fmt: skip

    assert (report.questions, report.open) == (2, 1)
    assert report.flips is not None
    assert report.pairs is not None
    assert report.flips.mean == 0.5
    assert report.pairs.mean == pytest.approx(1 / 3)
    assert report.f1["backwards"].mean == 0.5
    assert "flipped by an order" in report.table()
