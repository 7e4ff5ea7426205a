"""An experience as the words of a turn, and back again.

    Book a table for two on Friday
    Call: book({"day": "Friday", "seats": 2})
    Outcome: failure
    Error: day must be a date
    Fix: send the day as 2026-05-01

The intent leads, because by its likeness experiences are found, and the beginning of a text is
what its first vector is made of. Further lines of a part are set in by two spaces, so that nothing
in a part can be taken for the next one. `read_trial(composed(trial))` is the trial, for every one;
a test draws them.
"""

import math
from collections.abc import Collection

from memsvc.domain.experience import ExperienceOutcome, Trial

_SET_IN = "\n  "
_PARTS = ("Call", "Outcome", "Error", "Fix")


def composed(trial: Trial) -> str:
    """Return the words of a trial, no part of which is empty or holds U+0000."""
    parts = (trial.call, trial.outcome.value, trial.error, trial.fix)
    lines = [trial.intent.replace("\n", _SET_IN)]
    for name, part in zip(_PARTS, parts, strict=True):
        if part is not None:
            lines.append(f"{name}: " + part.replace("\n", _SET_IN))
    return "\n".join(lines)


def read_trial(text: str) -> Trial | None:
    """Return the trial whose words these are; None when they are no trial's.

    Nothing but what `composed` makes is taken for a trial.
    """
    intent, *parts = text.replace(_SET_IN, "\0").split("\n")
    found = dict.fromkeys(_PARTS, "")
    for part in parts:
        name, _, said = part.partition(": ")
        if name not in found:
            return None
        found[name] = said.replace("\0", "\n")
    if found["Outcome"] not in set(ExperienceOutcome):
        return None
    trial = Trial(
        intent.replace("\0", "\n"),
        found["Call"],
        ExperienceOutcome(found["Outcome"]),
        found["Error"] or None,
        found["Fix"] or None,
    )
    return trial if composed(trial) == text else None


def alike(one: Collection[str], other: Collection[str]) -> float:
    """Return how alike two sets of terms are: the cosine, from 0 to 1; 1 where both are empty.

    Repeats of a term do not count.
    """
    first, second = set(one), set(other)
    if not first or not second:
        return float(first == second)
    return len(first & second) / math.sqrt(len(first) * len(second))
