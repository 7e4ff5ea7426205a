"""What a maker or a step answered is untrusted, and what is kept of it is bounded."""

from hypothesis import example, given
from hypothesis import strategies as st

from memsvc.domain.note import (
    MAX_CONTEXT_CHARS,
    MAX_KEYWORDS,
    MAX_NOTE_CHARS,
    MAX_REASON_CHARS,
    MAX_TAGS,
    MAX_WORD_CHARS,
    Facets,
    LinkKind,
)
from memsvc.ingest.notes.checked import read_proposal, read_sketch
from memsvc.ports.notemaker import Proposal, ProposedChange, ProposedLink, Sketch
from tests.ingest.notes.made import SHOWN, anything, proposals

BEFORE = {handle: Facets(("porto",), ("home",), f"About {handle}.") for handle in SHOWN}
LINK = ProposedLink("n1", "related", 0.5, "near")


@given(proposals)
@example(Proposal((ProposedLink("n4", "related", 1.0, "near"),), ()))
def test_nobody_but_the_notes_shown_is_ever_touched(proposal: Proposal) -> None:
    """A-MEM's defect: there a step rewrote whatever stood at the places that it named."""
    read = read_proposal(proposal, BEFORE)

    assert {link.handle for link in read.links} <= set(SHOWN)
    assert {change.handle for change in read.changes} <= set(SHOWN)
    linked = [link for link in proposal.links if link.handle not in SHOWN]
    changed = [change for change in proposal.changes if change.handle not in SHOWN]
    assert len(read.refused) >= len(linked) + len(changed)


@given(proposals)
def test_nothing_that_is_kept_grows_over_its_bounds(proposal: Proposal) -> None:
    """However often notes evolve, and whatever is answered."""
    read = read_proposal(proposal, BEFORE)

    assert len({link.handle for link in read.links}) == len(read.links)
    assert len({change.handle for change in read.changes}) == len(read.changes)
    for link in read.links:
        assert 0.0 <= link.score <= 1.0
        assert 0 < len(link.reason) <= MAX_REASON_CHARS
    for change in read.changes:
        assert change.facets != BEFORE[change.handle]
        assert change.facets.keywords == BEFORE[change.handle].keywords
        assert 0 < len(change.reason) <= MAX_REASON_CHARS
        _is_within(change.facets)


@given(
    content=anything,
    words=st.lists(anything, max_size=20).map(tuple),
    context=anything,
)
def test_a_note_that_is_kept_is_within_its_bounds_and_can_be_stored(
    content: str, words: tuple[str, ...], context: str
) -> None:
    """No text may hold a null character or half of a pair of surrogates."""
    read = read_sketch(Sketch(content * 100, Facets(words, words, context * 10)))

    if read is not None:
        assert 0 < len(read.content) <= MAX_NOTE_CHARS
        assert read.content.encode()
        _is_within(read.facets)


def test_a_note_without_content_is_none() -> None:
    """White space says nothing."""
    assert read_sketch(Sketch(" \n\0 ", Facets(("porto",)))) is None


def test_the_first_usable_link_to_a_note_is_kept_and_the_rest_is_told() -> None:
    """Nobody is linked twice by one step."""
    unknown = ProposedLink("n1", "is like", 0.5, "near")
    later = ProposedLink("n1", "elaborates", 0.9, "more")

    read = read_proposal(Proposal((unknown, LINK, later)), BEFORE)

    assert [(link.handle, link.kind) for link in read.links] == [("n1", LinkKind.RELATED)]
    assert read.refused == ("a link of the unknown kind 'is like'",)


def test_a_link_without_a_reason_or_a_score_is_refused() -> None:
    """Each link says how sure it is, and why."""
    bare = ProposedLink("n1", "related", 0.5, " ")
    unsure = ProposedLink("n2", "related", float("nan"), "near")

    read = read_proposal(Proposal((bare, unsure)), BEFORE)

    assert read.links == ()
    assert len(read.refused) == 2


def test_an_emptied_context_and_no_tags_leave_a_note_as_it_is() -> None:
    """A model that answers with nothing has not decided that there is nothing to know."""
    change = ProposedChange("n1", "cleaned", context=" ", tags=())

    assert read_proposal(Proposal((), (change,)), BEFORE).changes == ()


def test_a_changed_context_keeps_the_tags_and_keywords() -> None:
    """What is not spoken of stays."""
    change = ProposedChange("n2", "moved", context="Ana left Porto.")

    (read,) = read_proposal(Proposal((), (change,)), BEFORE).changes

    assert read.handle == "n2"
    assert read.facets == Facets(("porto",), ("home",), "Ana left Porto.")


def _is_within(facets: Facets) -> None:
    assert len(facets.keywords) <= MAX_KEYWORDS
    assert len(facets.tags) <= MAX_TAGS
    assert len(facets.context) <= MAX_CONTEXT_CHARS
    assert facets.context.encode() is not None
    for word in (*facets.keywords, *facets.tags):
        assert 0 < len(word) <= MAX_WORD_CHARS
        assert word.encode()
