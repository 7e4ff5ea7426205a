from memsvc.domain.ids import TurnId
from memsvc.domain.knowledge import MAX_FACT_TURNS, NewFact
from memsvc.ingest.extract.recorded import Passage, recorded_facts
from memsvc.ingest.extract.triples import Extracted, Triple

DIRECTED = Triple("Jaws", "directed by", "Steven Spielberg")
TEXT = "Jaws\nJaws was directed by  Steven Spielberg."


def extracted(*triples: Triple, passage: str = TEXT, passed_over: int = 0) -> Extracted:
    return Extracted(passage, (), triples, passed_over)


def turn(text: str, *, title: str | None = None, number: int = 1) -> Passage:
    return Passage(TurnId(f"t_{number}"), title, text)


def test_a_passage_is_found_by_its_text_whatever_its_white_space() -> None:
    found = recorded_facts(
        [extracted(DIRECTED), extracted(DIRECTED, passage="elsewhere")],
        [turn("Jaws Jaws was directed\n\nby Steven Spielberg."), turn("another", number=2)],
    )

    assert found.facts == (NewFact("Jaws", "directed by", "Steven Spielberg", (TurnId("t_1"),)),)
    assert (found.passages, found.unmatched, found.passed_over) == (1, 1, 0)


def test_a_title_before_the_text_may_be_the_title_of_the_stream() -> None:
    bare = "Jaws was directed by Steven Spielberg."

    for passage, said, title in (
        (TEXT, bare, "Jaws"),
        (bare, TEXT, "Jaws"),
        (TEXT, TEXT, "Jaws"),
        (bare, bare, "Elsewhere"),
    ):
        assert recorded_facts([extracted(passage=passage)], [turn(said, title=title)]).passages == 1
    assert recorded_facts([extracted()], [turn(bare, title="Orca")]).passages == 0


def test_a_triple_that_several_passages_or_turns_hold_is_said_by_all_of_them() -> None:
    found = recorded_facts(
        [
            extracted(DIRECTED),
            extracted(Triple("JAWS", "Directed  By", "S. Spielberg"), passage="b"),
        ],
        [turn(TEXT), turn(TEXT, number=2), turn("b", number=3)],
    )
    same = recorded_facts(
        [
            extracted(DIRECTED),
            extracted(Triple("the Jaws", "DIRECTED BY", "Steven Spielberg's"), passage="b"),
        ],
        [turn(TEXT), turn("b", number=3)],
    )

    assert [fact.turns for fact in found.facts] == [("t_1", "t_2"), ("t_3",)]
    assert [(fact.subject, fact.turns) for fact in same.facts] == [("Jaws", ("t_1", "t_3"))]


def test_no_fact_names_more_turns_than_a_statement_may() -> None:
    turns = [turn(TEXT, number=number) for number in range(MAX_FACT_TURNS + 1)]

    found = recorded_facts([extracted(DIRECTED)], turns)

    assert [len(fact.turns) for fact in found.facts] == [MAX_FACT_TURNS, 1]


def test_what_cannot_be_stated_is_passed_over_and_counted() -> None:
    found = recorded_facts(
        [
            extracted(
                Triple("", "is", "b"),
                Triple("a", " ", "b"),
                Triple("a", "is", "..."),
                Triple("a" * 201, "is", "b"),
                Triple("a", "is", "b" * 501),
                Triple("a\0", "is", "b"),
                Triple("a", "is", "b\ud800"),
                Triple("a", "is", "b"),
                passed_over=2,
            ),
            extracted(Triple("", "", ""), passage="elsewhere", passed_over=5),
        ],
        [turn(TEXT)],
    )

    assert [fact.object for fact in found.facts] == ["b"]
    assert found.passed_over == 9
