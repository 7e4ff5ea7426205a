"""What of a turn and of a title is kept as named."""

import pytest

from memsvc.domain.memory import NewTurn
from memsvc.ingest.extract.named import RULES, names_in, subjects_of


def said(content: str, *, speaker: str | None = None) -> tuple[str, ...]:
    return names_in(NewTurn(role="user", content=content, speaker=speaker))


def test_names_are_kept_and_dates_and_quantities_are_not() -> None:
    """Should this find something else one day, `RULES` is to be raised with it."""
    text = (
        "On 7 May 2023 we and Ada met Trent Reznor of Nine Inch Nails for 3 hours, "
        'read "Snow Crash", '
        "called `parse_args`, and wrote to ada@example.org about #gardens on https://example.org/a."
    )
    assert said(text) == (
        "ada",
        "trent reznor of nine inch nails",
        "trent reznor",
        "nine inch nails",
        "snow crash",
        "parse args",
        "ada example org",
        "#gardens",
        "https example org a",
    )
    assert RULES == "names-2"


def test_what_is_named_twice_is_kept_once() -> None:
    assert said("We met Ada. Then Ada left.") == ("ada",)


@pytest.mark.parametrize("speaker", ["Caroline", "caroline", "Caroline Smith"])
def test_a_speaker_is_not_named_by_himself(speaker: str) -> None:
    assert said("It is Caroline here, with Mel.", speaker=speaker) == ("mel",)


def test_others_may_share_a_name_with_the_speaker() -> None:
    assert said("We met Caroline Smith.", speaker="Caroline") == ("caroline smith",)


def test_what_is_longer_than_any_name_is_none() -> None:
    """As is data that begins with a capital, or an address with a whole page in it."""
    text = f"Ada sent X{'ab1' * 400} to https://example.org/?q={'c2' * 600}."
    assert said(text) == ("ada",)
    assert "鯨" * 333 not in said(f"Ada met X{'鯨' * 333}.")


@pytest.mark.parametrize("text", ["", "   ", "nothing here", "\ud800", "A", "?!"])
def test_a_text_without_names_has_none(text: str) -> None:
    assert said(text) == ()


@pytest.mark.parametrize(
    ("title", "subjects"),
    [
        (None, ()),
        ("", ()),
        ("…", ()),
        ("Jaws (film)", ("jaws", "jaws film")),
        ("Leland, North Carolina", ("leland north carolina", "leland")),
        ("Steven Spielberg › Early life", ("steven spielberg",)),  # noqa: RUF001  our mark
        ("Films › Jaws 2 › Plot", ("films", "jaws 2")),  # noqa: RUF001  the same
        (
            "Films › Raiders of the Lost Ark (1981)",  # noqa: RUF001  the same
            ("films", "raiders of the lost ark", "raiders of the lost ark 1981"),
        ),
    ],
)
def test_a_title_says_what_its_turns_are_about(
    title: str | None, subjects: tuple[str, ...]
) -> None:
    assert subjects_of(title) == subjects
