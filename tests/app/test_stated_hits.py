"""A hit whose facts others superseded is withheld or labelled; one in dispute is labelled."""

from datetime import UTC, datetime

from memsvc.domain.ids import SpaceName, TurnId
from memsvc.domain.knowledge import NewFact
from memsvc.domain.memory import Source
from memsvc.domain.recall import Certainty, Filter, Hit, Kind, Question, Recalled
from tests.app.small import ALICE, BOB, ask, remember, said
from tests.worlds import World

OLD = "my kitchen window in Porto looks on the river"
NEW = "the tram in Lisbon stops under the roof terrace"
OTHER = "my kitchen window needs paint and a new frame"
QUESTION = "my kitchen window in Porto"


def write(world: World, text: str, at: int, *, space: SpaceName = ALICE, **more: object) -> TurnId:
    when = datetime(at, 1, 1, tzinfo=UTC)
    return remember(world, said(text, at=when, **more), space=space).turns[0].id


def lives(world: World, place: str, *turns: TurnId, space: SpaceName = ALICE) -> None:
    fact = NewFact("Ada", "lives in", place, turns)
    world.service.facts.state(world.admin, space, [fact])


def moved(world: World, *, space: SpaceName = ALICE, **more: object) -> tuple[TurnId, TurnId]:
    """Say where Ada lives in 2019 and in 2021, in words that have nothing in common."""
    old, new = write(world, OLD, 2019, space=space), write(world, NEW, 2021, space=space, **more)
    write(world, OTHER, 2020, space=space)
    lives(world, "Porto", old, space=space)
    lives(world, "Lisbon", new, space=space)
    return old, new


def texts(recalled: Recalled) -> list[str]:
    return [hit.turn.content for hit in recalled.hits]


def hit_of(recalled: Recalled, turn: TurnId) -> Hit:
    return next(hit for hit in recalled.hits if hit.turn.id == turn)


def withheld(recalled: Recalled) -> list[TurnId]:
    return [id_ for stage in recalled.trace for id_ in stage.facts.get("withheld", [])]


def test_what_was_superseded_is_withheld_and_the_newer_stands_in_its_place(world: World) -> None:
    old, new = moved(world)

    recalled = ask(world, QUESTION, k=2)

    assert texts(recalled) == [NEW, OTHER]
    assert recalled.hits[0].superseded_by is None
    assert withheld(recalled) == [old]
    assert recalled.hits[0].turn.id == new
    assert OLD not in recalled.context
    first = recalled.hits[0]
    assert abs(sum(each.share for each in first.why.values()) - first.score) < 1e-5


def test_asked_for_it_comes_with_what_superseded_it(world: World) -> None:
    old, new = moved(world)

    recalled = ask(world, QUESTION, k=3, include_superseded=True)

    assert texts(recalled) == [NEW, OLD, OTHER]
    mark = hit_of(recalled, old).superseded_by
    assert mark is not None
    assert (mark.id, mark.certainty) == (new, Certainty.STATED)
    assert recalled.hits[0].score == recalled.hits[1].score
    assert " | superseded by 2021-01-01 00:00 UTC]" in recalled.context
    assert withheld(recalled) == []


def test_asked_for_it_comes_behind_what_holds_now_even_where_that_was_no_hit(world: World) -> None:
    moved(world)

    assert texts(ask(world, QUESTION, k=1, include_superseded=True)) == [NEW]
    assert texts(ask(world, QUESTION, k=2, include_superseded=True)) == [NEW, OLD]


def test_several_superseded_by_one_follow_it_in_their_order(world: World) -> None:
    moved(world)
    again = write(world, "a frame for my kitchen window in Porto", 2018)
    lives(world, "Porto", again)

    recalled = ask(world, QUESTION, k=4, include_superseded=True)

    assert texts(recalled)[0] == NEW
    assert set(texts(recalled)[1:3]) == {OLD, "a frame for my kitchen window in Porto"}
    assert [hit.superseded_by is None for hit in recalled.hits] == [True, False, False, True]
    scores = [hit.score for hit in recalled.hits]
    assert scores == sorted(scores, reverse=True)


def test_of_those_that_took_each_others_place_the_last_holds(world: World) -> None:
    old, new = moved(world)
    last = write(world, "rain again on the canal", 2023)
    lives(world, "Ghent", last)

    recalled = ask(world, QUESTION, k=4)

    assert texts(recalled) == ["rain again on the canal", OTHER]
    assert set(withheld(recalled)) == {old, new}


def test_however_many_one_took_the_place_of_the_others_are_found(world: World) -> None:
    """Twenty addresses, of which the last holds, must not keep out what else answers."""
    homes = [write(world, f"my kitchen window in Porto {n}", 1990 + n) for n in range(20)]
    for number, home in enumerate(homes):
        lives(world, f"Street {number}", home)
    others = {f"my paint {n}" for n in range(4)}
    for number, text in enumerate(sorted(others)):
        write(world, text, 2015 + number)

    recalled = ask(world, QUESTION, k=5)

    assert set(texts(recalled)) == {"my kitchen window in Porto 19", *others}
    assert set(withheld(recalled)) == set(homes[:-1])


def test_a_turn_that_also_says_what_holds_stays(world: World) -> None:
    old, _ = moved(world)
    fact = NewFact("Ada", "owns", "a window", (old,))
    world.service.facts.state(world.admin, ALICE, [fact])

    recalled = ask(world, QUESTION, k=3)

    assert texts(recalled)[0] == OLD
    assert hit_of(recalled, old).superseded_by is None


def test_what_may_not_answer_takes_nobodys_place(world: World) -> None:
    moved(world, source=Source.TOOL)

    recalled = ask(world, QUESTION, k=3, where=Filter(sources=(Source.USER,)))

    assert OLD in texts(recalled)
    assert all(hit.superseded_by is None for hit in recalled.hits)


def test_what_is_in_dispute_is_shown_on_both_sides_and_says_so(world: World) -> None:
    one, two = write(world, OLD, 2020), write(world, NEW, 2020)
    lives(world, "Porto", one)
    lives(world, "Lisbon", two)

    recalled = ask(world, QUESTION + " tram Lisbon", k=5)

    assert {OLD, NEW} == set(texts(recalled))
    assert hit_of(recalled, one).disputed_by == (two,)
    assert hit_of(recalled, two).disputed_by == (one,)
    assert recalled.context.count("| disputed]") == 2


def test_said_again_it_is_not_superseded(world: World) -> None:
    old, _ = moved(world)
    lives(world, "Porto", write(world, "back among the azulejos", 2023))

    recalled = ask(world, QUESTION, k=4)

    assert texts(recalled)[0] == OLD
    assert hit_of(recalled, old).superseded_by is None
    assert NEW not in texts(recalled)


def test_when_the_newer_is_forgotten_the_older_holds_again(world: World) -> None:
    _, new = moved(world)
    world.service.forget.turn(world.admin, ALICE, new)

    assert texts(ask(world, QUESTION, k=2))[0] == OLD


def test_events_are_not_compared(world: World) -> None:
    moved(world)

    recalled = ask(world, QUESTION, kind=Kind.EVENT)

    assert OLD in recalled.context
    assert withheld(recalled) == []


def test_several_spaces_each_withhold_for_themselves(world: World) -> None:
    moved(world)
    write(world, OLD, 2019, space=BOB)

    recalled = world.service.recall_together(world.admin, [ALICE, BOB], Question(QUESTION, k=4))

    found = [(hit.space, hit.turn.content) for hit in recalled.hits]
    assert (BOB, OLD) in found
    assert (ALICE, NEW) in found
    assert (ALICE, OLD) not in found
    assert any(stage.stage.startswith("stated") for stage in recalled.traces[ALICE])
