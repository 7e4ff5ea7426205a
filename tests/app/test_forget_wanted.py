"""Forgetting on request: what goes, what stays, and what the receipt says of it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memsvc.app import forget_wanted
from memsvc.domain.access import Role
from memsvc.domain.errors import InvalidField, ReceiptNotFound, RoleTooWeak, TooLarge
from memsvc.domain.ids import ReceiptId, StreamName
from memsvc.domain.recall import Filter
from memsvc.domain.receipt import Means, Receipt, Residue, Wanted, WhatWent
from tests.app.small import ALICE, BOB, ask, key_of, remember, rows, said, tamper, texts, turns_of
from tests.app.test_entities import merge, state
from tests.store.test_spaces import dump
from tests.worlds import World, open_world

LISBON = "In May we moved to Lisbon for good."
LISBOA = "The trams of Lisboa are yellow."
BERLIN = "Before that it was Berlin."
"""Three turns, of which two name one city when the names are merged."""


@pytest.fixture
def cities(world: World) -> World:
    remember(world, said(LISBON), said(LISBOA), said(BERLIN))
    remember(world, said("The harbour is nice."), stream="trip", title="Lisbon")
    return world


def forget(world: World, *, dry_run: bool = False, **wanted: Any) -> WhatWent:
    return world.service.forget_wanted(world.admin, ALICE, Wanted(**wanted), dry_run=dry_run)


def verify(world: World, receipt: Receipt) -> Residue:
    return world.service.receipts.verify(world.admin, ALICE, receipt.id)


def contents(world: World) -> set[str]:
    return {turn.content for turn in turns_of(world)}


def test_a_subject_goes_with_every_turn_that_names_it_is_about_it_or_says_a_fact_of_it(
    cities: World,
) -> None:
    merge(cities, "Lisboa", "Lisbon")
    remember(cities, said("We eat there every day."))
    state(cities, "We", "live in", "Lisbon", by="We eat there every day.")

    done = forget(cities, subject="LISBOA")

    assert contents(cities) == {BERLIN}
    assert done.receipt.means == (Means.SUBJECT,)
    tally = done.receipt.tally
    assert (tally.turns, tally.facts, tally.merges, tally.streams_left_empty) == (4, 1, 1, 1)
    assert tally.titles == 1
    assert tally.names >= 2
    assert verify(cities, done.receipt).is_gone
    assert texts(ask(cities, "Lisbon")) == [BERLIN]


def test_a_text_goes_whatever_its_case_and_white_space(world: World) -> None:
    remember(world, said("My number is 555  01\n23, call me."), said("My number is 5550123."))

    forget(world, text="NUMBER is 555 01 23")

    assert contents(world) == {"My number is 5550123."}


def test_all_parts_must_hold(cities: World) -> None:
    where = Filter(streams=(StreamName("trip"),))

    forget(cities, subject="Lisbon", where=where)

    assert contents(cities) == {LISBON, LISBOA, BERLIN}


def test_ids_that_are_not_there_are_passed_over_and_the_receipt_counts_none(world: World) -> None:
    (turn,) = remember(world, said(BERLIN)).turns

    first = forget(world, turns=(turn.id,))
    again = forget(world, turns=(turn.id,))

    assert (first.receipt.tally.turns, again.receipt.tally.turns) == (1, 0)
    assert verify(world, again.receipt).is_gone


@pytest.mark.parametrize("wanted", [{}, {"where": Filter()}], ids=["nothing", "everything"])
def test_what_does_not_say_what_to_forget_is_refused(world: World, wanted: dict[str, Any]) -> None:
    remember(world, said(BERLIN))
    with pytest.raises(InvalidField):
        forget(world, **wanted)
    assert contents(world) == {BERLIN}


def test_a_subject_that_names_nothing_is_no_turns(cities: World) -> None:
    assert forget(cities, subject="...").receipt.tally.turns == 0


def test_too_many_turns_are_refused_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forget_wanted, "MOST_FORGOTTEN", 2)
    remember(world, *(said(f"Heron {n}.") for n in range(3)))
    with pytest.raises(TooLarge, match=r"3 turns .* forget 2; narrow it"):
        forget(world, text="heron")
    assert len(contents(world)) == 3


def test_a_reader_may_not_forget_and_may_read_receipts(world: World) -> None:
    remember(world, said(BERLIN))
    done = forget(world, text="berlin")
    reader = key_of(Role.READER, ALICE)
    with pytest.raises(RoleTooWeak):
        world.service.forget_wanted(reader, ALICE, Wanted(text="x"), dry_run=True)
    assert world.service.receipts.get(reader, ALICE, done.receipt.id) == done.receipt
    assert world.service.receipts.verify(reader, ALICE, done.receipt.id).is_gone


WORDS = st.sampled_from(["Lisbon", "Berlin", "Rome", "rain", "sun"])
SAYINGS = st.lists(
    st.lists(WORDS, min_size=1, max_size=4).map(lambda words: "We saw " + " and ".join(words)),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sayings=SAYINGS,
    wanted=st.one_of(
        WORDS.map(lambda word: {"subject": word}), WORDS.map(lambda word: {"text": word})
    ),
)
def test_a_dry_run_changes_nothing_and_counts_what_the_real_one_counts(
    tmp_path_factory: pytest.TempPathFactory, sayings: list[str], wanted: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("dry")
    with open_world(folder) as world:
        remember(world, *map(said, sayings), title="Lisbon")
        remember(world, said("Another said so too."), space=BOB)
        turn = turns_of(world)[0]
        state(world, "Rome", "is near", "Berlin", by=turn.content)
        before = dump(folder)

        dry = forget(world, dry_run=True, **wanted)
        assert dump(folder) == before
        real = forget(world, **wanted)

        assert dry.receipt.tally == real.receipt.tally
        assert len(dry.shown) == real.receipt.tally.turns
        assert not {turn.id for turn in dry.shown} & {turn.id for turn in turns_of(world)}
        assert verify(world, real.receipt).is_gone
        assert len(turns_of(world, BOB)) == 1
        assert world.service.verify(world.admin, ALICE).is_whole


def test_a_dry_run_does_not_show_what_has_expired(world: World) -> None:
    soon = world.clock.now() + timedelta(hours=1)
    remember(world, said("Heron one.", expires_at=soon), said("Heron two."))
    world.clock.advance(timedelta(hours=2))
    assert [turn.content for turn in forget(world, dry_run=True, text="heron").shown] == [
        "Heron two."
    ]


def test_no_word_of_it_is_left_on_disk_and_none_is_in_the_receipt(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said("The heronwort of Zanzibar blooms."), title="Heronwort")
        remember(world, said("A kestrel."), stream="other")
        forget(world, text="heronwort")
        assert [row[0] for row in rows(tmp_path, "SELECT title FROM streams")] == [None, None]
    for word in (b"heronwort", b"Heronwort", b"zanzibar", b"Zanzibar"):
        assert [each.name for each in tmp_path.iterdir() if word in each.read_bytes()] == []


def test_a_check_finds_what_somebody_put_back_behind_the_service(
    world: World, tmp_path: Path
) -> None:
    remember(world, said(BERLIN), said(LISBON))
    gone = next(turn for turn in turns_of(world) if turn.content == BERLIN)
    done = forget(world, text="berlin")
    assert verify(world, done.receipt).is_gone
    tamper(tmp_path, "UPDATE turns SET content = ? WHERE content = ?", BERLIN, LISBON)
    assert verify(world, done.receipt).left["words"] == 1
    tamper(tmp_path, "UPDATE terms SET turn = ?", gone.key)
    assert verify(world, done.receipt).left["terms"] == 1


def test_a_check_finds_a_receipt_that_was_changed(world: World, tmp_path: Path) -> None:
    remember(world, said(BERLIN))
    done = forget(world, text="berlin")
    tamper(tmp_path, "DELETE FROM tombstones")
    assert verify(world, done.receipt).left["receipt"] == 1


def test_the_same_words_written_again_are_new_and_stay(world: World) -> None:
    remember(world, said(BERLIN))
    done = forget(world, text="berlin")

    (again,) = remember(world, said(BERLIN)).turns

    found = verify(world, done.receipt)
    assert (found.is_gone, found.same_words) == (True, (again.id,))
    assert texts(ask(world, "Berlin")) == [BERLIN]


def test_a_receipt_of_another_space_is_not_found(world: World) -> None:
    remember(world, said(BERLIN))
    remember(world, said(BERLIN), space=BOB)
    done = forget(world, text="berlin")
    with pytest.raises(ReceiptNotFound):
        world.service.receipts.get(world.admin, BOB, done.receipt.id)
    with pytest.raises(ReceiptNotFound):
        world.service.receipts.verify(world.admin, BOB, ReceiptId("r_none"))
    assert [turn.content for turn in turns_of(world, BOB)] == [BERLIN]
