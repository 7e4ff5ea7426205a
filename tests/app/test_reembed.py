"""A change of the embedding model, while the store is at work."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from typing_extensions import override

from memsvc.domain.access import Role
from memsvc.domain.errors import ReembeddingConflict, RoleTooWeak, SpaceNotFound
from memsvc.domain.ids import PinId, SpaceName, TurnId
from memsvc.domain.knowledge import NewFact, SynonymSearch
from memsvc.domain.memory import Fingerprint, NewTurn, SpaceSettings
from memsvc.domain.note import Facets, NewNote
from memsvc.domain.pinned import NewPin
from memsvc.domain.recall import Filter, Question
from memsvc.domain.receipt import Wanted
from memsvc.domain.reembedding import AskedOfBoth, PinsCompared, Progress, Stage
from memsvc.domain.rollback import Goal
from memsvc.domain.work import Step
from memsvc.llm.fakes import HashingEmbedder
from memsvc.ports.models import Matrix
from memsvc.server.lines import written
from memsvc.wiring import Service
from tests.app.small import key_of, rows
from tests.postgres import on_either
from tests.worlds import World, open_world

ALICE = SpaceName("alice")
NEXT = "hashing-128"
DOG = "My dog is called Rex."
SAID = ("I moved to Lisbon.", DOG, "I like tea with milk.", "Ann plays chess with Rex.")
QUESTION = "What is the dog called?"
VECTORS = ("embeddings", "fact_vectors", "note_vectors", "name_vectors")


class Turned(HashingEmbedder):
    """As alike as to the counting embedder are texts to this one, in other directions.

    So its scores are the same, and any score of a vector of one with one of the other is not.
    """

    @property
    @override
    def fingerprint(self) -> Fingerprint:
        return Fingerprint("turned", "fp32", 64)

    @override
    def embed(self, texts: Sequence[str]) -> Matrix:
        return np.roll(super().embed(texts), 7, axis=1)


class Alike(Turned):
    """Takes every text for the same."""

    @property
    @override
    def fingerprint(self) -> Fingerprint:
        return Fingerprint("alike", "fp32", 64)

    @override
    def embed(self, texts: Sequence[str]) -> Matrix:
        return np.tile(super().embed(["the same"]), (len(texts), 1))


def now(world: World) -> World:
    """Return the world as requests find it now: the present model may be another."""
    return replace(world, service=world.service.serving.service)


def work(world: World) -> None:
    while now(world).service.enrich.work_once():
        pass


def begin(world: World, model: str = NEXT) -> Progress:
    return world.service.reembed.begin(world.admin, model)


def left(world: World) -> int:
    found = world.service.reembed.progress(world.admin)
    assert found is not None
    return found.left


def dimension(world: World) -> int:
    return now(world).service.embedder.fingerprint.dimension


def asked(service: Service, world: World, text: str = QUESTION) -> list[str]:
    return [hit.turn.content for hit in service.recall(world.admin, ALICE, Question(text)).hits]


def scored(service: Service, world: World) -> list[tuple[str, Any]]:
    found = service.recall(world.admin, ALICE, Question(QUESTION))
    return [(hit.turn.content, dict(hit.why)) for hit in found.hits]


def kept(folder: Path) -> dict[str, dict[str, int]]:
    """Count the vectors that are kept, by table and fingerprint."""
    return {
        table: dict(rows(folder, f"SELECT fingerprint, count(*) FROM {table} GROUP BY 1"))  # noqa: S608
        for table in VECTORS
    }


def everything(world: World) -> None:
    """Write turns, a fact, a note, and names that are compared."""
    world.service.found(world.admin, ALICE)
    version = world.service.inspect.space(world.admin, ALICE).space.version
    seeking = SpaceSettings(synonyms=SynonymSearch(least_cosine=0.5))
    world.service.govern(world.admin, ALICE, seeking, version=version)
    turn = world.write(ALICE, "chat", *SAID, "Ann Lee met Bob Ray.").turns[0].id
    fact = NewFact("Ann", "lives in", "Lisbon", (turn,))
    world.service.facts.state(world.admin, ALICE, [fact])
    world.service.notes.write(world.admin, ALICE, NewNote("Rex bites.", Facets(tags=("dog",))))
    work(world)


@on_either
def test_the_model_changes_and_back_and_again_while_turns_come(world: World) -> None:
    world.write(ALICE, "chat", *SAID)
    made = begin(world)
    assert (made.change.stage, made.left) == (Stage.MAKING, 4)
    world.write(ALICE, "chat", "I bought a bicycle.")
    assert left(world) == 5
    work(world)
    assert (left(world), dimension(world)) == (0, 64)

    assert world.service.reembed.switch(world.admin).change.stage is Stage.SWITCHED
    assert dimension(world) == 128
    assert asked(now(world).service, world)[0] == DOG
    now(world).write(ALICE, "chat", "I sold the bicycle.")
    assert left(world) == 1  # owed to the model before

    assert world.service.reembed.undo(world.admin).change.stage is Stage.MAKING
    assert dimension(world) == 64
    assert asked(now(world).service, world, "Who sold it?")[0] == "I sold the bicycle."

    world.service.reembed.switch(world.admin)
    assert world.service.reembed.drop(world.admin).change.stage is Stage.ENDED
    assert asked(now(world).service, world)[0] == DOG
    with pytest.raises(ReembeddingConflict, match="does not change"):
        world.service.reembed.undo(world.admin)


def test_facts_notes_and_names_get_vectors_of_both(world: World, tmp_path: Path) -> None:
    everything(world)
    before = kept(tmp_path)
    begin(world)
    work(world)

    both = kept(tmp_path)

    for table in VECTORS:
        assert before[table].keys() == {"hashing/fp32/64"}, table
        assert both[table]["hashing/fp32/128"] == before[table]["hashing/fp32/64"], table


def test_what_is_written_meanwhile_gets_vectors_of_both_whatever_it_is(
    world: World, tmp_path: Path
) -> None:
    begin(world)
    everything(world)
    world.write(ALICE, "later", "It comes later.", embed_later=True)
    work(world)

    for table, by_model in kept(tmp_path).items():
        assert len(set(by_model.values())) == 1, table
        assert len(by_model) == 2, table


def test_no_vector_of_one_model_meets_one_of_the_other_in_any_answer(tmp_path: Path) -> None:
    """Asked all the time while switches come and go; every answer is that of one model alone."""
    with open_world(tmp_path, open_model=lambda _name: Turned()) as world:
        world.write(ALICE, "chat", *SAID)
        right = scored(world.service, world)
        begin(world, "turned")
        work(world)
        stop, wrong, answers = Event(), [], []

        def ask() -> None:
            while not stop.is_set():
                try:
                    found = scored(now(world).service, world)
                except Exception as error:  # noqa: BLE001  whatever fails is told
                    wrong.append(error)
                    return
                answers.append(found)

        askers = [Thread(target=ask) for _ in range(3)]
        for one in askers:
            one.start()
        for _ in range(6):
            world.service.reembed.switch(world.admin)
            world.service.reembed.undo(world.admin)
        stop.set()
        for one in askers:
            one.join()

        assert not wrong
        assert len(answers) > 6
        assert all(found == right for found in answers)
        mixed = np.dot(HashingEmbedder().embed([DOG])[0], Turned().embed([DOG])[0])
        assert mixed < 0.9  # so it would have shown


def test_a_request_that_began_before_a_switch_is_caught_up_after_it(world: World) -> None:
    before = now(world)
    begin(world)
    work(world)
    world.service.reembed.switch(world.admin)

    before.write(ALICE, "chat", DOG)  # by the model before, as it was when the request came
    assert now(world).service.inspect.enrichment(world.admin, ALICE).waiting == {Step.EMBED: 1}
    work(world)

    hits = now(world).service.recall(world.admin, ALICE, Question(QUESTION)).hits
    assert "dense" in "".join(hits[0].why)


@on_either
def test_forgetting_takes_the_vectors_of_both(world: World) -> None:
    everything(world)
    begin(world)
    work(world)
    asking = [AskedOfBoth(ALICE, QUESTION)]
    world.service.reembed.compare(world.admin, asking)

    done = now(world).service.forget_wanted(world.admin, ALICE, Wanted(text="Rex"), dry_run=False)
    receipt = done.receipt.id
    found = now(world).service.receipts.verify(world.admin, ALICE, receipt)

    assert found.is_gone, found.left
    assert now(world).service.receipts.beside is not None
    told = world.service.reembed.compare(world.admin, asking)
    assert DOG not in asked(now(world).service, world)
    everyone = {turn for each in told.answers for turn in (*each.before, *each.after)}
    here = world.service.inspect.turns(world.admin, ALICE, Filter(), after=None, limit=100).items
    assert everyone <= {turn.id for turn in here}


def test_a_receipt_is_checked_in_the_indexes_of_both(world: World) -> None:
    world.write(ALICE, "chat", *SAID)
    begin(world)
    work(world)
    done = now(world).service.forget_wanted(world.admin, ALICE, Wanted(text="Rex"), dry_run=False)
    receipts = now(world).service.receipts
    assert receipts.beside is not None
    keys = np.array([2], dtype=np.int64)
    with receipts.beside.open(world.service.inspect.space(world.admin, ALICE).space.key) as held:
        held.vectors.add(keys, HashingEmbedder(128).embed([DOG]))

    found = receipts.verify(world.admin, ALICE, done.receipt.id)

    assert not found.is_gone
    assert found.left["vector_index"] == 1


def test_reading_as_of_rolling_back_and_moving_go_on_in_the_middle(
    world: World, tmp_path: Path
) -> None:
    everything(world)
    position = world.service.inspect.space(world.admin, ALICE).space.position
    begin(world)
    now(world).write(ALICE, "chat", "I sold the dog.")
    service = now(world).service
    for switched in (False, True):
        work(world)
        if switched:
            world.service.reembed.switch(world.admin)
        service = now(world).service
        then = service.at(service.look_back(world.admin, [ALICE], int(position)))
        assert asked(then, world)[0] == DOG
        assert "I sold the dog." not in asked(then, world)
        assert service.verify(world.admin, ALICE).is_whole

    exported = service.export(world.admin, ALICE, vectors=True)
    assert exported.head.fingerprint == "hashing/fp32/128"
    lines = b"".join(written(exported)).splitlines(keepends=True)
    assert len(lines) > len(SAID)
    service.roll_back(world.admin, ALICE, Goal(to=int(position)), dry_run=False)
    work(world)
    assert asked(now(world).service, world)[0] == DOG
    assert left(world) == 0
    assert len(kept(tmp_path)["embeddings"]) == 2


def test_both_models_are_asked_the_same_and_the_difference_is_told(world: World) -> None:
    turns = world.write(ALICE, "chat", *SAID).turns
    begin(world)
    nothing_yet = world.service.reembed.compare(world.admin, [AskedOfBoth(ALICE, "zzz qqq")], k=2)
    assert nothing_yet.gain is None
    work(world)
    questions = [
        AskedOfBoth(ALICE, QUESTION, (turns[1].id,)),
        AskedOfBoth(ALICE, "Who plays chess?", (turns[3].id,)),
    ]

    told = world.service.reembed.compare(world.admin, questions, k=3)

    assert told.gain is not None
    assert (told.gain.before, told.gain.after, told.gain.questions) == (1.0, 1.0, 2)
    assert told.gain.low <= 0.0 <= told.gain.high
    assert (told.worse, told.lost_first) == (0.0, 0.0)
    assert all(len(each.before) == len(each.after) == 3 for each in told.answers)


def pin(
    world: World,
    question: str,
    *expected: TurnId,
    space: SpaceName = ALICE,
    k: int = 10,
    where: Filter | None = None,
    recipe: str | None = None,
) -> PinId:
    made = NewPin(question, recipe, k, expected, where or Filter())
    return world.service.pinned.pin(world.admin, space, made)[0].id


def test_what_is_pinned_is_asked_as_it_was_pinned(world: World) -> None:
    said = [NewTurn("user", text, speaker="Ann") for text in SAID]
    turns = world.write(ALICE, "chat", *said, NewTurn("user", DOG, speaker="Bob")).turns
    world.write("bob", "chat", *SAID)
    dog = pin(world, QUESTION, turns[1].id, k=1, where=Filter(speakers=("Ann",)))
    tea = pin(world, "Who likes tea?", turns[2].id, turns[4].id, recipe="lexical")
    begin(world)
    work(world)

    told = world.service.reembed.compare(world.admin, pinned=())

    asked_pins = [each.question.pin.id for each in told.answers if each.question.pin is not None]
    assert asked_pins == [dog, tea]
    # By the space's own recipe it would find all: by words alone there is one.
    assert [len(each.before) for each in told.answers] == [1, 1]
    assert told.answers[0].before == told.answers[0].after == (turns[1].id,)
    assert told.pins == PinsCompared(questions=2, left_out=0, worse=0.0, lost=0)
    assert world.service.reembed.compare(world.admin, [AskedOfBoth(ALICE, QUESTION)]).pins is None


def test_pins_that_lose_turns_are_counted_and_the_turns_with_them(tmp_path: Path) -> None:
    """By a model that takes everything for the same, all that is found is what came first."""
    with open_world(tmp_path, open_model=lambda _name: Alike()) as world:
        turns = world.write(ALICE, "chat", *SAID).turns
        pin(world, "Where did I move?", turns[0].id, recipe="dense", k=1)
        pin(world, QUESTION, turns[1].id, recipe="dense", k=1)
        pin(world, "Who plays chess?", turns[3].id, turns[2].id, recipe="dense", k=1)
        begin(world, "alike")
        work(world)

        told = world.service.reembed.compare(world.admin, pinned=[ALICE])

        lost = [each.lost for each in told.answers]
        found = {each.after for each in told.answers}
        assert len(found) == 1
        assert lost == [each.before if each.before not in found else () for each in told.answers]
        assert told.pins == PinsCompared(questions=3, left_out=0, worse=2 / 3, lost=2)
        assert told.worse == pytest.approx(2 / 3)


def test_of_pins_of_many_spaces_those_that_fit_are_asked_and_the_rest_is_told(
    world: World,
) -> None:
    for name in ("bob", "alice", "carol"):
        space = SpaceName(name)
        turn = world.write(name, "chat", DOG).turns[0].id
        pin(world, f"{QUESTION} (1)", turn, space=space)
        pin(world, f"{QUESTION} (2)", turn, space=space)
    begin(world)
    work(world)
    reembed = world.service.reembed

    some = reembed.compare(world.admin, [AskedOfBoth(ALICE, QUESTION)], pinned=(), most_pinned=3)
    of_two = reembed.compare(world.admin, pinned=[SpaceName("carol"), SpaceName("bob")])

    assert [each.question.space for each in some.answers] == ["alice", "alice", "alice", "bob"]
    assert some.pins == PinsCompared(questions=3, left_out=3, worse=0.0, lost=0)
    assert [each.question.space for each in of_two.answers] == ["bob", "bob", "carol", "carol"]
    with pytest.raises(SpaceNotFound):
        reembed.compare(world.admin, pinned=[SpaceName("nobody")])


def test_with_nothing_pinned_there_is_nothing_to_tell(world: World) -> None:
    world.write(ALICE, "chat", *SAID)
    begin(world)

    told = world.service.reembed.compare(world.admin, pinned=())

    assert told.pins == PinsCompared(questions=0, left_out=0, worse=0.0, lost=0)
    assert (told.overlap, told.changed, told.lost_first, told.worse) == (1.0, 0.0, 0.0, 0.0)


def test_a_switch_waits_until_little_lacks(world: World) -> None:
    world.write(ALICE, "chat", *(f"Turn number {n}." for n in range(70)))
    begin(world)
    with pytest.raises(ReembeddingConflict, match="70 vectors lack"):
        world.service.reembed.switch(world.admin)
    now(world).service.enrich.work_once()  # 16 of them

    world.service.reembed.switch(world.admin)

    hits = now(world).service.recall(world.admin, ALICE, Question("Turn number 69", k=100)).hits
    assert hits[0].turn.content == "Turn number 69."
    held = now(world).service.inspect.space(world.admin, ALICE).counts.vectors
    assert held == 140


def test_a_turn_whose_vector_was_left_for_later_is_embedded_across_a_switch(world: World) -> None:
    world.write(ALICE, "chat", DOG, embed_later=True)
    begin(world)
    world.service.reembed.switch(world.admin)
    work(world)

    (turn,) = (
        now(world).service.inspect.turns(world.admin, ALICE, Filter(), after=None, limit=9).items
    )

    assert turn.embedded


def test_a_change_that_is_given_up_leaves_nothing_behind(world: World, tmp_path: Path) -> None:
    everything(world)
    before = kept(tmp_path)
    begin(world)
    work(world)

    ended = world.service.reembed.drop(world.admin)

    assert (ended.change.stage, ended.change.switched_at) == (Stage.ENDED, None)
    assert kept(tmp_path) == before
    assert dimension(world) == 64
    assert left(world) == 0
    now(world).write(ALICE, "chat", "I bought a bicycle.")
    work(world)
    assert kept(tmp_path)["embeddings"].keys() == {"hashing/fp32/64"}


def test_what_cannot_be_is_refused_and_says_what_to_do(world: World) -> None:
    reembed, admin = world.service.reembed, world.admin
    for verb in (reembed.switch, reembed.undo, reembed.drop):
        with pytest.raises(ReembeddingConflict, match="does not change"):
            verb(admin)
    with pytest.raises(ReembeddingConflict, match="in use already"):
        begin(world, "hashing")
    with pytest.raises(ReembeddingConflict, match="memsvc model --name nowhere"):
        begin(world, "nowhere")
    with pytest.raises(ReembeddingConflict):
        begin(world, "../outside")
    begin(world)
    assert begin(world).change.key == 1  # again is no other change
    with pytest.raises(ReembeddingConflict, match="`drop` does"):
        begin(world, "hashing-32")
    with pytest.raises(ReembeddingConflict, match="Nothing was switched"):
        reembed.undo(admin)
    reembed.switch(admin)
    with pytest.raises(ReembeddingConflict, match="already"):
        reembed.switch(admin)


@pytest.mark.parametrize("role", [Role.READER, Role.WRITER])
def test_only_an_admin_of_all_spaces_may(world: World, role: Role) -> None:
    reembed = world.service.reembed
    for key in (key_of(role), key_of(Role.ADMIN, "alice")):
        for verb in (reembed.progress, reembed.switch, reembed.undo, reembed.drop):
            with pytest.raises(RoleTooWeak):
                verb(key)
        with pytest.raises(RoleTooWeak):
            reembed.begin(key, NEXT)
        with pytest.raises(RoleTooWeak):
            reembed.compare(key, [AskedOfBoth(ALICE, QUESTION)])
