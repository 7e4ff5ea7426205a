"""Cutting by what a causal language model finds unexpected: done later, and never in the way."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from typing_extensions import override

from memsvc.domain.episode import Boundary, Segmentation, SurpriseSource
from memsvc.domain.errors import ModelUnavailable
from memsvc.domain.memory import SpaceSettings
from memsvc.domain.work import Step
from memsvc.llm.fakes import CountingSurprisal
from memsvc.ports.models import Passage, Surprise
from tests.app.small import ALICE, CHAT, ask, remember, said, texts, turns_of
from tests.app.test_episodes import CONVERSATION, events_of, shape
from tests.worlds import World, open_world

BY_TOKENS = SpaceSettings(segmentation=Segmentation(source=SurpriseSource.TOKENS, prior=4))


class MoodySurprisal(CountingSurprisal):
    """Counts, unless it is down; remembers what it was given to read."""

    def __init__(self, *, is_down: bool = False) -> None:
        super().__init__()
        self.is_down = is_down
        self.read: list[Passage] = []

    @override
    def of(self, passages: Sequence[Passage]) -> list[list[Surprise | None]]:
        if self.is_down:
            raise ModelUnavailable("The model is down; try again.")
        self.read.extend(passages)
        return super().of(passages)


def make(world: World) -> None:
    world.service.found(world.admin, ALICE)
    world.service.govern(world.admin, ALICE, BY_TOKENS, version=0)


def work(world: World) -> None:
    while world.service.enrich.work_once():
        pass


def test_turns_are_scored_after_the_write_and_cut_then(tmp_path: Path) -> None:
    with open_world(tmp_path, surprisal=CountingSurprisal()) as world:
        make(world)
        remember(world, *CONVERSATION)
        assert events_of(world) == []
        assert world.service.inspect.enrichment(world.admin, ALICE).waiting == {
            Step.SURPRISE: len(CONVERSATION)
        }
        work(world)
        events = events_of(world)
        assert Boundary.SURPRISE in {event.boundary for event in events}
        assert world.service.verify(world.admin, ALICE).is_whole


def test_what_is_not_scored_yet_is_found_all_the_same(tmp_path: Path) -> None:
    with open_world(tmp_path, surprisal=MoodySurprisal(is_down=True)) as world:
        make(world)
        remember(world, said("a heron by the pond"))
        work(world)
        assert texts(ask(world, "heron")) == ["a heron by the pond"]


def test_turns_one_at_a_time_are_cut_as_all_at_once(tmp_path: Path) -> None:
    found = []
    for way in ("whole", "parts"):
        with open_world(tmp_path / way, surprisal=CountingSurprisal()) as world:
            make(world)
            for begin in range(0, len(CONVERSATION), len(CONVERSATION) if way == "whole" else 3):
                end = len(CONVERSATION) if way == "whole" else begin + 3
                remember(world, *CONVERSATION[begin:end])
                work(world)
            found.append([row[:4] for row in shape(events_of(world))])
    assert found[0] == found[1]


def test_a_turn_is_read_once_and_with_what_stands_before_it(tmp_path: Path) -> None:
    surprisal = MoodySurprisal()
    with open_world(tmp_path, surprisal=surprisal) as world:
        make(world)
        remember(world, said("herons wade", speaker="Ann"), said("they do", speaker="Bob"))
        work(world)
        remember(world, said("and they fish", speaker="Ann"))
        work(world)
    assert surprisal.read == [
        Passage(["Ann: herons wade\n", "Bob: they do\n"], ""),
        Passage(["Ann: and they fish\n"], "Ann: herons wade\nBob: they do\n"),
    ]


def test_a_model_that_is_down_holds_cutting_up_and_nothing_else(tmp_path: Path) -> None:
    surprisal = MoodySurprisal(is_down=True)
    with open_world(tmp_path, surprisal=surprisal) as world:
        make(world)
        remember(world, *CONVERSATION)
        work(world)
        assert events_of(world) == []
        surprisal.is_down = False
        assert len(turns_of(world)) == len(CONVERSATION)
        world.clock.advance(timedelta(minutes=5))
        work(world)
        assert events_of(world)


def test_without_the_model_a_space_that_asks_for_it_is_cut_by_vectors(tmp_path: Path) -> None:
    with open_world(tmp_path, surprisal=CountingSurprisal()) as world:
        make(world)
        ids = world.service.forget.episodes.ids
    with open_world(tmp_path, ids=ids) as world:
        remember(world, *CONVERSATION)
        assert events_of(world)


def test_a_turn_forgotten_before_it_was_scored_is_passed_over(tmp_path: Path) -> None:
    with open_world(tmp_path, surprisal=CountingSurprisal()) as world:
        make(world)
        remember(world, *CONVERSATION)
        world.service.forget.turn(world.admin, ALICE, turns_of(world)[5].id)
        work(world)
        events = events_of(world, stream=CHAT)
    assert all(5 not in {unit.seq for unit in event.units} for event in events)
