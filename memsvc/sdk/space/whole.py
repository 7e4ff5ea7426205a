"""A space as a whole: made, set, rolled back, moved, checked and deleted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import EllipsisType
from typing import Any

from memsvc.domain.ledger import Change
from memsvc.sdk import calls, rollback_calls, run_calls
from memsvc.sdk.calls import PAGE
from memsvc.sdk.faults import valid
from memsvc.sdk.lines import DownloadCheck
from memsvc.sdk.rollbacks import RolledBack, StateDigest
from memsvc.sdk.runs import RunInfo
from memsvc.sdk.space.named import Named
from memsvc.sdk.wire import (
    AdmissionSaid,
    Deleted,
    Enrichment,
    ForgettingSaid,
    HelpTime,
    Imported,
    ImprovingSaid,
    LedgerEntry,
    LedgerVerdict,
    NoteMakingSaid,
    Retried,
    ReviseSpace,
    SegmentationSaid,
    SpaceInfo,
    SynonymsSaid,
)


class Whole(Named):
    """The verbs about all of it."""

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
        recipe: str | EllipsisType | None = ...,
        improving: ImprovingSaid | Mapping[str, Any] | EllipsisType | None = ...,
        clues: HelpTime | EllipsisType | None = ...,
        sift_facts: HelpTime | EllipsisType | None = ...,
    ) -> SpaceInfo:
        """Change settings of the space; what is left out stays.

        Keep turns for `retention_days` from when they were written; None keeps them for good. Cut
        streams into events by `segmentation` from now on; None for as it is by default. Let turns
        fade in recalls by `forgetting`; None for not at all. Seek synonyms of names by `synonyms`,
        and make notes of events by `notes`; None for no further ones. Facts of the predicates that
        are `single_valued` hold one object at a time. Let in and trust by `admission`; None for as
        it is by default. What one of these leaves out is as it is by default. Let `recipe` rank
        where a question names none; None for the default. Have a language model do what
        `improving` says; None for nothing. Have one write `clues` and `sift_facts` for questions
        that do not say it themselves: "never", "unsure" or "always"; None as their recipe has it.

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
            "recipe": recipe,
            "improving": improving,
            "clues": clues,
            "sift_facts": sift_facts,
        }
        edit = valid(ReviseSpace, **{name: v for name, v in given.items() if v is not ...})
        return self._client.send(calls.revise_space(self.name, edit, version=version))

    def delete(self) -> Deleted:
        """Delete the space with everything in it; this needs an admin key."""
        return self._client.send(calls.delete_space(self.name))

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

    def ledger(
        self,
        *,
        after: int = 0,
        actor: str | None = None,
        change: Change | str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        page: int = PAGE,
    ) -> Iterator[LedgerEntry]:
        """Walk the changes of the space after a ledger position, oldest first.

        Of an actor (the id of a key, or `worker`), a kind or a time alone, where one is said.
        """
        return self._client.walk(
            lambda cursor: calls.list_ledger(
                self.name,
                after=after if cursor is None else int(cursor),
                actor=actor,
                change=change,
                since=since,
                until=until,
                limit=page,
            )
        )

    def verify_ledger(self) -> LedgerVerdict:
        """Check the chain of changes, and the rows it speaks of."""
        return self._client.send(calls.verify_ledger(self.name))

    def enrichment(self) -> Enrichment:
        """Return how far enrichment is behind."""
        return self._client.send(calls.read_enrichment(self.name))

    def runs(self, *, page: int = PAGE) -> Iterator[RunInfo]:
        """Walk the runs of enrichment that changed something, the newest first."""
        return self._client.walk(
            lambda cursor: run_calls.list_runs(self.name, limit=page, cursor=cursor)
        )

    def run(self, run: str) -> RunInfo:
        """Return a run of enrichment. Raises `RunNotFound`."""
        return self._client.send(run_calls.read_run(self.name, run))

    def retry_enrichment(self) -> Retried:
        """Make every parked job due again, and owe anew what was rolled back by its run."""
        return self._client.send(calls.retry_enrichment(self.name))
