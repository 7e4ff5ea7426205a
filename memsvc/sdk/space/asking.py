"""Asking a space: what it remembers, which came first, what happened and where."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from memsvc.domain.profile import PROFILE_TOKENS
from memsvc.domain.recall import CONTIGUITY
from memsvc.sdk import calls, profile_calls
from memsvc.sdk.calls import PAGE
from memsvc.sdk.faults import valid
from memsvc.sdk.novelty import AskNovelty, NoveltyFound
from memsvc.sdk.profile import ProfileInfo
from memsvc.sdk.space.named import Named
from memsvc.sdk.wire import (
    Ask,
    AskOrder,
    AskWhereabouts,
    Between,
    Filters,
    HelpTime,
    Ordered,
    PackingOrder,
    PlaceInfo,
    Recalled,
    TimelineItem,
    Whereabouts,
)


class Asking(Named):
    """The verbs that ask."""

    def recall(
        self,
        question: str,
        *,
        k: int | Literal["auto"] = 10,
        budget_tokens: int = 2_000,
        filters: Filters | Mapping[str, Any] | None = None,
        between: Between | Mapping[str, Any] | None = None,
        now: datetime | None = None,
        recipe: str | None = None,
        kinds: Sequence[Literal["turn", "event", "note"]] | None = None,
        contiguity: float = CONTIGUITY,
        order: PackingOrder = "time",
        repeat: bool = False,
        include_archived: bool = False,
        include_superseded: bool = False,
        include_profile: bool = False,
        min_position: int | None = None,
        rerank: bool | None = None,
        clues: HelpTime | None = None,
        sift_facts: HelpTime | None = None,
        explain: bool = False,
    ) -> Recalled:
        """Return the memories that answer a question, best first, and a context for a prompt.

        `now` is the moment from which its words tell times, as in "last week"; the service's clock
        tells it if left out. With `explain`, `understood` says which times were read.
        With `rerank` None, a reranker reads the best candidates if the service has one.
        `clues` has a language model write what else to look for, and `sift_facts` say which facts
        matter: "never", where the recall is "unsure", or "always"; None as the space is set, or
        the recipe.
        """
        ask = valid(
            Ask,
            question=question,
            k=k,
            budget_tokens=budget_tokens,
            filters=Filters() if filters is None else filters,
            between=between,
            now=now,
            recipe=recipe,
            kinds=kinds,
            contiguity=contiguity,
            order=order,
            repeat=repeat,
            include_archived=include_archived,
            include_superseded=include_superseded,
            include_profile=include_profile,
            min_position=min_position,
            rerank=rerank,
            clues=clues,
            sift_facts=sift_facts,
            explain=explain,
        )
        return self._client.send(calls.recall(self.name, ask))

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
