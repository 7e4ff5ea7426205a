"""The digest of a state: one keyed number that tells whether a space stands as it stood before.

It covers what stands, and nothing of how that came: turns with what may be edited about them,
settings, merges, unlinkings, facts and rulings, feedback, notes and links, and titles of events.
Events have a digest beside it: they are cut from turns, close by themselves as time goes by, and
never open again, so that with them no space would ever stand as it stood. Keyed with the space's
secret, it says nothing of any content to whoever has not got that, and it dies with the space.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass

from memsvc.app.fingerprints import (
    fact_digest,
    link_digest,
    merge_digest,
    note_digest,
    ruling_digest,
    settings_digest,
    title_digest,
    turn_digest,
    unlinking_digest,
)
from memsvc.app.look_up import the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.episode import Event
from memsvc.domain.feedback import Feedback
from memsvc.domain.ids import Position, SpaceName
from memsvc.domain.knowledge import Fact, Merge, Unlinking
from memsvc.domain.ledger import digest_of
from memsvc.domain.memory import Space, SpaceSettings, Standing, Turn, pages
from memsvc.domain.note import Link, Note
from memsvc.domain.recall import Filter
from memsvc.domain.rollback import Part, StateDigest, Thing
from memsvc.domain.validity import Ruling
from memsvc.ports.keeping import Keeping, Reading
from memsvc.ports.notes import NotesSought
from memsvc.ports.world import Clock

PAGE = 1_000

TOLD_BESIDE = frozenset({Thing.EVENT})
"""Parts that are told, and not covered by the digest of all."""


@dataclass(frozen=True, slots=True)
class TakeDigest:
    """The use case, with what it needs."""

    keeping: Keeping
    clock: Clock

    def __call__(self, access: Access, space: SpaceName) -> StateDigest:
        """Return the digest of all that stands in a space. Reads all of it.

        Raises `SpaceNotFound`.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            standing = held.settings.standing(self.clock.latest())
            parts = {
                Thing.TURN: _part(held, _turns(reading, held, standing)),
                Thing.SETTINGS: _part(held, iter([settings_of(held.settings, held)])),
                Thing.MERGE: _part(held, _merges(reading, held)),
                Thing.UNLINKING: _part(held, _unlinkings(reading, held, standing)),
                Thing.FACT: _part(held, _facts(reading, held, standing)),
                Thing.RULING: _part(held, _rulings(reading, held, standing)),
                Thing.FEEDBACK: _part(held, _feedback(reading, held, standing)),
                Thing.NOTE: _part(held, _notes(reading, held, standing)),
                Thing.LINK: _part(held, _links(reading, held, standing)),
                Thing.TITLE: _part(held, _titles(reading, held, standing)),
                Thing.EVENT: _part(held, _events(reading, held)),
            }
        every = {
            thing.value: part.digest.hex()
            for thing, part in parts.items()
            if thing not in TOLD_BESIDE
        }
        return StateDigest(digest_of(every, secret=held.secret), held.position, parts)


def turn_of(turn: Turn, space: Space) -> bytes:
    """Return the digest of a turn as it stands, with its place and metadata."""
    return turn_digest(turn, place=turn.place, metadata=turn.metadata, secret=space.secret)


def settings_of(settings: SpaceSettings, space: Space) -> bytes:
    """Return the digest of settings."""
    return settings_digest(settings, secret=space.secret)


def merge_of(merge: Merge, space: Space) -> bytes:
    """Return the digest of a merge with its id."""
    content = {"id": merge.id, "merge": merge_digest(merge, secret=space.secret).hex()}
    return digest_of(content, secret=space.secret)


def unlinking_of(unlinking: Unlinking, space: Space) -> bytes:
    """Return the digest of an unlinking with its id."""
    said = unlinking_digest(unlinking, secret=space.secret).hex()
    return digest_of({"id": unlinking.id, "unlinking": said}, secret=space.secret)


def fact_of(fact: Fact, space: Space) -> bytes:
    """Return the digest of a fact with the turns that say it."""
    triple = fact_digest(fact, secret=space.secret).hex()
    said = sorted([*map(str, (s.turn, s.valid_from, s.valid_to, s.replaces))] for s in fact.sayings)
    return digest_of({"fact": triple, "said": said}, secret=space.secret)


def ruling_of(ruling: Ruling, space: Space) -> bytes:
    """Return the digest of a ruling with its id."""
    content = {"id": ruling.id, "ruling": ruling_digest(ruling, secret=space.secret).hex()}
    return digest_of(content, secret=space.secret)


def feedback_of(feedback: Feedback, space: Space) -> bytes:
    """Return the digest of what somebody says of a turn, whatever its id."""
    content = {
        "turn": feedback.turn,
        "actor": feedback.actor,
        "judgement": feedback.judgement.value,
        "question": feedback.question,
        "at": feedback.at.isoformat(),
    }
    return digest_of(content, secret=space.secret)


def note_of(note: Note, space: Space) -> bytes:
    """Return the digest of a note with its present facets and the turns it hangs on."""
    said = note_digest(note, secret=space.secret).hex()
    return digest_of({"note": said, "turns": sorted(note.turns)}, secret=space.secret)


def link_of(link: Link, space: Space) -> bytes:
    """Return the digest of a link."""
    return link_digest(link, secret=space.secret)


def title_of(event: Event, space: Space) -> bytes | None:
    """Return the digest of an event's title, whenever it was given; None where it has none."""
    if event.title is None:
        return None
    return title_digest(event.id, event.title, secret=space.secret)


def _event_of(event: Event, space: Space) -> bytes:
    content = {
        "id": event.id,
        "stream": event.stream,
        "number": event.number,
        "start": event.start,
        "end": event.end,
        "boundary": event.boundary.value,
    }
    return digest_of(content, secret=space.secret)


def _part(space: Space, digests: Iterator[bytes]) -> Part:
    """Chain the digests of things, each of 32 bytes, in their order."""
    running = hmac.new(space.secret, digestmod="sha256")
    count = 0
    for digest in digests:
        running.update(digest)
        count += 1
    return Part(count, running.digest())


def _turns(reading: Reading, space: Space, standing: Standing) -> Iterator[bytes]:
    for page in pages(
        lambda cursor: reading.turns.page(
            space.key, Filter(), after=cursor, limit=PAGE, standing=standing
        )
    ):
        yield from (turn_of(turn, space) for turn in page.items)


def _merges(reading: Reading, space: Space) -> Iterator[bytes]:
    every = sorted(reading.merges.all(space.key), key=lambda merge: merge.id)
    yield from (merge_of(merge, space) for merge in every)


def _unlinkings(reading: Reading, space: Space, standing: Standing) -> Iterator[bytes]:
    """Yield in the order of ids: one that was taken back and made again is the same."""
    found = [
        one
        for page in pages(
            lambda cursor: reading.unlinkings.page(
                space.key, turn=None, after=cursor, limit=PAGE, standing=standing
            )
        )
        for one in page.items
    ]
    yield from (unlinking_of(one, space) for one in sorted(found, key=lambda each: each.id))


def _facts(reading: Reading, space: Space, standing: Standing) -> Iterator[bytes]:
    for page in pages(
        lambda cursor: reading.facts.page(
            space.key, names=None, turn=None, after=cursor, limit=PAGE, standing=standing
        )
    ):
        yield from (fact_of(fact, space) for fact in page.items)


def _rulings(reading: Reading, space: Space, standing: Standing) -> Iterator[bytes]:
    """Yield in the order of ids, those between facts that stand."""
    found: list[Ruling] = []
    after = Position(0)
    while page := reading.rulings.page(space.key, after=after, limit=PAGE):
        named = {one for each in page for one in (each.fact, each.by) if one is not None}
        there = reading.facts.of_ids(space.key, sorted(named), standing=standing)
        found += [x for x in page if x.fact in there and (x.by is None or x.by in there)]
        after = page[-1].position
    yield from (ruling_of(ruling, space) for ruling in sorted(found, key=lambda each: each.id))


def _feedback(reading: Reading, space: Space, standing: Standing) -> Iterator[bytes]:
    """Yield in the order of turns and of who says it: given again, it has another position."""
    found = [
        one
        for page in pages(
            lambda cursor: reading.feedback.page(
                space.key, turn=None, after=cursor, limit=PAGE, standing=standing
            )
        )
        for one in page.items
    ]
    for one in sorted(found, key=lambda said: (said.turn, said.actor)):
        yield feedback_of(one, space)


def _notes(reading: Reading, space: Space, standing: Standing) -> Iterator[bytes]:
    for page in pages(
        lambda cursor: reading.notes.page(
            space.key, NotesSought(), after=cursor, limit=PAGE, standing=standing
        )
    ):
        yield from (note_of(note, space) for note in page.items)


def _links(reading: Reading, space: Space, standing: Standing) -> Iterator[bytes]:
    """Yield in the order of ids: one that was taken back and made again is the same."""
    found = [
        link
        for page in pages(
            lambda cursor: reading.links.page(
                space.key, note=None, after=cursor, limit=PAGE, standing=standing
            )
        )
        for link in page.items
    ]
    yield from (link_of(link, space) for link in sorted(found, key=lambda link: link.id))


def _titles(reading: Reading, space: Space, standing: Standing) -> Iterator[bytes]:
    """Yield in the order of events: given again, a title has another position."""
    found: list[Event] = []
    after = Position(0)
    while page := reading.titles.page(space.key, after=after, limit=PAGE, standing=standing):
        found += page
        after = given_at(page[-1])
    for event in sorted(found, key=lambda each: each.key):
        yield title_of(event, space) or b""


def given_at(event: Event) -> Position:
    """Return where the ledger has that an event got its title."""
    return Position(0) if event.title is None else event.title.position


def _events(reading: Reading, space: Space) -> Iterator[bytes]:
    for page in pages(
        lambda cursor: reading.events.page(
            space.key, stream=None, since=None, until=None, after=cursor, limit=PAGE
        )
    ):
        yield from (_event_of(event, space) for event in page.items)
