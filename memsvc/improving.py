"""What has a language model do its steps of enrichment: a part of the composition root.

One worker's work, beside that of the rules: every step behind the guard of budgets, and none
without a model.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from memsvc.app.afford import Afford
from memsvc.app.enrich import LEASE_S, Enrich
from memsvc.app.judge_facts import JudgeFacts
from memsvc.app.make_notes import MakeNotes
from memsvc.app.read_turns import ReadTurns
from memsvc.app.title_events import TitleEvents
from memsvc.config import Settings
from memsvc.domain.ids import SpaceKey
from memsvc.domain.work import Job, Step
from memsvc.llm.judging import ModelJudge
from memsvc.llm.noting import ModelEvolution, ModelNotes
from memsvc.llm.reading_passages import ProfileReading, TripleReading
from memsvc.llm.tallied import TalliedModel
from memsvc.llm.titling import ModelTitles
from memsvc.ports.indexes import Shelf
from memsvc.ports.keeping import Keeping
from memsvc.ports.language import LanguageModel
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder
from memsvc.ports.world import Clock, Ids


class Opened(Protocol):
    """What the steps stand on, as far as they need it."""

    @property
    def settings(self) -> Settings: ...  # noqa: D102 - a list of names
    @property
    def keeping(self) -> Keeping: ...  # noqa: D102
    @property
    def shelf(self) -> Shelf: ...  # noqa: D102
    @property
    def embedder(self) -> Embedder: ...  # noqa: D102
    @property
    def language_model(self) -> LanguageModel | None: ...  # noqa: D102
    @property
    def analyzer(self) -> Analyzer: ...  # noqa: D102
    @property
    def clock(self) -> Clock: ...  # noqa: D102
    @property
    def ids(self) -> Ids: ...  # noqa: D102


def improving(opened: Opened, *, holder: str) -> Enrich:
    """Return what has the language model do its steps, each call of it in the time that is set.

    A lease lasts for the two calls that a step may make.
    """
    keeping, shelf, clock, ids = opened.keeping, opened.shelf, opened.clock, opened.ids
    within_s = opened.settings.llm_within_s
    if opened.language_model is None:
        return Enrich(keeping, {}, clock, holder=holder)
    model = TalliedModel(opened.language_model)
    afford = Afford(keeping, model, clock)
    triples, lines = TripleReading(model, within_s), ProfileReading(model, within_s)
    notes = MakeNotes(
        keeping,
        shelf,
        opened.embedder,
        opened.analyzer,
        ModelNotes(model, within_s),
        ModelEvolution(model, within_s),
        clock,
        ids,
        Step.WRITE_NOTES,
    )
    steps: dict[Step, Callable[[SpaceKey, Sequence[Job]], None]] = {
        Step.READ_FACTS: ReadTurns(Step.READ_FACTS, keeping, shelf, triples, clock, ids),
        Step.JUDGE_FACTS: JudgeFacts(keeping, ModelJudge(model, within_s), clock, ids),
        Step.WRITE_NOTES: notes,
        Step.READ_PROFILE: ReadTurns(Step.READ_PROFILE, keeping, shelf, lines, clock, ids),
        Step.TITLE_EVENTS: TitleEvents(
            keeping, ModelTitles(model, within_s), opened.embedder.fingerprint, clock, ids
        ),
    }
    guarded = {step: afford.guarded(step, do) for step, do in steps.items()}
    lease_s = 2 * within_s + LEASE_S
    return Enrich(keeping, guarded, clock, afford.shut_out, lease_s=lease_s, holder=holder)


def makers(opened: Opened) -> Mapping[Step, str]:
    """Return by which model and prompts each of its steps makes what it makes; none without one."""
    model, within_s = opened.language_model, opened.settings.llm_within_s
    if model is None:
        return {}
    return {
        Step.READ_FACTS: TripleReading(model, within_s).name,
        Step.JUDGE_FACTS: ModelJudge(model, within_s).name,
        Step.WRITE_NOTES: ModelNotes(model, within_s).name,
        Step.READ_PROFILE: ProfileReading(model, within_s).name,
        Step.TITLE_EVENTS: ModelTitles(model, within_s).name,
    }
