"""Leaning: which turns are not understood without the turn right before or right after them.

"He loved it" says nothing without the turn that says who and what; "Yes, in May" nothing without
the question; and a question is worth its answer. Words alone tell it, in English; what they do not
tell leans on nobody.
"""

import re

READ = 200
"""Characters of a text, from its beginning or its end, that are looked at."""

_OPENERS = r"""\W*(?:(?:yes|yeah|yep|no|nope|oh|wow|aww|haha|thanks|well|and|but|so|ok|okay|sure|
    sounds|absolutely|definitely)\W+)*"""
"""What people begin with before they say something."""

_PRONOUN = re.compile(
    rf"""{_OPENERS}(?:he|she|it|they|that|this|these|those|him|her|them|his|its|their)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_ANSWER = re.compile(
    r"""\W*(?:yes|yeah|yep|no|nope|sure|not|of\ course|definitely|absolutely|exactly|i\ do|i\ did|
    i\ have)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_QUESTION_LAST = re.compile(r"\?[^\w]*(?:\[[^\]]*\]\W*)?\Z")
"""A question and nothing said after it; a photo may be shared with it."""


def begins_with_a_pronoun(text: str) -> bool:
    """Tell whether the first that a text speaks of is a pronoun: it leans on the turn before."""
    return _PRONOUN.match(text[:READ]) is not None


def answers(text: str, before: str) -> bool:
    """Tell whether a text begins as answers do, right after a text that ends in a question."""
    return _ANSWER.match(text[:READ]) is not None and (
        _QUESTION_LAST.search(before[-READ:]) is not None
    )


def asks(text: str) -> bool:
    """Tell whether a text asks something: what it is good for is said in the turn after it."""
    return "?" in text
