"""The prompts of this evaluation: files with a version in their name, filled in here.

Whoever changes one gives it a new version, so that answers to the old one are not taken for
answers to the new.
"""

from datetime import datetime
from pathlib import Path

REMEMBERING, UNAIDED, JUDGING = "remembering-1", "unaided-1", "judging-1"

_FOLDER = Path(__file__).with_name("prompts")


def prompt_of(question: str, context: str | None, *, asked_at: datetime | None) -> tuple[str, str]:
    """Return which prompt asks this, and its text; without a context the model is on its own."""
    today = f"Today is {asked_at.day} {asked_at:%B %Y}.\n" if asked_at else ""
    if context is None:
        return UNAIDED, _text(UNAIDED).format(question=question, today=today)
    filled = _text(REMEMBERING).format(question=question, context=context, today=today)
    return REMEMBERING, filled


def judging_prompt(question: str, reference: str, answer: str) -> str:
    """Return what asks whether an answer is right."""
    return _text(JUDGING).format(question=question, reference=reference, answer=answer)


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")
