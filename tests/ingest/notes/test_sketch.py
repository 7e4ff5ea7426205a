"""Notes by rule: the gist of an event, and by what it is known."""

from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.note import MAX_WORD_CHARS
from memsvc.ingest.notes.checked import read_sketch
from memsvc.ingest.notes.gist import MOST_CHARS, MOST_SENTENCES, gist, read, weights
from memsvc.ingest.notes.keywords import MADE_TAGS, MOST_CONTEXT, MOST_KEYWORDS
from memsvc.ingest.notes.sketch import RuleNotes
from memsvc.ports.notemaker import Sketch, ToldEvent
from tests.ingest.notes.made import ENGLISH, Counts, event

NOBODY = Counts()
CHAT = event(
    ("Caroline", "Hey Mel! How are you? I finally adopted a guinea pig last week."),
    ("Melanie", "Wow, great! What do you call your guinea pig?"),
    ("Caroline", "The guinea pig is called Oscar. Thanks for asking!"),
    title="Pets",
)


def noted(told: ToldEvent, counts: Counts = NOBODY) -> Sketch:
    """Return the note of an event that has one."""
    made = RuleNotes(ENGLISH.asked).make(told, counts)
    assert made is not None
    return made


def test_the_gist_holds_what_the_event_keeps_coming_back_to() -> None:
    """And leaves greetings out where there is not room for all."""
    content = noted(CHAT).content

    assert "adopted a guinea pig" in content
    assert "called Oscar" in content
    assert "How are you" not in content


def test_the_gist_says_who_said_what_and_keeps_the_order() -> None:
    """Sentences of one speaker in a row stand in one line."""
    lines = noted(CHAT).content.splitlines()

    speakers = [line.partition(": ")[0] for line in lines]
    assert speakers[0] == speakers[-1] == "Caroline"
    assert lines[-1].startswith("Caroline: The guinea pig")


def test_what_the_whole_space_says_is_no_key_to_one_event() -> None:
    """Rare words come before common ones, as often as both return here."""
    told = event("The kiln broke. The garden bloomed.", "That kiln! That garden!")
    counts = Counts(*["our garden is large"] * 30, "a kiln")

    words = noted(told, counts).facets.keywords

    assert words[0].startswith("kiln")
    assert any("garden" in word for word in words[1:])


def test_speakers_and_times_are_no_keywords() -> None:
    """They stand in the context: Mel is Melanie, and last week is not what it was about."""
    facets = noted(CHAT).facets

    assert "oscar" in facets.keywords
    assert "guinea pig" in facets.keywords
    assert not {"mel", "melanie", "caroline", "last week", "week"} & set(facets.keywords)
    assert facets.context.startswith("Pets, 12 May 2024, Caroline and Melanie: ")


def test_tags_are_what_the_stream_is_about_and_what_several_turns_hold() -> None:
    """And the form, where it has one."""
    told = event("Run `make all` on the kiln host.", "The kiln host is down.", title="Kiln Works")

    assert noted(told).facets.tags == ("kiln works", "host", "kiln", "code")


def test_an_event_that_says_nothing_has_no_note() -> None:
    """White space alone is no sentence."""
    assert RuleNotes(ENGLISH.asked).make(event(" \n "), NOBODY) is None


def test_a_title_that_is_a_date_is_not_said_twice() -> None:
    """Chats are often titled by when they were."""
    told = event("I repaired the kiln.", title="3:31 pm on 12 May, 2024")

    assert noted(told).facets.context.startswith("12 May 2024")


@given(
    st.lists(st.tuples(st.text(max_size=20), st.text(max_size=300)), min_size=1, max_size=6),
    st.one_of(st.none(), st.text(max_size=400)),
)
def test_whatever_was_said_a_note_is_within_its_bounds(
    said: list[tuple[str, str]], title: str | None
) -> None:
    """And the rule's notes are such as may be kept."""
    made = RuleNotes(ENGLISH.asked).make(
        event(*said, title=title), Counts(*[text for _, text in said])
    )

    if made is not None:
        assert len(made.facets.keywords) <= MOST_KEYWORDS
        assert len(made.facets.tags) <= MADE_TAGS
        assert len(made.facets.context) <= MOST_CONTEXT
        assert all(len(word) <= MAX_WORD_CHARS for word in made.facets.keywords)
        kept = read_sketch(made)
        assert kept is None or kept.facets.keywords == made.facets.keywords


@given(st.lists(st.text(max_size=200), min_size=1, max_size=8))
def test_a_gist_is_a_few_of_the_sentences_in_their_order(texts: list[str]) -> None:
    """Nothing is put in other words."""
    found = read(event(*texts), ENGLISH.asked)

    chosen = gist(found, weights(found, NOBODY))

    assert len(chosen) <= MOST_SENTENCES
    assert sum(len(each.text) for each in chosen) <= MOST_CHARS
    places = [next(n for n, one in enumerate(found) if one is each) for each in chosen]
    assert places == sorted(set(places))
    assert bool(chosen) == bool(found)
