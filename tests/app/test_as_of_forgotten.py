"""As of then, after a forget: what was said then, less what is forgotten, and nothing of that.

Each turn and note has a word that nothing else has (`w7x`), and so has each edit of a turn
(`e7x`), so that whatever is still shown of something forgotten is found by it, wherever it stands.
"""

import re
import tempfile
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from memsvc.app.links import NewLink
from memsvc.app.notes import Edit
from memsvc.domain.knowledge import NewFact
from memsvc.domain.note import Facets, LinkKind, NewNote
from memsvc.domain.recall import Filter, Question
from memsvc.domain.receipt import Wanted
from memsvc.wiring import Service
from tests.app.test_as_of import (
    ALICE,
    WHO,
    answers,
    links_of,
    notes_of,
    position_of,
    then,
    turns_of,
)
from tests.worlds import World, open_world

WORD = re.compile(r"\b[we]\d+x\b")

which = st.integers(0, 9)
steps = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(WHO), st.integers(1, 3)),
    st.tuples(st.just("edit"), which),
    st.tuples(st.just("note"), st.sampled_from(WHO)),
    st.tuples(st.just("refine"), which),
    st.tuples(st.just("link"), which, which),
    st.tuples(st.just("state"), which),
    st.tuples(st.just("state together"), which, which),
    st.tuples(st.just("look back"), which),
)
forgets = st.one_of(
    st.tuples(st.just("forget one"), which),
    st.tuples(st.just("forget ids"), st.lists(which, min_size=1, max_size=3)),
    st.tuples(st.just("forget text"), which),
    st.tuples(st.just("forget subject"), st.sampled_from(WHO)),
)


class History:
    """What happens to a world; every step can be taken, some do nothing."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._numbers = count()
        self._positions: list[int] = []

    def take(self, what: str, *how: Any) -> None:
        known: Mapping[str, Callable[..., object]] = {
            "say": self._say,
            "edit": self._edit,
            "note": self._note,
            "refine": self._refine,
            "link": self._link,
            "state": self._state,
            "state together": self._state_together,
            "look back": self._look_back,
            "forget one": self._forget_one,
            "forget ids": lambda places: self._forget(turns=tuple(map(self._turn, places))),
            "forget text": lambda place: self._forget(text=self._word_of(place)),
            "forget subject": lambda who: self._forget(subject=who),
        }
        known[what](*how)
        while self.world.service.enrich.work_once():
            pass
        self._positions.append(position_of(self.world))

    def _word(self, kind: str = "w") -> str:
        return f"{kind}{next(self._numbers)}x"

    def _turns(self) -> Any:
        return turns_of(self.world)

    def _turn(self, place: int) -> Any:
        turns = self._turns()
        return turns[place % len(turns)].id if turns else "t_none"

    def _word_of(self, place: int) -> str:
        turns = self._turns()
        return WORD.findall(turns[place % len(turns)].content)[0] if turns else "nothing"

    def _say(self, who: str, times: int) -> None:
        told = [f"{who} wrote {self._word()} in the ledger." for _ in range(times)]
        self.world.write(ALICE, "chat", *told)

    def _edit(self, place: int) -> None:
        for turn in self._turns()[place:][:1]:
            self.world.service.revise(
                self.world.admin,
                ALICE,
                turn.id,
                version=turn.version,
                metadata={"seen": self._word("e")},
                place=self._word("e"),
            )

    def _note(self, who: str) -> None:
        note = NewNote(f"{who} keeps {self._word()}.", Facets(tags=("bird",)))
        self.world.service.notes.write(self.world.admin, ALICE, note)

    def _refine(self, place: int) -> None:
        for shown in notes_of(self.world, self.world.service)[place:][:1]:
            change = Edit(tags=("stone",), reason="because")
            version = shown.note.version
            self.world.service.notes.edit(
                self.world.admin, ALICE, shown.note.id, change, version=version
            )

    def _link(self, one: int, other: int) -> None:
        notes = [shown.note.id for shown in notes_of(self.world, self.world.service)]
        if len(notes) > 1 and one % len(notes) != other % len(notes):
            new = NewLink(notes[one % len(notes)], notes[other % len(notes)], LinkKind.RELATED)
            self.world.service.links.make(self.world.admin, ALICE, new)

    def _state(self, place: int) -> None:
        """Have one turn say a fact about its own word."""
        for turn in self._turns()[place:][:1]:
            fact = NewFact("Ada Lovelace", "knows", WORD.findall(turn.content)[0], (turn.id,))
            self.world.service.facts.state(self.world.admin, ALICE, [fact])

    def _state_together(self, one: int, other: int) -> None:
        """Have two turns say a fact, which stands as long as one of them does."""
        if self._turns():
            turns = tuple(dict.fromkeys((self._turn(one), self._turn(other))))
            fact = NewFact("Mount Fuji", "stands in", f"country {one}", turns)
            self.world.service.facts.state(self.world.admin, ALICE, [fact])

    def _look_back(self, place: int) -> None:
        """Ask as of an earlier position, whose indexes are kept for the next who asks."""
        for position in self._positions[place:][:1]:
            then(self.world, position).recall(self.world.admin, ALICE, Question("the ledger"))

    def _forget_one(self, place: int) -> None:
        for turn in self._turns()[place:][:1]:
            self.world.service.forget.turn(self.world.admin, ALICE, turn.id)

    def _forget(self, **wanted: Any) -> None:
        self.world.service.forget_wanted(self.world.admin, ALICE, Wanted(**wanted), dry_run=False)


def told(world: World, service: Service) -> dict[str, set[Any]]:
    """Return what is told of each kind, so that things of it can be taken out again."""
    every: Any = {"after": None, "limit": 500}
    admin = world.admin
    turns = service.inspect.turns(admin, ALICE, Filter(), **every).items
    facts = service.facts.page(admin, ALICE, **every).items
    notes = [shown.note for shown in notes_of(world, service)]
    return {
        "turns": {(t.id, t.content, t.place, repr(t.metadata), t.version) for t in turns},
        "versions": {
            (turn.id, version.position, version.place, repr(version.metadata))
            for turn in turns
            for version in service.inspect.versions(admin, ALICE, turn.id)
        },
        "facts": {
            (turn, each.fact.id, each.fact.subject, each.fact.object)
            for each in facts
            for turn in each.fact.turns
        },
        "notes": {(note.turns[0], note.id, note.content, note.facets) for note in notes},
        "links": {(link.start, link.end, link.id) for link in links_of(world, service)},
    }


def less(said: dict[str, set[Any]], *, turns: set[str], notes: set[str]) -> dict[str, set[Any]]:
    """Return what was told without what hangs on turns that are gone."""
    left = {
        what: {each for each in things if each[0] not in turns} for what, things in said.items()
    }
    return left | {"links": {link for link in left["links"] if notes.isdisjoint(link[:2])}}


def words_in(*shown: object) -> set[str]:
    return {word for each in shown for word in WORD.findall(repr(each))}


@given(
    st.lists(steps, min_size=3, max_size=9),
    st.lists(st.one_of(forgets, forgets, steps), min_size=1, max_size=5),
)
@example(
    [("say", "Ada Lovelace", 2), ("edit", 0), ("state", 0), ("note", "Ada Lovelace")],
    [("look back", 1), ("forget text", 0), ("forget ids", [1])],
)
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a history takes a second or two
)
def test_of_what_was_forgotten_no_past_shows_anything_and_all_else_is_as_it_was(
    before: list[Any], after: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder, open_world(Path(folder)) as world:
        history = History(world)
        said_then = {}
        for step in [("say", "Grace Hopper", 2), *before, *after]:
            history.take(*step)
            said_then[position_of(world)] = told(world, world.service)
        every = [said for things in said_then.values() for said in things["turns"]]
        standing = {turn.id for turn in turns_of(world)}
        gone = {said[0] for said in every} - standing
        gone_notes = {note[1] for things in said_then.values() for note in things["notes"]} - {
            shown.note.id for shown in notes_of(world, world.service)
        }
        forgotten = words_in(*(said for said in every if said[0] in gone))
        forgotten -= words_in(*(said for said in every if said[0] in standing))
        for position, said in said_then.items():
            past = then(world, position)
            assert told(world, past) == less(said, turns=gone, notes=gone_notes), position
            assert forgotten.isdisjoint(words_in(answers(world, past))), position
            for word in sorted(forgotten)[:3]:
                found = past.recall(world.admin, ALICE, Question(f"Who wrote {word}?"))
                assert word not in repr(found.hits) + found.context, position
