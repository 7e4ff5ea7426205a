"""A space, with its parts."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from memsvc.sdk.aio.parts import (
    AsyncCanaries,
    AsyncDocuments,
    AsyncEntities,
    AsyncExperiences,
    AsyncFacts,
    AsyncFeedback,
    AsyncGraph,
    AsyncLinks,
    AsyncMerges,
    AsyncNotes,
    AsyncPinned,
    AsyncQuarantine,
    AsyncReceipts,
    AsyncUnlinkings,
)
from memsvc.sdk.aio.verbs import awaited, walked
from memsvc.sdk.client import Space
from memsvc.sdk.then import LookingBack

if TYPE_CHECKING:
    from memsvc.sdk.aio.client import AsyncClient


class AsyncSpace:
    """One space of a service: the memory of a tenant, user or agent."""

    def __init__(self, client: "AsyncClient", name: str) -> None:
        self._client = client
        self.name = name

    def at(self, as_of: int | str | datetime) -> "AsyncSpace":
        """Return the space as it was at a ledger position or a time, to be read.

        Its reading verbs answer what the service would have said then, but for what was forgotten
        since. A verb that writes raises `InvalidField`.
        """
        return AsyncSpace(cast("AsyncClient", LookingBack.to(self._client, as_of)), self.name)

    @property
    def documents(self) -> "AsyncDocuments":
        """The documents of the space: files and long texts, in parts."""
        return AsyncDocuments(self._client, self.name)

    @property
    def facts(self) -> "AsyncFacts":
        """The facts of the space: triples that turns say."""
        return AsyncFacts(self._client, self.name)

    @property
    def notes(self) -> "AsyncNotes":
        """The notes of the space: one idea each, with what helps to find it."""
        return AsyncNotes(self._client, self.name)

    @property
    def links(self) -> "AsyncLinks":
        """The links between the notes of the space."""
        return AsyncLinks(self._client, self.name)

    @property
    def entities(self) -> "AsyncEntities":
        """What the turns of the space name, through merges."""
        return AsyncEntities(self._client, self.name)

    @property
    def merges(self) -> "AsyncMerges":
        """Which entities people say are one."""
        return AsyncMerges(self._client, self.name)

    @property
    def unlinked(self) -> "AsyncUnlinkings":
        """Which turns people say do not name what was found in them."""
        return AsyncUnlinkings(self._client, self.name)

    @property
    def quarantine(self) -> "AsyncQuarantine":
        """What the space's admission policy holds back."""
        return AsyncQuarantine(self._client, self.name)

    @property
    def receipts(self) -> "AsyncReceipts":
        """What was forgotten on request."""
        return AsyncReceipts(self._client, self.name)

    @property
    def experiences(self) -> "AsyncExperiences":
        """What agents tried with tools."""
        return AsyncExperiences(self._client, self.name)

    @property
    def feedback(self) -> "AsyncFeedback":
        """What those who used hits say of them."""
        return AsyncFeedback(self._client, self.name)

    @property
    def pinned(self) -> "AsyncPinned":
        """Questions that are asked again, to see what has changed."""
        return AsyncPinned(self._client, self.name)

    @property
    def canaries(self) -> "AsyncCanaries":
        """Sentences that stand nowhere else, so that a leak can be seen."""
        return AsyncCanaries(self._client, self.name)

    @property
    def graph(self) -> "AsyncGraph":
        """Who names what, what follows what, and what that says about a question."""
        return AsyncGraph(self._client, self.name)

    write = awaited(Space.write)
    recall = awaited(Space.recall)
    profile = awaited(Space.profile)
    order = awaited(Space.order)
    novelty = awaited(Space.novelty)
    timeline = walked(Space.timeline)
    places = walked(Space.places)
    whereabouts = awaited(Space.whereabouts)
    turns = walked(Space.turns)
    turn = awaited(Space.turn)
    revise = awaited(Space.revise)
    versions = awaited(Space.versions)
    delete_turn = awaited(Space.delete_turn)
    forget = awaited(Space.forget)
    rollback = awaited(Space.rollback)
    digest = awaited(Space.digest)
    streams = walked(Space.streams)
    stream = awaited(Space.stream)
    delete_stream = awaited(Space.delete_stream)
    events = walked(Space.events)
    event = awaited(Space.event)
    tail = awaited(Space.tail)
    curve = awaited(Space.curve)
    make = awaited(Space.make)
    info = awaited(Space.info)
    configure = awaited(Space.configure)
    delete = awaited(Space.delete)
    export = walked(Space.export)
    import_from = awaited(Space.import_from)
    ledger = walked(Space.ledger)
    verify_ledger = awaited(Space.verify_ledger)
    enrichment = awaited(Space.enrichment)
    runs = walked(Space.runs)
    run = awaited(Space.run)
    retry_enrichment = awaited(Space.retry_enrichment)
