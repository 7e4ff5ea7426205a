"""When facts held, of what was said and ruled: small worlds by hand, and what holds of all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.ids import FactId, Position, RulingId, TurnId
from memsvc.domain.memory import Source
from memsvc.domain.validity import (
    FactState,
    Interval,
    Ruling,
    Saying,
    Told,
    Validity,
    Verdict,
    validity,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Said = tuple[str, int, int | None, bool]
"""An object, the year it is said to hold from, up to which it does, and whether it replaces."""


def year(number: int) -> datetime:
    return datetime(number, 1, 1, tzinfo=UTC)


def told(*said: Said) -> list[Told]:
    by_object: dict[str, list[Saying]] = {}
    for number, (object_, start, end, replaces) in enumerate(said):
        saying = Saying(
            TurnId(f"t_{number}"),
            year(start),
            Source.USER,
            None if end is None else year(start),
            None if end is None else year(end),
            replaces,
        )
        by_object.setdefault(object_, []).append(saying)
    return [
        Told(FactId(object_), object_, tuple(sayings)) for object_, sayings in by_object.items()
    ]


def since(object_: str, start: int) -> Said:
    return object_, start, None, False


def instead(object_: str, start: int) -> Said:
    return object_, start, None, True


def during(object_: str, start: int, end: int) -> Said:
    return object_, start, end, False


def ruled(
    fact: str, verdict: Verdict, *, by: str | None = None, at: int | None = None, number: int = 1
) -> Ruling:
    return Ruling(
        RulingId(f"u_{number}"),
        FactId(fact),
        verdict,
        None if by is None else FactId(by),
        None if at is None else year(at),
        "because",
        "k_1",
        Position(number),
    )


def single(group: Sequence[Told], *rulings: Ruling, now: datetime = NOW) -> dict[str, Validity]:
    found = validity(group, rulings, is_single=True, now=now)
    return {str(fact): each for fact, each in found.items()}


def several(group: Sequence[Told], *rulings: Ruling) -> dict[str, Validity]:
    found = validity(group, rulings, is_single=False, now=NOW)
    return {str(fact): each for fact, each in found.items()}


def years(one: Validity) -> list[tuple[int | None, int | None]]:
    return [
        (
            None if interval.start is None else interval.start.year,
            None if interval.end is None else interval.end.year,
        )
        for interval in one.intervals
    ]


# One object at a time ----------------------------------------------------------------------------


def test_a_later_statement_ends_what_held_and_deletes_nothing() -> None:
    found = single(told(since("Porto", 2019), since("Lisbon", 2021)))

    assert (found["Porto"].state, years(found["Porto"])) == (
        FactState.SUPERSEDED,
        [(2019, 2021)],
    )
    assert found["Porto"].superseded_by == "Lisbon"
    assert (found["Lisbon"].state, years(found["Lisbon"])) == (FactState.CURRENT, [(2021, None)])


def test_who_moved_back_lives_there_in_two_intervals() -> None:
    found = single(told(since("Porto", 2019), since("Lisbon", 2021), since("Porto", 2023)))

    assert years(found["Porto"]) == [(2019, 2021), (2023, None)]
    assert found["Porto"].state is FactState.CURRENT
    assert found["Lisbon"].superseded_by == "Porto"
    assert [found["Porto"].holds_at(year(at)) for at in (2018, 2019, 2021, 2023)] == [
        False,
        True,
        False,
        True,
    ]


def test_what_is_said_again_goes_on() -> None:
    found = single(told(since("Porto", 2019), since("Porto", 2020), since("Lisbon", 2021)))

    assert years(found["Porto"]) == [(2019, 2021)]


def test_two_from_the_same_moment_on_are_in_dispute_until_something_later_ends_both() -> None:
    same = (since("Porto", 2020), since("Lisbon", 2020))
    both = single(told(*same))
    later = single(told(*same, since("Berlin", 2022)))

    assert {one.state for one in both.values()} == {FactState.DISPUTED}
    assert both["Porto"].disputes == ("Lisbon",)
    assert {later["Porto"].state, later["Lisbon"].state} == {FactState.SUPERSEDED}
    assert later["Berlin"].state is FactState.CURRENT


def test_intervals_that_were_given_and_overlap_are_in_dispute() -> None:
    found = single(told(during("Porto", 2019, 2022), during("Lisbon", 2021, 2030)))

    assert {one.state for one in found.values()} == {FactState.DISPUTED}
    assert years(found["Porto"]) == [(2019, 2022)]


def test_intervals_that_were_given_and_touch_are_not() -> None:
    found = single(told(during("Porto", 2019, 2021), since("Lisbon", 2021)))

    assert found["Porto"].state is FactState.ENDED
    assert found["Lisbon"].state is FactState.CURRENT


def test_a_given_end_ends_what_was_said_without_one() -> None:
    found = single(told(since("Porto", 2018), during("Porto", 2016, 2020)))

    assert years(found["Porto"]) == [(2016, 2020)]
    assert found["Porto"].state is FactState.ENDED


def test_what_ended_before_it_was_said_held_since_ever() -> None:
    saying = Saying(TurnId("t"), year(2023), Source.USER, None, year(2021))
    found = single([Told(FactId("Porto"), "Porto", (saying,))])

    assert found["Porto"].intervals == (Interval(None, year(2021)),)


def test_what_begins_later_is_planned_and_until_then_the_other_holds() -> None:
    found = single(told(since("Porto", 2019), since("Lisbon", 2027)))

    assert found["Lisbon"].state is FactState.PLANNED
    assert (found["Porto"].state, years(found["Porto"])) == (FactState.CURRENT, [(2019, 2027)])


def test_of_two_from_the_same_moment_on_the_one_that_replaces_holds() -> None:
    found = single(told(since("Porto", 2020), instead("Lisbon", 2020)))

    assert (found["Porto"].state, found["Porto"].intervals) == (FactState.SUPERSEDED, ())
    assert found["Porto"].valid_from == found["Porto"].valid_to == year(2020)
    assert found["Lisbon"].state is FactState.CURRENT


# Several at once ---------------------------------------------------------------------------------


def test_where_several_may_hold_nothing_ends_another() -> None:
    found = several(told(since("tea", 2019), since("coffee", 2020)))

    assert {one.state for one in found.values()} == {FactState.CURRENT}


def test_what_replaces_ends_all_others_and_nothing_after_it() -> None:
    found = several(told(since("tea", 2019), instead("coffee", 2020), since("milk", 2021)))

    assert found["tea"].superseded_by == "coffee"
    assert {found["coffee"].state, found["milk"].state} == {FactState.CURRENT}


# Rulings -----------------------------------------------------------------------------------------


def test_what_is_ruled_to_be_superseded_ends_then_and_may_be_said_again() -> None:
    end = ruled("tea", Verdict.SUPERSEDED, by="coffee", at=2020)
    once = several(told(since("tea", 2019), since("coffee", 2020)), end)
    again = several(told(since("tea", 2019), since("coffee", 2020), since("tea", 2022)), end)

    assert (once["tea"].state, once["tea"].superseded_by) == (FactState.SUPERSEDED, "coffee")
    assert years(again["tea"]) == [(2019, 2020), (2022, None)]


def test_what_nothing_took_the_place_of_has_ended() -> None:
    found = several(told(since("tea", 2019)), ruled("tea", Verdict.SUPERSEDED, at=2020))

    assert (found["tea"].state, years(found["tea"])) == (FactState.ENDED, [(2019, 2020)])


def test_what_is_upheld_stays_and_what_comes_later_is_in_dispute_with_it() -> None:
    group = told(since("Porto", 2019), since("Lisbon", 2021))
    found = single(group, ruled("Porto", Verdict.UPHELD))

    assert (found["Porto"].state, years(found["Porto"])) == (FactState.CURRENT, [(2019, None)])
    assert (found["Lisbon"].state, found["Lisbon"].disputes) == (FactState.DISPUTED, ("Porto",))


def test_of_a_dispute_the_upheld_one_holds_and_the_other_was_superseded() -> None:
    group = told(since("Porto", 2020), since("Lisbon", 2020))
    found = single(group, ruled("Porto", Verdict.UPHELD))

    assert found["Porto"].state is FactState.CURRENT
    assert (found["Lisbon"].state, found["Lisbon"].superseded_by) == (
        FactState.SUPERSEDED,
        "Porto",
    )


def test_what_is_rejected_never_held_and_ends_nothing() -> None:
    group = told(since("Porto", 2019), since("Lisbon", 2021))
    found = single(group, ruled("Lisbon", Verdict.REJECTED))

    assert (found["Lisbon"].state, found["Lisbon"].intervals) == (FactState.SUPERSEDED, ())
    assert (found["Porto"].state, years(found["Porto"])) == (FactState.CURRENT, [(2019, None)])
    assert found["Lisbon"].superseded_by == "Porto"


def test_what_somebody_says_against_the_dates_holds() -> None:
    group = told(since("Porto", 2021), since("Lisbon", 2019))
    found = single(group, ruled("Porto", Verdict.SUPERSEDED, by="Lisbon", at=2021))

    assert (found["Porto"].state, found["Porto"].superseded_by) == (
        FactState.SUPERSEDED,
        "Lisbon",
    )
    assert years(found["Lisbon"]) == [(2019, None)]


# What holds of all -------------------------------------------------------------------------------

OBJECTS = st.sampled_from(["Porto", "Lisbon", "Berlin"])
START = st.integers(2000, 2012)


@st.composite
def sayings(draw: st.DrawFn) -> Said:
    start = draw(START)
    end = draw(st.none() | st.integers(start + 1, 2016))
    return draw(OBJECTS), start, end, draw(st.integers(0, 5)) == 0


@st.composite
def rulings(draw: st.DrawFn) -> list[Ruling]:
    made = []
    for number in range(draw(st.integers(0, 3))):
        verdict = draw(st.sampled_from(list(Verdict)))
        at = draw(START) if verdict is Verdict.SUPERSEDED else None
        made.append(ruled(draw(OBJECTS), verdict, at=at, number=number))
    return made


@given(st.lists(sayings(), min_size=1, max_size=7), rulings(), st.booleans(), st.randoms())
def test_the_order_of_statements_does_not_matter(
    said: list[Said],
    made: list[Ruling],
    is_single: bool,  # noqa: FBT001  drawn
    chance: object,
) -> None:
    numbered = list(enumerate(said))
    mixed = list(numbered)
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    def found(order: Sequence[tuple[int, Said]]) -> dict[FactId, Validity]:
        return validity(told(*(each for _, each in order)), made, is_single=is_single, now=NOW)

    assert found(numbered) == found(mixed)


@given(st.lists(sayings(), min_size=1, max_size=7), rulings(), st.booleans())
def test_intervals_are_apart_in_order_and_not_empty(
    said: list[Said],
    made: list[Ruling],
    is_single: bool,  # noqa: FBT001  drawn
) -> None:
    for one in validity(told(*said), made, is_single=is_single, now=NOW).values():
        ends = [(each.start, each.end) for each in one.intervals]
        assert all(start is None or end is None or start < end for start, end in ends)
        for (_, end), (start, _) in pairwise(ends):
            assert end is not None
            assert start is not None
            assert end < start


@given(st.lists(st.tuples(OBJECTS, START), min_size=1, max_size=8, unique_by=lambda each: each[1]))
def test_of_what_was_said_at_different_times_one_holds_at_each_moment(
    said: list[tuple[str, int]],
) -> None:
    """A second account of the rule, for open statements of one object at a time."""
    found = single(told(*(since(*each) for each in said)))

    for at in range(2000, 2014):
        begun = [each for each in said if each[1] <= at]
        holds = {name for name, one in found.items() if one.holds_at(year(at))}
        assert holds == ({max(begun, key=lambda each: each[1])[0]} if begun else set())
    current = [name for name, one in found.items() if one.state is FactState.CURRENT]
    assert current == [max(said, key=lambda each: each[1])[0]]


@given(st.lists(sayings(), min_size=1, max_size=6), rulings())
def test_one_that_is_superseded_names_what_took_its_place_or_was_rejected(
    said: list[Said], made: list[Ruling]
) -> None:
    group = told(*said)
    for fact, one in validity(group, made, is_single=True, now=NOW).items():
        if one.state is FactState.SUPERSEDED and one.superseded_by is None:
            assert any(each.fact == fact and each.verdict is Verdict.REJECTED for each in made)
        assert one.superseded_by != fact
        assert fact not in one.disputes


@pytest.mark.parametrize("state", [FactState.DISPUTED])
@given(first=START, second=START)
def test_disputes_are_told_on_both_sides(first: int, second: int, state: FactState) -> None:
    found = single(told(during("Porto", first, 2015), during("Lisbon", second, 2014)))

    assert {one.state for one in found.values()} == {state}
    assert found["Porto"].disputes == ("Lisbon",)
    assert found["Lisbon"].disputes == ("Porto",)
