"""The middle of a space's graph, and communities: what is shown of them and what never is."""

from datetime import timedelta

import pytest

from graph.model import EdgeKind, NodeKind
from memsvc.app import overlook
from memsvc.app.overlook import Bounds, Overview
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import EntityNotFound, SpaceNotFound, TooLarge
from tests.app.small import ALICE, BOB, key_of, remember, said
from tests.app.test_entities import BORN, FILM, merge
from tests.worlds import World

ALL = Bounds(nodes=50, edges=50, kinds=tuple(EdgeKind))
SHARK = "The Shark Cage is in Mill Road."
CAGE = "Mill Road has one Shark Cage."


@pytest.fixture
def cinema(world: World) -> World:
    """Two streams that share no name."""
    remember(world, said(FILM), said(BORN), stream="film")
    remember(world, said(SHARK), said(CAGE), stream="sea")
    return world


def middle(world: World, bounds: Bounds = ALL, access: Access | None = None) -> Overview:
    return world.service.overlook.middle(access or world.admin, ALICE, bounds)


def community(world: World, name: str, bounds: Bounds = ALL) -> Overview:
    return world.service.overlook.community(world.admin, ALICE, (NodeKind.ENTITY, name), bounds)


def labels(found: Overview) -> list[str]:
    return [named.label for named, _ in found.nodes]


def test_hubs_come_first_with_the_neighbours_that_they_have_in_all(cinema: World) -> None:
    whole = middle(cinema)
    part = middle(cinema, Bounds(nodes=2, edges=50, kinds=tuple(EdgeKind)))

    assert labels(part) == labels(whole)[:2]
    assert [count for _, count in part.nodes] == [count for _, count in whole.nodes][:2]
    assert (part.is_truncated, whole.is_truncated) == (True, False)
    assert part.nodes_in_all == whole.nodes_in_all == len(whole.nodes)
    assert part.edges_in_all == whole.edges_in_all == len(whole.edges)


def test_a_community_is_what_hangs_together(cinema: World) -> None:
    found = community(cinema, "SHARK cage")

    assert {f"user: {SHARK}", f"user: {CAGE}", "shark cage", "mill road"} == set(labels(found))
    assert found.nodes_in_all == 4


def test_a_merged_name_leads_to_the_community_of_the_other(cinema: World) -> None:
    merge(cinema, "Mill Road", "Shark Cage")

    found = community(cinema, "Mill Road")

    assert "shark cage" in labels(found)
    assert "mill road" not in labels(found)


def test_a_node_that_nothing_joins_over_these_kinds_is_in_no_community(cinema: World) -> None:
    only = Bounds(nodes=50, edges=50, kinds=(EdgeKind.ADJACENCY,))

    assert community(cinema, "Shark Cage", only).nodes == []


def test_turns_are_told_with_when_they_were_and_whose_words_they_have(cinema: World) -> None:
    turns = [named for named, _ in middle(cinema).nodes if named.kind == NodeKind.TURN]
    others = [named for named, _ in middle(cinema).nodes if named.kind == NodeKind.ENTITY]

    assert all(named.at and (named.source, named.role) == ("user", "user") for named in turns)
    assert all((named.at, named.source, named.role) == (None, None, None) for named in others)


def test_what_only_expired_turns_say_is_not_there(world: World) -> None:
    noon = world.clock.now()
    remember(world, said(FILM), said(BORN), stream="film")
    remember(world, said(SHARK, expires_at=noon + timedelta(hours=1)), stream="sea")
    assert "shark cage" in labels(middle(world))

    world.clock.advance(timedelta(hours=2))

    found = middle(world)
    assert not {"shark cage", "mill road", f"user: {SHARK}"} & set(labels(found))
    with pytest.raises(EntityNotFound):
        community(world, "Shark Cage")


def test_a_key_of_another_space_learns_nothing(cinema: World) -> None:
    stranger = key_of(Role.READER, BOB)

    with pytest.raises(SpaceNotFound):
        middle(cinema, access=stranger)


def test_a_graph_that_is_too_large_says_what_may_fit(
    cinema: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlook, "MOST_OVERLOOKED", 3)

    with pytest.raises(TooLarge) as refusal:
        middle(cinema)

    assert (refusal.value.field, refusal.value.limit) == ("kinds", 3)
