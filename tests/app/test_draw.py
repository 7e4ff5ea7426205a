"""The graph of a space: around a node, as a question activates it, counted and exported."""

import io
import json
from datetime import timedelta

import networkx as nx
import pytest

from graph.model import EdgeKind, NodeKind
from memsvc.app import survey
from memsvc.app.shown import View
from memsvc.app.survey import Format
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import (
    EntityNotFound,
    EventNotFound,
    FactNotFound,
    NotFound,
    SpaceNotFound,
    TooLarge,
    TurnNotFound,
)
from tests.app.small import ALICE, BOB, key_of, remember, said, turns_of
from tests.app.test_entities import BORN, FILM, QUESTION, merge, state, undo
from tests.worlds import World

PLOT = "It tells of a shark."


@pytest.fixture
def cinema(world: World) -> World:
    """Three turns; the last stands alone in its stream."""
    remember(world, said(FILM), said(PLOT), stream="film", title="Jaws")
    remember(world, said(BORN), stream="man", title="Steven Spielberg")
    return world


def around(
    world: World,
    name: str,
    *,
    kind: NodeKind = NodeKind.ENTITY,
    depth: int = 1,
    limit: int = 50,
    kinds: tuple[EdgeKind, ...] = tuple(EdgeKind),
    access: Access | None = None,
) -> View:
    return world.service.draw.around(
        access or world.admin, ALICE, (kind, name), depth=depth, limit=limit, kinds=kinds
    )


def activated(world: World, question: str, *, limit: int = 50) -> View:
    return world.service.draw.activated(world.admin, ALICE, question, limit=limit)


def nodes(view: View) -> set[str]:
    """Return the nodes of a part: entities by name, the others by their labels."""
    return {node.named.label for node in view.nodes}


def edges(view: View) -> set[tuple[str, str, str]]:
    return {joined(edge.one.label, edge.other.label, edge.kind) for edge in view.edges}


def joined(one: str, other: str, kind: EdgeKind) -> tuple[str, str, str]:
    first, second = sorted((one, other))
    return first, second, kind.name.lower()


def ids(world: World) -> dict[str, str]:
    return {turn.content: turn.id for turn in turns_of(world)}


def test_around_an_entity_stand_the_turns_that_name_it(cinema: World) -> None:
    view = around(cinema, "STEVEN Spielberg")

    assert nodes(view) == {"steven spielberg", f"user: {FILM}", f"user: {BORN}"}
    assert edges(view) == {
        joined(f"user: {FILM}", "steven spielberg", EdgeKind.MENTION),
        joined(f"user: {BORN}", "steven spielberg", EdgeKind.MENTION),
        joined(f"user: {BORN}", "steven spielberg", EdgeKind.ABOUT),
    }
    assert view.nodes[0].named[:3] == (NodeKind.ENTITY, "steven spielberg", "steven spielberg")
    assert {node.named.id for node in view.nodes[1:]} <= set(ids(cinema).values())


def test_steps_lead_on_and_kinds_hold_them_back(cinema: World) -> None:
    film = ids(cinema)[FILM]
    beside = around(cinema, film, kind=NodeKind.TURN, depth=3, kinds=(EdgeKind.ADJACENCY,))

    assert nodes(beside) == {f"user: {FILM}", f"user: {PLOT}"}
    assert f"user: {BORN}" in nodes(around(cinema, film, kind=NodeKind.TURN, depth=2))
    assert f"user: {BORN}" not in nodes(around(cinema, film, kind=NodeKind.TURN, depth=1))
    assert around(cinema, film, kind=NodeKind.TURN, depth=3, limit=2).is_truncated


def test_facts_and_events_are_nodes_by_their_ids(world: World) -> None:
    noon = world.clock.now()
    remember(world, said(FILM, at=noon), said(PLOT, at=noon))
    remember(world, said(BORN, at=noon + timedelta(hours=2)))
    state(world, "Jaws", "was made by", "Steven Spielberg", by=FILM)
    (event,) = world.service.recount.events(
        world.admin, ALICE, stream=None, since=None, until=None, after=None, limit=5, texts=False
    ).items
    (dated,) = world.service.entities.get(world.admin, ALICE, "Jaws").facts
    fact = dated.fact

    of_event = around(world, event.event.id, kind=NodeKind.EVENT)
    of_fact = around(world, fact.id, kind=NodeKind.FACT)

    assert nodes(of_event) == {"chat 0", f"user: {FILM}", f"user: {PLOT}"}
    assert of_event.nodes[0].named.id == event.event.id
    label = "Jaws was made by Steven Spielberg"
    assert nodes(of_fact) == {label, "jaws", "steven spielberg", f"user: {FILM}"}
    assert ("jaws", "steven spielberg", "relation") in edges(of_fact)
    assert of_fact.nodes[0].named.id == fact.id


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (NodeKind.ENTITY, EntityNotFound),
        (NodeKind.TURN, TurnNotFound),
        (NodeKind.EVENT, EventNotFound),
        (NodeKind.FACT, FactNotFound),
    ],
)
def test_a_node_that_is_not_there_is_not_found(
    cinema: World, kind: NodeKind, error: type[NotFound]
) -> None:
    with pytest.raises(error):
        around(cinema, "nobody", kind=kind)


def test_a_merge_joins_what_it_says_is_one_until_it_is_taken_back(cinema: World) -> None:
    before = around(cinema, "Jaws", depth=3)
    made = merge(cinema, "Steven Spielberg", "Jaws")

    together = around(cinema, "Jaws")
    assert f"user: {BORN}" in nodes(together)
    assert around(cinema, "Steven Spielberg") == together

    undo(cinema, made.id)
    assert around(cinema, "Jaws", depth=3) == before


def test_a_question_activates_what_it_leads_to_and_says_how(cinema: World) -> None:
    view = activated(cinema, QUESTION)

    mass = {node.named.label: node.mass or 0.0 for node in view.nodes}
    seeds = {node.named.label for node in view.nodes if node.seed}
    assert sum(mass.values()) == pytest.approx(1.0, abs=1e-3)
    assert list(mass.values()) == sorted(mass.values(), reverse=True)
    assert "jaws" in seeds
    assert "steven spielberg" not in seeds
    assert mass["steven spielberg"] > 0
    paths = {path.nodes[-1].label: [node.label for node in path.nodes] for path in view.paths}
    assert paths[f"user: {FILM}"] == ["jaws", f"user: {FILM}"]
    assert all(len(path.steps) == len(path.nodes) - 1 for path in view.paths)
    assert all(0 < path.share <= 1 for path in view.paths)


def test_facts_near_to_a_question_are_where_walks_start(cinema: World) -> None:
    """The question names neither end of the fact that is nearest to it."""
    state(cinema, "Jaws", "frightens", "the Heron", by=PLOT)
    while cinema.service.enrich.work_once():
        pass

    seeds = {n.named.label for n in activated(cinema, "what frightens whom").nodes if n.seed}

    assert {"jaws", "heron"} <= seeds


def test_a_question_that_finds_nothing_activates_nothing(world: World) -> None:
    remember(world, said("x"))
    world.service.forget.turn(world.admin, ALICE, turns_of(world)[0].id)

    assert activated(world, "Where?") == View([], [], [], is_truncated=False)


def test_what_has_expired_is_neither_shown_nor_gone_over(world: World) -> None:
    """The film leads to the man over one turn alone, and that turn expires."""
    soon = world.clock.now() + timedelta(hours=1)
    remember(world, said(FILM, expires_at=soon), said(PLOT), stream="film", title="Jaws")
    remember(world, said(BORN), stream="man", title="Steven Spielberg")
    state(world, "Jaws", "was made by", "Steven Spielberg", by=FILM)
    (dated,) = world.service.entities.get(world.admin, ALICE, "Jaws").facts
    fact = dated.fact
    gone = {f"user: {FILM}", "Jaws was made by Steven Spielberg"}
    reached = nodes(around(world, "Jaws", depth=3)) | nodes(activated(world, "Jaws?"))
    assert gone | {f"user: {BORN}"} <= reached
    turn = ids(world)[FILM]

    world.clock.advance(timedelta(hours=2))

    near = around(world, "Jaws", depth=3)
    asked = activated(world, "What is Jaws?")
    assert nodes(near) == {"jaws", f"user: {PLOT}"}
    assert gone.isdisjoint(nodes(asked))
    assert all(gone.isdisjoint(n.label for n in path.nodes) for path in asked.paths)
    assert all(edge.kind != EdgeKind.RELATION for edge in (*near.edges, *asked.edges))
    mass = {node.named.label: node.mass for node in asked.nodes if not node.seed}
    assert "steven spielberg" not in mass
    for kind, name, error in (
        (NodeKind.TURN, turn, TurnNotFound),
        (NodeKind.FACT, fact.id, FactNotFound),
    ):
        with pytest.raises(error):
            around(world, name, kind=kind)
    stats = world.service.survey.stats(world.admin, ALICE)
    assert stats.counts.nodes == {NodeKind.ENTITY: 4, NodeKind.TURN: 2}
    assert EdgeKind.RELATION not in stats.counts.edges
    written = world.service.survey.export(world.admin, ALICE, written_as=Format.GRAPHML)
    assert isinstance(written, str)
    assert "1975" not in written


def test_the_whole_is_counted_with_its_hubs_and_parts(cinema: World) -> None:
    remember(cinema, said("it rained in Lisbon"), stream="other")

    stats = cinema.service.survey.stats(cinema.admin, ALICE)

    assert stats.counts.nodes == {NodeKind.ENTITY: 5, NodeKind.TURN: 4}
    assert stats.counts.edges[EdgeKind.ADJACENCY] == 1
    assert stats.shape is not None
    assert (stats.shape.components, list(stats.shape.largest)) == (2, [7, 2])
    first = stats.shape.hubs[0]
    assert (first.named.kind, first.named.id, first.neighbours) == (NodeKind.ENTITY, "jaws", 2)
    assert sum(each.size for each in stats.shape.densest) == 9
    assert stats.shape.densest[0].members


def test_a_graph_too_large_to_be_surveyed_is_counted(
    cinema: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = cinema.service.survey.stats(cinema.admin, ALICE)
    monkeypatch.setattr(survey, "MOST_SURVEYED", 2)
    monkeypatch.setattr(survey, "MOST_EXPORTED", 1)

    counted = cinema.service.survey.stats(cinema.admin, ALICE)

    assert counted.counts == whole.counts
    assert counted.shape is None
    with pytest.raises(TooLarge, match="fewer kinds"):
        cinema.service.survey.export(cinema.admin, ALICE, written_as=Format.JSON)
    cinema.service.survey.export(
        cinema.admin, ALICE, written_as=Format.JSON, kinds=[EdgeKind.ADJACENCY]
    )


def test_both_files_hold_the_graph_as_it_is_shown(cinema: World) -> None:
    state(cinema, "Jaws", "was made by", "Steven Spielberg", by=FILM)

    export = cinema.service.survey.export
    text = export(cinema.admin, ALICE, written_as=Format.GRAPHML)
    values = json.loads(json.dumps(export(cinema.admin, ALICE, written_as=Format.JSON)))

    assert isinstance(text, str)
    by_xml = nx.read_graphml(io.BytesIO(text.encode()), force_multigraph=True)
    by_json = nx.node_link_graph(values, edges="edges")
    shown = around(cinema, "Jaws", depth=3, limit=500)
    labels = {f"{n.named.kind.name.lower()}:{n.named.id}": n.named.label for n in shown.nodes}
    for read in (by_xml, by_json):
        texts = dict(read.nodes(data="text"))
        assert {name: texts[name] for name in labels} == labels
        found = {
            (frozenset((one, other)), data["kind"], data["weight"])
            for one, other, data in read.edges(data=True)
        }
        for edge in shown.edges:
            ends = frozenset(f"{end.kind.name.lower()}:{end.id}" for end in (edge.one, edge.other))
            assert (ends, edge.kind.name.lower(), edge.weight) in found
    assert set(by_xml.nodes) == set(by_json.nodes)
    assert len(by_xml.edges) == len(by_json.edges)


def test_every_look_needs_a_reader_of_the_space(cinema: World) -> None:
    nobody = key_of(Role.READER, BOB)
    looks = (
        lambda: around(cinema, "Jaws", access=nobody),
        lambda: cinema.service.draw.activated(nobody, ALICE, "Jaws?", limit=5),
        lambda: cinema.service.survey.stats(nobody, ALICE),
        lambda: cinema.service.survey.export(nobody, ALICE, written_as=Format.JSON),
    )
    for look in looks:
        with pytest.raises(SpaceNotFound):
            look()
