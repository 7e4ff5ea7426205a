"""What a new note is linked to, and what it changes: rules for both, and when they run."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.note import MAX_CONTEXT_CHARS, MAX_TAGS, Facets, LinkKind
from memsvc.ingest.notes.checked import read_proposal
from memsvc.ingest.notes.evolve import RuleEvolution
from memsvc.ingest.notes.gate import FEWEST, is_due, novelty
from memsvc.ingest.notes.links import links
from memsvc.ingest.notes.opposed import may_contradict
from memsvc.ports.notemaker import Neighbour, Shown
from tests.ingest.notes.made import note

NEAR = Neighbour("n1", note(), 0.7, is_mutual=True)
NAMED = replace(NEAR, rare=("oscar",))


def kinds(new: Shown, *others: Neighbour) -> list[str]:
    """Return the kinds of the links of a new note."""
    return [link.kind for link in links(new, others)]


def evolved(new: Shown, other: Shown) -> Facets:
    """Return the facets that a near note on the same rare name gets."""
    proposal = RuleEvolution().evolve(new, [replace(NAMED, note=other)])
    (change,) = read_proposal(proposal, {"n1": other.facets}).changes
    return change.facets


def test_mutual_neighbours_are_related_where_they_are_near_enough() -> None:
    """One-sided nearness is that of whoever is near to everybody."""
    assert kinds(note(), NEAR) == [LinkKind.RELATED]
    assert kinds(note(), replace(NEAR, is_mutual=False)) == []
    assert kinds(note(), replace(NEAR, cosine=0.5)) == []


def test_a_rare_name_in_common_relates_notes_that_are_less_near() -> None:
    """And the link says which."""
    (link,) = links(note(), [replace(NAMED, cosine=0.4)])

    assert link.kind == LinkKind.RELATED
    assert "oscar" in link.reason
    assert 0.4 < link.score < 0.6


def test_the_later_of_two_near_notes_on_a_rare_name_elaborates_the_earlier() -> None:
    """Which of them is new to the space does not matter, but which happened later."""
    assert kinds(note(days=1), NAMED) == [LinkKind.ELABORATES]
    assert kinds(note(days=-1), NAMED) == [LinkKind.RELATED]


def test_what_is_said_otherwise_later_supersedes_and_earlier_contradicts() -> None:
    """Before any other kind: it is what a reader has to know."""
    other = replace(NAMED, may_contradict=True)

    assert kinds(note(days=1), other) == [LinkKind.SUPERSEDES]
    assert kinds(note(days=-1), other) == [LinkKind.CONTRADICTS]


def test_notes_on_one_turn_are_of_one_event() -> None:
    """Whatever their cosine is."""
    assert kinds(note(), replace(NEAR, cosine=0.1, is_same_event=True)) == [LinkKind.SAME_EVENT]


def test_only_words_of_one_speaker_are_held_against_each_other() -> None:
    """Where Ana moved says nothing of where Bo lives."""
    older = "Ana: I live in Porto.\nBo: I live in Rome."

    assert may_contradict("Ana: I moved to Lisbon.", older, cosine=0.7)
    assert not may_contradict("Cleo: I moved to Lisbon.", older, cosine=0.7)
    assert not may_contradict("Ana: I moved to Lisbon.", older, cosine=0.1)


def test_a_neighbour_that_is_told_more_of_says_so_once() -> None:
    """The latest note is named, and no list of them grows."""
    first = note(keywords=("oscar", "vet"), days=1)
    second = note(keywords=("oscar", "cage"), days=2)

    once = evolved(first, note(context="About Oscar."))
    twice = evolved(second, note(context=once.context))

    assert once.context == "About Oscar. (more of it on 13 May 2024: oscar, vet)"
    assert twice.context == "About Oscar. (more of it on 14 May 2024: oscar, cage)"


def test_a_tag_that_two_notes_turn_out_to_share_is_added() -> None:
    """A key phrase of both."""
    new = note(keywords=("oscar", "vet"), days=1)

    assert evolved(new, note(keywords=("vet",), tags=("pets",))).tags == ("pets", "vet")


def test_notes_without_a_link_are_not_changed() -> None:
    """Nearness alone is nothing that has to be told."""
    far = replace(NEAR, cosine=0.2)

    proposal = RuleEvolution().evolve(note(keywords=("vet",)), [far])

    assert proposal.links == ()
    assert proposal.changes == ()


facets = st.builds(
    Facets,
    keywords=st.lists(st.text(min_size=1, max_size=60), max_size=12).map(tuple),
    tags=st.lists(st.text(min_size=1, max_size=60), max_size=12, unique=True).map(tuple),
    context=st.text(max_size=MAX_CONTEXT_CHARS),
)
notes = st.builds(
    Shown,
    content=st.text(max_size=200),
    facets=facets,
    at=st.integers(-5, 5).map(lambda days: note(days=days).at),
    names=st.frozensets(st.text(max_size=10), max_size=3),
)
near = st.builds(
    Neighbour,
    handle=st.just(""),
    note=notes,
    cosine=st.floats(-1, 1),
    is_mutual=st.booleans(),
    rare=st.lists(st.text(min_size=1, max_size=10), max_size=3).map(tuple),
    is_same_event=st.booleans(),
    may_contradict=st.booleans(),
)


@given(notes, st.lists(near, max_size=5))
def test_the_rule_links_and_changes_none_but_its_neighbours(
    new: Shown, others: list[Neighbour]
) -> None:
    """Its proposals are such as are kept whole: nothing of them is refused."""
    shown = [replace(other, handle=f"n{number}") for number, other in enumerate(others, start=1)]

    proposal = RuleEvolution().evolve(new, shown)
    read = read_proposal(proposal, {each.handle: each.note.facets for each in shown})

    assert read.refused == ()
    assert len(read.links) == len(proposal.links)
    assert all(len(change.facets.tags) <= MAX_TAGS for change in read.changes)


def test_a_note_beside_none_is_all_new() -> None:
    """And one that says what was said is not new at all."""
    assert novelty([]) == 1.0
    assert novelty([0.2, 1.0]) == 0.0


def test_evolution_runs_for_what_is_newer_than_three_of_ten_notes() -> None:
    """More of the same changes nothing."""
    seen = [0.1] * 4 + [0.5] * 6

    assert is_due(0.4, seen, [NEAR])
    assert not is_due(0.1, seen, [NEAR])


def test_evolution_runs_for_what_may_contradict_however_near_it_is() -> None:
    """An update is mostly said in the same words."""
    assert is_due(0.0, [0.5] * FEWEST, [replace(NEAR, may_contradict=True)])


def test_evolution_runs_while_too_few_notes_are_known_and_never_beside_none() -> None:
    """A percentile of three notes means nothing."""
    assert is_due(0.0, [0.5] * (FEWEST - 1), [NEAR])
    assert not is_due(1.0, [], [])
