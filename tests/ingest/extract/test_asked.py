from memsvc.ingest.extract.asked import SURE, UNSURE, asked_names
from memsvc.ingest.extract.titles import title_names

KNOWN = {"jaws", "steven spielberg", "guest appearance", "war", "new york", "york"}
SUBJECTS = {"jaws", "guest appearance", "new york"}


def asked(question: str) -> dict[str, float]:
    found = asked_names(question, known=KNOWN.__contains__, subject=SUBJECTS.__contains__)
    return {name.name: name.sure for name in found}


def test_a_known_name_is_found_in_any_case() -> None:
    assert asked("Who directed Jaws?") == {"jaws": SURE}
    assert asked("who directed jaws?") == {"jaws": UNSURE}


def test_the_longest_name_hides_those_inside_it() -> None:
    assert asked("Who lives in New York?") == {"new york": SURE}


def test_a_plain_word_counts_only_where_a_turn_is_about_it() -> None:
    assert asked("Was there a war with Steven Spielberg?") == {"steven spielberg": SURE}


def test_a_plain_phrase_that_is_a_name_is_less_sure() -> None:
    assert asked("Who made a guest appearance?") == {"guest appearance": UNSURE}


def test_a_name_that_nobody_knows_is_not_asked() -> None:
    assert asked("Where is Atlantis?") == {}
    assert asked("") == {}


def test_a_title_is_known_without_its_brackets_and_its_county() -> None:
    assert title_names("Jaws (film)") == ["jaws", "jaws film"]
    assert title_names("Leland, North Carolina") == ["leland north carolina", "leland"]
    assert title_names("(?)") == []
