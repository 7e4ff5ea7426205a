"""Owing what a language model is to make of turns, in a space that asks for it."""

from collections.abc import Sequence
from datetime import datetime

from memsvc.domain.ids import TurnKey
from memsvc.domain.improving import Improving
from memsvc.domain.memory import Source, Space, Turn
from memsvc.domain.work import BY_MODEL, Step
from memsvc.ports.keeping import Unit


def owe_reading(unit: Unit, space: Space, turns: Sequence[Turn], *, now: datetime) -> None:
    """Owe turns that were just written what a model is to read in them.

    Not those that an agent wrote back: they are no evidence.
    """
    improving = space.settings.improving
    if improving is None:
        return
    own = [turn for turn in turns if turn.echo_of is None]
    if improving.facts:
        unit.outbox.put(space.key, Step.READ_FACTS, [turn.key for turn in own], now=now)
    if improving.profile:
        users = [turn.key for turn in own if turn.source is Source.USER]
        unit.outbox.put(space.key, Step.READ_PROFILE, users, now=now)


def owe_unread(unit: Unit, space: Space, *, before: Space, now: datetime) -> None:
    """Owe it to what was written before the space asked for it, too; once for each turn."""
    wanted, was = space.settings.improving, before.settings.improving
    if wanted is None:
        return
    if wanted.facts and (was is None or not was.facts):
        unit.tallies.owe_unmarked(space.key, Step.READ_FACTS, now=now)
    if wanted.profile and (was is None or not was.profile):
        unit.tallies.owe_unmarked(space.key, Step.READ_PROFILE, now=now)
    if wanted.titles and (was is None or not was.titles):
        unit.titles.owe_missing(space.key, now=now)


def owe_of_events(unit: Unit, space: Space, last: Sequence[TurnKey], *, now: datetime) -> None:
    """Owe what is made of events that closed, by the turns that they end with."""
    ends = list(dict.fromkeys(last))
    if space.settings.notes is not None:
        unit.outbox.put(space.key, noting_step(space), ends, now=now)
    if _asks_for_titles(space):
        unit.outbox.put(space.key, Step.TITLE_EVENTS, ends, now=now)


def owe_titles_anew(
    unit: Unit,
    space: Space,
    last: Sequence[TurnKey],
    *,
    anew: Sequence[TurnKey],
    now: datetime,
) -> None:
    """Owe titles to events that have lost a turn, by the turns that they end with now.

    To the events of `anew` although a model has dealt with them: they had a title until now. To
    others it may have none to give, or somebody took it back.
    """
    if last and _asks_for_titles(space):
        unit.tallies.unmark(space.key, Step.TITLE_EVENTS, anew)
        unit.outbox.put(space.key, Step.TITLE_EVENTS, last, now=now)


def owe_undone(unit: Unit, space: Space, *, now: datetime) -> int:
    """Owe anew what was made in runs that were taken back, as far as the space asks for it."""
    asked = [step for step in BY_MODEL if is_asked_for(space.settings.improving, step)]
    return sum(unit.tallies.owe_undone(space.key, step, now=now) for step in asked)


def _asks_for_titles(space: Space) -> bool:
    return is_asked_for(space.settings.improving, Step.TITLE_EVENTS)


def noting_step(space: Space) -> Step:
    """Return which step makes the notes of a space that makes notes."""
    improving = space.settings.improving
    by_model = improving is not None and improving.notes
    return Step.WRITE_NOTES if by_model else Step.NOTES


def is_asked_for(improving: Improving | None, step: Step) -> bool:
    """Tell whether a space asks for a step of a language model."""
    if improving is None:
        return False
    return {
        Step.READ_FACTS: improving.facts,
        Step.JUDGE_FACTS: improving.judging,
        Step.WRITE_NOTES: improving.notes,
        Step.READ_PROFILE: improving.profile,
        Step.TITLE_EVENTS: improving.titles,
    }[step]
