"""What kind of answer a question wants, over phrasings of many kinds."""

import pytest

from memsvc.domain.asking import Wanted
from memsvc.ingest.asking.wanted import wanted_of

ADVICE, LATEST, MANY, MOMENT = Wanted.ADVICE, Wanted.LATEST, Wanted.MANY, Wanted.MOMENT
ORDER, OWN_WORDS, SUMMARY = Wanted.ORDER, Wanted.OWN_WORDS, Wanted.SUMMARY


def _table(*rows: tuple[str, Wanted]) -> list[object]:
    return [pytest.param(question, kind, id=question[:60]) for question, kind in rows]


@pytest.mark.parametrize(
    ("question", "kind"),
    _table(
        ("Can you help me lay out a vegetable bed?", ADVICE),
        ("Could you please draft an email to my landlord?", ADVICE),
        ("How should I season a cast iron pan?", ADVICE),
        ("How do I get wine out of a carpet?", ADVICE),
        ("What would be a good gift for a ten-year-old?", ADVICE),
        ("Which of the two tents would you take to Norway?", ADVICE),
        ("Any tips for a first marathon?", ADVICE),
        ("I'm thinking about repainting the kitchen. Which colour would fit?", ADVICE),
        ("Please suggest a film for tonight.", ADVICE),
        ("Write me a packing list for the Alps", ADVICE),
        ("How much rice should I cook for six people?", ADVICE),
        ("When should I prune the roses?", ADVICE),
        ("Should I rent or buy?", ADVICE),
        ("What are some easy dinners with lentils?", ADVICE),
        ("What\u2019s the best way to learn Italian?", ADVICE),
        ("When did Petra move to Oslo?", MOMENT),
        ("How long was Sam's flight to Lima?", MOMENT),
        ("How many weeks passed between the interview and the offer?", MOMENT),
        ("On what date does the lease end?", MOMENT),
        ("Since when has Noor played the cello?", MOMENT),
        ("How many plants died over the winter?", MANY),
        ("How much money did we spend on the bathroom?", MANY),
        ("Which countries have I been to with Jo?", MANY),
        ("What instruments does Noor play?", MANY),
        ("List all the recipes that I wanted to try.", MANY),
        ("How many times did the boiler break?", MANY),
        ("Which came first, the flood or the fire?", ORDER),
        ("Did I buy the kettle before or after the toaster?", ORDER),
        ("In what order did we visit the islands?", ORDER),
        ("Which city did I visit first?", ORDER),
        ("Put my jobs in chronological order.", ORDER),
        ("How many hens do I have now?", LATEST),
        ("Where do I currently work?", LATEST),
        ("What did you recommend against moths?", OWN_WORDS),
        ("What was the third book on the list you gave me?", OWN_WORDS),
        ("Which of your suggestions did I take up?", OWN_WORDS),
        ("Remind me of the stretch that we talked about for my back.", OWN_WORDS),
        ("In our last chat there was a sauce with capers, what was it called?", OWN_WORDS),
        ("Can you summarise how the extension went?", SUMMARY),
        ("How has my Spanish progressed since autumn?", SUMMARY),
        ("Give me a recap of the move.", SUMMARY),
    ),
)
def test_a_question_wants_what_it_says(question: str, kind: Wanted) -> None:
    assert kind in wanted_of(question)


@pytest.mark.parametrize(
    ("question", "kind"),
    _table(
        ("Can you remind me what I wanted to plant?", ADVICE),
        ("Could you tell me when I went to Crete?", ADVICE),
        ("What did I say about the neighbours?", ADVICE),
        ("Can you summarise what happened at work?", ADVICE),
        ("Would you list the islands in the order in which I saw them?", ADVICE),
        ("What is my sister's name?", ADVICE),
        ("What do I usually have for breakfast?", ADVICE),
        ("How do I usually get to work?", ADVICE),
        ("How many hens do I have?", ADVICE),
        ("Who painted the hall?", ADVICE),
        ("What are some places that Noor has seen?", ADVICE),
        ("Which river flows through the town where the author was born?", ADVICE),
        ("I need a lamp in order to read", ORDER),
        ("How many weeks did the cast stay on?", MANY),
        ("What is this?", MANY),
        ("Can you recommend a hotel in Porto?", OWN_WORDS),
        ("What did I tell you about the dog?", OWN_WORDS),
        ("Which plans did I mention in our conversations?", OWN_WORDS),
        ("How many hens did I have before the fox came?", LATEST),
    ),
)
def test_a_question_does_not_want_what_only_sounds_alike(question: str, kind: Wanted) -> None:
    assert kind not in wanted_of(question)


@pytest.mark.parametrize("question", ["", "   ", "Petra", "Was mag Petra?", "?!", "x" * 100_000])
def test_what_no_rule_reads_wants_nothing(question: str) -> None:
    assert wanted_of(question) == frozenset()


def test_a_question_may_want_several_kinds() -> None:
    asked = "In which order did you suggest the books, and how many were there?"
    assert {ORDER, OWN_WORDS, MANY} <= wanted_of(asked)
