"""Facts: triples that turns say, for as long as one of them stands."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from memsvc.app.facts import StatedNow
from memsvc.domain.access import Role
from memsvc.domain.errors import (
    FactNotFound,
    InvalidField,
    RoleTooWeak,
    SpaceNotFound,
    TurnNotFound,
)
from memsvc.domain.ids import FactId, MergeId, Position, SpaceName, TurnId
from memsvc.domain.knowledge import Fact, Merge, NewFact, Outcome, SynonymSearch
from memsvc.domain.ledger import Change
from memsvc.domain.memory import SpaceSettings
from memsvc.domain.work import WORKER, Job, Step
from memsvc.llm.fakes import HashingEmbedder
from memsvc.ports.outbox import LeaseLost
from store.checks import examined
from store.directory import DATABASE
from tests.app.small import (
    ALICE,
    BOB,
    MoodyEmbedder,
    ask,
    key_of,
    mentions_of,
    remember,
    rows,
    said,
    tamper,
    texts,
)
from tests.worlds import World, open_world


def fact(subject: str, predicate: str, object_: str, *turns: TurnId) -> NewFact:
    return NewFact(subject, predicate, object_, turns)


def state(world: World, *facts: NewFact, space: SpaceName = ALICE) -> list[StatedNow]:
    return world.service.facts.state(world.admin, space, facts)[0]


def turn(world: World, content: str = "Spielberg made Jaws.", **more: object) -> TurnId:
    return remember(world, said(content, **more)).turns[0].id


def facts_of(
    world: World,
    *,
    entity: str | None = None,
    by: TurnId | None = None,
    predicate: str | None = None,
    space: SpaceName = ALICE,
) -> tuple[Fact, ...]:
    page = world.service.facts.page(
        world.admin, space, entity=entity, turn=by, predicate=predicate, after=None, limit=500
    )
    return tuple(each.fact for each in page.items)


def told(facts: Sequence[Fact]) -> list[tuple[str, str, str]]:
    return [(each.subject, each.predicate, each.object) for each in facts]


def changes(world: World) -> list[tuple[Change, str]]:
    entries = world.service.inspect.ledger(world.admin, ALICE, after=Position(0), limit=100)
    return [
        (entry.change, entry.actor) for entry in entries if entry.change.value.startswith("fact")
    ]


def owed(world: World) -> int:
    return world.service.inspect.enrichment(world.admin, ALICE).waiting.get(Step.FACTS, 0)


def vectors(folder: Path) -> list[tuple[int, str]]:
    return rows(folder, "SELECT fact, fingerprint FROM fact_vectors ORDER BY fact, fingerprint")


def work(world: World) -> None:
    while world.service.enrich.work_once():
        pass


# Stating -----------------------------------------------------------------------------------------


def test_a_fact_is_kept_as_it_was_written_with_the_turns_that_say_it(world: World) -> None:
    one, two = turn(world), turn(world, "And E.T.")

    (stated,) = state(world, fact("Steven Spielberg", "directed", "Jaws (film)", one, two))

    assert stated.outcome is Outcome.ADDED
    found = world.service.facts.get(world.admin, ALICE, stated.fact.id).fact
    assert found == stated.fact
    assert told([found]) == [("Steven Spielberg", "directed", "Jaws (film)")]
    assert (found.subject_name, found.object_name) == ("steven spielberg", "jaws film")
    assert found.turns == (one, two)
    assert changes(world) == [(Change.FACT_ADDED, world.admin.id)]
    assert world.service.verify(world.admin, ALICE).is_whole


def test_the_same_triple_in_another_spelling_is_the_same_fact_and_gains_turns(
    world: World,
) -> None:
    one, two = turn(world), turn(world, "Again.")
    (first,) = state(world, fact("the Shark", "is called", "Bruce", one))

    (again,) = state(world, fact("Shark", "Is  Called", "BRUCE", one))
    (more,) = state(world, fact("shark", "IS CALLED", "bruce", two))
    (other,) = state(world, fact("Bruce", "is called", "the Shark", one))

    assert (again.fact, again.outcome) == (first.fact, Outcome.KNOWN)
    assert (more.outcome, more.fact.id, more.fact.turns) == (
        Outcome.EXTENDED,
        first.fact.id,
        (one, two),
    )
    assert told([more.fact]) == [("the Shark", "is called", "Bruce")]
    assert other.outcome is Outcome.ADDED
    assert [change for change, _ in changes(world)] == [
        Change.FACT_ADDED,
        Change.FACT_REVISED,
        Change.FACT_ADDED,
    ]
    assert world.service.verify(world.admin, ALICE).is_whole


def test_one_request_may_say_a_fact_twice_and_is_answered_for_each(world: World) -> None:
    one, two = turn(world), turn(world, "Again.")

    first, second, third = state(
        world,
        fact("Jaws", "is", "a film", one),
        fact("E.T.", "is", "a film", one),
        fact("JAWS", "is", "film", two),
    )

    assert first == third
    assert first.fact.turns == (one, two)
    assert [each.id for each in facts_of(world)] == [first.fact.id, second.fact.id]


def test_stating_what_is_known_writes_nothing(world: World, tmp_path: Path) -> None:
    one = turn(world)
    statement = fact("Jaws", "is", "a film", one)
    state(world, statement)
    work(world)
    position = world.service.inspect.space(world.admin, ALICE).space.position

    _, found = world.service.facts.state(world.admin, ALICE, [statement])

    assert found == position
    assert owed(world) == 0


def test_of_a_refused_statement_nothing_is_kept(world: World) -> None:
    one = turn(world)
    good = fact("Jaws", "is", "a film", one)

    with pytest.raises(TurnNotFound) as missing:
        state(world, good, fact("Jaws", "is", "good", TurnId("t_none")))
    with pytest.raises(InvalidField) as nameless:
        state(world, good, fact("Jaws", "is", "—", one))

    assert missing.value.turn == "t_none"
    assert nameless.value.field == "facts.1.object"
    assert facts_of(world) == ()
    assert changes(world) == []


def test_a_turn_of_another_space_says_nothing_here(world: World) -> None:
    remember(world, said("here"))
    elsewhere = remember(world, said("there"), space=BOB).turns[0].id

    with pytest.raises(TurnNotFound):
        state(world, fact("Jaws", "is", "a film", elsewhere))
    with pytest.raises(SpaceNotFound):
        state(world, fact("Jaws", "is", "a film", elsewhere), space=SpaceName("nowhere"))


def test_only_a_writer_states_and_deletes(world: World) -> None:
    one = turn(world)
    (stated,) = state(world, fact("Jaws", "is", "a film", one))
    reader = key_of(Role.READER)

    assert world.service.facts.get(reader, ALICE, stated.fact.id).fact == stated.fact
    with pytest.raises(RoleTooWeak):
        world.service.facts.state(reader, ALICE, [fact("Jaws", "is", "good", one)])
    with pytest.raises(RoleTooWeak):
        world.service.facts.delete(reader, ALICE, stated.fact.id)


# Reading -----------------------------------------------------------------------------------------


def test_facts_are_listed_page_by_page_by_entity_and_by_turn(world: World) -> None:
    one, two = turn(world), turn(world, "Again.")
    state(
        world,
        fact("Jaws", "directed by", "Steven Spielberg", one),
        fact("Steven Spielberg", "born in", "Cincinnati", two),
        fact("E.T.", "is", "a film", one, two),
    )
    first = world.service.facts.page(
        world.admin, ALICE, entity=None, turn=None, after=None, limit=2
    )
    rest = world.service.facts.page(
        world.admin, ALICE, entity=None, turn=None, after=first.next_cursor, limit=2
    )

    assert tuple(each.fact for each in first.items + rest.items) == facts_of(world)
    assert (len(first.items), rest.next_cursor) == (2, None)
    assert len(facts_of(world, entity="steven SPIELBERG's")) == 2
    assert told(facts_of(world, entity="E. T.")) == [("E.T.", "is", "a film")]
    assert facts_of(world, entity="nobody") == ()
    assert facts_of(world, entity="—") == ()
    assert [each.subject for each in facts_of(world, by=two)] == ["Steven Spielberg", "E.T."]
    assert [each.subject for each in facts_of(world, by=one, entity="film")] == ["E.T."]
    with pytest.raises(TurnNotFound):
        facts_of(world, by=TurnId("t_none"))


def test_facts_are_listed_by_predicate_in_any_spelling_and_by_any_that_means_the_same(
    world: World,
) -> None:
    one, two = turn(world), turn(world, "Again.")
    state(
        world,
        fact("Ada", "lives in", "Porto", one),
        fact("Ada", "Directed  By", "Spielberg", one),
        fact("Rui", "moved to", "Lisbon", two),
        fact("Jaws", "directed by", "Spielberg", two),
        fact("Ada", "lives in fear of", "sharks", two),
    )
    bob = SpaceName("bob")
    told_to_bob = remember(world, said("I live in Oslo."), space=bob).turns[0].id
    state(world, fact("Bob", "lives in", "Oslo", told_to_bob), space=bob)

    def objects(predicate: str, **more: object) -> list[str]:
        return [each.object for each in facts_of(world, predicate=predicate, **more)]  # type: ignore[arg-type]

    assert [each.subject for each in facts_of(world, predicate=" DIRECTED by")] == ["Ada", "Jaws"]
    assert objects("resides in") == ["Porto", "Lisbon"]
    assert objects("lives in", entity="RUI") == ["Lisbon"]
    assert objects("directed by", by=two) == ["Spielberg"]
    assert objects("directed by", by=two, entity="Ada") == []
    assert objects("lives") == objects(" ") == []


@pytest.mark.parametrize("predicate", ["likes", "lives in"])
def test_pages_by_predicate_hold_every_fact_once_and_in_order(world: World, predicate: str) -> None:
    """Of one predicate they come along an index, of several that mean the same they do not."""
    told_by = turn(world)
    spelled = ("likes", "lives in", "resides in", "knows")
    state(world, *(fact(f"one {n}", spelled[n % 4], f"thing {n}", told_by) for n in range(40)))
    found: list[Fact] = []
    cursor: str | None = None
    while True:
        page = world.service.facts.page(
            world.admin, ALICE, predicate=predicate, after=cursor, limit=3
        )
        found += [each.fact for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break

    meant = {"likes"} if predicate == "likes" else {"lives in", "resides in"}
    assert found == [each for each in facts_of(world) if each.predicate in meant]
    assert len(found) == 10 * len(meant)


def test_an_entity_is_asked_for_by_any_name_that_was_merged_with_it(world: World) -> None:
    one = turn(world)
    state(
        world,
        fact("Jaws", "directed by", "Spielberg", one),
        fact("Steven Spielberg", "born in", "Cincinnati", one),
        fact("S. Spielberg", "made", "E.T.", one),
    )
    key = world.service.inspect.space(world.admin, ALICE).space.key
    for number, (name, into) in enumerate(
        [("spielberg", "steven spielberg"), ("s spielberg", "spielberg")]
    ):
        merge = Merge(MergeId(f"m_{number}"), name, into, Position(1))
        world.service.facts.keeping.write(
            lambda unit, merge=merge: unit.merges.add(key, merge)  # type: ignore[misc]
        )

    for name in ("Spielberg", "Steven Spielberg", "S. Spielberg"):
        assert len(facts_of(world, entity=name)) == 3
    assert len(facts_of(world, entity="Jaws")) == 1


def test_what_facts_name_leads_a_recall_from_one_turn_to_the_other(world: World) -> None:
    one = turn(world, "the picture was made in the summer")
    two = turn(world, "he was born in ohio")
    remember(world, *(said(f"note number {n}") for n in range(30)))
    state(
        world,
        fact("Orca", "directed by", "Michael Anderson", one),
        fact("Michael Anderson", "born in", "Ohio", two),
    )

    assert set(mentions_of(world)["the picture was made in the summer"]) >= {
        "orca",
        "michael anderson",
    }
    assert "he was born in ohio" in texts(ask(world, "Where was the director of Orca born?", k=3))


# Forgetting --------------------------------------------------------------------------------------


def test_a_deleted_fact_is_gone_and_stated_again_it_is_another(
    world: World, tmp_path: Path
) -> None:
    one = turn(world, "nothing is named here")
    (stated,) = state(world, fact("Jaws", "is", "a film", one))
    work(world)

    world.service.facts.delete(world.admin, ALICE, stated.fact.id)

    with pytest.raises(FactNotFound) as missing:
        world.service.facts.get(world.admin, ALICE, stated.fact.id)
    with pytest.raises(FactNotFound):
        world.service.facts.delete(world.admin, ALICE, stated.fact.id)
    assert missing.value.fact == stated.fact.id
    assert (vectors(tmp_path), mentions_of(world)) == ([], {})
    assert changes(world)[-1][0] is Change.FACT_DELETED
    (again,) = state(world, fact("Jaws", "is", "a film", one))
    assert (again.outcome, again.fact.id != stated.fact.id) == (Outcome.ADDED, True)
    assert world.service.verify(world.admin, ALICE).is_whole


def test_a_fact_goes_with_the_last_turn_that_says_it(world: World) -> None:
    one, two = turn(world), turn(world, "Again.")
    (stated,) = state(world, fact("Jaws", "is", "a film", one, two))

    world.service.forget.turn(world.admin, ALICE, one)
    assert facts_of(world)[0].turns == (two,)
    world.service.forget.turn(world.admin, ALICE, two)

    assert facts_of(world) == ()
    assert world.service.verify(world.admin, ALICE).is_whole
    with pytest.raises(FactNotFound):
        world.service.facts.get(world.admin, ALICE, stated.fact.id)


@pytest.mark.parametrize("by", ["expires_at", "retention"])
def test_what_only_expired_turns_say_counts_as_gone(world: World, by: str) -> None:
    if by == "retention":
        remember(world, said("the first"))
        held = world.service.inspect.space(world.admin, ALICE).space
        world.service.govern(
            world.admin, ALICE, SpaceSettings(retention_days=1), version=held.version
        )
        passing = turn(world, "passing")
        world.clock.advance(timedelta(hours=12))
    else:
        passing = turn(world, "passing", expires_at=world.clock.now() + timedelta(hours=24))
    staying = turn(world, "staying")
    both, only = state(
        world, fact("Jaws", "is", "a film", passing, staying), fact("Jaws", "is", "old", passing)
    )
    world.clock.advance(timedelta(hours=13 if by == "retention" else 25))

    assert [(each.id, each.turns) for each in facts_of(world)] == [(both.fact.id, (staying,))]
    assert world.service.facts.get(world.admin, ALICE, both.fact.id).fact.turns == (staying,)
    with pytest.raises(FactNotFound):
        world.service.facts.get(world.admin, ALICE, only.fact.id)
    with pytest.raises(FactNotFound):
        world.service.facts.delete(world.admin, ALICE, only.fact.id)
    with pytest.raises(TurnNotFound):
        facts_of(world, by=passing)
    with pytest.raises(TurnNotFound):
        state(world, fact("Jaws", "is", "new", passing))
    (again,) = state(world, fact("Jaws", "is", "old", staying))
    assert (again.fact.id, again.fact.turns) == (only.fact.id, (staying,))

    world.service.expire()

    assert [each.turns for each in facts_of(world)] == [(staying,), (staying,)]


# Vectors -----------------------------------------------------------------------------------------


def claim(world: World) -> Sequence[Job]:
    return world.service.enrich.keeping.write(
        lambda unit: unit.outbox.claim(
            Step.FACTS, now=world.clock.now(), lease_s=60.0, limit=16, holder="w_1"
        )
    )


def nearest(world: World, text: str) -> list[int]:
    key = world.service.inspect.space(world.admin, ALICE).space.key
    (vector,) = world.service.embedder.embed([text])
    with world.service.shelf.open(key) as indexes:
        keys = indexes.knowledge.nearest_facts(vector, limit=10).keys
        return [int(each) for each in keys]


def test_facts_get_their_vectors_from_the_worker(world: World, tmp_path: Path) -> None:
    one = turn(world)
    film, shark = state(
        world, fact("Jaws", "is", "a film", one), fact("Bruce", "is", "a shark", one)
    )
    assert (owed(world), vectors(tmp_path)) == (1, [])

    work(world)

    assert (owed(world), len(vectors(tmp_path))) == (0, 2)
    assert changes(world)[2:] == [(Change.FACT_EMBEDDED, WORKER)] * 2
    assert nearest(world, "Bruce is a shark")[0] == shark.fact.key
    assert nearest(world, "Jaws is a film")[0] == film.fact.key
    assert world.service.verify(world.admin, ALICE).is_whole


def test_a_lease_that_ran_out_does_no_harm(world: World, tmp_path: Path) -> None:
    one = turn(world)
    state(world, fact("Jaws", "is", "a film", one))
    slow = claim(world)
    world.clock.advance(timedelta(seconds=120))
    work(world)

    with pytest.raises(LeaseLost):
        world.service.enrich.steps[Step.FACTS](slow[0].space, slow)

    assert len(vectors(tmp_path)) == 1
    assert [change for change, _ in changes(world)] == [Change.FACT_ADDED, Change.FACT_EMBEDDED]


def test_what_changes_while_vectors_are_made_is_heeded(tmp_path: Path) -> None:
    """A fact that is deleted meanwhile gets none; one that is stated meanwhile gets one later."""
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        one = turn(world)
        gone, stays = state(
            world, fact("Jaws", "is", "a film", one), fact("Bruce", "is", "a shark", one)
        )
        late = []

        def meanwhile() -> None:
            world.service.facts.delete(world.admin, ALICE, gone.fact.id)
            late.extend(state(world, fact("Orca", "is", "a boat", one)))

        embedder.meanwhile = meanwhile
        assert world.service.enrich.work_once() == 1
        assert [key for key, _ in vectors(tmp_path)] == [stays.fact.key]
        assert owed(world) == 1

        work(world)

        assert [key for key, _ in vectors(tmp_path)] == [stays.fact.key, late[0].fact.key]


def test_a_turn_that_goes_before_its_facts_have_vectors_leaves_another_to_owe_them(
    world: World, tmp_path: Path
) -> None:
    one, two = turn(world), turn(world, "Again.")
    (both,) = state(world, fact("Jaws", "is", "a film", one, two))

    world.service.forget.turn(world.admin, ALICE, one)
    work(world)

    assert [key for key, _ in vectors(tmp_path)] == [both.fact.key]


def test_another_model_owes_every_fact_a_vector(tmp_path: Path) -> None:
    class Other(HashingEmbedder):
        pass

    with open_world(tmp_path) as world:
        one = turn(world)
        state(world, fact("Jaws", "is", "a film", one), fact("Bruce", "is", "a shark", one))
        work(world)
    tamper(tmp_path, "UPDATE fact_vectors SET fingerprint = 'old'")
    tamper(tmp_path, "UPDATE store_facts SET value = 'old' WHERE name = 'embedder'")

    with open_world(tmp_path) as world:
        assert owed(world) == 1
        work(world)
        assert nearest(world, "Bruce is a shark") != []
    assert len(vectors(tmp_path)) == 4


def test_facts_are_there_after_the_next_start(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        one = turn(world)
        (stated,) = state(world, fact("Jaws", "is", "a film", one))

    with open_world(tmp_path) as world:
        assert facts_of(world) == (stated.fact,)
        work(world)
        assert nearest(world, "Jaws is a film") == [stated.fact.key]


def test_a_fact_that_was_changed_behind_the_services_back_is_found_out(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        one = turn(world)
        (stated,) = state(world, fact("Jaws", "is", "a film", one))
    tamper(tmp_path, "UPDATE facts SET object = 'a play'")

    with open_world(tmp_path) as world:
        verdict = world.service.verify(world.admin, ALICE)

    assert (verdict.is_whole, verdict.broken_at) == (False, stated.fact.position)
    assert verdict.reason == "the fact that it speaks of says something else now"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("statement", "strays"),
    [
        ("DELETE FROM fact_turns", 1),
        ("UPDATE fact_turns SET turn = 999", 1),
        ("UPDATE fact_vectors SET fact = 999", 1),
        ("DELETE FROM facts", 2),
    ],
)
def test_the_doctor_counts_what_belongs_to_no_fact_or_turn(
    tmp_path: Path, statement: str, strays: int
) -> None:
    with open_world(tmp_path) as world:
        state(world, fact("Jaws", "is", "a film", turn(world)))
        work(world)
    with examined(tmp_path / DATABASE) as found:
        assert found.strays() == 0
    tamper(tmp_path, statement)

    with examined(tmp_path / DATABASE) as found:
        assert found.strays() == strays


def test_a_fact_that_is_not_there_is_not_found(world: World) -> None:
    turn(world)
    with pytest.raises(FactNotFound):
        world.service.facts.get(world.admin, ALICE, FactId("f_none"))


def test_in_a_space_that_asks_for_synonyms_what_facts_name_is_compared(world: World) -> None:
    remember(world, said("nothing is named here"))
    held = world.service.inspect.space(world.admin, ALICE).space
    world.service.govern(
        world.admin, ALICE, SpaceSettings(synonyms=SynonymSearch()), version=held.version
    )
    one = turn(world, "nothing is named here either")
    state(world, fact("Jaws", "is", "a film", one))

    work(world)

    with world.service.shelf.open(held.key) as indexes:
        (vector,) = world.service.embedder.embed(["jaws"])
        (near,) = indexes.knowledge.nearest_names(vector[None, :], limit=1)
    assert [each.name for each in near] == ["jaws"]
