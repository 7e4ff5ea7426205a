"""Tools by function calling: read strictly, told of errors, bounded, and forgetting asks first."""

import json

import pytest

from memsvc.agent import MemoryAgent, Said
from memsvc.agent.tools import MOST_CALLS
from memsvc.domain.memory import Source
from memsvc.sdk.client import Space
from memsvc.sdk.receipts import Forgotten
from tests.agent.scripted import Line, Scripted, calling

HERON = "The heron stands in the reeds by the mill."


def yes(_: Forgotten) -> bool:
    return True


def used(space: Space, *lines: Line, asks: str = "What of the heron?", **options: object) -> Said:
    model = Scripted(list(lines))
    return MemoryAgent(space, model, stream="chat", **options).say(asks)  # type: ignore[arg-type]


def test_a_search_shows_what_was_not_shown_and_may_be_cited(space: Space) -> None:
    space.write("old", [{"content": HERON}])
    space.write("old2", [{"content": "Otters hide below the weir."}])
    model = Scripted([calling(("search", '{"query": "otters weir"}')), "Below the weir [m2]."])
    agent = MemoryAgent(space, model, stream="chat", budget_tokens=65)

    said = agent.say("The heron stands in the reeds by the mill. And the others?")

    assert [memory.text for memory in said.recalled] == [HERON, "Otters hide below the weir."]
    assert "Otters" not in model.asked[0].messages[0].content
    assert "Otters" in said.used[0].told
    assert model.asked[1].messages[-1].answers == "c0"
    assert [citation.turn for citation in said.citations] == [said.recalled[1].turn]


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("search", "{}", "query: Field required"),
        ("search", '{"query": "heron", "limit": "5"}', "limit: Input should be a valid integer"),
        ("search", '{"query": "heron", "space": "bob"}', "space: Extra inputs are not permitted"),
        ("search", "not JSON", "Invalid JSON"),
        ("search", '["heron"]', "arguments: Input should be an object"),
        ("search", "", "query: Field required"),
        ("delete_all", "{}", "there is no tool 'delete_all'; there are search, remember, correct"),
        ("forget", '{"memories": ["m1"]}', "there is no tool 'forget'"),
        ("correct", '{"memory": "m77", "text": "It flew."}', "no memory 'm77' has been shown"),
        ("correct", '{"memory": "t_01", "text": "It flew."}', "no memory 't_01' has been shown"),
    ],
)
def test_arguments_that_do_not_fit_are_told_to_the_model_which_goes_on(
    space: Space, name: str, arguments: str, told: str
) -> None:
    space.write("old", [{"content": HERON}])

    said = used(space, calling((name, arguments)), "It stands by the mill [m1].")

    assert said.used[0].told.startswith("error: ")
    assert told in said.used[0].told
    assert said.text == "It stands by the mill [m1]."


def test_rounds_are_bounded_and_the_last_one_has_no_tools(space: Space) -> None:
    space.write("old", [{"content": HERON}])
    again = calling(("search", '{"query": "heron"}'), text="Let me look.")
    model = Scripted([again, again, again, "By the mill."])

    said = MemoryAgent(space, model, stream="chat", most_rounds=3).say("Where is the heron?")

    assert [bool(ask.tools) for ask in model.asked] == [True, True, True, False]
    assert said.text.endswith("By the mill.")
    assert len(said.used) == 3
    assert (said.tokens.read, said.seconds.model > 0) == (40, True)


def test_a_model_that_only_calls_is_ended_too(space: Space) -> None:
    model = Scripted([calling(("search", '{"query": "heron"}'))])

    said = MemoryAgent(space, model, stream="chat", most_rounds=2).say("Where is the heron?")

    assert (said.text, said.answered) == ("", None)
    assert len(model.asked) == 3
    assert said.unkept == ("The model said nothing.",)


def test_no_more_calls_of_one_reply_are_made_than_the_bound(space: Space) -> None:
    many = calling(*[("remember", json.dumps({"text": f"Heron {n}."})) for n in range(20)])

    said = used(space, many, "Done.")

    told = [use.told for use in said.used]
    assert sum(each.startswith("error: more than") for each in told) == 20 - MOST_CALLS
    assert sum(turn.stream == "notes" for turn in space.turns()) == MOST_CALLS


def test_what_is_remembered_is_an_agents_and_is_not_said_twice(space: Space) -> None:
    remember = calling(("remember", '{"text": "The heron of the mill is grey and very old."}'))

    first = used(space, remember, "Kept.", asks="Remember the bird.")
    second = used(space, remember, "Known.", asks="Remember the bird once more.")

    (note,) = space.turns(stream="notes")
    assert note.source is Source.AGENT
    assert first.used[0].told.startswith("kept as m")
    assert second.used[0].told.startswith("memory holds this already")


def test_a_correction_is_kept_and_the_old_counts_as_outdated(space: Space) -> None:
    space.write("old", [{"content": HERON}])
    (old,) = space.turns(stream="old")
    told = {"memory": "m1", "text": "The heron has moved to the weir.", "reason": "The mill burned"}
    correct = calling(("correct", json.dumps(told)))

    said = used(space, correct, "Noted.", asks="The heron moved to the weir.")

    (said_of_it,) = space.feedback.list(turn=old.id)
    assert said_of_it.verdict == "outdated"
    _, new = space.turns(stream="old")
    assert (new.content, new.source) == ("The heron has moved to the weir.", Source.AGENT)
    assert new.metadata == {"corrects": old.id, "correction_reason": "The mill burned"}
    assert space.turn(old.id).metadata == {"corrected_by": new.id}
    assert "outdated" in said.used[0].told


def test_the_model_is_shown_what_is_so_before_what_was_corrected_and_why(space: Space) -> None:
    space.write("old", [{"content": HERON}])
    told = {"memory": "m1", "text": "It stands by the weir.", "verdict": "wrong", "reason": "Ha]"}
    used(space, calling(("correct", json.dumps(told))), "Noted.", asks="No, at the weir.")
    (judged,) = space.feedback.list()

    said = used(space, "By the weir [m1].", asks="Does the heron stand in the reeds by the mill?")

    by_text = {memory.text: memory for memory in said.recalled}
    new, old = by_text["It stands by the weir."], by_text[HERON]
    assert (new.score, judged.verdict) == (old.score, "wrong")
    assert old.head.endswith("UTC: Ha)")


def test_what_was_corrected_is_not_corrected_again_by_its_handle(space: Space) -> None:
    space.write("old", [{"content": HERON}])
    first, second = (
        calling(("correct", json.dumps({"memory": "m1", "text": f"It stands by the {place}."})))
        for place in ("weir", "bridge")
    )
    model = Scripted([first, second, "Noted."])

    said = MemoryAgent(space, model, stream="chat").say("Where does the heron stand?")

    assert said.used[1].told.startswith("error: This memory was corrected before")


def test_nothing_is_forgotten_before_the_user_saw_it_and_said_yes(space: Space) -> None:
    space.write("old", [{"content": HERON}])
    seen: list[Forgotten] = []

    def no(would_go: Forgotten) -> bool:
        seen.append(would_go)
        return False

    forget = calling(("forget", '{"memories": ["m1"]}'))
    said = used(space, forget, "I kept it.", asks="Forget the heron.", confirm=no)

    assert said.used[0].told == "error: the user said no; nothing was forgotten."
    assert seen[0].dry_run
    assert [turn.text for turn in seen[0].first_turns] == [HERON]
    assert [turn.content for turn in space.turns(stream="old")] == [HERON]


def test_with_a_yes_the_memory_goes_and_so_does_the_exchange_that_asked_for_it(
    space: Space,
) -> None:
    space.write("old", [{"content": HERON}, {"content": "Otters are shy."}])
    asks = "Forget that the heron stands in the reeds."
    model = Scripted(
        [
            calling(("forget", '{"memories": ["m1"]}')),
            "I have forgotten that it stands in the reeds.",
            "I do not know [m1].",
        ]
    )
    agent = MemoryAgent(space, model, stream="chat", confirm=yes)

    said = agent.say(asks)
    after = agent.say("Where is the heron?")

    assert (said.asked, said.answered) == (None, None)
    kept = [turn.content for turn in space.turns()]
    assert HERON not in kept
    assert not any("reeds" in text for text in kept)
    assert not any("reeds" in message.content for message in model.asked[-1].messages)
    assert after.unknown == ("m1",)


def test_an_error_of_the_service_is_told_to_the_model(space: Space) -> None:
    space.write("old", [{"content": HERON}])
    forget = calling(("forget", '{"memories": ["m1"]}'))

    def gone(_: Forgotten) -> bool:
        space.delete_stream("old")
        return True

    said = used(space, calling(("search", '{"query": "heron"}')), "So.", confirm=gone)
    assert said.text == "So."
    assert used(space, forget, "So.", confirm=gone).text == "So."


def test_a_model_without_tools_is_offered_none(space: Space) -> None:
    space.write("old", [{"content": HERON}])
    model = Scripted(["By the mill [m1]."], has_tools=False)

    said = MemoryAgent(space, model, stream="chat", confirm=yes).say("Where is the heron?")

    assert model.asked[0].tools == ()
    assert "You have tools" not in model.system
    assert said.citations[0].handle == "m1"


def test_tools_are_described_by_the_shapes_they_are_read_by(space: Space) -> None:
    model = Scripted(["Hello."])
    MemoryAgent(space, model, stream="chat", confirm=yes).say("Hello.")

    tools = {tool.name: tool for tool in model.asked[0].tools}

    assert list(tools) == ["search", "remember", "correct", "forget"]
    for tool in tools.values():
        assert tool.about
        assert tool.arguments["additionalProperties"] is False
        assert tool.arguments["required"]
