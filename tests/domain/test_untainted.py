"""What is left of a note's versions when other notes are forgotten."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.ids import NoteId, Position, RunId
from memsvc.domain.note import Facets, Making, NoteVersion, tidied, untainted

THEN = datetime(2026, 5, 1, tzinfo=UTC)
BY_HAND = Making("k_ann", "")
X, Y = NoteId("n_x"), NoteId("n_y")
BY_RULE = RunId("run")


def because_of(note: NoteId | None) -> Making:
    return Making("rules@1", "", run=BY_RULE, because=note)


def version(position: int, making: Making, *tags: str, context: str = "") -> NoteVersion:
    return NoteVersion(Position(position), THEN, Facets(tags=tags, context=context), making)


def tags(versions: list[NoteVersion]) -> list[tuple[str, ...]]:
    return [each.facets.tags for each in versions]


def test_a_version_that_came_of_a_forgotten_note_goes_and_so_does_what_a_machine_built_on_it() -> (
    None
):
    history = [
        version(1, BY_HAND, "tea"),
        version(2, because_of(X), "tea", "secret"),
        version(3, because_of(Y), "tea", "secret", "milk"),
    ]
    assert untainted(history, {X}) == history[:1]
    assert untainted(history, {Y}) == history[:2]


def test_what_somebody_made_of_it_stays_without_what_came_in_with_it() -> None:
    history = [
        version(1, BY_HAND, "tea", context="drinks"),
        version(2, because_of(X), "tea", "Secret", context="the secret of tea"),
        version(3, BY_HAND, "tea", "secret", "mine", context="the secret of tea"),
        version(4, because_of(Y), "tea", "secret", "mine", "more"),
    ]
    left = untainted(history, {X})
    assert tags(left) == [("tea",), ("tea", "mine")]
    assert left[-1].facets.context == ""
    assert left[-1].making == BY_HAND


def test_once_somebody_took_all_of_it_out_later_versions_stand() -> None:
    history = [
        version(1, BY_HAND, "tea"),
        version(2, because_of(X), "secret"),
        version(3, BY_HAND, "mine"),
        version(4, because_of(Y), "mine", "more"),
    ]
    assert tags(untainted(history, {X})) == [("tea",), ("mine",), ("mine", "more")]


def test_a_note_that_was_made_because_of_a_forgotten_one_has_nothing_left() -> None:
    assert untainted([version(1, because_of(X)), version(2, BY_HAND, "mine")], {X}) == []


words = st.sampled_from(["tea", "milk", "honey", "rum"])
makings = st.sampled_from([BY_HAND, because_of(None), because_of(X), because_of(Y)])


@given(st.lists(st.tuples(makings, st.sets(words), words)))
def test_no_word_that_only_a_forgotten_note_brought_in_is_left(
    told: list[tuple[Making, set[str], str]],
) -> None:
    """Every version because of X has a word of its own, which others may copy from then on."""
    history = [version(1, BY_HAND, "tea")]
    brought: list[str] = []
    for place, (making, own, _) in enumerate(told, 2):
        if making.because == X:
            brought.append(f"secret {place}")
        context = brought[-1] if brought else ""
        history.append(version(place, making, *sorted(own), *brought, context=context))

    left = untainted(history, {X})

    assert left[0] == history[0]
    assert not any("secret" in " ".join((*each.facets.tags, each.facets.context)) for each in left)
    assert untainted(left, {X}) == left
    if not brought:
        assert left == history


def test_facets_are_tidied_onto_one_line_each_and_repeat_nothing() -> None:
    facets = Facets(("Green  tea", "green tea", " "), ("a\nb",), "one\n two ")
    assert tidied(facets) == Facets(("Green tea",), ("a b",), "one two")
