"""Echoes: which of the turns to be written only repeat what the space says already.

An agent that writes back what it recalled would fill a memory with copies of itself. So what an
agent or a tool hands in is held, before it is written, against the few earlier turns that share its
rarest words: an echo is a text most of whose words stand there in the same order, or most of which
is a packed context. An experience with a tool tells what happened, which one word may turn round
("failure", "success"): it is an echo only of an experience with that tool in the very same words.
Nothing is embedded for it and at most three rows are read for a turn. What a user says is never an
echo, nor is what is short, unless the agent itself says which turn it repeats: it knows what it had
recalled when it wrote. What corrects a turn says most of it again and is none: one word is new.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memsvc.app.pack import unpacked
from memsvc.domain.correction import corrects
from memsvc.domain.errors import InvalidField, TurnNotFound
from memsvc.domain.experience import ROLE as EXPERIENCE
from memsvc.domain.ids import SpaceKey, SpaceName, TurnId
from memsvc.domain.memory import NewTurn, Source, Space, Turn
from memsvc.ingest.experience import read_trial
from memsvc.ingest.shingles import share_said, shingles, words_said
from memsvc.ports.indexes import Shelf
from memsvc.ports.keeping import Keeping, Reading
from memsvc.ports.lexicon import Analyzer
from retrieval.sharing import sharing

FEWEST_WORDS = 12
"""Of a text that may be an echo: shorter ones are thanks and greetings, which everybody repeats."""

MOST = 0.75
"""Share of a text's shingles that must stand in earlier turns, or of its words in a context."""

MOST_NEW = 30
"""Words, or shingles, that an echo may add of its own: what adds more has something to say, however
long the code or the context is that it repeats."""

LEAST_SHARED = 0.3
"""Share of a text's rarest terms that a turn must hold to be read."""

MOST_READ = 3
"""Turns read for a text."""

WORTH_PARTING = 30
"""Words from which on the parts of a text are looked for each by itself: it may repeat several."""

SPOKEN_BY_MACHINES = frozenset({Source.AGENT, Source.TOOL})


@dataclass(frozen=True, slots=True)
class Echoes:
    """The use case, with what it needs."""

    keeping: Keeping
    shelf: Shelf
    analyzer: Analyzer

    def __call__(self, name: SpaceName, turns: Sequence[NewTurn]) -> dict[int, TurnId]:
        """Return by the places of turns in a batch which earlier turn each of them repeats.

        The ids are those of turns that are no echoes themselves. Turns of the batch are not
        compared with each other. A space that is not there says nothing. Raises `InvalidField`
        where a turn of another source names what it repeats, and `TurnNotFound` for what is named
        and not there.
        """
        named = _named(turns)
        parts = {
            place: part
            for place, turn in enumerate(turns)
            if turn.source in SPOKEN_BY_MACHINES
            and place not in named
            and corrects(turn.metadata or {}) is None
            and (part := _parts(turn)) is not None
        }
        if not parts and not named:
            return {}
        with self.keeping.read() as reading:
            held = reading.spaces.find(name)
            originals = _originals(reading, held, named) if named else {}
        found = {} if held is None or not parts else self._found(held.key, parts)
        return {**found, **originals}

    def _found(self, space: SpaceKey, parts: Mapping[int, "_Parts"]) -> dict[int, TurnId]:
        near = self._near(space, parts)
        wanted = sorted({key for keys in near.values() for key in keys})
        if not wanted:
            return {}
        with self.keeping.read() as reading:
            held = {int(turn.key): turn for turn in reading.turns.by_keys(space, wanted)}
        found = {}
        for place, keys in near.items():
            original = _original(parts[place], [held[key] for key in keys if key in held])
            if original is not None:
                found[place] = original
        return found

    def _near(self, space: SpaceKey, parts: Mapping[int, "_Parts"]) -> dict[int, list[int]]:
        """Return by place the keys of the turns to be read; none for most."""
        asked = {
            place: [self.analyzer.terms(text) for text in part.sought]
            for place, part in parts.items()
        }
        near = {}
        with self.shelf.open(space) as indexes:
            for place, texts in asked.items():
                each = MOST_READ // len(texts)
                places = [
                    sharing(terms, indexes, least=LEAST_SHARED, limit=each) for terms in texts
                ]
                keys = indexes.timeline.keys_at(np.concatenate(places)).tolist()
                if keys:
                    near[place] = list(dict.fromkeys(keys))
        return near


def _named(turns: Sequence[NewTurn]) -> Mapping[int, TurnId]:
    """Return by places which turns say themselves what they repeat. Raises `InvalidField`."""
    named = {place: turn.echo_of for place, turn in enumerate(turns) if turn.echo_of is not None}
    for place in named:
        if turns[place].source not in SPOKEN_BY_MACHINES:
            raise InvalidField(
                f"turns.{place}.echo_of: only what an agent or a tool says is an echo; leave it "
                "out, or say that the source is agent or tool.",
                field=f"turns.{place}.echo_of",
            )
    return named


def _originals(
    reading: Reading, space: Space | None, named: Mapping[int, TurnId]
) -> dict[int, TurnId]:
    """Return what they repeat, or what that repeats itself. Raises `TurnNotFound`."""
    ids = list(dict.fromkeys(named.values()))
    held = {turn.id: turn for turn in reading.turns.by_ids(space.key, ids)} if space else {}
    for turn in ids:
        if turn not in held:
            raise TurnNotFound(turn)
    return {place: held[turn].echo_of or turn for place, turn in named.items()}


@dataclass(frozen=True, slots=True)
class _Parts:
    """What of a text is looked for: its longest quoted items, or its parts when it quotes none.

    `trial` is the turn itself where that is an experience.
    """

    sought: tuple[str, ...]
    is_context: bool = False
    trial: NewTurn | None = None


def _parts(turn: NewTurn) -> _Parts | None:
    """Return what of a turn is to be looked for; None when it cannot be an echo."""
    text = turn.content
    if _is_trial(turn):
        return _Parts((text,), trial=turn) if len(words_said(text)) >= FEWEST_WORDS else None
    items, rest = unpacked(text)
    own = len(words_said(rest))
    quoted = sum(len(words_said(item)) for item in items)
    if own + quoted < FEWEST_WORDS:
        return None
    if quoted >= MOST * (own + quoted) and own <= MOST_NEW:
        longest = sorted(items, key=len, reverse=True)[:MOST_READ]
        return _Parts(tuple(longest), is_context=True)
    return _Parts(_in_parts(text))


def _is_trial(turn: NewTurn) -> bool:
    return turn.role == EXPERIENCE and read_trial(turn.content) is not None


def _in_parts(text: str) -> tuple[str, ...]:
    """Return a long text in as many parts as turns may be read, so that each is looked for."""
    words = text.split()
    if len(words) < WORTH_PARTING:
        return (text,)
    each = -(-len(words) // MOST_READ)
    return tuple(" ".join(words[begin : begin + each]) for begin in range(0, len(words), each))


def _original(parts: _Parts, held: Sequence[Turn]) -> TurnId | None:
    """Return the turn that says most of it, or the one that this turn repeats; None for neither."""
    trial = parts.trial
    if trial is not None:
        wanted = trial.role, trial.speaker, trial.content
        same = (one for one in held if (one.role, one.speaker, one.content) == wanted)
        return next((one.echo_of or one.id for one in same), None)
    said = [shingles(words_said(turn.content)) for turn in held]
    text = [shingle for part in parts.sought for shingle in shingles(words_said(part))]
    shares = [share_said(text, [one]) for one in said]
    if not any(shares):
        return None
    together = share_said(text, said)
    adds = round((1 - together) * len(text))
    if not parts.is_context and (together < MOST or adds > MOST_NEW):
        return None
    best = held[int(np.argmax(shares))]
    return best.echo_of or best.id
