"""Who names what in memory beside the plain twin, `graph.naming.Names`."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.naming import Named, NamedEach, Names, Naming, one_after_another
from memsvc.ports.indexes import Mentions
from memsvc.ports.mentions import Mentioned
from store.mentions import MentionColumns, TurnMentions
from store.merged import Merged
from store.timeline import ArrayTimeline

NAMES = ("ada", "jaws", "u2", "trent reznor", "東京")
FIRST_KEY = 7


class Small:
    """Columns over a timeline whose keys are `FIRST_KEY` and up, and what they were told."""

    def __init__(self) -> None:
        self.timeline = ArrayTimeline()
        self.columns = MentionColumns()
        self.told: dict[int, Mentioned] = {}

    @property
    def mentions(self) -> TurnMentions:
        return TurnMentions(self.columns, self.timeline)

    def write(self, names: Sequence[str] = (), subjects: Sequence[str] = ()) -> int:
        """Write a turn; one that names nothing is not even entered, as it has no row."""
        key = FIRST_KEY + self.timeline.size
        place = self.timeline.append(key, stream=1, length=1)
        self.told[key] = Mentioned(names, subjects)
        if names or subjects:
            self.columns.append(place, self.told[key])
        return key

    def say_anew(self, key: int, names: Sequence[str], subjects: Sequence[str]) -> None:
        self.told[key] = Mentioned(names, subjects)
        self.columns.put(key - FIRST_KEY, self.told[key])

    def forget(self, key: int) -> None:
        del self.told[key]
        self.columns.remove(key - FIRST_KEY)
        self.timeline.remove(key)

    def keep(self) -> None:
        """Go on with what a snapshot would bring back."""
        arrays = {name: one.copy() for name, one in self.columns.arrays.items()}
        self.columns = MentionColumns.from_arrays(arrays)

    @property
    def twin(self) -> Names:
        """The plain twin of what was told, by the numbers that the columns gave out."""
        number_of = {name: self.columns.number_of(name) for name in NAMES}

        def numbers(names: Sequence[str]) -> list[int]:
            return [number for name in names if (number := number_of[name]) is not None]

        return Names(
            {key: numbers(one.names) for key, one in self.told.items()},
            {key: numbers(one.subjects) for key, one in self.told.items()},
        )


def plain(found: Named) -> dict[int, bool]:
    assert found.numbers.tolist() == sorted(set(found.numbers.tolist()))
    assert found.numbers.dtype == np.dtype(np.int64)
    assert found.about.dtype == np.dtype(np.bool_)
    return dict(zip(found.numbers.tolist(), found.about.tolist(), strict=True))


def named_by(mentions: Mentions, turn: int) -> dict[str, bool]:
    return {mentions.name_of(n): about for n, about in plain(mentions.named_by(turn)).items()}


few = st.lists(st.sampled_from(NAMES), max_size=3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), few, few),
        st.tuples(st.just("say anew"), few, few, st.integers(0, 20)),
        st.tuples(st.just("forget"), st.integers(0, 20)),
        st.tuples(st.just("keep")),
    ),
    max_size=20,
)


@given(steps=steps)
def test_the_columns_say_what_the_twin_says(steps: list[tuple[object, ...]]) -> None:
    small = Small()
    for what, *how in steps:
        turns = list(small.told)
        match what, how:
            case "write", [list(names), list(subjects)]:
                small.write(names, subjects)
            case "say anew", [list(names), list(subjects), int(which)] if turns:
                small.say_anew(turns[which % len(turns)], names, subjects)
            case "forget", [int(which)] if turns:
                small.forget(turns[which % len(turns)])
            case "keep", _:
                small.keep()
        assert_as_told(small)


def assert_as_told(small: Small) -> None:
    ours, twin = small.mentions, small.twin
    as_a_ground: Naming = ours
    told = small.told.values()
    turns = range(FIRST_KEY - 1, FIRST_KEY + small.timeline.size + 1)
    every = np.array([*turns, *turns], dtype=np.int64)
    assert_alike(as_a_ground.named_by_each(every), twin.named_by_each(every))
    numbers = [number for name in NAMES if (number := ours.number_of(name)) is not None]
    asked = np.array([-1, *numbers, *numbers, 10**6], dtype=np.int64)
    assert_alike(as_a_ground.naming_each(asked), twin.naming_each(asked))
    known = np.array(numbers, dtype=np.int64)
    found = [twin.naming(number) for number in numbers]
    assert ours.count_each(known).tolist() == [len(one.numbers) for one in found]
    assert ours.count_about_each(known).tolist() == [int(one.about.sum()) for one in found]
    for turn in turns:
        assert plain(ours.named_by(turn)) == plain(twin.named_by(turn))
    for name in NAMES:
        number = ours.number_of(name)
        is_named = any(name in (*one.names, *one.subjects) for one in told)
        assert ours.knows(name) == is_named == (number is not None)
        assert ours.is_subject(name) == any(name in one.subjects for one in told)
        if number is not None:
            assert ours.name_of(number) == name
            assert plain(ours.naming(number)) == plain(twin.naming(number))
            assert ours.count(number) == len(twin.naming(number).numbers)
    assert len(small.columns) == sum(ours.knows(name) for name in NAMES)


def assert_alike(ours: NamedEach, others: NamedEach) -> None:
    for one, other in zip(ours, others, strict=True):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()


def test_through_merges_many_at_once_are_told_as_one_by_one() -> None:
    small = Small()
    turns = [small.write(["ada"], ["u2"]), small.write(["u2"], ["ada"]), small.write(["jaws"])]
    merged = Merged.of(small.mentions, {"u2": "ada"})
    every = np.array([n for name in NAMES if (n := small.columns.number_of(name)) is not None])

    named = [merged.naming(number) for number in every.tolist()]
    by_turn = [merged.named_by(turn) for turn in turns]
    assert_alike(merged.naming_each(every), one_after_another(named))
    assert_alike(merged.named_by_each(np.array(turns)), one_after_another(by_turn))
    assert merged.count_each(every).tolist() == [len(one.numbers) for one in named]
    assert merged.count_about_each(every).tolist() == [int(one.about.sum()) for one in named]
    assert 2 in merged.count_about_each(every)


def test_a_number_that_nobody_knows_names_nothing() -> None:
    small = Small()
    small.write(["ada"])
    for number in (-1, 1, 10**6):
        assert plain(small.mentions.naming(number)) == {}
        assert small.mentions.count(number) == 0


def test_what_a_turn_is_about_it_also_names_once() -> None:
    small = Small()
    turn = small.write(["ada", "jaws", "ada"], ["jaws"])
    assert named_by(small.mentions, turn) == {"ada": False, "jaws": True}


def test_a_name_that_nobody_names_any_more_is_in_no_array() -> None:
    small = Small()
    small.write(["ada"])
    turn = small.write(["jaws"], ["trent reznor"])
    small.forget(turn)
    held = small.columns.arrays["names"].tobytes()
    assert b"ada" in held
    assert b"jaws" not in held
    assert b"trent" not in held


def test_turns_in_hand_do_not_keep_the_columns_from_growing() -> None:
    small = Small()
    first, second = small.write(["ada"]), small.write(["ada"])
    number = small.mentions.number_of("ada")
    assert number is not None
    in_hand, named = small.mentions.naming(number), small.mentions.named_by(first)
    for _ in range(500):
        small.write(["ada", "jaws"])
    assert in_hand.numbers.tolist() == [first, second]
    assert named.numbers.tolist() == [number]
    assert small.mentions.count(number) == 502


def test_memory_is_told_by_names_and_turns() -> None:
    small = Small()
    before = small.columns.nbytes
    small.write(["ada"])
    one = small.columns.nbytes
    small.write(["ada"])
    assert before < one < small.columns.nbytes


@given(told=st.lists(st.tuples(few, few), max_size=6), given_to=st.sampled_from(NAMES))
def test_a_given_name_answers_as_if_turns_had_written_it(
    told: list[tuple[list[str], list[str]]], given_to: str
) -> None:
    """Whether no turn writes it, or another one does."""
    for given_name in ("zorro", "ada"):
        ours, wanted = Small(), Small()
        for names, subjects in told:
            ours.write(names, subjects)
            wanted.write(*(called(each, given_to, given_name) for each in (names, subjects)))
        renames = {given_to: given_name} if given_name != given_to else {}
        through = Merged.of(ours.mentions, renames if ours.mentions.knows(given_to) else {})
        for turn in ours.told:
            assert named_by(through, turn) == named_by(wanted.mentions, turn)
        for name in ("zorro", *NAMES):
            number, other = through.number_of(name), wanted.mentions.number_of(name)
            if name == given_to != given_name:
                other = wanted.mentions.number_of(given_name) if number is not None else None
            assert through.knows(name) == (number is not None)
            assert (number is None) == (other is None)
            if number is not None and other is not None:
                assert through.name_of(number) == wanted.mentions.name_of(other)
                assert plain(through.naming(number)) == plain(wanted.mentions.naming(other))
                assert through.count(number) == wanted.mentions.count(other)
                assert through.is_subject(name) == bool(wanted.mentions.naming(other).about.any())


def called(names: Sequence[str], one: str, other: str) -> list[str]:
    return list(dict.fromkeys(other if name == one else name for name in names))
