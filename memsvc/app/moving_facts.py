"""What an export tells of facts and merges, and how an import keeps them.

Neither has content of its own that could conflict: a fact is its triple, and what is here and what
comes are said by the turns of both; of two words about what a name means, the one that is here
stands. What was deleted or taken back here stays so unless the import says otherwise, and what no
turn says or names here is passed over.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from memsvc.app.facts import Statement, enter
from memsvc.app.fingerprints import merge_digest
from memsvc.app.moving import Gone, MovedFact, MovedMerge
from memsvc.domain.ids import MergeId, TurnId
from memsvc.domain.knowledge import Fact, Merge, NewFact, Outcome, meaning_the_same
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space, Standing
from memsvc.ingest.extract.mention import normal
from memsvc.ports.keeping import Reading, Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Ids


def moved_fact(fact: Fact) -> MovedFact:
    """Return a fact as it goes."""
    return MovedFact(fact.id, NewFact(fact.subject, fact.predicate, fact.object, tuple(fact.turns)))


def moved_merges(reading: Reading, space: Space, standing: Standing) -> list[MovedMerge]:
    """Return the merges of a space that were made by its position, in the order of making.

    Not those of names that only turns have that have expired.
    """
    every = [one for one in reading.merges.all(space.key) if one.position <= space.position]
    names = sorted({name for one in every for name in (one.name, one.into)})
    named = reading.entities.named(space.key, names, standing=standing)
    return [
        MovedMerge(one.id, one.name, one.into) for one in every if {one.name, one.into} <= named
    ]


def wrong_with(moved: MovedFact | MovedMerge) -> str | None:
    """Return the field that must name something and does not."""
    if isinstance(moved, MovedFact):
        named = {"subject": moved.fact.subject, "object": moved.fact.object}
    else:
        named = {"name": moved.name, "into": moved.into}
    return next((field for field, name in named.items() if not normal(name)), None)


def keep_facts(
    unit: Unit,
    space: Space,
    facts: Sequence[MovedFact],
    *,
    passing: Gone,
    aliases: Mapping[TurnId, TurnId],
    standing: Standing,
    ids: Ids,
    actor: str,
    now: datetime,
) -> int:
    """Have the turns that are here say the facts that come; return how many were added or gained.

    `aliases` has the ids of turns that are here under another one.
    """
    wanted = [moved for moved in facts if moved.id not in passing.facts]
    if not wanted:
        return 0
    saying = {moved.id: [aliases.get(turn, turn) for turn in moved.fact.turns] for moved in wanted}
    every = list(dict.fromkeys(turn for turns in saying.values() for turn in turns))
    keys = unit.turns.keys_of(space.key, every, standing=standing)
    told = [
        Statement(
            moved.fact, {turn: keys[turn] for turn in saying[moved.id] if turn in keys}, moved.id
        )
        for moved in wanted
    ]
    told = [each for each in told if each.turns]
    stated = enter(unit, space, told, ids=ids, actor=actor, now=now) if told else []
    return len({each.fact.id for each in stated if each.outcome is not Outcome.KNOWN})


def keep_merges(
    unit: Unit,
    space: Space,
    merges: Sequence[MovedMerge],
    *,
    passing: Gone,
    standing: Standing,
    ids: Ids,
    actor: str,
    now: datetime,
) -> int:
    """Merge the entities that are here as it comes; return how many merges were made.

    Passed over are names that mean something already here, that nobody names here, and that
    would come to mean themselves.
    """
    wanted = [moved for moved in merges if moved.id not in passing.merges]
    if not wanted:
        return 0
    here = unit.merges.all(space.key)
    spelled = [name for moved in wanted for name in (moved.name, moved.into)]
    every = sorted({normal(name) for name in spelled})
    named = unit.entities.named(space.key, every, standing=standing)
    made = 0
    for moved in wanted:
        name, into = normal(moved.name), normal(moved.into)
        is_taken = any(merge.name == name for merge in here)
        if is_taken or not {name, into} <= named or name in meaning_the_same(into, here):
            continue
        is_free = all(merge.id != moved.id for merge in here)
        position = unit.ledger.next_position(space.key)
        id_ = moved.id if is_free else MergeId(ids.new("m"))
        merge = Merge(id_, name, into, position)
        unit.merges.add(space.key, merge)
        digest = merge_digest(merge, secret=space.secret)
        entry = EntryDraft(Change.ENTITIES_MERGED, merge.id, digest)
        unit.ledger.append(space.key, [entry], actor=actor, at=now)
        here.append(merge)
        made += 1
    return made
