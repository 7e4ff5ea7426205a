"""What was recorded is answered again, and nothing else."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typing_extensions import override

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm.fakes import ScriptedModel
from memsvc.llm.recorded import Recorder, Replayed, key_of, line_of_reply
from memsvc.ports.language import Ask, Call, Message, Odds, Reply, Spent, Tool, Unanswered

TOOL = Tool("search", "Looks up.", {"type": "object", "properties": {}})
REPLY = Reply("One entity.", Spent(None, None, 0.0))


def ask(text: str, **more: object) -> Ask:
    return Ask((Message("user", text),), most_tokens=32, **more)  # type: ignore[arg-type]


ASKS = (
    ask("Alice \ud800 and 😀"),
    ask("search", tools=(TOOL,)),
    ask("pet", schema={"type": "object"}, temperature=0.5, stop=("!",)),
)


def saying(said: str, *, name: str = "scripted") -> ScriptedModel:
    return ScriptedModel(lambda _: said, name=name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "answers.jsonl"


def test_every_part_of_an_answer_comes_again(path: Path) -> None:
    recorder = Recorder(ScriptedModel(), path)
    said = recorder.replies(ASKS, within_s=1)
    odds = recorder.odds(ASKS, ("A", "B"), within_s=1)
    offers = recorder.offers()

    replayed = Replayed(path)

    assert replayed.replies(ASKS, within_s=1) == said
    assert np.array_equal(replayed.odds(ASKS, ("A", "B"), within_s=1), odds)
    assert replayed.offers() == offers
    assert (replayed.name, replayed.context_tokens) == ("scripted", 1024)
    assert isinstance(said[1], Reply)
    assert said[1].calls == (Call("call-0", "search", "{}"),)


def test_what_cannot_be_told_of_stays_untold(path: Path) -> None:
    class Telling(ScriptedModel):
        @override
        def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
            return np.array([[-1.0, -np.inf]], dtype=np.float32)

    Recorder(Telling(), path).odds(ASKS[:1], ("A", "B"), within_s=1)

    assert Replayed(path).odds(ASKS[:1], ("A", "B"), within_s=1).tolist() == [[-1.0, -np.inf]]


def test_an_ask_that_is_not_there_is_named(path: Path) -> None:
    Recorder(ScriptedModel(), path).replies(ASKS[:1], within_s=1)
    replayed, other = Replayed(path), ask("Who is\n Bob?")

    with pytest.raises(ModelUnavailable) as missing:
        replayed.replies((ASKS[0], other), within_s=1)

    assert key_of("scripted", other) in str(missing.value)
    assert "'Who is Bob?'" in str(missing.value)
    with pytest.raises(ModelUnavailable, match="among A, B"):
        replayed.odds(ASKS[:1], ("A", "B"), within_s=1)


def test_whatever_is_asked_otherwise_is_another_ask() -> None:
    keys = {
        key_of("scripted", one)
        for one in (ask("a"), ask("a", temperature=0.5), ask("a", schema={}), ask("a", stop=("b",)))
    }
    assert len({*keys, key_of("other", ask("a")), key_of("scripted", ask("a"), ("A",))}) == 6


def test_the_last_answer_counts(path: Path) -> None:
    for said in ("first", "second"):
        Recorder(saying(said), path).replies(ASKS[:1], within_s=1)

    (found,) = Replayed(path).replies(ASKS[:1], within_s=1)
    assert isinstance(found, Reply)
    assert found.text == "second"


def test_what_came_to_nothing_is_not_kept(path: Path) -> None:
    recorder = Recorder(ScriptedModel(lambda _: Unanswered("no")), path)

    assert recorder.replies(ASKS[:1], within_s=1) == [Unanswered("no")]
    assert not path.exists()


def test_streams_are_kept_when_they_are_whole(path: Path) -> None:
    recorder = Recorder(ScriptedModel(), path)
    stream = recorder.stream(ask("one two"), within_s=1)
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # it is a generator
    assert not path.exists()

    *_, last = recorder.stream(ask("one two"), within_s=1)

    assert list(Replayed(path).stream(ask("one two"), within_s=1)) == ["one two", last]


def test_a_line_written_by_hand_is_enough(path: Path) -> None:
    """As recorded extractions of others are put into this form."""
    path.parent.mkdir()
    line = line_of_reply("gpt-3.5-turbo", ASKS[0], REPLY)
    path.write_text(f"{line}\n")

    replayed = Replayed(path)

    assert replayed.replies(ASKS[:1], within_s=1) == [REPLY]
    assert replayed.name == "gpt-3.5-turbo"
    assert replayed.offers().schemas
    assert set(replayed.offers().missing) == {"choices"}
    kept = json.loads(line)
    assert set(kept) == {"kind", "model", "key", "ask", "reply"}
    assert kept["ask"]["messages"][0]["role"] == "user"


def test_the_form_of_the_file_stays_as_it_is() -> None:
    """Recordings are kept for years: this key may not change, or they are lost."""
    assert key_of("m", ask("a")) == (
        "c92f903936943aac803e51da60d5804efa44b22e3bd358a166276ecab7f4835a"
    )


def test_answers_of_several_models_are_told_apart(path: Path) -> None:
    for name in ("one", "two"):
        Recorder(saying(name, name=name), path).replies(ASKS[:1], within_s=1)

    (found,) = Replayed(path, model="two").replies(ASKS[:1], within_s=1)

    assert isinstance(found, Reply)
    assert found.text == "two"
    with pytest.raises(ModelUnavailable, match="holds answers of one, two; name one"):
        Replayed(path)
    with pytest.raises(ModelUnavailable, match="no model and not three"):
        Replayed(path, model="three")


def test_no_file_is_said_so(path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        Replayed(path)


def test_half_a_line_is_passed_over_and_not_written_on(path: Path) -> None:
    Recorder(ScriptedModel(), path).replies(ASKS[:1], within_s=1)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])

    Recorder(ScriptedModel(), path).replies(ASKS[1:], within_s=1)

    assert [isinstance(one, Reply) for one in Replayed(path).replies(ASKS, within_s=1)] == [
        True
    ] * 3


def test_what_was_kept_outlives_a_kill(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from memsvc.llm.fakes import ScriptedModel; from memsvc.llm.recorded import Recorder\n"
        "from memsvc.ports.language import Ask, Message\n"
        "recorder = Recorder(ScriptedModel(), Path(sys.argv[1]))\n"
        "for n in range(10 ** 6):\n"
        "    recorder.replies((Ask((Message('user', str(n)),), 32),), within_s=1)\n"
        "    print(n, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(200)]
        os.kill(process.pid, signal.SIGKILL)

    replayed = Replayed(path)

    asks = [ask(line.strip()) for line in told]
    assert all(isinstance(one, Reply) for one in replayed.replies(asks, within_s=1))


def test_others_cannot_read_what_was_asked(path: Path) -> None:
    Recorder(ScriptedModel(), path).replies(ASKS[:1], within_s=1)

    assert path.stat().st_mode & 0o077 == 0
