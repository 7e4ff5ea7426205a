"""What every language model does, whatever it says."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict, Field

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm.fakes import ScriptedModel
from memsvc.llm.made import made_local
from memsvc.llm.metered import Metered
from memsvc.llm.openai_http import HttpModel
from memsvc.llm.openai_sending import Endpoint, Sending
from memsvc.llm.recorded import Recorder, Replayed
from memsvc.ports.language import Ask, Call, LanguageModel, Message, Reply, Tool, Unanswered
from tests.llm.stub import Stub, serving

LONG_S = 120.0


class Pet(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["cat", "dog"]
    names: list[str] = Field(max_length=3)
    is_old: bool


TOOL = Tool(
    "search",
    "Looks a word up.",
    {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
)


def says(text: str, *, most_tokens: int = 24) -> Ask:
    return Ask((Message("system", "Answer."), Message("user", text)), most_tokens)


ASKS = (says("Alice has two cats."), says("Où est la gare? 😀"), says("One more word."))
SHAPED = Ask(ASKS[0].messages, most_tokens=200, schema=Pet.model_json_schema())
TOOLED = Ask((Message("user", "Please search for cats."),), most_tokens=64, tools=(TOOL,))
ANSWERED = Ask(
    (
        *TOOLED.messages,
        Message("assistant", "", calls=(Call("c1", "search", '{"word": "cats"}'),)),
        Message("tool", "Two of them.", answers="c1"),
    ),
    most_tokens=16,
    tools=(TOOL,),
)
CHOICES = ("A", "B", "C")


@contextmanager
def scripted(_: Path) -> Iterator[LanguageModel]:
    yield ScriptedModel()


@contextmanager
def metered(_: Path) -> Iterator[LanguageModel]:
    yield Metered(ScriptedModel())


@contextmanager
def over_http(_: Path) -> Iterator[LanguageModel]:
    with serving(Stub(ScriptedModel(context_tokens=1024))) as stub:
        sending = Sending(Endpoint(stub.url, "scripted"))
        yield HttpModel(sending, context_tokens=1024)
        sending.close()


@contextmanager
def recorded(folder: Path) -> Iterator[LanguageModel]:
    """Replays what a recorder took down of everything that this suite asks."""
    recorder = Recorder(ScriptedModel(), folder / "answers.jsonl")
    recorder.offers()
    short = Ask(ASKS[0].messages, most_tokens=2)
    stopping = Ask(ASKS[0].messages, most_tokens=24, stop=("two",))
    for ask in (*ASKS, short, stopping, SHAPED, TOOLED, ANSWERED):
        recorder.replies((ask,), within_s=LONG_S)
    recorder.odds(ASKS, CHOICES, within_s=LONG_S)
    yield Replayed(folder / "answers.jsonl")


@contextmanager
def local(_: Path) -> Iterator[LanguageModel]:
    with closing(made_local("tiny", device="cpu", positions=4096)) as model:
        yield model


# Every adapter has a line here.
ADAPTERS = [
    pytest.param(scripted, id="scripted"),
    pytest.param(metered, id="metered"),
    pytest.param(over_http, id="http"),
    pytest.param(recorded, id="recorded"),
    pytest.param(local, id="local", marks=pytest.mark.model),
]


@pytest.fixture(scope="module", params=ADAPTERS)
def model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LanguageModel]:
    opened: Callable[[Path], AbstractContextManager[LanguageModel]] = request.param
    with opened(tmp_path_factory.mktemp("model")) as lent:
        yield lent


def only(found: list[Reply | Unanswered]) -> Reply:
    (one,) = found
    assert isinstance(one, Reply), one
    return one


def test_it_has_a_name_and_a_context(model: LanguageModel) -> None:
    assert model.name == model.name != ""
    assert model.context_tokens > 0


def test_what_is_not_offered_is_said_in_a_sentence(model: LanguageModel) -> None:
    offers = model.offers()

    lacking = {name for name in ("schemas", "choices", "tools") if not getattr(offers, name)}
    assert set(offers.missing) == lacking
    assert all(sentence.endswith(".") for sentence in offers.missing.values())


def test_each_ask_has_its_answer_in_their_order(model: LanguageModel) -> None:
    together = model.replies(ASKS, within_s=LONG_S)

    alone = [only(model.replies((ask,), within_s=LONG_S)).text for ask in ASKS]
    assert [one.text for one in together if isinstance(one, Reply)] == alone


def test_no_ask_has_no_answer(model: LanguageModel) -> None:
    assert model.replies((), within_s=LONG_S) == []
    assert model.odds((), CHOICES, within_s=LONG_S).shape == (0, 3)


def test_the_likeliest_answer_is_the_same_each_time(model: LanguageModel) -> None:
    first, again = (model.replies(ASKS[:1], within_s=LONG_S) for _ in range(2))

    assert only(first).text == only(again).text


def test_an_answer_says_what_it_took(model: LanguageModel) -> None:
    spent = only(model.replies(ASKS[:1], within_s=LONG_S)).spent

    assert spent.seconds >= 0
    assert spent.read is None or spent.read > 0
    assert spent.written is None or spent.written >= 0


def test_an_answer_that_is_cut_off_says_so(model: LanguageModel) -> None:
    short = Ask(ASKS[0].messages, most_tokens=2)

    found = only(model.replies((short,), within_s=LONG_S))

    assert found.spent.written is None or found.spent.written <= 2
    assert not found.is_whole or (found.spent.written or 0) < 2


def test_what_ends_an_answer_is_not_in_it(model: LanguageModel) -> None:
    stopping = Ask(ASKS[0].messages, most_tokens=24, stop=("two",))

    assert "two" not in only(model.replies((stopping,), within_s=LONG_S)).text


def test_who_has_no_time_is_told_so(model: LanguageModel) -> None:
    assert [
        isinstance(one, Unanswered) and one.is_late for one in model.replies(ASKS, within_s=0.0)
    ] == [True] * len(ASKS)
    (last,) = model.stream(ASKS[0], within_s=0.0)
    assert isinstance(last, Unanswered)
    assert last.is_late


def test_an_answer_by_schema_fits_it(model: LanguageModel) -> None:
    if not model.offers().schemas:
        pytest.skip(model.offers().missing["schemas"])

    found = only(model.replies((SHAPED,), within_s=LONG_S))

    if found.is_whole:
        Pet.model_validate_json(found.text, strict=True)


def test_wishes_for_tools_are_named_apart(model: LanguageModel) -> None:
    if not model.offers().tools:
        pytest.skip(model.offers().missing["tools"])

    calls = only(model.replies((TOOLED,), within_s=LONG_S)).calls

    assert len({call.id for call in calls}) == len(calls)
    assert {call.name for call in calls} <= {"search"}
    assert isinstance(model.replies((ANSWERED,), within_s=LONG_S)[0], Reply)


def test_a_stream_is_the_answer_piece_by_piece(model: LanguageModel) -> None:
    *pieces, last = model.stream(ASKS[1], within_s=LONG_S)

    assert isinstance(last, Reply)
    assert "".join(piece for piece in pieces if isinstance(piece, str)) == last.text
    assert last.text == only(model.replies((ASKS[1],), within_s=LONG_S)).text


def test_a_stream_may_be_left(model: LanguageModel) -> None:
    stream = model.stream(ASKS[0], within_s=LONG_S)
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # every one is a generator

    assert isinstance(model.replies(ASKS[:1], within_s=LONG_S)[0], Reply)


def test_odds_have_a_row_an_ask(model: LanguageModel) -> None:
    if not model.offers().choices:
        pytest.skip(model.offers().missing["choices"])

    odds = model.odds(ASKS, CHOICES, within_s=LONG_S)

    assert odds.shape == (3, 3)
    assert odds.dtype == np.float32
    assert (odds <= 0).all()
    assert (np.exp(odds.astype(np.float64)).sum(axis=1) <= 1.001).all()
    # A server reads asks together, and rounds by which they are.
    assert np.allclose(odds, model.odds(ASKS, CHOICES, within_s=LONG_S), atol=1e-3)


def test_odds_without_time_are_no_odds(model: LanguageModel) -> None:
    with pytest.raises(ModelUnavailable):
        model.odds(ASKS, CHOICES, within_s=0.0)


def test_more_text_has_no_fewer_tokens(model: LanguageModel) -> None:
    assert model.count("") == 0
    assert 0 < model.count("Alice has") <= model.count("Alice has two cats.")


def test_many_threads_may_ask_at_once(model: LanguageModel) -> None:
    expected = only(model.replies(ASKS[:1], within_s=LONG_S)).text

    def asked(_: int) -> str:
        return only(model.replies(ASKS[:1], within_s=LONG_S)).text

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(asked, range(12))) == {expected}


@pytest.fixture(scope="module", params=[one for one in ADAPTERS if one.id != "recorded"])
def free(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LanguageModel]:
    """A model that can be asked anything; a recording cannot."""
    opened: Callable[[Path], AbstractContextManager[LanguageModel]] = request.param
    with opened(tmp_path_factory.mktemp("model")) as lent:
        yield lent


def test_an_ask_that_is_too_long_stands_alone(free: LanguageModel) -> None:
    long = says("far too long " * free.context_tokens)

    first, second = free.replies((long, ASKS[0]), within_s=LONG_S)

    assert isinstance(first, Unanswered)
    assert not first.is_late
    assert isinstance(second, Reply)
    (last,) = free.stream(long, within_s=LONG_S)
    assert isinstance(last, Unanswered)


def test_choices_that_begin_alike_are_refused(free: LanguageModel) -> None:
    with pytest.raises(ValueError, match="begin"):
        free.odds(ASKS, ("A", "A"), within_s=LONG_S)


def test_what_was_asked_before_is_no_part_of_an_ask(free: LanguageModel) -> None:
    before = [only(free.replies((ask,), within_s=LONG_S)).text for ask in ASKS]
    free.replies((SHAPED, ANSWERED), within_s=LONG_S)

    after = [only(free.replies((ask,), within_s=LONG_S)).text for ask in ASKS]

    assert before == after
