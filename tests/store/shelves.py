"""Comparing indexes with what their rows say."""

import json
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.model import Node, NodeKind
from memsvc.domain.ids import SpaceKey
from memsvc.domain.memory import Fingerprint, Space
from memsvc.ports.indexes import NOBODY, SpaceIndexes
from store.episodes import EpisodeColumns
from store.inverted import InvertedFile
from store.known import SpaceKnowledge
from store.loaded import LoadedSpace
from store.loading import load
from store.mentions import MentionColumns, TurnMentions
from store.merged import Merged
from store.timeline import ArrayTimeline
from store.traits import WORDED, TraitColumns
from store.uow import one_view
from tests.store.opened import MODEL, NOW, Store


def assert_shelf_equals_rows(
    store: Store, space: Space, *, fingerprint: Fingerprint = MODEL
) -> None:
    """Assert that the lent indexes are those that loading from rows would make now."""
    anew = loaded_anew(store, space, fingerprint=fingerprint)
    with store.shelf.open(space.key) as indexes:
        assert_same(indexes, anew)


def assert_same(indexes: SpaceIndexes | LoadedSpace, anew: LoadedSpace) -> None:
    """Assert that two sets of indexes would answer every question alike."""
    assert indexes.position == anew.position
    held = indexes.timeline
    assert isinstance(held, ArrayTimeline)
    keys = anew.timeline.keys()
    assert held.keys().tolist() == keys.tolist()
    assert len(held) == len(anew.timeline)
    assert held.mean_length == anew.timeline.mean_length
    assert held.stream_count == anew.timeline.stream_count
    assert held.mean_stream_length == anew.timeline.mean_stream_length
    ours_of, theirs_of = held.streams(keys).tolist(), anew.timeline.streams(keys).tolist()
    assert [ours_of.index(n) for n in ours_of] == [theirs_of.index(n) for n in theirs_of]
    for now in (NOW, NOW + timedelta(days=1), NOW + timedelta(days=400)):
        assert held.expired(now).tolist() == anew.timeline.expired(now).tolist()
    assert held.lengths(keys).tolist() == anew.timeline.lengths(keys).tolist()
    ours, theirs = held.neighbours(keys), anew.timeline.neighbours(keys)
    assert (ours.before.tolist(), ours.after.tolist()) == (
        theirs.before.tolist(),
        theirs.after.tolist(),
    )
    assert _said(indexes, anew) == _said(anew, anew)
    assert _traits(indexes) == _traits(anew)
    assert _names(indexes) == _names(anew)
    assert _known(indexes) == _known(anew)
    assert drawn(indexes) == drawn(anew)
    assert _events(indexes) == _events(anew)
    assert np.allclose(_told(indexes), _told(anew), atol=1e-6)
    assert len(indexes.vectors) == len(anew.vectors)
    assert np.allclose(indexes.vectors.means(keys), anew.vectors.means(keys), atol=1e-6)
    for axis in np.eye(anew.vectors.dimension, dtype=np.float32):
        ours_found, right = (
            index.search(axis, k=len(keys) + 1) for index in (indexes.vectors, anew.vectors)
        )
        assert ours_found.keys.tolist() == right.keys.tolist()
        assert np.array_equal(ours_found.scores, right.scores)


def loaded_anew(store: Store, space: Space, *, fingerprint: Fingerprint = MODEL) -> LoadedSpace:
    """Return the indexes that loading from rows makes now."""
    with one_view(store.engine) as connection:
        return load(connection, SpaceKey(space.key), fingerprint)


def _said(indexes: SpaceIndexes | LoadedSpace, anew: LoadedSpace) -> dict[str, dict[int, int]]:
    """Return how often each turn that stands holds each term, by key; terms as far as known."""
    lexicon, timeline = indexes.lexicon, indexes.timeline
    assert isinstance(anew.lexicon, InvertedFile)
    every = {*anew.lexicon, *(lexicon if isinstance(lexicon, InvertedFile) else ())}
    found: dict[str, dict[int, int]] = {}
    for term, postings in lexicon.postings(sorted(every)).items():
        stands = timeline.stands_at(postings.places)
        keys = timeline.keys_at(postings.places[stands]).tolist()
        if keys:
            found[term] = dict(zip(keys, postings.counts[stands].tolist(), strict=True))
    return found


def _names(indexes: SpaceIndexes | LoadedSpace) -> dict[str, tuple[dict[int, bool], int]]:
    """Return by name the keys of the turns that name it, whether about it, and their count.

    What turns name says the same the other way round.
    """
    mentions = indexes.mentions
    if isinstance(mentions, MentionColumns):
        assert isinstance(indexes, LoadedSpace)
        mentions = indexes.indexes.mentions
    if isinstance(mentions, Merged):
        mentions = mentions.plain
    assert isinstance(mentions, TurnMentions)
    found: dict[str, tuple[dict[int, bool], int]] = {}
    back: dict[str, dict[int, bool]] = {}
    for name in mentions.columns:
        number = mentions.number_of(name)
        assert number is not None
        turns, about = mentions.naming(number)
        found[name] = (
            dict(zip(turns.tolist(), about.tolist(), strict=True)),
            mentions.count(number),
        )
    places = np.arange(indexes.timeline.size)
    for turn in indexes.timeline.keys_at(places).tolist():
        for number, is_about in zip(*mentions.named_by(turn), strict=True):
            back.setdefault(mentions.name_of(number), {})[turn] = bool(is_about)
    assert back == {name: turns for name, (turns, _) in found.items()}
    return found


def _knowledge(indexes: SpaceIndexes | LoadedSpace) -> SpaceKnowledge:
    found = (indexes.indexes if isinstance(indexes, LoadedSpace) else indexes).knowledge
    assert isinstance(found, SpaceKnowledge)
    return found


def _known(indexes: SpaceIndexes | LoadedSpace) -> tuple[Any, ...]:
    """Return facts, merges, synonyms, notes, opinions, and how near to each axis vectors are."""
    found = _knowledge(indexes).knowing
    facts = np.array(sorted(found.facts), dtype=np.int64)
    names = sorted(found.place_of)
    places = np.array([found.place_of[name] for name in names], dtype=np.int64)
    axes = np.eye(found.fact_vectors.dimension, dtype=np.float32)
    return (
        found.facts,
        found.merges,
        {name: sorted(near) for name, near in found.synonyms.items()},
        [np.nan_to_num(found.fact_vectors.cosines(axis, facts)).tolist() for axis in axes],
        found.notes.turns,
        found.notes.on_turn,
        found.notes.links,
        found.notes.links_at,
        [
            np.nan_to_num(
                found.notes.vectors.cosines(axis, np.array(sorted(found.notes.turns), np.int64))
            ).tolist()
            for axis in axes
        ],
        len(found.notes.vectors),
        names,
        found.opinions,
        found.canaries,
        [found.name_vectors.cosines(axis, places).tolist() for axis in axes],
    )


def drawn(indexes: SpaceIndexes | LoadedSpace) -> dict[tuple[str, str, str], int]:
    """Return the units of every edge of the graph, by its ends in words that outlive a load."""
    knowledge = _knowledge(indexes)
    episodes = indexes.episodes
    assert isinstance(episodes, EpisodeColumns)
    events = episodes.arrays["events"].tolist()

    def word(node: Node) -> str:
        if node.kind == NodeKind.ENTITY:
            return f"entity {knowledge.mentions.name_of(int(node.id))}"
        if node.kind == NodeKind.EVENT:
            return f"event {events[int(node.id)]}"
        return f"{node.kind.name} {node.id}"

    found: dict[tuple[str, str, str], int] = {}
    for edge in knowledge.graph().edges():
        one, other = sorted((word(edge.one), word(edge.other)))
        assert (one, other, edge.kind.name) not in found
        found[one, other, edge.kind.name] = edge.units
    return found


def _told(indexes: SpaceIndexes | LoadedSpace) -> NDArray[np.float32]:
    """Return how much the words of each turn that stands tell."""
    timeline = indexes.timeline
    told = indexes.lexicon.information(timeline)
    return told[timeline.stands_at(np.arange(timeline.size))]


def _events(indexes: SpaceIndexes | LoadedSpace) -> dict[int, int]:
    """Return the key of the event that each turn that stands begins in, by the turn's key."""
    episodes, timeline = indexes.episodes, indexes.timeline
    assert isinstance(episodes, EpisodeColumns)
    event_keys = episodes.arrays["events"].tolist()
    places = np.arange(timeline.size)
    places = places[timeline.stands_at(places)]
    numbers = episodes.at(places).tolist()
    return {
        key: event_keys[number]
        for key, number in zip(timeline.keys_at(places).tolist(), numbers, strict=True)
        if number != NOBODY
    }


def _traits(indexes: SpaceIndexes | LoadedSpace) -> dict[int, list[Any]]:
    """Return the traits of each turn that stands, by key."""
    traits, timeline = indexes.traits, indexes.timeline
    assert isinstance(traits, TraitColumns)
    arrays = traits.arrays
    words = json.loads(arrays["words"].tobytes())
    places = np.arange(timeline.size)
    places = places[timeline.stands_at(places)]
    return {
        key: [arrays["at"][place], *(words[name][arrays[name][place]] for name in WORDED)]
        for key, place in zip(timeline.keys_at(places).tolist(), places.tolist(), strict=True)
    }
