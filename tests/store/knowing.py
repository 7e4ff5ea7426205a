"""Steps that change what a space knows beyond its turns, for tests of indexes that follow."""

from memsvc.domain.canary import Canary
from memsvc.domain.feedback import Feedback, Judgement
from memsvc.domain.ids import CanaryId, FactId, FeedbackId, MergeId, UnlinkingId
from memsvc.domain.knowledge import Merge, Unlinking, meant
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space, Standing, Turn
from memsvc.ports.keeping import Unit
from memsvc.ports.knowledge import FactDraft, SayingDraft, Synonym
from memsvc.world import CountingIds
from tests.store.opened import EAST, MODEL, NORTH, NOW, WEST, enter

ENDS = ("0", "word", "somebody", "town", "2")
"""What facts are about: some of it turns name too."""

GIVEN = ("somebody", "nobody", "town", "zorro")
"""What names are given: some of it facts name too."""

VECTORS = (EAST, WEST, NORTH)


def state(unit: Unit, space: Space, turns: list[Turn], *, which: int, ids: CountingIds) -> None:
    """Have turns say a fact, made when it is not there."""
    subject, object_ = ENDS[which % 5], ENDS[which * 2 % 5]
    sayings = [SayingDraft(turn.key) for turn in turns]
    held = unit.facts.of_ends(space.key, [(subject, object_)]).get((subject, object_))
    if held:
        position = enter(unit, space, Change.FACT_REVISED, [held[0].id])
        unit.facts.say(space.key, {held[0].key: sayings}, version=position)
        return
    draft = FactDraft(FactId(ids.new("f")), subject, "is", object_, subject, object_, sayings)
    position = unit.ledger.next_position(space.key)
    unit.facts.add(space.key, [draft], first_position=position)
    enter(unit, space, Change.FACT_ADDED, [draft.id])


def unstate(unit: Unit, space: Space, *, which: int) -> None:
    """Delete a fact."""
    facts = unit.facts.page(space.key, names=None, turn=None, after=None, limit=100).items
    if facts:
        fact = facts[which % len(facts)]
        unit.facts.delete(space.key, [fact.key])
        enter(unit, space, Change.FACT_DELETED, [fact.id])


def embed_facts(unit: Unit, space: Space, turns: list[Turn]) -> None:
    """Give the facts of turns their vectors."""
    found = unit.facts.without_vector(space.key, [turn.key for turn in turns], fingerprint=MODEL)
    if found:
        vectors = {fact.key: VECTORS[fact.key % 3][None] for fact in found}
        unit.facts.embed(space.key, vectors, fingerprint=MODEL)
        enter(unit, space, Change.FACT_EMBEDDED, [fact.id for fact in found])


def compare(unit: Unit, space: Space, turns: list[Turn]) -> None:
    """Give the names in turns their vectors; each new one is near to every other of them."""
    names = unit.names.of_turns(space.key, [turn.key for turn in turns])
    new = unit.names.without_vector(space.key, names, fingerprint=MODEL)
    vectors = {name: VECTORS[len(name) % 3][None] for name in new}
    near = {
        name: [Synonym(other, 0.9) for other in names if other not in new[place:]]
        for place, name in enumerate(new)
    }
    if new:
        unit.names.embed(space.key, vectors, near, fingerprint=MODEL)
        enter(unit, space, Change.NAMES_COMPARED, [turns[0].id])


def merge(unit: Unit, space: Space, turns: list[Turn], *, which: int, ids: CountingIds) -> None:
    """Say that one of the names in turns is another, if that closes no circle."""
    names = unit.names.of_turns(space.key, [turn.key for turn in turns])
    merges = {held.name: held.into for held in unit.merges.all(space.key)}
    if len(names) < 2:
        return
    name, into = names[which % len(names)], names[(which + 1) % len(names)]
    end = into
    while end in merges:
        end = merges[end]
    if name in merges or end == name:
        return
    made = Merge(MergeId(ids.new("m")), name, into, unit.ledger.next_position(space.key))
    unit.merges.add(space.key, made)
    enter(unit, space, Change.ENTITIES_MERGED, [made.id])


def rename(unit: Unit, space: Space, turns: list[Turn], *, which: int, ids: CountingIds) -> None:
    """Give one of the names in turns another, which turns write, wrote, or never do."""
    names = unit.names.of_turns(space.key, [turn.key for turn in turns])
    merges = {held.name: held.into for held in unit.merges.all(space.key)}
    if not names:
        return
    name, into = names[which % len(names)], GIVEN[which % len(GIVEN)]
    if name in merges or meant(into, merges) == name:
        return
    position = unit.ledger.next_position(space.key)
    unit.merges.add(space.key, Merge(MergeId(ids.new("m")), name, into, position, into.title()))
    enter(unit, space, Change.ENTITIES_MERGED, ["m"])


def unmerge(unit: Unit, space: Space, *, which: int) -> None:
    """Take a merge back."""
    merges = unit.merges.all(space.key)
    if merges:
        gone = merges[which % len(merges)]
        until = enter(unit, space, Change.ENTITIES_UNMERGED, [gone.id])
        unit.merges.retire(space.key, [gone.id], until=until)


def unname(unit: Unit, space: Space, turns: list[Turn], *, which: int, ids: CountingIds) -> None:
    """Say of the first of these turns that name it that it does not name one of their names."""
    names = unit.names.of_turns(space.key, [turn.key for turn in turns])
    if not names:
        return
    name = names[which % len(names)]
    found = unit.unlinkings.found_in(space.key, [turn.key for turn in turns], [name])
    for turn in [turn for turn in turns if turn.key in found][:1]:
        position = unit.ledger.next_position(space.key)
        made = Unlinking(UnlinkingId(ids.new("ul")), turn.id, turn.key, name, position)
        enter(unit, space, Change.ENTITY_UNLINKED, [made.id])
        unit.unlinkings.add(space.key, [made])


def name_again(unit: Unit, space: Space, *, which: int) -> None:
    """Take back that a turn does not name something."""
    page = unit.unlinkings.page(space.key, turn=None, after=None, limit=50, standing=Standing(NOW))
    if page.items:
        gone = page.items[which % len(page.items)]
        until = enter(unit, space, Change.ENTITY_LINKED, [gone.id])
        unit.unlinkings.retire(space.key, gone, until=until)


def judge(unit: Unit, space: Space, turn: Turn, *, which: int, ids: CountingIds) -> None:
    """Have one of three actors say something of a turn, in place of what they said before."""
    actor, judgement = f"k_{which % 3}", list(Judgement)[which // 3 % 3]
    before = unit.feedback.by_actor(space.key, turn.key, actor=actor)
    id_ = FeedbackId(ids.new("fb"))
    position = enter(unit, space, Change.FEEDBACK_GIVEN, [id_])
    if before is not None:
        unit.feedback.retire(space.key, before, until=position)
    said = Feedback(id_, turn.id, turn.key, judgement, None, actor, NOW, position)
    unit.feedback.add(space.key, said)


def unjudge(unit: Unit, space: Space, *, which: int) -> None:
    """Take something back that was said of a turn."""
    standing = Standing(NOW)
    said = unit.feedback.page(space.key, turn=None, after=None, limit=50, standing=standing).items
    if said:
        gone = said[which % len(said)]
        until = enter(unit, space, Change.FEEDBACK_TAKEN_BACK, [gone.id])
        unit.feedback.retire(space.key, gone, until=until)


def plant(unit: Unit, space: Space, turn: Turn, *, ids: CountingIds) -> None:
    """Enter a turn as a canary, unless it is one."""
    if any(one.turn == turn.id for one in unit.canaries.of_space(space.key)):
        return
    canary = Canary(
        CanaryId(ids.new("cn")),
        space.key,
        space.name,
        turn.id,
        ids.secret(),
        b"digest",
        NOW,
        "test",
        stands=True,
    )
    unit.canaries.add(space.key, {turn.key: canary})
    enter(unit, space, Change.CANARIES_PLANTED, ["canaries"])
