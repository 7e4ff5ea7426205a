"""`memsvc chat`, from a terminal, with a scripted model."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result
from typing_extensions import override

from memsvc.cli import BROKEN
from memsvc.cli.family import UNAVAILABLE, USAGE, memsvc
from memsvc.domain.errors import ModelUnavailable
from memsvc.local import open as memsvc_open
from memsvc.ports.language import Ask, Reply, Unanswered
from memsvc.spawned import free_port, spawned
from tests.agent.scripted import Line, Scripted, calling
from tests.agent.served import handle_of, talking

Run = Callable[..., Result]
MILL = "The heron stands by the mill."


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Chat in process over a directory with a space of one turn; lines are typed in."""
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    with memsvc_open(tmp_path / "data") as client:
        client.space("birds").write("old", [{"content": MILL}])

    def invoke(*words: str, says: list[Line] | Scripted, typed: str = "") -> Result:
        model = says if isinstance(says, Scripted) else Scripted(says)

        def opener() -> AbstractContextManager[Scripted]:
            return nullcontext(model)

        arguments = ["chat", "--space", "birds", "--stream", "today", *words]
        arguments += [] if "--data" in words else ["--local"]
        return CliRunner().invoke(memsvc, arguments, obj=opener, input=typed)

    yield invoke
    structlog.reset_defaults()


def kept(tmp_path: Path) -> list[str]:
    with memsvc_open(tmp_path / "data") as client:
        return [turn.content for turn in client.space("birds").turns(stream="today")]


def test_a_conversation_is_answered_line_by_line_and_kept(run: Run, tmp_path: Path) -> None:
    done = run(says=["By the mill [m1].", "You are welcome."], typed="Where is it?\n\nThanks.\n")

    assert done.exit_code == 0
    assert done.stdout == "By the mill [m1].\nYou are welcome.\n"
    assert kept(tmp_path) == ["Where is it?", "By the mill.", "Thanks.", "You are welcome."]


def test_why_says_what_was_recalled_by_which_arms_and_what_it_took(run: Run) -> None:
    done = run(says=["By the mill [m1][m8]."], typed="/why\nWhere is the heron?\n/why\n")

    before, _, *why = done.stdout.splitlines()
    assert before == "nothing has been answered yet"
    assert why[0].startswith("* [m1] ")
    assert why[0].endswith(f"old | user (user): {MILL}")
    assert "dense" in why[1]
    assert why[2] == "named and never shown, so left out: m8"
    assert "memory holds it: 0." in why[3]
    assert " written; recall 0." in why[3]


def test_search_asks_the_memory_itself(run: Run) -> None:
    done = run(says=["-"], typed="/search heron mill\n")

    assert MILL in done.stdout
    assert "1." in done.stdout


@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", 1), ("", 1)])
def test_forget_shows_what_would_go_and_asks(
    run: Run, tmp_path: Path, answer: str, left: int
) -> None:
    done = run(says=["-"], typed=f"/forget by the mill\n{answer}\n/quit\n")

    assert f"old  {MILL}" in done.stdout
    assert ("receipt r_" in done.stdout) == (left == 0)
    with memsvc_open(tmp_path / "data") as client:
        assert len(list(client.space("birds").turns())) == left


def test_forget_takes_the_handles_of_the_conversation(run: Run, tmp_path: Path) -> None:
    done = run(says=["By the mill [m1]."], typed="Where is it?\n/forget m1\ny\n/forget m1\n")

    assert "forgot 1 turns" in done.stdout
    assert "memory holds no such turn" in done.stdout
    with memsvc_open(tmp_path / "data") as client:
        assert not list(client.space("birds").turns(stream="old"))


def test_the_model_forgets_only_after_a_yes(run: Run, tmp_path: Path) -> None:
    forget: list[Line] = [calling(("forget", '{"memories": ["m1"]}')), "As you wish."]
    no = run(says=list(forget), typed="Forget the heron by the mill.\nn\n")
    assert "Forget this turn for good?" in no.stdout
    with memsvc_open(tmp_path / "data") as client:
        assert len(list(client.space("birds").turns(stream="old"))) == 1

    run(says=list(forget), typed="Forget the heron by the mill.\ny\n")
    with memsvc_open(tmp_path / "data") as client:
        assert not list(client.space("birds").turns(stream="old"))


def test_help_quit_and_what_is_no_command(run: Run, tmp_path: Path) -> None:
    done = run(says=["-"], typed="/help\n/nonsense\n/search\n/quit\nnever said\n")

    assert "/forget WORDS" in done.stdout
    assert done.stdout.count("is no command here") == 2
    assert kept(tmp_path) == []


def test_what_goes_wrong_with_one_line_is_said_and_the_next_may_go_well(
    run: Run, tmp_path: Path
) -> None:
    late = Unanswered("it took too long", is_late=True)
    done = run(says=[late, "By the mill."], typed="Where?\nWhere is it?\n")

    assert done.stderr == "error: The model did not answer: it took too long\n"
    assert done.stdout.endswith("By the mill.\n")
    assert kept(tmp_path) == ["Where?", "Where is it?", "By the mill."]


def test_ctrl_c_in_an_answer_leaves_cleanly_and_keeps_what_was_said(
    run: Run, tmp_path: Path
) -> None:
    class Interrupted(Scripted):
        @override
        def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
            yield f"Half an answer to {len(ask.messages)} in {within_s}"
            raise KeyboardInterrupt

    done = run(says=Interrupted(["-"]), typed="The otter hides.\nnever said\n")

    assert done.exit_code == 0
    assert done.stderr == "\nleft; what was said is kept in the stream today of birds.\n"
    assert kept(tmp_path) == ["The otter hides."]


def test_what_a_model_writes_cannot_move_the_cursor(run: Run) -> None:
    done = run(says=["Red \x1b[31malert\x1b]0;title\x07\u202e!"], typed="Where?\n")

    assert done.stdout == "Red [31malert]0;title!\n"


def test_once_answers_and_ends(run: Run, tmp_path: Path) -> None:
    done = run("--once", "Where is the heron?", says=["By the mill [m1]."])

    assert (done.exit_code, done.stdout) == (0, "By the mill [m1].\n")
    assert kept(tmp_path) == ["Where is the heron?", "By the mill."]


def test_once_tells_machines_what_was_recalled_and_why(run: Run) -> None:
    done = run("--once", "-", "--json", says=["By the mill [m1]."], typed="Where is the heron?\n")

    told = json.loads(done.stdout)
    assert told["text"] == "By the mill [m1]."
    assert told["citations"] == [{"handle": "m1", "turn": told["recalled"][0]["turn"]}]
    assert told["recalled"][0]["text"] == MILL
    assert told["recalled"][0]["why"]["dense"] > 0
    assert told["tokens"]["written"] == 4


def test_once_never_forgets_for_nobody_is_asked(run: Run) -> None:
    model = Scripted(["By the mill."])
    run("--once", "Forget the heron.", says=model)

    assert [tool.name for tool in model.asked[0].tools] == ["search", "remember", "correct"]


def test_a_model_that_does_not_answer_is_one_line_and_a_code(run: Run) -> None:
    down: list[Line] = [ModelUnavailable("No model answers at http://127.0.0.1:9/v1; start it.")]
    done = run("--once", "Where?", says=down)

    assert done.exit_code == UNAVAILABLE
    assert done.stderr == "error: No model answers at http://127.0.0.1:9/v1; start it.\n"


def test_without_a_model_one_line_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    done = CliRunner().invoke(memsvc, ["chat", "--local"])

    assert done.exit_code == BROKEN
    assert done.stderr.startswith("error: No language model is set")
    assert done.stderr.count("\n") == 1


def test_a_service_that_is_not_there_is_one_line_before_anything_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MEMSVC_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("MEMSVC_KEY", "none")
    model = Scripted(["-"])
    done = CliRunner().invoke(memsvc, ["chat"], obj=lambda: nullcontext(model), input="Hello\n")

    assert done.exit_code == UNAVAILABLE
    assert "127.0.0.1:9" in done.stderr
    assert done.stderr.count("\n") == 1
    assert model.asked == []


def test_json_is_for_once(run: Run) -> None:
    done = run("--json", says=["-"])

    assert done.exit_code == USAGE


def test_over_rest_with_a_model_behind_http_it_searches_answers_and_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: `memsvc serve`, a server of the OpenAI form, a tool, `memsvc chat`."""

    def says(ask: Ask) -> str | Reply:
        if ask.messages[-1].role == "user":
            return calling(("search", '{"query": "otter weir"}'))
        return f"Below the weir [{handle_of(ask, 'Otters hide')}][m77]."

    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    with (
        spawned(tmp_path, port=free_port()) as service,
        talking(says) as stub,
    ):
        monkeypatch.setenv("MEMSVC_URL", service.address)
        monkeypatch.setenv("MEMSVC_KEY", service.key)
        monkeypatch.setenv("MEMSVC_LLM_URL", stub.url)
        monkeypatch.setenv("MEMSVC_LLM_MODEL", "small")
        space = service.client.space("birds")
        space.write("old", [{"content": "Otters hide below the weir."}, {"content": MILL}])
        words = ["chat", "--space", "birds", "--stream", "today"]
        done = CliRunner().invoke(memsvc, words, input="Where do they hide?\n/why\n/quit\n")
        sides = {turn.role: turn for turn in space.turns(stream="today")}
        (otters,) = (turn.id for turn in space.turns(stream="old") if "Otters" in turn.content)

    assert done.exit_code == 0, done.output
    answer, *why = done.stdout.splitlines()
    assert re.fullmatch(r"Below the weir \[m\d\]\.", answer)
    assert any(line.startswith('  search {"query": "otter weir"}: ') for line in why)
    assert "named and never shown, so left out: m77" in why
    assert sides["user"].content == "Where do they hide?"
    assert (sides["assistant"].content, sides["assistant"].echo_of) == ("Below the weir.", otters)
    assert sides["assistant"].metadata["model"] == "small"


def test_a_model_that_is_gone_is_one_line_and_what_was_said_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    monkeypatch.setenv("MEMSVC_LLM_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("MEMSVC_LLM_MODEL", "small")

    words = ["chat", "--local", "--space", "birds", "--stream", "today"]
    done = CliRunner().invoke(memsvc, [*words, "--once", "The otter hides."])

    assert done.exit_code == UNAVAILABLE
    assert "127.0.0.1:9" in done.stderr
    assert done.stderr.count("\n") == 1
    assert kept(tmp_path) == ["The otter hides."]
