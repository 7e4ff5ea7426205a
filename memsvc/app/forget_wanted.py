"""Forget what a request describes, and leave a receipt: by ids, a filter, a subject or a text.

One unit of work holds the turns with everything that hangs on them, the receipt, and what is left
of each turn: its id and a digest of its words. A dry run does all of it and takes it back, so its
counts are those of the real one. Words go wherever notes have them too (`forget_noted`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from memsvc.app.episodes import Episodes
from memsvc.app.fingerprints import (
    receipt_digest,
    saying_digest_of,
    saying_of_words_digest,
    text_digest,
    words_digest,
)
from memsvc.app.forget import remove_turns
from memsvc.app.forget_noted import (
    START,
    NotedFound,
    Words,
    noted_words,
    purge,
    purge_links,
    seek_noted,
)
from memsvc.app.keep_notes import NoteWork
from memsvc.app.look_up import the_space
from memsvc.app.merging import unname
from memsvc.app.pinned import unpin
from memsvc.app.quarantine import drop_held
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import InvalidField, TooLarge
from memsvc.domain.ids import (
    PinId,
    Position,
    ReceiptId,
    SpaceKey,
    SpaceName,
    StreamKey,
    TurnId,
    TurnKey,
)
from memsvc.domain.knowledge import meaning_the_same
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space, Turn
from memsvc.domain.pinned import Pin
from memsvc.domain.quarantine import Held
from memsvc.domain.recall import Filter
from memsvc.domain.receipt import (
    MOST_FORGOTTEN,
    Means,
    Receipt,
    Sought,
    Tally,
    Tombstone,
    Wanted,
    WhatWent,
    folded,
)
from memsvc.ingest.extract.mention import normal
from memsvc.ingest.extract.named import names_in, subjects_of
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.receipts import LinkedWords, NotedWords
from memsvc.ports.records import EntryDraft, MovedTurn
from memsvc.ports.world import Clock, Ids

Asking = TypeVar("Asking")
"""The id of what keeps a question."""

SHOWN = 100
"""Turns that a dry run shows."""

FIRST = TurnKey(0)
FIRST_HELD = -2
"""What was held never had a key; in a receipt it has one that no turn ever has."""

BY_WORDS = frozenset((Means.SUBJECT, Means.TEXT))
"""What is wanted gone wherever it stands, whoever says it."""


class _TakenBack(Exception):
    """Carries the answer of a dry run out of the unit that it rolls back."""

    def __init__(self, done: WhatWent) -> None:
        self.done = done


@dataclass(frozen=True, slots=True)
class ForgetWanted:
    """The use case, with what it needs."""

    keeping: Keeping
    episodes: Episodes
    clock: Clock
    ids: Ids

    def __call__(
        self, access: Access, space: SpaceName, wanted: Wanted, *, dry_run: bool
    ) -> WhatWent:
        """Forget every turn that all parts hold of; one that is not there is passed over.

        A subject that names nothing is no turn's. Raises `SpaceNotFound`; `InvalidField` when
        nothing says what is to go; `TooLarge` for more than `MOST_FORGOTTEN` turns.
        """
        access.require(Role.WRITER, space=space)
        _check(wanted)
        read = self._read_texts(access, space, wanted)

        def work(unit: Unit) -> WhatWent:
            held = the_space(unit, access, space, Role.WRITER)
            names = _names(unit, held, wanted)  # before merges go that lead to one
            keys, noted = _found(unit, held, wanted, read, names=names)
            done = self._forget(unit, held, wanted, keys, noted, names=names, actor=access.id)
            if dry_run:
                raise _TakenBack(done)
            return replace(done, shown=(), is_dry=False)

        try:
            return self.keeping.write(work)
        except _TakenBack as taken:
            return taken.done

    def _read_texts(self, access: Access, space: SpaceName, wanted: Wanted) -> "_Read":
        """Read all texts before the unit, which then reads only those written since."""
        if BY_WORDS.isdisjoint(wanted.means):
            return _Read()
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.WRITER)
            notes, links = noted_words(reading, held, after=START)
            if wanted.text is None:
                return _Read(notes=notes, links=links, position=held.position)
            last = reading.turns.last_until(held.key, held.position) or FIRST
            sought = Sought(text=folded(wanted.text))
            turns = reading.receipts.seek(held.key, sought, after=FIRST)
            return _Read(turns, last, notes, links, held.position)

    def _forget(
        self,
        unit: Unit,
        space: Space,
        wanted: Wanted,
        keys: Sequence[TurnKey],
        noted: NotedFound | None,
        *,
        names: frozenset[str] | None,
        actor: str,
    ) -> WhatWent:
        now = self.clock.now()
        first = space.position
        before = unit.receipts.standing(space.key)
        titled = _titled(unit, space.key, wanted, names=names)
        waiting = _held(unit, space, wanted, names=names)
        gone = [
            Tombstone(TurnKey(FIRST_HELD - number), each.id, _digest_of_held(each, wanted, space))
            for number, each in enumerate(waiting)
        ]
        drop_held(unit, space, waiting, actor=actor, at=now)
        asked = _asking(unit.feedback.questions(space.key).items(), wanted, names=names)
        pinned = _pinned(unit.pinned.all(space.key), wanted, names=names)
        given = _given(unit, space.key, wanted, names=names)
        work = NoteWork(unit, space, self.episodes.fingerprint, actor, now)
        streams: list[StreamKey] = []
        shown: list[Turn] = []
        mended = 0
        for part in _in_turn(unit, space, keys, noted):
            turns = unit.turns.by_keys(space.key, part.turns)
            if turns:
                streams += unit.streams.keys_of(space.key, [turn.key for turn in turns])
                shown += _standing(unit, space, turns[: SHOWN - len(shown)], self.clock)
                gone += [Tombstone(one.key, one.id, _digest(one, wanted, space)) for one in turns]
                removed = remove_turns(unit, space, turns, self.episodes, actor=actor, at=now)
                mended += len(removed.touched)
            purge(work, part.notes)
        if noted is not None:
            purge_links(work, noted)
        if titled:
            unit.receipts.untitle(space.key, titled)
            unit.mentions.retitle(space.key, dict.fromkeys(titled, ()))
        unit.feedback.drop_questions(space.key, asked)
        unpin(unit, space, pinned, actor=actor, at=now)
        unname(unit, space, given, actor=actor, at=now)
        after = unit.receipts.standing(space.key)
        tally = Tally(
            turns=before.turns - after.turns,
            facts=before.facts - after.facts,
            merges=before.merges - after.merges,
            names=before.names - after.names,
            vectors=before.vectors - after.vectors,
            events_mended=mended,
            streams_left_empty=unit.receipts.emptied(space.key, streams),
            titles=len(titled),
            notes=before.notes - after.notes,
            versions=before.versions - after.versions,
            links=before.links - after.links,
            held=len(waiting),
        )
        receipt = Receipt(
            id=ReceiptId(self.ids.new("r")),
            at=now,
            actor=actor,
            means=wanted.means,
            tally=tally,
            first=first,
            position=unit.ledger.next_position(space.key),
        )
        digest = receipt_digest(receipt, secret=space.secret)
        entry = EntryDraft(Change.TURNS_FORGOTTEN, receipt.id, digest)
        unit.ledger.append(space.key, [entry], actor=actor, at=now)
        unit.receipts.add(space.key, receipt, gone)
        return WhatWent(receipt, is_dry=True, shown=shown)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read before the unit: the turns up to one that hold the text, and what notes say.

    The latter as of a position of the ledger.
    """

    turns: Sequence[TurnKey] = ()
    last: TurnKey = FIRST
    notes: Sequence[NotedWords] = ()
    links: Sequence[LinkedWords] = ()
    position: Position = START


class _Part(NamedTuple):
    """What goes together: turns, and notes that do not go with them."""

    turns: Sequence[TurnKey]
    notes: Sequence[NotedWords] = ()


def _in_turn(
    unit: Unit, space: Space, keys: Sequence[TurnKey], noted: NotedFound | None
) -> Iterator[_Part]:
    """Yield the turns, and then the notes that still hold the words when those before are gone."""
    yield _Part(keys)
    while noted is not None and (roots := noted.roots(unit, space)):
        yield _Part([turn for root in roots if root.is_turn for turn in root.turns], roots)


def forgotten_words(
    reading: Reading | Unit, space: Space, turns: Sequence[MovedTurn]
) -> set[TurnId]:
    """Return those of these turns whose words were forgotten here on request, or rejected."""
    rejected = _rejected(reading, space, turns)
    if not turns or not reading.receipts.page(space.key, after=None, limit=1).items:
        return rejected  # as in most spaces: nothing was ever forgotten on request
    digests: Mapping[TurnId, tuple[bytes, bytes]] = {
        turn.id: (
            words_digest(turn, secret=space.secret),
            saying_of_words_digest(turn, secret=space.secret),
        )
        for turn in turns
    }
    every = [digest for both in digests.values() for digest in both]
    found = reading.receipts.forgotten(space.key, every)
    return rejected | {turn for turn, both in digests.items() if not found.isdisjoint(both)}


def _rejected(reading: Reading | Unit, space: Space, turns: Sequence[MovedTurn]) -> set[TurnId]:
    """Return those of these turns whose words were rejected out of the space's quarantine."""
    if not space.rejections or not turns:
        return set()
    digests = {turn.id: text_digest(turn.content, secret=space.secret) for turn in turns}
    found = reading.quarantine.rejected(space.key, list(digests.values()))
    return {turn for turn, digest in digests.items() if digest in found}


def _check(wanted: Wanted) -> None:
    if not wanted.means:
        raise InvalidField(
            "Say what to forget: turns, where, subject, text, or several of them.", field="turns"
        )
    if wanted.where is not None and wanted.where.is_open:
        raise InvalidField(
            "This filter lets every turn through; say which, or delete the space.", field="where"
        )


def _names(unit: Unit, space: Space, wanted: Wanted) -> frozenset[str] | None:
    """Return every name of the subject that is to go, through merges; None where none is wanted."""
    if wanted.subject is None:
        return None
    return frozenset(meaning_the_same(normal(wanted.subject), unit.merges.all(space.key)))


def _found(
    unit: Unit, space: Space, wanted: Wanted, read: _Read, *, names: frozenset[str] | None
) -> tuple[list[TurnKey], NotedFound | None]:
    """Return the turns that are to go, and the notes and links; None where no words are sought.

    Raises `TooLarge`.
    """
    where = wanted.where or Filter()
    spelled = None if names is None else sorted(names)
    sought = Sought(where=where, turns=wanted.turns, names=spelled)
    if wanted.text is None:
        found = unit.receipts.seek(space.key, sought, after=FIRST)
    else:
        holding = set(read.turns)
        text = replace(sought, text=folded(wanted.text))
        old = unit.receipts.seek(space.key, sought, after=FIRST)
        found = [key for key in old if key in holding]
        found += unit.receipts.seek(space.key, text, after=read.last)
    noted: NotedFound | None = None
    if not BY_WORDS.isdisjoint(wanted.means):
        notes, links = noted_words(unit, space, after=read.position)
        narrowed = wanted.where is not None or wanted.turns is not None
        among = Sought(where=where, turns=wanted.turns)
        noted = seek_noted(
            [*read.notes, *notes],
            [*read.links, *links],
            wanted,
            names=spelled or (),
            among=set(unit.receipts.seek(space.key, among, after=FIRST)) if narrowed else None,
        )
    going = len({*found, *(noted.turns if noted is not None else ())})
    if going > MOST_FORGOTTEN:
        raise TooLarge(
            f"This would forget {going:,} turns and one request may forget "
            f"{MOST_FORGOTTEN:,}; narrow it with `where`, by stream or time, and send several.",
            limit=MOST_FORGOTTEN,
        )
    return found, noted


def _held(unit: Unit, space: Space, wanted: Wanted, *, names: frozenset[str] | None) -> list[Held]:
    """Return what is in quarantine and is to go."""
    waiting = unit.quarantine.every(space.key)
    if waiting and wanted.turns is not None:
        waiting = [each for each in waiting if each.id in wanted.turns]
    if waiting and wanted.where is not None:
        waiting = [each for each in waiting if each.passes(wanted.where)]
    if waiting and not BY_WORDS.isdisjoint(wanted.means):
        waiting = [each for each in waiting if _says(each, wanted, names or frozenset())]
    return waiting


def _says(held: Held, wanted: Wanted, names: frozenset[str]) -> bool:
    """Tell whether something held says what is to go: as a turn, or as the note that it is too."""
    turn, note = held.turn, held.note
    is_told = wanted.text is None or folded(wanted.text) in folded(turn.content)
    is_named = wanted.subject is None or not names.isdisjoint(
        (*names_in(turn), *subjects_of(held.title))
    )
    if note is None or (is_told and is_named):
        return is_told and is_named
    words = (*note.facets.keywords, *note.facets.tags)
    return Words(wanted, names).any_of((turn.content, note.facets.context), words)


def _digest_of_held(held: Held, wanted: Wanted, space: Space) -> bytes:
    turn = held.turn
    if BY_WORDS.isdisjoint(wanted.means):
        return saying_digest_of(
            turn.content, speaker=turn.speaker, at=held.happened_at, secret=space.secret
        )
    return text_digest(turn.content, secret=space.secret)


def _digest(turn: Turn, wanted: Wanted, space: Space) -> bytes:
    if BY_WORDS.isdisjoint(wanted.means):
        return saying_of_words_digest(turn, secret=space.secret)
    return words_digest(turn, secret=space.secret)


def _standing(unit: Unit, space: Space, turns: Sequence[Turn], clock: Clock) -> list[Turn]:
    """Return those of these turns that have not expired: only they are shown."""
    standing = space.settings.standing(clock.latest())
    shown = unit.turns.keys_of(space.key, [turn.id for turn in turns], standing=standing)
    return [turn for turn in turns if turn.id in shown]


def _asking(
    questions: Iterable[tuple[Asking, str]], wanted: Wanted, *, names: frozenset[str] | None
) -> list[Asking]:
    """Return those of the questions that hold what is to go wherever it stands."""
    if not BY_WORDS.issuperset(wanted.means):
        return []
    text = None if wanted.text is None else folded(wanted.text)
    return [
        each
        for each, question in questions
        if (names is None or any(f" {name} " in f" {normal(question)} " for name in names))
        and (text is None or text in folded(question))
    ]


def _given(
    unit: Unit, space: SpaceKey, wanted: Wanted, *, names: frozenset[str] | None
) -> list[str]:
    """Return the names that somebody gave and that are, or hold, what is to go wherever it stands.

    Also those that were taken back since.
    """
    if not BY_WORDS.issuperset(wanted.means):
        return []
    text = None if wanted.text is None else folded(wanted.text)
    return [
        spelled
        for spelled in unit.merges.given(space)
        if (names is None or normal(spelled) in names) and (text is None or text in folded(spelled))
    ]


def _pinned(pins: Sequence[Pin], wanted: Wanted, *, names: frozenset[str] | None) -> list[PinId]:
    """Return those that hold what is to go, in words or filters, or that nothing can answer now."""
    if wanted.means == (Means.WHERE,) and wanted.where is not None:
        return [pin.id for pin in pins if pin.asked.where.is_within(wanted.where)]
    texts = ((pin.id, text) for pin in pins for text in pin.asked.texts)
    return list(dict.fromkeys(_asking(texts, wanted, names=names)))


def _titled(
    unit: Unit, space: SpaceKey, wanted: Wanted, *, names: frozenset[str] | None
) -> list[StreamKey]:
    """Return the streams whose titles name what is to go wherever it stands."""
    if not BY_WORDS.issuperset(wanted.means):
        return []
    text = None if wanted.text is None else folded(wanted.text)
    return [
        stream
        for stream, title in unit.receipts.titles(space).items()
        if (names is None or not names.isdisjoint(subjects_of(title)))
        and (text is None or text in folded(title))
    ]
