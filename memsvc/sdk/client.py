"""The client of a memsvc service: sends calls, tries again where that is safe, walks pages.

    memory = Client().space("alice")
    memory.write("chat-1", [{"role": "user", "content": "I moved to Lisbon in May."}])
    print(memory.recall("Where does she live?").context)

What a call holds and how its answer is read is `memsvc.sdk.calls`; when it is repeated,
`memsvc.sdk.retries`. Every failure is one of `memsvc.domain.errors`.

A verb of `Client`, `Space` or `Keys` shapes its arguments into a call and hands that to `send`, or
to `walk` for a list, and returns what comes back untouched. So the verbs serve `memsvc.sdk.aio` as
they are: there, `send` and `walk` return what can be awaited.
"""

import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import EllipsisType, TracebackType
from typing import Any, Literal, Self, TypeVar, cast

import httpx

from memsvc.domain.access import Role
from memsvc.domain.errors import Unavailable
from memsvc.domain.memory import Source
from memsvc.domain.profile import PROFILE_TOKENS
from memsvc.domain.recall import CONTIGUITY
from memsvc.sdk import calls, event_calls, profile_calls, receipt_calls, rollback_calls
from memsvc.sdk.calls import PAGE, Call
from memsvc.sdk.canary_verbs import Canaries
from memsvc.sdk.connection import Connection
from memsvc.sdk.document_verbs import Documents
from memsvc.sdk.entity_verbs import Entities, Merges
from memsvc.sdk.events import EventInfo, OpenTail
from memsvc.sdk.experience_verbs import Experiences
from memsvc.sdk.fact_verbs import Facts
from memsvc.sdk.faults import valid
from memsvc.sdk.feedback_verbs import Feedback
from memsvc.sdk.graph_verbs import Graph
from memsvc.sdk.lines import DownloadCheck
from memsvc.sdk.note_verbs import Links, Notes
from memsvc.sdk.novelty import AskNovelty, NoveltyFound
from memsvc.sdk.profile import ProfileInfo
from memsvc.sdk.quarantine_verbs import Quarantine
from memsvc.sdk.receipt_verbs import Receipts
from memsvc.sdk.receipts import Forgotten
from memsvc.sdk.rollbacks import RolledBack, StateDigest
from memsvc.sdk.then import LookingBack
from memsvc.sdk.wire import (
    AdmissionSaid,
    Ask,
    AskOrder,
    AskTogether,
    AskWhereabouts,
    Between,
    Deleted,
    Enrichment,
    Filters,
    ForgettingSaid,
    Health,
    Imported,
    KeyInfo,
    LedgerEntry,
    LedgerVerdict,
    MadeKey,
    NewKey,
    NewTurn,
    NoteMakingSaid,
    Ordered,
    Page,
    PlaceInfo,
    Readiness,
    Recalled,
    RecalledTogether,
    Recipe,
    Retried,
    ReviseSpace,
    ReviseTurn,
    SegmentationSaid,
    SpaceInfo,
    StreamInfo,
    SynonymsSaid,
    TimelineItem,
    TurnInfo,
    TurnVersion,
    Whereabouts,
    WriteTurns,
    Written,
)

T = TypeVar("T")


class Client:
    """A connection to one service. Any number of threads may share it; close it when done.

    `url` and `key` come from MEMSVC_URL and MEMSVC_KEY when left out, the key of a service on this
    machine also from its key file. A request is given up after `timeout_s` of silence and sent
    again up to `retries` times, where that is safe. `transport` replaces the network; `sleep` and
    `chance` (a draw from [0, 1)) replace time and randomness.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout_s: float = 30.0,
        retries: int = 3,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._connection = Connection.to(
            url, key, timeout_s=timeout_s, retries=retries, chance=chance
        )
        self._http = httpx.Client(
            base_url=self._connection.url,
            headers=self._connection.headers,
            timeout=self._connection.timeout,
            transport=transport,
            trust_env=self._connection.heeds_environment,
        )
        self._sleep = sleep

    @property
    def keys(self) -> "Keys":
        """The keys of the installation; for an admin key alone."""
        return Keys(self)

    def space(self, name: str) -> "Space":
        """Return the space of that name, asking the service nothing; a first write makes it."""
        return Space(self, name)

    def spaces(self, *, page: int = PAGE) -> Iterator[SpaceInfo]:
        """Walk the spaces that the key may see."""
        return self.walk(lambda cursor: calls.list_spaces(limit=page, cursor=cursor))

    def recall(
        self,
        question: str,
        *,
        spaces: Sequence[str],
        k: int = 10,
        budget_tokens: int = 2_000,
        filters: Filters | Mapping[str, Any] | None = None,
        between: Between | Mapping[str, Any] | None = None,
        recipe: str = "default",
        kinds: Sequence[Literal["turn", "event", "note"]] | None = None,
        contiguity: float = CONTIGUITY,
        order: Literal["time", "score"] = "time",
        include_archived: bool = False,
        include_superseded: bool = False,
        min_positions: Mapping[str, int] | None = None,
        as_of: datetime | None = None,
        explain: bool = False,
    ) -> RecalledTogether:
        """Return what several spaces remember, as one list and one context; best first.

        The key must be allowed to read each of them, else the whole question is `SpaceNotFound`.
        With `as_of`, what they would have remembered at that time.
        """
        ask = valid(
            AskTogether,
            question=question,
            spaces=spaces,
            k=k,
            budget_tokens=budget_tokens,
            filters=Filters() if filters is None else filters,
            between=between,
            recipe=recipe,
            kinds=kinds,
            contiguity=contiguity,
            order=order,
            include_archived=include_archived,
            include_superseded=include_superseded,
            min_positions=min_positions or {},
            as_of=as_of,
            explain=explain,
        )
        return self.send(calls.recall_together(ask))

    def recipes(self) -> Iterator[Recipe]:
        """Walk the recipes that a recall may name."""
        return self.walk(lambda _cursor: calls.list_recipes())

    def backup(self) -> Iterator[bytes]:
        """Yield a backup of the whole installation, in chunks; for an admin key alone.

        `memsvc restore` checks it in full before it uses it.
        """
        return self.download(calls.back_up())

    def health(self) -> Health:
        """Return when the service lives."""
        return self.send(calls.health())

    def ready(self) -> Readiness:
        """Return whether the service can work, and what is missing when it cannot."""
        return self.send(calls.readiness())

    def send(self, call: Call[T]) -> T:
        """Send a call and return its answer, trying again where and while that is safe."""
        tried = 1
        while True:
            try:
                return self._try(call)
            except Unavailable as error:
                self._sleep(self._connection.pause_after(call, error, tried=tried))
            tried += 1

    def walk(self, page_at: Callable[[str | None], Call[Page[T]]]) -> Iterator[T]:
        """Yield every item of a list, asking for the next page when the last one is used up."""
        cursor = None
        while True:
            page = self.send(page_at(cursor))
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def download(self, call: Call[bytes], check: DownloadCheck | None = None) -> Iterator[bytes]:
        """Send a call and yield its answer as it comes. What has begun is not sent again.

        With a `check`, raise at the end what that finds missing.
        """
        try:
            with self._http.stream(call.method, call.path, params=call.params) as response:
                if not call.is_answered_by(response.status_code):
                    calls.read(call, response.status_code, response.headers, response.read())
                for chunk in response.iter_bytes():
                    if check is not None:
                        check.feed(chunk)
                    yield chunk
        except httpx.RequestError as error:
            raise self._connection.unreachable(error) from error
        if check is not None:
            check.end()

    def upload(self, call: Call[T], body: Iterable[bytes]) -> T:
        """Send a call whose body is made as it goes out, so that it goes out only once."""
        return self._try(call, body)

    def close(self) -> None:
        """Close the connections. The client cannot be used afterwards."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _try(self, call: Call[T], body: Iterable[bytes] | None = None) -> T:
        try:
            response = self._http.request(
                call.method,
                call.path,
                params=call.params,
                content=call.body if body is None else body,
                headers=call.sent_headers,
            )
        except httpx.RequestError as error:
            raise self._connection.unreachable(error) from error
        return calls.read(call, response.status_code, response.headers, response.content)


class Space:
    """One space of a service: the memory of a tenant, user or agent."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self.name = name

    def at(self, as_of: int | str | datetime) -> "Space":
        """Return the space as it was at a ledger position or a time, to be read.

        Its reading verbs answer what the service would have said then, but for what was forgotten
        since. A verb that writes raises `InvalidField`.
        """
        return Space(cast("Client", LookingBack.to(self._client, as_of)), self.name)

    @property
    def documents(self) -> Documents:
        """The documents of the space: files and long texts, in parts."""
        return Documents(self._client, self.name)

    @property
    def facts(self) -> Facts:
        """The facts of the space: triples that turns say."""
        return Facts(self._client, self.name)

    @property
    def notes(self) -> Notes:
        """The notes of the space: one idea each, with what helps to find it."""
        return Notes(self._client, self.name)

    @property
    def links(self) -> Links:
        """The links between the notes of the space."""
        return Links(self._client, self.name)

    @property
    def entities(self) -> Entities:
        """What the turns of the space name, through merges."""
        return Entities(self._client, self.name)

    @property
    def merges(self) -> Merges:
        """Which entities people say are one."""
        return Merges(self._client, self.name)

    @property
    def experiences(self) -> Experiences:
        """What agents tried with tools."""
        return Experiences(self._client, self.name)

    @property
    def feedback(self) -> Feedback:
        """What those who used hits say of them."""
        return Feedback(self._client, self.name)

    @property
    def canaries(self) -> Canaries:
        """Sentences that stand nowhere else, so that a leak can be seen."""
        return Canaries(self._client, self.name)

    @property
    def graph(self) -> Graph:
        """Who names what, what follows what, and what that says about a question."""
        return Graph(self._client, self.name)

    def write(
        self,
        stream: str,
        turns: Sequence[NewTurn | Mapping[str, Any]],
        *,
        user_id: str | None = None,
        agent_id: str | None = None,
        title: str | None = None,
        embed: Literal["now", "later"] = "now",
        idempotency_key: str | None = None,
    ) -> Written:
        """Append up to 1,000 turns to a stream, all or none; they are durable on return.

        A key is made up when none is given, so that a retry never writes twice. Give your own to
        make a whole run of yours repeatable: the same key with the same turns is answered with the
        first result, for 24 hours.
        """
        request = valid(
            WriteTurns,
            turns=turns,
            user_id=user_id,
            agent_id=agent_id,
            title=title,
            embed=embed,
        )
        key = idempotency_key or uuid.uuid4().hex
        return self._client.send(calls.write_turns(self.name, stream, request, idempotency_key=key))

    def recall(
        self,
        question: str,
        *,
        k: int = 10,
        budget_tokens: int = 2_000,
        filters: Filters | Mapping[str, Any] | None = None,
        between: Between | Mapping[str, Any] | None = None,
        recipe: str = "default",
        kinds: Sequence[Literal["turn", "event", "note"]] | None = None,
        contiguity: float = CONTIGUITY,
        order: Literal["time", "score"] = "time",
        include_archived: bool = False,
        include_superseded: bool = False,
        include_profile: bool = False,
        min_position: int | None = None,
        explain: bool = False,
    ) -> Recalled:
        """Return the memories that answer a question, best first, and a context for a prompt."""
        ask = valid(
            Ask,
            question=question,
            k=k,
            budget_tokens=budget_tokens,
            filters=Filters() if filters is None else filters,
            between=between,
            recipe=recipe,
            kinds=kinds,
            contiguity=contiguity,
            order=order,
            include_archived=include_archived,
            include_superseded=include_superseded,
            include_profile=include_profile,
            min_position=min_position,
            explain=explain,
        )
        return self._client.send(calls.recall(self.name, ask))

    def order(
        self,
        a: str,
        b: str,
        *,
        filters: Filters | Mapping[str, Any] | None = None,
        between: Between | Mapping[str, Any] | None = None,
    ) -> Ordered:
        """Return which of two passages came first, and where each of them stands.

        `first` is None when one is not found, or when that does not tell; `reason` says why.
        """
        ask = valid(
            AskOrder,
            a=a,
            b=b,
            filters=Filters() if filters is None else filters,
            between=between,
        )
        return self._client.send(calls.order(self.name, ask))

    def novelty(
        self, text: str, *, filters: Filters | Mapping[str, Any] | None = None, k: int = 3
    ) -> NoveltyFound:
        """Return how new a text is, and the `k` turns that have most of it.

        `verdict` is known, altered, similar or new. Each of `nearest` says in `differs` what it has
        otherwise. Nothing is written.
        """
        ask = valid(AskNovelty, text=text, filters=Filters() if filters is None else filters, k=k)
        return self._client.send(calls.novelty(self.name, ask))

    def timeline(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        stream: str | None = None,
        document: str | None = None,
        speaker: str | None = None,
        place: str | None = None,
        page: int = PAGE,
    ) -> Iterator[TimelineItem]:
        """Walk what happened from `since` up to, not including, `until`, whatever its stream.

        In the order of when it happened; of one time, in the order in which it was written.
        """
        return self._client.walk(
            lambda cursor: calls.list_timeline(
                self.name,
                limit=page,
                cursor=cursor,
                since=since,
                until=until,
                stream=stream,
                document=document,
                speaker=speaker,
                place=place,
            )
        )

    def places(self, *, page: int = PAGE) -> Iterator[PlaceInfo]:
        """Walk the places of the space's turns, by name."""
        return self._client.walk(
            lambda cursor: calls.list_places(self.name, limit=page, cursor=cursor)
        )

    def whereabouts(
        self,
        of: str,
        *,
        filters: Filters | Mapping[str, Any] | None = None,
        between: Between | Mapping[str, Any] | None = None,
        limit: int = 10,
    ) -> Whereabouts:
        """Return where something was last, and up to `limit` places where it was before.

        That is where the latest turn happened that names it and has a place; `last` is None when
        there is none.
        """
        ask = valid(
            AskWhereabouts,
            of=of,
            filters=Filters() if filters is None else filters,
            between=between,
            limit=limit,
        )
        return self._client.send(calls.whereabouts(self.name, ask))

    def turns(
        self,
        *,
        stream: str | None = None,
        document: str | None = None,
        speaker: str | None = None,
        place: str | None = None,
        role: str | None = None,
        source: Source | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        metadata: Mapping[str, Any] | None = None,
        page: int = PAGE,
    ) -> Iterator[TurnInfo]:
        """Walk the turns for which every filter holds, in order; `until` is exclusive."""
        return self._client.walk(
            lambda cursor: calls.list_turns(
                self.name,
                limit=page,
                cursor=cursor,
                stream=stream,
                document=document,
                speaker=speaker,
                place=place,
                role=role,
                source=source,
                user_id=user_id,
                agent_id=agent_id,
                since=since,
                until=until,
                metadata=metadata,
            )
        )

    def turn(self, turn_id: str) -> TurnInfo:
        """Return a turn; its `version` is what `revise` wants."""
        return self._client.send(calls.read_turn(self.name, turn_id))

    def revise(
        self,
        turn_id: str,
        *,
        version: int,
        metadata: Mapping[str, Any] | None = None,
        place: str | None = None,
    ) -> TurnInfo:
        """Edit a turn's metadata or place; what is None stays.

        Raises `VersionMismatch` when the turn is no longer at `version`; when an answer was lost on
        the way and the request repeated, the edit that moved it may have been this one.
        """
        given = {"metadata": metadata, "place": place}
        edit = valid(ReviseTurn, **{name: v for name, v in given.items() if v is not None})
        return self._client.send(calls.revise_turn(self.name, turn_id, edit, version=version))

    def versions(self, turn_id: str) -> list[TurnVersion]:
        """Return what could be edited about a turn, as it stood, oldest first."""
        return self._client.send(calls.list_versions(self.name, turn_id))

    def delete_turn(self, turn_id: str) -> Deleted:
        """Delete a turn. A turn that is gone already raises `TurnNotFound`."""
        return self._client.send(calls.delete_turn(self.name, turn_id))

    @property
    def quarantine(self) -> Quarantine:
        """What the space's admission policy holds back."""
        return Quarantine(self._client, self.name)

    @property
    def receipts(self) -> Receipts:
        """What was forgotten on request."""
        return Receipts(self._client, self.name)

    def forget(
        self,
        *,
        turns: Sequence[str] | None = None,
        where: Mapping[str, Any] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        subject: str | None = None,
        text: str | None = None,
        dry_run: bool = False,
    ) -> Forgotten:
        """Forget every turn that all of these hold of, with everything that hangs on it.

        `where` has the filters of a recall, such as {"streams": ["chat"]}; `since` and `until` are
        a part of it. `subject` is an entity by any spelling, through merges; `text` is held
        verbatim but for case and white space. Raises `TooLarge` for more than 10,000 turns.
        """
        call = receipt_calls.forget(
            self.name,
            turns=turns,
            where=where,
            since=since,
            until=until,
            subject=subject,
            text=text,
            dry_run=dry_run,
        )
        return self._client.send(call)

    def profile(
        self,
        *,
        budget_tokens: int = PROFILE_TOKENS,
        user_id: str | None = None,
        speaker: str | None = None,
    ) -> ProfileInfo:
        """Return standing instructions, facts and preferences of the user, within the budget.

        Of one user where several share the space: by `user_id`, or by who speaks.
        """
        return self._client.send(
            profile_calls.read_profile(
                self.name, budget_tokens=budget_tokens, user_id=user_id, speaker=speaker
            )
        )

    def rollback(
        self,
        to: int | str | datetime | None = None,
        *,
        run: str | None = None,
        include_turns: bool = False,
        reason: str = "",
        dry_run: bool = False,
    ) -> RolledBack:
        """Roll what is derived or edited back to a ledger position or a time, or one run's.

        Turns stay unless `include_turns` deletes those that came since. What was forgotten stays
        forgotten. Rolling back to the answer's `before` undoes it. Raises `RunNotFound`.
        """
        call = rollback_calls.roll_back(
            self.name,
            to=to,
            run=run,
            include_turns=include_turns,
            reason=reason,
            dry_run=dry_run,
        )
        return self._client.send(call)

    def digest(self) -> StateDigest:
        """Return a keyed digest of all that stands; equal ones mean equal states of the space."""
        return self._client.send(rollback_calls.take_digest(self.name))

    def streams(self, *, page: int = PAGE) -> Iterator[StreamInfo]:
        """Walk the streams of the space."""
        return self._client.walk(
            lambda cursor: calls.list_streams(self.name, limit=page, cursor=cursor)
        )

    def stream(self, name: str) -> StreamInfo:
        """Return what a stream holds."""
        return self._client.send(calls.read_stream(self.name, name))

    def delete_stream(self, name: str) -> Deleted:
        """Delete a stream with its turns."""
        return self._client.send(calls.delete_stream(self.name, name))

    def events(
        self,
        *,
        stream: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        texts: bool = False,
        page: int = PAGE,
    ) -> Iterator[EventInfo]:
        """Walk the closed events in the order in which they closed, of one stream or of all.

        Only those that reach into the time from `since` on and before `until`. Their turns come
        without their texts unless `texts`.
        """
        return self._client.walk(
            lambda cursor: event_calls.list_events(
                self.name,
                limit=page,
                cursor=cursor,
                stream=stream,
                since=since,
                until=until,
                texts=texts,
            )
        )

    def event(self, event_id: str) -> EventInfo:
        """Return an event with the texts of its turns."""
        return self._client.send(event_calls.read_event(self.name, event_id))

    def tail(self, stream: str) -> OpenTail:
        """Return what follows the last closed event of a stream, with the surprise so far."""
        return self._client.send(event_calls.read_tail(self.name, stream))

    def make(self) -> SpaceInfo:
        """Make the space, or return it as it is. A first write makes it as well."""
        return self._client.send(calls.make_space(self.name))

    def info(self) -> SpaceInfo:
        """Return what the space holds."""
        return self._client.send(calls.read_space(self.name))

    def configure(
        self,
        *,
        version: int,
        retention_days: int | EllipsisType | None = ...,
        segmentation: SegmentationSaid | Mapping[str, Any] | EllipsisType | None = ...,
        forgetting: ForgettingSaid | Mapping[str, Any] | EllipsisType | None = ...,
        synonyms: SynonymsSaid | Mapping[str, Any] | EllipsisType | None = ...,
        single_valued: Sequence[str] | EllipsisType | None = ...,
        admission: AdmissionSaid | Mapping[str, Any] | EllipsisType | None = ...,
        notes: NoteMakingSaid | Mapping[str, Any] | EllipsisType | None = ...,
    ) -> SpaceInfo:
        """Change settings of the space; what is left out stays.

        Keep turns for `retention_days` from when they were written; None keeps them for good. Cut
        streams into events by `segmentation` from now on; None for as it is by default. Let turns
        fade in recalls by `forgetting`; None for not at all. Seek synonyms of names by `synonyms`,
        and make notes of events by `notes`; None for no further ones. Facts of the predicates that
        are `single_valued` hold one object at a time. Let in and trust by `admission`; None for as
        it is by default. What one of these leaves out is as it is by default.

        This needs an admin key. Raises `VersionMismatch` when the settings are no longer at
        `version`, which `info` tells.
        """
        given = {
            "retention_days": retention_days,
            "segmentation": segmentation,
            "forgetting": forgetting,
            "synonyms": synonyms,
            "single_valued": single_valued,
            "admission": admission,
            "notes": notes,
        }
        edit = valid(ReviseSpace, **{name: v for name, v in given.items() if v is not ...})
        return self._client.send(calls.revise_space(self.name, edit, version=version))

    def delete(self) -> Deleted:
        """Delete the space with everything in it; this needs an admin key."""
        return self._client.send(calls.delete_space(self.name))

    def export(self, *, vectors: bool = False) -> Iterator[bytes]:
        """Yield the whole space as lines of JSON, in chunks of any size.

            with open("alice.ndjson", "wb") as file:
                file.writelines(memory.export())

        Raises `InvalidLine` at the end when it was cut off: then what came is not all.
        """
        call = calls.export_space(self.name, vectors=vectors)
        return self._client.download(call, DownloadCheck())

    def import_from(self, lines: Iterable[bytes], *, restore_forgotten: bool = False) -> Imported:
        """Bring in an export: an open binary file, or its bytes in chunks of any size.

        Running it again adds nothing twice and completes what was cut short. Turns that were
        deleted here stay deleted unless `restore_forgotten`. Raises `InvalidLine`,
        `LineConflict` or `DocumentConflict`, whose `kept` says up to which line all was dealt with.
        """
        call = calls.import_space(self.name, restore_forgotten=restore_forgotten)
        return self._client.upload(call, lines)

    def ledger(self, *, after: int = 0, page: int = PAGE) -> Iterator[LedgerEntry]:
        """Walk the changes of the space after a ledger position, oldest first."""
        return self._client.walk(
            lambda cursor: calls.list_ledger(
                self.name, after=after if cursor is None else int(cursor), limit=page
            )
        )

    def verify_ledger(self) -> LedgerVerdict:
        """Check the chain of changes, and the rows it speaks of."""
        return self._client.send(calls.verify_ledger(self.name))

    def enrichment(self) -> Enrichment:
        """Return how far enrichment is behind."""
        return self._client.send(calls.read_enrichment(self.name))

    def retry_enrichment(self) -> Retried:
        """Make every parked job due again."""
        return self._client.send(calls.retry_enrichment(self.name))


class Keys:
    """The keys of an installation."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def create(self, name: str, *, role: Role | str, spaces: Sequence[str]) -> MadeKey:
        """Make a key for these spaces ("*" for all). Its `secret` is shown this once."""
        key = valid(NewKey, name=name, role=role, spaces=spaces)
        return self._client.send(calls.make_key(key))

    def list(self, *, page: int = PAGE) -> Iterator[KeyInfo]:
        """Walk the keys, without their secrets."""
        return self._client.walk(lambda cursor: calls.list_keys(limit=page, cursor=cursor))

    def revoke(self, key_id: str) -> None:
        """Make a key useless from now on."""
        return self._client.send(calls.revoke_key(key_id))
