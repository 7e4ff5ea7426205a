"""A language model beside the service: counted, and in nobody's way."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from memsvc.config import Settings
from memsvc.domain.episode import Boundary
from memsvc.domain.errors import ModelMissing
from memsvc.llm.fakes import ScriptedModel
from memsvc.models import open_language_model, open_surprisal
from memsvc.ports.language import Ask, Message
from memsvc.wiring import open_service
from tests.app.small import ALICE, remember
from tests.app.test_episodes import CONVERSATION, events_of
from tests.app.test_score import make, work
from tests.llm.stub import Stub, serving
from tests.server.front import open_front
from tests.worlds import open_world

ASK = Ask((Message("user", "Alice has two cats."),), most_tokens=8)


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as lent:
        yield lent


def settings(folder: Path, url: str) -> Settings:
    return Settings(data=folder, embedder="hashing", llm_url=url, llm_model="small")


def test_without_a_model_there_is_none(tmp_path: Path) -> None:
    assert open_language_model(Settings(data=tmp_path, llm_url="http://127.0.0.1:9/v1")) is None
    assert open_language_model(Settings(data=tmp_path, llm_model="small")) is None
    with open_service(Settings(data=tmp_path, embedder="hashing")) as service:
        assert service.language_model is None


def test_settings_reach_the_model(tmp_path: Path, stub: Stub) -> None:
    chosen = settings(tmp_path, stub.url).model_copy(
        update={"llm_key": "secret", "llm_tokens": 77, "llm_extra": {"seed": 7}}
    )

    with open_service(chosen) as service:
        assert service.language_model is not None
        assert service.language_model.context_tokens == 77
        service.language_model.replies((ASK,), within_s=5)

    assert stub.keys == ["Bearer secret"]
    assert stub.bodies[0]["seed"] == 7
    assert "secret" not in repr(chosen)


def test_what_is_asked_of_it_is_in_metrics(tmp_path: Path, stub: Stub) -> None:
    with open_front(tmp_path, llm_url=stub.url, llm_model="small") as front:
        model = front.app.state.opening.service.language_model
        model.replies((ASK, ASK), within_s=5)
        model.replies((ASK,), within_s=0)

        text = front.ask("GET", "/metrics").text

    for line in (
        "memsvc_llm_asks_total 3.0",
        'memsvc_llm_tokens_total{direction="read"} 10.0',
        'memsvc_llm_tokens_total{direction="written"} 10.0',
        'memsvc_llm_failures_total{kind="late"} 1.0',
        'memsvc_llm_failures_total{kind="unavailable"} 0.0',
    ):
        assert line in text.splitlines()
    assert "memsvc_llm_seconds_total" in text
    assert "Alice" not in text


def test_rerankings_by_it_are_in_metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMSVC_RERANKER", "llm")
    with open_front(tmp_path, language_model=ScriptedModel()) as front:
        space = front.space()
        front.write(space, "Alice has two cats.", "Alice moved to Oslo.")
        front.ask("POST", f"/v1/spaces/{space}/recall", json={"question": "Who has cats?"})

        text = front.ask("GET", "/metrics").text

    # One window of two candidates is read in both orders.
    assert "memsvc_llm_asks_total 2.0" in text.splitlines()
    assert "memsvc_rerank_seconds_count 1.0" in text


def test_no_write_recall_or_start_asks_it_anything(tmp_path: Path, stub: Stub) -> None:
    stub.delay_s = 30.0
    with open_front(tmp_path, llm_url=stub.url, llm_model="small") as front:
        space = front.space()
        front.write(space, "Alice has two cats.", "They did not enjoy the journey.")
        front.event(space, "Alice moved to Oslo.", stream="other")
        front.note(space)
        later = {"turns": [{"content": "Tea is at four."}], "embed": "later"}
        front.ask("POST", f"/v1/spaces/{space}/streams/chat/turns", json=later)
        front.ask("POST", f"/v1/spaces/{space}/documents", json={"name": "d", "text": "Tea."})
        front.ask("POST", f"/v1/spaces/{space}/recall", json={"question": "Who has cats?"})
        front.ask("GET", "/readyz")

    assert stub.paths == []


def test_a_server_that_takes_connections_and_says_nothing_delays_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/v1"
        begun = time.monotonic()
        with open_front(tmp_path, llm_url=url, llm_model="small") as front:
            front.write(front.space(), "Alice has two cats.")
        assert time.monotonic() - begun < 10
        mute.settimeout(0)
        with pytest.raises(BlockingIOError):
            mute.accept()


def test_the_use_cases_of_writing_cannot_reach_a_model(tmp_path: Path) -> None:
    """They import no adapter, and the client of models is not even loaded where none is set."""
    program = (
        "import sys\n"
        "from memsvc.config import Settings\n"
        "from memsvc.wiring import open_service\n"
        f"with open_service(Settings(data={str(tmp_path)!r}, embedder='hashing')):\n"
        "    print([name for name in sys.modules if 'openai' in name])"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert ran.stdout.endswith("[]\n"), ran.stderr


def test_turns_are_scored_by_the_language_model_after_the_write(tmp_path: Path, stub: Stub) -> None:
    with open_world(tmp_path, llm_url=stub.url, llm_model="small", surprise_model="llm") as world:
        make(world)
        remember(world, *CONVERSATION)
        assert stub.paths == []

        stub.faults = [lambda handler: handler.send(401, b"{}")]
        work(world)
        assert world.service.inspect.enrichment(world.admin, ALICE).parked == ()
        world.clock.advance(timedelta(hours=1))
        work(world)

        assert set(stub.paths) == {"/v1/completions"}
        assert Boundary.SURPRISE in {event.boundary for event in events_of(world)}


def test_surprise_may_be_told_by_the_language_model(tmp_path: Path, stub: Stub) -> None:
    chosen = settings(tmp_path, stub.url).model_copy(update={"surprise_model": "llm"})

    with open_service(chosen) as service:
        assert stub.paths == []
        assert service.govern.has_language_model
    surprisal = open_surprisal(chosen)

    assert surprisal is not None
    assert surprisal.fingerprint == "small/served/4094"
    with pytest.raises(ModelMissing, match="MEMSVC_LLM_URL"):
        open_surprisal(Settings(data=tmp_path, surprise_model="llm"))
