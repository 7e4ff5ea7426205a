"""What an export tells of facts and merges, and how an import keeps them.

Neither has content of its own that could conflict: a fact is its triple, and what is here and what
comes are said by the turns of both; of two words about what a name means, the one that is here
stands. What was deleted or taken back here stays so unless the import says otherwise, and what no
turn says or names here is passed over.
"""

from collections.abc import Iterator, Mapping, Sequence

from memsvc.app.called import called
from memsvc.app.enter_facts import SaidBy, Statement, enter
from memsvc.app.merging import borne, make_merge
from memsvc.app.moving import (
    Arrival,
    MovedFact,
    MovedMerge,
    MovedRuling,
    MovedSaying,
    MovedUnlinking,
)
from memsvc.app.superseding_facts import rule
from memsvc.domain.ids import FactId, MergeId, Position, TurnId, TurnKey
from memsvc.domain.knowledge import Fact, Merge, NewFact, Outcome
from memsvc.domain.memory import Space, Standing
from memsvc.domain.validity import Verdict
from memsvc.ingest.extract.mention import normal
from memsvc.ports.keeping import Reading


def moved_fact(fact: Fact) -> MovedFact:
    """Return a fact as it goes."""
    return MovedFact(
        fact.id,
        NewFact(fact.subject, fact.predicate, fact.object, fact.turns),
        tuple(
            MovedSaying(said.turn, said.valid_from, said.valid_to, said.replaces)
            for said in fact.sayings
            if said.is_dated or said.replaces
        ),
    )


def moved_rulings(
    reading: Reading, space: Space, standing: Standing, *, after: Position, limit: int
) -> tuple[list[MovedRuling], Position | None]:
    """Return rulings made after a position and by that of the space, and where they go on.

    Not those that name a fact which only turns say that have expired.
    """
    page = reading.rulings.page(space.key, after=after, limit=limit)
    made = [one for one in page if one.position <= space.position]
    named = sorted({id_ for one in made for id_ in (one.fact, one.by) if id_ is not None})
    here = reading.facts.of_ids(space.key, named, standing=standing) if named else {}
    told = [
        MovedRuling(one.id, one.fact, one.verdict, one.by, one.at, one.reason)
        for one in made
        if one.fact in here and (one.by is None or one.by in here)
    ]
    return told, made[-1].position if len(made) == limit else None


def moved_merges(reading: Reading, space: Space, standing: Standing) -> list[MovedMerge]:
    """Return the merges of a space that were made by its position, in the order of making.

    Not those of names that only turns have that have expired.
    """
    every = [one for one in reading.merges.all(space.key) if one.position <= space.position]
    told = borne(reading, space, every, standing=standing)
    return [
        MovedMerge(one.id, one.name, one.spelled or one.into, renames=one.spelled is not None)
        for one in told
    ]


def wrong_with(moved: MovedFact | MovedMerge | MovedUnlinking) -> str | None:
    """Return the field that must name something and does not."""
    if isinstance(moved, MovedFact):
        named = {"subject": moved.fact.subject, "object": moved.fact.object}
    elif isinstance(moved, MovedUnlinking):
        named = {"name": moved.name}
    else:
        named = {"name": moved.name, "into": moved.into}
    return next((field for field, name in named.items() if not normal(name)), None)


def keep_facts(
    here: Arrival, facts: Sequence[MovedFact], *, aliases: Mapping[TurnId, TurnId]
) -> tuple[int, Mapping[FactId, FactId]]:
    """Have the turns that are here say the facts that come.

    Returns how many were added or gained, and the id here of each that came. `aliases` has the ids
    of turns that are here under another one.
    """
    wanted = [moved for moved in facts if moved.id not in here.passing.facts]
    if not wanted:
        return 0, {}
    unit, space = here.unit, here.space
    every = list(
        dict.fromkeys(aliases.get(turn, turn) for moved in wanted for turn in moved.fact.turns)
    )
    keys = unit.turns.keys_of(space.key, every, standing=here.standing)
    told = [Statement(moved.fact, tuple(_said(moved, aliases, keys)), moved.id) for moved in wanted]
    told = [each for each in told if each.sayings]
    if not told:
        return 0, {}
    stated = enter(unit, space, told, ids=here.ids, actor=here.actor, now=here.now)
    changed = {each.fact.id for each in stated if each.outcome is not Outcome.KNOWN}
    known = {
        each.id: now_here.fact.id
        for each, now_here in zip(told, stated, strict=True)
        if each.id is not None
    }
    return len(changed), known


def _said(
    moved: MovedFact, aliases: Mapping[TurnId, TurnId], keys: Mapping[TurnId, TurnKey]
) -> Iterator[SaidBy]:
    """Yield what the turns that are here say of a fact that comes."""
    for said in moved.sayings:
        turn = aliases.get(said.turn, said.turn)
        if turn in keys:
            yield SaidBy(turn, keys[turn], said.valid_from, said.valid_to, said.replaces)
    more = {said.turn for said in moved.sayings}
    for each in moved.fact.turns:
        turn = aliases.get(each, each)
        if each not in more and turn in keys:
            yield SaidBy(turn, keys[turn])


def keep_rulings(
    here: Arrival, rulings: Sequence[MovedRuling], *, facts: Mapping[FactId, FactId]
) -> int:
    """Rule here as it comes; return how many rulings were made.

    `facts` has the ids here of the facts that came. Passed over are rulings about facts that did
    not come in, those that were taken back here, and final ones where this space has decided.
    """
    unit, space = here.unit, here.space
    made = 0
    for moved in rulings:
        ends = [facts.get(id_) for id_ in (moved.fact, moved.by) if id_ is not None]
        named = [id_ for id_ in ends if id_ is not None]
        held = unit.facts.of_ids(space.key, named, standing=here.standing)
        was_there = unit.rulings.was_there(space.key, moved.id)
        if len(named) < len(ends) or any(id_ not in held for id_ in named):
            continue
        fact, by = held[named[0]], held[named[1]] if moved.by is not None else None
        standing_here = unit.rulings.of_facts(space.key, [fact.key])
        is_final = moved.verdict is not Verdict.SUPERSEDED
        is_decided = is_final and any(each.is_final for each in standing_here)
        if (was_there and not here.restoring) or is_decided or fact == by:
            continue
        made += rule(
            unit,
            space,
            fact,
            moved.verdict,
            by=by,
            at=moved.at,
            reason=moved.reason,
            ids=here.ids,
            actor=here.actor,
            now=here.now,
            id_=moved.id,
        )
    return made


def keep_merges(here: Arrival, merges: Sequence[MovedMerge]) -> int:
    """Merge the entities that are here as it comes; return how many merges were made.

    Passed over are names that mean something already here, that nobody names here, and that
    would come to mean themselves. A name that was given is one merely where nobody writes it here.
    """
    wanted = [moved for moved in merges if moved.id not in here.passing.merges]
    if not wanted:
        return 0
    unit, space = here.unit, here.space
    known = unit.merges.all(space.key)
    every = {normal(name) for moved in wanted for name in (moved.name, moved.into)}
    names = called(unit, space, known, *every, standing=here.standing)
    made = 0
    for moved in wanted:
        into = names.written(normal(moved.into)) or normal(moved.into)
        spelled = moved.into if moved.renames and into not in names.named else None
        is_free = all(merge.id != moved.id for merge in known)
        id_ = moved.id if is_free else MergeId(here.ids.new("m"))
        position = unit.ledger.next_position(space.key)
        merge = Merge(id_, normal(moved.name), into, position, spelled)
        if names.has_room_for(merge):
            make_merge(unit, space, merge, actor=here.actor, at=here.now)
            known.append(merge)  # which `names` has from here on, too
            made += 1
    return made
