"""Names whose words say that they are two things, however near their vectors are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.alike import told_apart
from graph.names import name_key

NAMES = st.lists(
    st.sampled_from(
        "New York Mr. Dr. Smith John II 3 Inc. of the North Élan B S23 東京 O'Neill 1990s $5 20%".split()  # noqa: E501, SIM905 - as words they can be read
    ),
    max_size=5,
).map(" ".join) | st.text(max_size=12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("World War I", "World War II"),
        ("Python 3.10", "Python 3.11"),
        ("Galaxy S23", "Galaxy A23"),
        ("Group A", "Group B"),
        ("the 1990s", "1990"),
        ("Toy Story", "Toy Story 2"),
        ("Room 204", "Room 402"),
        ("2023-05-01", "2023-01-05"),
        ("$20", "20%"),
        ("North Korea", "South Korea"),
        ("Delhi", "New Delhi"),
        ("Fifth Avenue", "Sixth Avenue"),
        ("Michael Jordan", "Michael Jackson"),
        ("Donald Trump", "Donald Trump Jr."),
        ("Dr. Patel", "Mrs. Patel"),
        ("Queen Victoria", "Victoria"),
        ("President of Peru", "Peru"),
        ("Oxford", "University of Oxford"),
        ("Suez", "Suez Canal"),
        ("Smith", "John Smith"),
        ("Royal Navy", "Royal Australian Navy"),
        ("Eric", "Erica"),
        ("Niger", "Nigeria"),
        ("Monday", "Sunday"),
        ("King's College", "Q. College"),
    ],
)
def test_siblings_are_told_apart(one: str, other: str) -> None:
    assert told_apart(one, other)
    assert told_apart(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("World War 2", "World War II"),
        ("Second World War", "World War II"),
        ("WWII", "World War II"),
        ("5th Avenue", "Fifth Avenue"),
        ("20 %", "20%"),
        ("Mt. Everest", "Mount Everest"),
        ("Univ. of Oxford", "University of Oxford"),
        ("Cambridge University", "University of Cambridge"),
        ("Microsoft", "Microsoft Corp."),
        ("John H. Taylor", "John Taylor"),
        ("Bill Clinton", "President Bill Clinton"),
        ("Dr. Patel", "Doctor Patel"),
        ("UK", "United Kingdom"),
        ("Dostoevsky", "Dostoyevsky"),
        ("Zürich", "Zurich"),
        ("Wal-Mart", "Walmart"),
        ("Henry the Navigator", "Prince Henry the Navigator"),
        ("Python v3.11", "Python 3.11"),
        ("", "?!"),
    ],
)
def test_aliases_are_left_to_their_vectors(one: str, other: str) -> None:
    assert not told_apart(one, other)
    assert not told_apart(other, one)


@given(NAMES, NAMES)
def test_it_does_not_matter_which_name_comes_first(one: str, other: str) -> None:
    assert told_apart(one, other) == told_apart(other, one)


@given(NAMES)
def test_a_name_is_never_told_apart_from_its_key(name: str) -> None:
    assert not told_apart(name, name)
    assert not told_apart(name, name_key(name))


@given(NAMES, NAMES)
def test_a_name_and_its_key_are_judged_alike(one: str, other: str) -> None:
    """The graph keeps keys, an evaluation reads names as they are written."""
    assert told_apart(one, other) == told_apart(name_key(one), name_key(other))
