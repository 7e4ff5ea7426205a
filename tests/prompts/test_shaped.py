"""Answers taken in by a shape: what fits, what is sent back, and what is never let in."""

import json
import random
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError
from typing_extensions import override

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm.fakes import ScriptedModel
from memsvc.ports.language import Ask, Message, Reply, Spent, Unanswered
from memsvc.prompts.shaped import Misshapen, Shape, Shaped, ask_for, read
from memsvc.prompts.untrusted import MAX_CHARS, MAX_DEPTH, Unreadable, value_in


class Triple(Shape):
    subject: Annotated[str, Field(min_length=1, max_length=40)]
    said_on: date | None = None
    sure: float


class Found(Shape):
    kind: Literal["fact", "none"]
    triples: Annotated[tuple[Triple, ...], Field(max_length=3)]
    count: Annotated[int, Field(ge=0, le=100)]


GOOD = {
    "kind": "fact",
    "triples": [{"subject": 'Alice {the} "first" [1]', "said_on": "2026-05-01", "sure": 0.5}],
    "count": 1,
}
FITS = json.dumps(GOOD)
ASK = Ask((Message("user", "What is said?"),), most_tokens=200)


def scripted(*said: str | Reply | Unanswered) -> ScriptedModel:
    answers = list(said)
    return ScriptedModel(lambda _: answers.pop(0))


@pytest.mark.parametrize(
    "text",
    [
        FITS,
        f"\N{ZERO WIDTH NO-BREAK SPACE}  {FITS}\n",
        f"```json\n{FITS}\n```",
        f"Here it is:\r\n```\r\n{FITS}\r\n```\r\nI hope {{this}} helps!",
        f"Sure! {FITS} That is all [of it].",
        f"<think>\nIs it {{1}}?\n</think>\n\n{FITS}",
    ],
)
def test_json_is_found_in_what_models_put_around_it(text: str) -> None:
    assert read(text, Found).triples[0].said_on == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON object"),
        ("none", "no JSON object"),
        (FITS[:-1], "cut off"),
        (FITS[:30], "cut off"),
        (f"{FITS} {FITS}", "more than one JSON value"),
        (f"[1] {FITS}", "more than one JSON value"),
        ("{'kind': 'none'}", "cut off|wrong at character 1"),
        ('{"kind": "none", "count": 1, "count": 2, "triples": []}', "'count' comes twice"),
        ('{"kind": "none", "count": NaN, "triples": []}', "NaN is no number"),
        ('{"kind": "none", "count": -Infinity, "triples": []}', "Infinity is no number"),
        ('{"kind": "none", "count": 1e999, "triples": []}', "too large"),
        (f'{{"kind": "none", "count": {"9" * 5000}, "triples": []}}', "more than 20 digits"),
        ('{"kind": "none", "count": 1, "triples": [], "\\ud800": 1}', "half of a character"),
        ('{"kind": "no\\u0000ne", "count": 1, "triples": []}', "a NUL"),
        ('{"kind": "none", "count": 1, "triples": [],}', "wrong at character"),
        ("[" * 50_000, f"more than {MAX_DEPTH}"),
        ('{"a":' * 50_000, f"more than {MAX_DEPTH}"),
        ("{" + " " * MAX_CHARS, "longer than"),
        ('{"kind": "none", "count": "1", "triples": []}', "count: Input should be a valid integer"),
        ('{"kind": "none", "count": true, "triples": []}', "count: Input should be a valid int"),
        ('{"kind": "none", "count": 101, "triples": []}', "count: .*less than or equal to 100"),
        ('{"kind": "all", "count": 1, "triples": []}', "kind: Input should be 'fact' or 'none'"),
        ('{"kind": "none", "count": 1}', "triples: Field required"),
        ('{"kind": "none", "count": 1, "triples": [], "more": 1}', "more: Extra inputs"),
        ("[]", "the whole: Input should be an object"),
    ],
)
def test_what_does_not_fit_is_refused_and_said_why(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(text, Found)


def test_what_is_wrong_is_told_in_bounds() -> None:
    wrong = {"kind": "x" * 9000, **{f"key {n} {'y' * 100}": n for n in range(500)}}

    with pytest.raises(Unreadable) as refused:
        read(json.dumps(wrong), Found)

    assert "more" in str(refused.value)
    assert len(str(refused.value)) < 1_000


def test_an_answer_that_fits_is_taken_in() -> None:
    (found,) = ask_for(scripted(FITS), Found, (ASK,), within_s=5)

    assert isinstance(found, Shaped)
    assert (found.value.count, found.is_repaired) == (1, False)


def test_one_that_does_not_fit_is_sent_back_with_what_is_wrong() -> None:
    model = scripted('{"kind": "none"}', FITS)

    (found,) = ask_for(model, Found, (ASK,), within_s=5)

    assert isinstance(found, Shaped)
    assert found.is_repaired
    said = model.asked[1].messages
    assert said[:2] == (*ASK.messages, Message("assistant", '{"kind": "none"}'))
    assert "triples: Field required; count: Field required" in said[2].content
    assert model.asked[1].schema == Found.model_json_schema()
    first, second = (model.count(text) for text in ('{"kind": "none"}', FITS))
    assert found.spent.written == first + second


def test_it_is_sent_back_once_and_then_handed_over_with_its_text() -> None:
    model = scripted("I cannot.", "I still cannot.")

    (found,) = ask_for(model, Found, (ASK,), within_s=5)

    assert found == Misshapen(
        "there is no JSON object in it",
        "I still cannot.",
        Spent(found.spent.read, 7, 0.0),  # type: ignore[union-attr]
    )
    assert len(model.asked) == 2


def test_only_what_does_not_fit_is_asked_again() -> None:
    model = scripted(FITS, "no", Unanswered("it refuses"), FITS)

    found = ask_for(model, Found, (ASK,) * 3, within_s=5)

    assert [type(one) for one in found] == [Shaped, Shaped, Unanswered]
    assert len(model.asked) == 4


def test_an_answer_that_was_cut_off_says_so() -> None:
    cut = Reply(FITS[:20], Spent(1, 1, 0.0), is_whole=False)

    (found,) = ask_for(scripted(cut, cut), Found, (ASK,), within_s=5)

    assert isinstance(found, Misshapen)
    assert "too long and cut off" in found.why


def test_a_repair_that_does_not_come_leaves_the_first_answer() -> None:
    (found,) = ask_for(scripted("no", Unanswered("it is tired")), Found, (ASK,), within_s=5)

    assert isinstance(found, Misshapen)
    assert (found.text, found.why) == (
        "no",
        "there is no JSON object in it; asked again, it is tired",
    )


def test_a_model_that_goes_away_before_the_repair_leaves_the_first_answer() -> None:
    class Fleeting(ScriptedModel):
        @override
        def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
            if self.asked:
                raise ModelUnavailable("It is gone.")
            return super().replies(asks, within_s=within_s)

    (found,) = ask_for(Fleeting(lambda _: "no"), Found, (ASK,), within_s=5)

    assert isinstance(found, Misshapen)
    assert "It is gone." in found.why


def test_what_is_shown_and_kept_of_an_answer_is_bounded() -> None:
    model = scripted("x" * 1_000_000, "y" * 1_000_000)

    (found,) = ask_for(model, Found, (replace_most(ASK),), within_s=5)

    assert isinstance(found, Misshapen)
    assert len(found.text) == 16_000
    assert len(model.asked[1].messages[1].content) == 4_000


def replace_most(ask: Ask) -> Ask:
    return Ask(ask.messages, most_tokens=500)


# Whatever a model may write


def strictly(text: str) -> Found | None:
    """Read a text as it is told in one place; whatever is let in has to fit, told another way."""
    try:
        found = read(text, Found)
    except Unreadable as error:
        why = str(error)
    else:
        require_fitting(found)
        return found
    assert len(why) < 2_000
    return None


def require_fitting(found: Found) -> None:
    assert found.kind in {"fact", "none"}
    assert type(found.count) is int
    assert 0 <= found.count <= 100
    assert len(found.triples) <= 3
    for one in found.triples:
        assert 0 < len(one.subject) <= 40
        assert abs(one.sure) < float("inf")
        one.subject.encode()
        assert "\x00" not in one.subject
    again = found.model_dump_json()
    assert Found.model_validate_json(again) == found
    assert set(json.loads(again)) == {"kind", "triples", "count"}


BITS = (
    *('"', "\\", "{", "}", "[", "]", ",", ":", "'", "\t", " Sure!", "//c", "/*c*/", "\u2028", "💥"),
    *("null", "true", "NaN", "Infinity", "-", "1e400", "9" * 400, "0.1e-5"),
    *("\\u", "\\x41", "\\ud800", "\\udfff\\ud800", "\ud800", "\x00", "\\u0000"),
    *("```", "```json\n", "\n```", "<think>", "</think>", "\N{ZERO WIDTH NO-BREAK SPACE}"),
    *("[" * 60, '{"a":' * 60, '"count": 5,', '"kind": "all",', '"extra": {}'),
)


def mangled(chance: random.Random) -> str:
    """Return an answer that fits with a few things done to it that models and servers do."""
    text = chance.choice((FITS, json.dumps(GOOD, indent=1), f"```json\n{FITS}\n```", "[]"))
    for _ in range(chance.randint(1, 4)):
        at, to = sorted(chance.randint(0, len(text)) for _ in range(2))
        to = min(to, at + chance.choice((0, 0, 1, 5, 40)))
        bit = chance.choice((*BITS, "", text[at:to], text))
        text = text[:at] + bit + text[to:]
    return text[: chance.randint(0, len(text))] if chance.random() < 0.1 else text


def test_nothing_gets_in_that_the_shape_does_not_allow() -> None:
    """10,000 mangled answers, the same each time; some of them still fit, most do not."""
    chance = random.Random(78)

    fitting = sum(strictly(mangled(chance)) is not None for _ in range(10_000))

    assert 200 < fitting < 5_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted(GOOD)), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*sorted(GOOD), "more"]), JSON, min_size=1))
def test_any_json_fits_as_pydantic_says_or_not_at_all(value: dict[str, object]) -> None:
    text = json.dumps(value)
    try:
        fits = Found.model_validate_json(text, strict=True)
    except ValidationError:
        assert strictly(text) is None
    else:  # NUL and numbers without end are refused here alone
        assert strictly(text) in {None, fits}


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet='{}[]",:\\`\n 1ae'))
def test_any_text_is_a_value_or_refused(text: str) -> None:
    try:
        value = value_in(text)
    except Unreadable:
        return
    assert isinstance(value, list | dict)
