"""Profile: the brief that a prompt always gets, read from what users said of themselves.

Turns that may say something are those of users that hold one of the words by which such clauses
are told (`memsvc.ingest.profile`): the inverted file knows them. What each says is remembered by
places in its text, never by its words, so that a deleted turn leaves nothing here; and so is, for
the turns that say it, which of all that holds. Then only the rows of the lines that fit are read.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from threading import Lock
from typing import NamedTuple

import numpy as np

from memsvc.app.chronicle import Chronicle
from memsvc.app.within import Within, within
from memsvc.domain.access import Access
from memsvc.domain.ids import Position, SpaceKey, SpaceName
from memsvc.domain.knowledge import Fact
from memsvc.domain.memory import Source, Turn, least_trusted
from memsvc.domain.profile import LineKind, Profile, ProfileLine, ProfileWanted
from memsvc.domain.recall import Filter
from memsvc.domain.receipt import folded
from memsvc.domain.validity import FactState
from memsvc.ingest.extract.mention import normal
from memsvc.ingest.profile import Said, said_of_self
from memsvc.ingest.updates import may_change, may_supersede
from memsvc.ports.indexes import Numbers, Shelf
from memsvc.ports.keeping import Keeping
from memsvc.ports.models import Embedder
from memsvc.ports.world import Clock

NEWEST = 400
"""Turns with something to say that are weighed against each other: the newest."""

MOST_FACTS = 100
"""Facts that are looked at, and as many of their turns each as `TURNS_OF_A_FACT`."""

TURNS_OF_A_FACT = 5

SPACES_KEPT = 64
CHOICES_KEPT = 8
"""Spaces, and sets of turns of one, of which it is remembered where the lines stand that hold."""

READ_AT_ONCE = 16
LOOKED_THROUGH_AT_ONCE = 1_000
"""Turns whose rows are read together: for lines that may fit, and to see what they say."""

MISSES = 3
"""Lines of a kind that may be too long for what is left, before the shorter ones after them are not
looked for any more."""

SAME_SHOWN = 4
"""Other turns that say the very same which a line names at most."""

HEADINGS = {
    LineKind.INSTRUCTION: "Standing instructions:\n",
    LineKind.FACT: "Facts about the user:\n",
    LineKind.PREFERENCE: "Preferences:\n",
}

OPENING = "<user-profile>\nWhat the user said of themselves, and how they want to be answered.\n"
CLOSING = "</user-profile>\n"
_MARK = re.compile(r"<(?=\s*/?\s*(?:recalled-memory|user-profile))", re.IGNORECASE)

SELF = ("user", "i", "me")
"""Names by which facts speak of the user."""


class _Ref(NamedTuple):
    """A line by where it stands: its turn, and the other turns that say the very same."""

    said: Said
    turn: int
    same: tuple[int, ...]


class _Fact(NamedTuple):
    """A fact with the turns that say it and may be believed."""

    fact: Fact
    turns: Sequence[Turn]


@dataclass(slots=True)
class _Known:
    """What is remembered of a space: what turns say, and which lines hold of those that say any."""

    said: dict[int, tuple[Said, ...]] = field(default_factory=dict)
    chosen: OrderedDict[tuple[int, ...], tuple[_Ref, ...]] = field(default_factory=OrderedDict)


@dataclass(frozen=True, slots=True)
class Profiles:
    """The use case, with what it needs.

    `cues` are the terms by which turns that may say something are looked for; none where the rule
    does not know the language.
    """

    keeping: Keeping
    shelf: Shelf
    embedder: Embedder
    clock: Clock
    cues: Sequence[str]
    _known: OrderedDict[SpaceKey, _Known] = field(default_factory=OrderedDict)
    _one_at_a_time: Lock = field(default_factory=Lock)

    def __call__(self, access: Access, space: SpaceName, wanted: ProfileWanted) -> Profile:
        """Return the profile of a space's user. Raises `SpaceNotFound`."""
        with within(
            access, space, keeping=self.keeping, shelf=self.shelf, clock=self.clock
        ) as inside:
            return self.of(inside, wanted)

    def of(self, inside: Within, wanted: ProfileWanted) -> Profile:
        """Return the profile of a space that is lent."""
        speakers = () if wanted.speaker is None else (wanted.speaker,)
        where = Filter(sources=(Source.USER,), speakers=speakers, user_id=wanted.user_id)
        facts = _facts(inside, wanted)
        with self._one_at_a_time:
            refs = self._refs(inside, where) if self.cues else ()
        sheet = _Sheet(wanted.budget_tokens, self.embedder.count)
        for kind in LineKind:
            of_kind = [ref for ref in refs if ref.said.kind is kind]
            misses = 0
            for line in _lines(inside, of_kind, facts if kind is LineKind.FACT else ()):
                misses += not sheet.take(line)
                if misses > MISSES:
                    break
        return Profile(
            sheet.text, tuple(sheet.lines), sheet.used, Position(inside.indexes.position)
        )

    def block(self, inside: Within, wanted: ProfileWanted) -> tuple[str, int]:
        """Return the profile between its delimiters, and its length; nothing without a line."""
        around = sum(self.embedder.count(part) for part in (OPENING, CLOSING))
        profile = self.of(inside, replace(wanted, budget_tokens=wanted.budget_tokens - around))
        if not profile.lines:
            return "", 0
        return OPENING + profile.text + CLOSING, profile.tokens + around

    def _refs(self, inside: Within, where: Filter) -> tuple[_Ref, ...]:
        """Return where the lines that hold stand, newest first."""
        keys = inside.indexes.timeline.keys_at(self._candidates(inside, where))
        known = self._known.setdefault(inside.key, _Known())
        self._known.move_to_end(inside.key)
        if len(self._known) > SPACES_KEPT:
            self._known.popitem(last=False)
        if len(known.said) > 2 * inside.indexes.timeline.size:  # many are gone by now
            known.said.clear()
        telling = tuple(islice(_telling(inside, keys[::-1].tolist(), known.said), NEWEST))
        if telling not in known.chosen:
            found = inside.reading.turns.by_keys(inside.key, telling)
            known.chosen[telling] = tuple(_holding(found, known.said))
            if len(known.chosen) > CHOICES_KEPT:
                known.chosen.popitem(last=False)
        return known.chosen[telling]

    def _candidates(self, inside: Within, where: Filter) -> Numbers:
        """Return the places, ascending, of the turns that hold a cue and may be heard."""
        postings = inside.indexes.lexicon.postings(self.cues)
        holding = np.zeros(inside.indexes.timeline.size, dtype=np.bool_)
        for one in postings.values():
            holding[one.places] = True
        return np.flatnonzero(holding & inside.may_answer(where)).astype(np.int64)


@dataclass(slots=True)
class _Sheet:
    """The lines taken so far, as one text within a budget."""

    budget: int
    count: Callable[[str], int]
    text: str = ""
    used: int = 0
    lines: list[ProfileLine] = field(default_factory=list)

    def take(self, line: ProfileLine) -> bool:
        """Take the line if it still fits, with the heading of its kind; tell whether it did."""
        is_first = not self.lines or self.lines[-1].kind is not line.kind
        who = "" if line.speaker is None else f"{line.speaker}: "
        told = f"{HEADINGS[line.kind] if is_first else ''}- {_MARK.sub('&lt;', who + line.text)}\n"
        cost = self.count(told)
        if self.used + cost > self.budget:
            return False
        self.text, self.used = self.text + told, self.used + cost
        self.lines.append(line)
        return True


def _telling(
    inside: Within, keys: Sequence[int], said: dict[int, tuple[Said, ...]]
) -> Iterator[int]:
    """Yield those of these turns that say something; what is not in `said` is read into it."""
    for begin in range(0, len(keys), LOOKED_THROUGH_AT_ONCE):
        part = keys[begin : begin + LOOKED_THROUGH_AT_ONCE]
        unread = [key for key in part if key not in said]
        if unread:
            said.update(dict.fromkeys(unread, ()))
            for turn in inside.reading.turns.by_keys(inside.key, unread):
                if turn.echo_of is None:
                    said[turn.key] = tuple(said_of_self(turn.content))
        yield from (key for key in part if said[key])


def _holding(found: Sequence[Turn], said: Mapping[int, Sequence[Said]]) -> Iterator[_Ref]:
    """Yield the lines of these turns that hold, newest first.

    Of the very same words and of one slot the newest holds, and of two statements the one that may
    have superseded the other; all by the same person.
    """
    changes: dict[tuple[object, ...], list[str]] = {}
    first: dict[tuple[object, ...], _Ref] = {}
    slots: set[tuple[object, ...]] = set()
    for turn in sorted(found, key=lambda each: (each.at, each.key), reverse=True):
        who = (turn.speaker, turn.role, turn.user_id)
        for one in reversed(said[turn.key]):
            text = turn.content[one.start : one.end]
            same = (*who, folded(text).strip(" .!;"))
            if same in first:
                before = first[same]
                first[same] = before._replace(same=(*before.same, turn.key))
                continue
            is_past = any(may_supersede(newer, text) for newer in changes.get(who, ()))
            if is_past or (one.slot is not None and (*who, one.slot) in slots):
                continue
            slots.add((*who, one.slot))
            if may_change(text):
                changes.setdefault(who, []).append(text)
            first[same] = _Ref(one, turn.key, ())
    yield from first.values()


def _lines(inside: Within, refs: Sequence[_Ref], facts: Sequence[_Fact]) -> Iterator[ProfileLine]:
    """Yield lines, newest first; stated facts before what was said in passing."""
    for fact, turns in facts:
        yield ProfileLine(
            LineKind.FACT,
            " ".join(f"{fact.subject} {fact.predicate} {fact.object}".split()),
            tuple(turn.id for turn in turns),
            turns[0].at,
            least_trusted(turn.source for turn in turns),
        )
    for begin in range(0, len(refs), READ_AT_ONCE):
        part = refs[begin : begin + READ_AT_ONCE]
        wanted = {key for ref in part for key in (ref.turn, *ref.same[:SAME_SHOWN])}
        read = inside.reading.turns.by_keys(inside.key, list(wanted))
        found: dict[int, Turn] = {turn.key: turn for turn in read}
        for ref in part:
            turns = [found[key] for key in (ref.turn, *ref.same[:SAME_SHOWN]) if key in found]
            if turns and turns[0].key == ref.turn:  # not deleted since the indexes were lent
                text = turns[0].content[ref.said.start : ref.said.end]
                yield ProfileLine(
                    ref.said.kind,
                    " ".join(text.split()),
                    tuple(turn.id for turn in turns),
                    turns[0].at,
                    least_trusted(turn.source for turn in turns),
                    turns[0].speaker,
                )


def _facts(inside: Within, wanted: ProfileWanted) -> list[_Fact]:
    """Return the facts about the user that users said and that hold now, the newest first."""
    names = {*SELF, *(normal(one) for one in (wanted.speaker, wanted.user_id) if one)}
    page = inside.reading.facts.page(
        inside.key,
        names=sorted(names),
        turn=None,
        after=None,
        limit=MOST_FACTS,
        standing=inside.standing,
    )
    about = _current(inside, [fact for fact in page.items if fact.subject_name in names])
    ids = {turn for fact in about for turn in fact.turns[-TURNS_OF_A_FACT:]}
    if not ids:
        return []
    keys = inside.reading.turns.keys_of(inside.key, sorted(ids), standing=inside.standing)
    said = inside.reading.turns.by_keys(inside.key, sorted(keys.values()))
    heard = {turn.id: turn for turn in said if _is_heard(turn, wanted)}
    found = [
        _Fact(fact, [heard[turn] for turn in reversed(fact.turns) if turn in heard])
        for fact in about
    ]
    return sorted(
        (one for one in found if one.turns), key=lambda one: one.turns[0].at, reverse=True
    )


def _current(inside: Within, facts: Sequence[Fact]) -> list[Fact]:
    if not facts:
        return []
    space = inside.reading.spaces.of(inside.key)
    dated = Chronicle(inside.reading, space, inside.now).dated(facts)
    return [each.fact for each in dated if each.validity.state is FactState.CURRENT]


def _is_heard(turn: Turn, wanted: ProfileWanted) -> bool:
    """Tell whether a turn's word counts: a user's own, and that of the user who is asked for."""
    return (
        turn.source is Source.USER
        and turn.echo_of is None
        and wanted.speaker in (None, turn.speaker)
        and wanted.user_id in (None, turn.user_id)
    )
