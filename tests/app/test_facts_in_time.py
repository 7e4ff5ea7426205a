"""Facts in time: what turns say of when, what people rule, and what a read tells of both."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memsvc.app.facts import StatedNow, Wanted
from memsvc.domain.access import Role
from memsvc.domain.errors import (
    FactNotFound,
    InvalidField,
    RoleTooWeak,
    RulingConflict,
    RulingNotFound,
    VersionMismatch,
)
from memsvc.domain.ids import FactId, Position, RulingId, SpaceName, TurnId
from memsvc.domain.knowledge import Conflict, DatedFact, NewFact, Outcome
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Source, SpaceSettings, least_trusted
from memsvc.domain.validity import FactState, Verdict
from tests.app.small import ALICE, key_of, remember, rows, said
from tests.worlds import World

LIVES = "lives in"


def year(number: int) -> datetime:
    return datetime(number, 1, 1, tzinfo=UTC)


def turn(world: World, at: int = 2019, *, space: SpaceName = ALICE, **more: object) -> TurnId:
    wrote = remember(world, said(f"told in {at}", at=year(at), **more), space=space)
    return wrote.turns[0].id


def state(
    world: World, object_: str, at: int, *, space: SpaceName = ALICE, **more: object
) -> StatedNow:
    """Have a turn of some year say where Ada lives."""
    about = {"subject": "Ada", "predicate": LIVES, **more}
    fact = NewFact(object=object_, turns=(turn(world, at, space=space),), **about)  # type: ignore[arg-type]
    return world.service.facts.state(world.admin, space, [fact])[0][0]


def facts_of(
    world: World, wanted: Wanted | None = None, *, space: SpaceName = ALICE
) -> dict[str, DatedFact]:
    page = world.service.facts.page(
        world.admin, space, wanted=wanted or Wanted(superseded=True), after=None, limit=100
    )
    return {each.fact.object: each for each in page.items}


def stand(
    world: World, *, space: SpaceName = ALICE
) -> dict[str, tuple[str, list[tuple[int, int]]]]:
    """Return how facts stand, with the years of their intervals; 0 is open."""
    return {
        name: (
            one.validity.state.value,
            [
                (i.start.year if i.start else 0, i.end.year if i.end else 0)
                for i in one.validity.intervals
            ],
        )
        for name, one in facts_of(world, space=space).items()
    }


def get(world: World, fact: FactId) -> DatedFact:
    return world.service.facts.get(world.admin, ALICE, fact)


def conflicts(world: World, **more: object) -> tuple[Conflict, ...]:
    asked = {"entity": None, "state": None, "after": None, "limit": 100, **more}
    return world.service.decide_facts.conflicts(world.admin, ALICE, **asked).items  # type: ignore[arg-type]


def decide(
    world: World,
    fact: FactId,
    verdict: Verdict = Verdict.UPHELD,
    *,
    winner: FactId | None = None,
) -> DatedFact:
    return world.service.decide_facts.decide(
        world.admin,
        ALICE,
        fact,
        verdict=verdict,
        winner=winner,
        reason="she told me",
        version=get(world, fact).fact.version,
    )


def supersede(
    world: World, fact: FactId, by: FactId | NewFact | None = None, at: datetime | None = None
) -> DatedFact:
    return world.service.decide_facts.supersede(
        world.admin, ALICE, fact, by=by, at=at, reason="so", version=get(world, fact).fact.version
    )


# Stating -----------------------------------------------------------------------------------------


def test_a_newer_statement_ends_the_older_and_both_are_there(world: World) -> None:
    porto = state(world, "Porto", 2019)
    lisbon = state(world, "Lisbon", 2021)

    assert stand(world) == {
        "Porto": ("superseded", [(2019, 2021)]),
        "Lisbon": ("current", [(2021, 0)]),
    }
    assert get(world, porto.fact.id).validity.superseded_by == lisbon.fact.id
    assert world.service.verify(world.admin, ALICE).is_whole


spaces = count()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Porto", "Lisbon", "Ghent"]), st.integers(2001, 2006)),
        min_size=2,
        max_size=4,
        unique=True,
    ).flatmap(lambda told: st.tuples(st.just(told), st.permutations(told)))
)
def test_statements_arrive_in_any_order_and_come_to_the_same(
    world: World, told: tuple[list[tuple[str, int]], list[tuple[str, int]]]
) -> None:
    found = []
    for order in told:
        space = SpaceName(f"space {next(spaces)}")
        for object_, at in order:
            state(world, object_, at, space=space)
        found.append(stand(world, space=space))
        assert world.service.verify(world.admin, space).is_whole

    assert found[0] == found[1]


def test_who_moved_back_lives_there_again_and_it_is_one_fact(world: World) -> None:
    first = state(world, "Porto", 2019)
    state(world, "Lisbon", 2021)
    again = state(world, "porto", 2023)

    assert (again.outcome, again.fact.id) == (Outcome.EXTENDED, first.fact.id)
    assert stand(world)["Porto"] == ("current", [(2019, 2021), (2023, 0)])


def test_a_turn_may_say_a_fact_of_several_intervals(world: World) -> None:
    one = turn(world, 2020)
    dates = [(year(2001), year(2003)), (year(2010), year(2012))]
    facts = [
        NewFact("Ada", LIVES, "Porto", (one,), valid_from=begin, valid_to=end)
        for begin, end in dates
    ]

    first, _ = world.service.facts.state(world.admin, ALICE, facts)[0]
    again, _ = world.service.facts.state(world.admin, ALICE, facts)[0]

    assert first.fact.turns == (one,)
    assert stand(world) == {"Porto": ("ended", [(2001, 2003), (2010, 2012)])}
    assert again.outcome is Outcome.KNOWN


def test_predicates_of_one_state_and_names_of_one_entity_are_one_matter(world: World) -> None:
    state(world, "Porto", 2019)
    state(world, "Lisbon", 2021, subject="Ada Lovelace", predicate="resides in")
    assert {one for one, _ in stand(world).values()} == {"current"}

    merge = world.service.merging.merge(world.admin, ALICE, "Ada Lovelace", "Ada")
    assert stand(world)["Porto"] == ("superseded", [(2019, 2021)])

    world.service.merging.undo(world.admin, ALICE, merge.id)
    assert {one for one, _ in stand(world).values()} == {"current"}


def test_objects_that_are_merged_do_not_end_each_other(world: World) -> None:
    state(world, "Lisbon", 2019)
    state(world, "Lisboa", 2021)
    world.service.merging.merge(world.admin, ALICE, "Lisboa", "Lisbon")

    assert stand(world) == {
        "Lisbon": ("current", [(2019, 0)]),
        "Lisboa": ("current", [(2019, 0)]),
    }


def test_most_relations_hold_several_unless_the_space_or_the_caller_says_otherwise(
    world: World,
) -> None:
    for name, at in (("tea", 2019), ("coffee", 2020)):
        state(world, name, at, predicate="drinks")
    assert {one for one, _ in stand(world).values()} == {"current"}

    version = world.service.inspect.space(world.admin, ALICE).space.version
    world.service.govern(
        world.admin, ALICE, SpaceSettings(single_valued=("Drinks",)), version=version
    )
    assert stand(world)["tea"] == ("superseded", [(2019, 2020)])

    state(world, "red", 2019, predicate="wears")
    state(world, "blue", 2020, predicate="wears", replaces=True)
    state(world, "green", 2021, predicate="wears")
    assert stand(world)["red"] == ("superseded", [(2019, 2020)])
    assert stand(world)["blue"] == ("current", [(2020, 0)])


def test_a_statement_names_what_it_takes_the_place_of(world: World) -> None:
    tea = state(world, "tea", 2019, predicate="drinks")
    coffee = state(world, "coffee", 2020, predicate="drinks", supersedes=(tea.fact.id,))
    told_again = world.service.facts.state(
        world.admin,
        ALICE,
        [NewFact("Ada", "drinks", "coffee", coffee.fact.turns, supersedes=(tea.fact.id,))],
    )[0][0]

    found = get(world, tea.fact.id)
    assert (found.validity.state, found.validity.valid_to) == (FactState.SUPERSEDED, year(2020))
    assert [(each.verdict, each.by, each.maker) for each in found.rulings] == [
        (Verdict.SUPERSEDED, coffee.fact.id, world.admin.id)
    ]
    assert told_again.outcome is Outcome.KNOWN
    with pytest.raises(FactNotFound):
        state(world, "milk", 2021, predicate="drinks", supersedes=(FactId("f_none"),))
    with pytest.raises(RulingConflict, match="own place"):
        state(world, "tea", 2022, predicate="drinks", supersedes=(tea.fact.id,))
    assert set(stand(world)) == {"tea", "coffee"}


def test_an_interval_ends_after_it_begins(world: World) -> None:
    with pytest.raises(InvalidField, match="valid_to"):
        state(world, "Porto", 2019, valid_from=year(2020), valid_to=year(2020))


# What goes takes its effect along ----------------------------------------------------------------


def test_what_is_forgotten_ends_nothing_any_more(world: World) -> None:
    state(world, "Porto", 2019)
    lisbon = state(world, "Lisbon", 2021)
    supersede(world, get(world, lisbon.fact.id).fact.id, at=year(2022))

    world.service.forget.turn(world.admin, ALICE, lisbon.fact.turns[0])

    assert stand(world) == {"Porto": ("current", [(2019, 0)])}
    assert world.service.verify(world.admin, ALICE).is_whole


def test_what_has_expired_ends_nothing_any_more(world: World) -> None:
    state(world, "Porto", 2019)
    until = world.clock.now() + timedelta(hours=1)
    passing = turn(world, 2021, expires_at=until)
    fact = NewFact("Ada", LIVES, "Lisbon", (passing,))
    world.service.facts.state(world.admin, ALICE, [fact])
    assert stand(world)["Porto"][0] == "superseded"

    world.clock.advance(timedelta(hours=2))

    assert stand(world) == {"Porto": ("current", [(2019, 0)])}


def test_rulings_go_with_either_of_their_facts(world: World, tmp_path: object) -> None:
    tea = state(world, "tea", 2019, predicate="drinks")
    coffee = state(world, "coffee", 2020, predicate="drinks")
    supersede(world, tea.fact.id, coffee.fact.id)
    assert get(world, tea.fact.id).rulings

    world.service.facts.delete(world.admin, ALICE, coffee.fact.id)

    found = get(world, tea.fact.id)
    assert (found.validity.state, found.rulings) == (FactState.CURRENT, ())


# Reading -----------------------------------------------------------------------------------------


def test_lists_leave_out_what_was_superseded_unless_it_is_asked_for(world: World) -> None:
    state(world, "Porto", 2019)
    state(world, "Lisbon", 2021)

    assert set(facts_of(world, Wanted())) == {"Lisbon"}
    assert set(facts_of(world, Wanted(superseded=True))) == {"Porto", "Lisbon"}
    assert set(facts_of(world, Wanted((FactState.SUPERSEDED,)))) == {"Porto"}
    assert set(facts_of(world, Wanted(valid_at=year(2020)))) == {"Porto"}
    assert set(facts_of(world, Wanted(valid_at=year(2021)))) == {"Lisbon"}
    assert set(facts_of(world, Wanted(valid_at=year(2000)))) == set()


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_what_is_wanted_hold_all_of_it_once(world: World, limit: int) -> None:
    for place in range(9):
        state(world, f"town {place // 3} {place % 3}", 2001 + place, subject=f"friend {place // 3}")
    found, after = [], None
    for _ in range(30):
        page = world.service.facts.page(
            world.admin, ALICE, wanted=Wanted(), after=after, limit=limit
        )
        found += [each.fact.object for each in page.items]
        after = page.next_cursor
        if after is None:
            break

    assert found == ["town 0 2", "town 1 2", "town 2 2"]


def test_a_fact_is_trusted_as_the_least_of_its_turns(world: World) -> None:
    one = turn(world, 2019)
    two = turn(world, 2020, source=Source.DOCUMENT)
    fact = NewFact("Ada", LIVES, "Porto", (one, two))
    stated = world.service.facts.state(world.admin, ALICE, [fact])[0][0]

    sources = [saying.source for saying in stated.fact.sayings]
    assert least_trusted(sources) is Source.DOCUMENT


# Conflicts ---------------------------------------------------------------------------------------


def test_conflicts_are_told_by_matter_with_what_holds_first(world: World) -> None:
    state(world, "Porto", 2019)
    state(world, "Lisbon", 2021)
    state(world, "Ghent", 2023)
    state(world, "red", 2020, predicate="has name")
    state(world, "blue", 2020, predicate="is called")
    state(world, "tea", 2020, predicate="drinks")

    homes, names = conflicts(world)

    assert (homes.subject, homes.relation) == ("ada", LIVES)
    assert [each.fact.object for each in homes.facts] == ["Ghent", "Lisbon", "Porto"]
    assert [each.validity.state.value for each in homes.facts] == [
        "current",
        "superseded",
        "superseded",
    ]
    assert names.relation == "is called"
    assert {each.validity.state for each in names.facts} == {FactState.DISPUTED}
    assert conflicts(world, state=FactState.DISPUTED) == (names,)
    assert conflicts(world, entity="Ghent") == ()
    assert conflicts(world, entity="ada") == (homes, names)
    assert conflicts(world, predicate="Resides in") == (homes,)
    assert conflicts(world, predicate="is named", entity="ada") == (names,)
    assert conflicts(world, predicate="drinks") == ()


def test_conflicts_come_page_by_page(world: World) -> None:
    for friend in range(3):
        for place, at in (("Porto", 2019), ("Lisbon", 2021)):
            state(world, place, at, subject=f"friend {friend}")
    found, after = [], None
    for _ in range(10):
        page = world.service.decide_facts.conflicts(
            world.admin, ALICE, entity=None, state=None, after=after, limit=1
        )
        found += [each.subject for each in page.items]
        after = page.next_cursor
        if after is None:
            break

    assert found == ["friend 0", "friend 1", "friend 2"]


def test_of_many_that_may_hold_only_those_in_conflict_are_told(world: World) -> None:
    state(world, "tea", 2019, predicate="drinks")
    state(world, "coffee", 2020, predicate="drinks", replaces=True)
    state(world, "milk", 2021, predicate="drinks")

    (found,) = conflicts(world)

    assert [each.fact.object for each in found.facts] == ["coffee", "tea"]


# Rulings -----------------------------------------------------------------------------------------


def test_what_is_decided_is_final_until_it_is_taken_back(world: World) -> None:
    porto = state(world, "Porto", 2019)
    state(world, "Lisbon", 2021)

    decided = decide(world, porto.fact.id)
    state(world, "Ghent", 2023)

    assert decided.validity.state is FactState.CURRENT
    assert stand(world)["Porto"] == ("current", [(2019, 0)])
    assert stand(world)["Ghent"][0] == "disputed"

    [ruling] = get(world, porto.fact.id).rulings
    undone = world.service.decide_facts.undo(world.admin, ALICE, porto.fact.id, ruling.id)
    assert (undone.validity.state, undone.rulings) == (FactState.SUPERSEDED, ())
    assert stand(world)["Ghent"][0] == "current"
    with pytest.raises(RulingNotFound):
        world.service.decide_facts.undo(world.admin, ALICE, porto.fact.id, ruling.id)
    ledger = world.service.inspect.ledger(world.admin, ALICE, after=Position(0), limit=500)
    changes = [entry.change for entry in ledger]
    assert changes.count(Change.FACT_RULED) == changes.count(Change.FACT_UNRULED) == 1
    assert world.service.verify(world.admin, ALICE).is_whole


def test_a_winner_holds_and_another_decision_takes_its_place(world: World) -> None:
    porto, lisbon = state(world, "Porto", 2020), state(world, "Lisbon", 2020)
    assert {one for one, _ in stand(world).values()} == {"disputed"}

    decide(world, porto.fact.id, winner=lisbon.fact.id)
    assert [stand(world)[name][0] for name in ("Porto", "Lisbon")] == ["superseded", "current"]

    decide(world, porto.fact.id)
    assert [stand(world)[name][0] for name in ("Porto", "Lisbon")] == ["current", "superseded"]

    decide(world, porto.fact.id, Verdict.REJECTED)
    assert [stand(world)[name][0] for name in ("Porto", "Lisbon")] == ["superseded", "current"]
    assert len(get(world, porto.fact.id).rulings) == 1


def test_a_winner_is_of_the_same_matter(world: World) -> None:
    porto = state(world, "Porto", 2020)
    other = state(world, "tea", 2020, predicate="drinks")

    for winner in (other.fact.id, porto.fact.id):
        with pytest.raises(RulingConflict, match="same subject"):
            decide(world, porto.fact.id, winner=winner)
    with pytest.raises(FactNotFound):
        decide(world, porto.fact.id, winner=FactId("f_none"))


def test_superseding_ends_a_fact_with_one_that_is_stated_for_it(world: World) -> None:
    tea = state(world, "tea", 2019, predicate="drinks")
    milk = NewFact("Ada", "drinks", "milk", (turn(world, 2022),))

    found = supersede(world, tea.fact.id, milk)

    assert (found.validity.state, found.validity.valid_to) == (FactState.SUPERSEDED, year(2022))
    assert found.validity.superseded_by == facts_of(world)["milk"].fact.id


def test_superseded_by_nothing_it_has_ended_and_said_again_it_holds_again(world: World) -> None:
    tea = state(world, "tea", 2019, predicate="drinks")

    found = supersede(world, tea.fact.id, at=year(2021))
    assert (found.validity.state, found.validity.superseded_by) == (FactState.ENDED, None)

    state(world, "tea", 2022, predicate="drinks")
    assert stand(world)["tea"] == ("current", [(2019, 2021), (2022, 0)])


def test_what_cannot_be_superseded_is_refused(world: World) -> None:
    tea = state(world, "tea", 2019, predicate="drinks")

    with pytest.raises(RulingConflict, match="own place"):
        supersede(world, tea.fact.id, tea.fact.id)
    with pytest.raises(RulingConflict, match="began later"):
        supersede(world, tea.fact.id, at=year(2018))
    with pytest.raises(FactNotFound):
        supersede(world, tea.fact.id, FactId("f_none"))
    with pytest.raises(VersionMismatch):
        world.service.decide_facts.supersede(
            world.admin, ALICE, tea.fact.id, by=None, at=None, reason="so", version=1
        )
    with pytest.raises(RoleTooWeak):
        world.service.decide_facts.undo(key_of(Role.READER), ALICE, tea.fact.id, RulingId("u_1"))
    assert stand(world) == {"tea": ("current", [(2019, 0)])}


# History -----------------------------------------------------------------------------------------


def test_rows_tell_from_where_to_where_in_the_ledger_everything_stood(
    world: World, tmp_path: object
) -> None:
    """What a read as of an earlier position needs: nothing is overwritten."""
    porto = state(world, "Porto", 2019)
    state(world, "Lisbon", 2021)
    decide(world, porto.fact.id)
    [ruling] = get(world, porto.fact.id).rulings
    world.service.decide_facts.undo(world.admin, ALICE, porto.fact.id, ruling.id)
    merge = world.service.merging.merge(world.admin, ALICE, "Porto", "Lisbon")
    world.service.merging.undo(world.admin, ALICE, merge.id)

    [(position, until)] = rows(tmp_path, "SELECT position, until FROM fact_rulings")  # type: ignore[arg-type]
    assert (position, until) == (ruling.position, ruling.position + 1)
    [(position, until)] = rows(tmp_path, "SELECT position, until FROM merges")  # type: ignore[arg-type]
    assert (position, until) == (merge.position, merge.position + 1)
    said_at = [
        row[0]
        for row in rows(tmp_path, "SELECT position FROM fact_turns ORDER BY 1")  # type: ignore[arg-type]
    ]
    assert said_at == sorted({each.fact.position for each in facts_of(world).values()})


def test_facts_are_told_as_they_were_told_then(world: World) -> None:
    """Statements, decisions, merges and what was taken back of them, each as of before it."""
    told = []

    def look() -> None:
        page = world.service.facts.page(world.admin, ALICE, after=None, limit=100)
        position = world.service.inspect.space(world.admin, ALICE).space.position
        told.append((position, page, conflicts(world)))

    porto = state(world, "Porto", 2019)
    look()
    state(world, "Lisbon", 2021)
    look()
    state(world, "Porto", 2023)
    look()
    decide(world, porto.fact.id, Verdict.REJECTED)
    look()
    [ruling] = get(world, porto.fact.id).rulings
    world.service.decide_facts.undo(world.admin, ALICE, porto.fact.id, ruling.id)
    look()
    merge = world.service.merging.merge(world.admin, ALICE, "Porto", "Lisbon")
    look()
    world.service.merging.undo(world.admin, ALICE, merge.id)
    supersede(world, porto.fact.id, at=year(2024))
    look()

    for position, page, found in told:
        then = world.service.at(world.service.look_back(world.admin, [ALICE], position))
        assert then.facts.page(world.admin, ALICE, after=None, limit=100) == page
        listed = then.decide_facts.conflicts(
            world.admin, ALICE, entity=None, state=None, after=None, limit=100
        )
        assert listed.items == found
