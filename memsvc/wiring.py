"""The composition root: settings in, everything built once, closed once.

The only place that knows which adapter stands behind which port.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import Semaphore

from memsvc.app.admit import Admit, KeyRing
from memsvc.app.append import Append
from memsvc.app.back_up import BackUp
from memsvc.app.canaries import Canaries
from memsvc.app.compare import Compare
from memsvc.app.decide_facts import DecideFacts
from memsvc.app.documents import Documents
from memsvc.app.draw import Draw
from memsvc.app.echoes import Echoes
from memsvc.app.embed import Embed
from memsvc.app.embed_facts import EmbedFacts
from memsvc.app.embed_notes import EmbedNotes
from memsvc.app.enrich import Enrich
from memsvc.app.entities import Entities
from memsvc.app.episodes import Episodes
from memsvc.app.experiences import Experiences
from memsvc.app.expire import Expire
from memsvc.app.export import Export
from memsvc.app.facts import Facts
from memsvc.app.feedback import GiveFeedback
from memsvc.app.forget import Forget
from memsvc.app.forget_wanted import ForgetWanted
from memsvc.app.found import Found
from memsvc.app.govern import Govern
from memsvc.app.happened import Happened
from memsvc.app.helping import Helping
from memsvc.app.imports import Import
from memsvc.app.inspect import Inspect
from memsvc.app.links import Links
from memsvc.app.locate import Locate
from memsvc.app.make_notes import MakeNotes
from memsvc.app.merging import Merging
from memsvc.app.notes import Notes
from memsvc.app.order import Order
from memsvc.app.overlook import Overlook
from memsvc.app.pinned import PinQuestions
from memsvc.app.profile import Profiles
from memsvc.app.quarantine import Quarantine
from memsvc.app.recall import Recall
from memsvc.app.recall_together import RecallTogether
from memsvc.app.receipts import Receipts
from memsvc.app.recognise import Recognise
from memsvc.app.recount import Recount
from memsvc.app.reembed import Pace, Reembed, Side, beside_steps
from memsvc.app.remember import Remember
from memsvc.app.reranking import Rereading
from memsvc.app.revise import Revise
from memsvc.app.roll_back import RollBack
from memsvc.app.score import Score
from memsvc.app.settle import Settle
from memsvc.app.state_digest import TakeDigest
from memsvc.app.survey import Survey
from memsvc.app.tend import Tend
from memsvc.app.then import LookBack
from memsvc.app.unlinking import Unlink
from memsvc.app.verify import Verify
from memsvc.app.whereabouts import FindPlaces
from memsvc.app.write_note import WriteNote
from memsvc.config import Settings
from memsvc.domain.ids import SpaceKey
from memsvc.domain.reembedding import ModelNamed, Stage
from memsvc.domain.work import Job, Step
from memsvc.improving import improving, makers
from memsvc.ingest.notes.evolve import RuleEvolution
from memsvc.ingest.notes.sketch import RuleNotes
from memsvc.ingest.profile import CUES
from memsvc.llm.guiding import ModelClues, ModelSifting
from memsvc.llm.questions import Questions
from memsvc.llm.tallied import TalliedModel
from memsvc.opened import Opened, opened_for
from memsvc.ports.language import LanguageModel
from memsvc.ports.models import Embedder, Reranker, Surprisal
from memsvc.ports.world import Clock, Ids
from memsvc.reading.apart import ApartReader, Limits
from memsvc.service import Service
from memsvc.serving import Open, Parts, Serving
from memsvc.switching import (
    Opener,
    last_change,
    shelf_of,
    steps_beside,
)
from memsvc.switching import named as by_name
from memsvc.world import RandomIds, SystemClock
from retrieval.recipes import RECIPES
from retrieval.stage import Recipe
from store.directory import write_key_file
from store.shelf import IndexShelf

__all__ = ["Service", "open_service"]

ENGLISH = frozenset(("english", "porter", "en"))
"""The names under which settings call the language that profiles can be read in."""


@contextmanager
def open_service(
    settings: Settings,
    *,
    embedder: Embedder | None = None,
    open_model: Opener | None = None,
    surprisal: Surprisal | None = None,
    reranker: Reranker | None = None,
    language_model: LanguageModel | None = None,
    clock: Clock | None = None,
    ids: Ids | None = None,
    recipes: Mapping[str, Recipe] = RECIPES,
) -> Iterator[Service]:
    """Open the data directory and lend the service over it; close both afterwards.

    `embedder` stands in for the one that the settings name, `open_model` for what opens any other
    by name, as a change of the embedding model does.

    The first start makes an admin key and keeps it in the directory; where the database is shared,
    `memsvc migrate` has done so. Raises what is wrong with
    the directory, the database or the model: the subclasses of `Broken`.
    """
    named = partial(by_name, settings, embedder, open_model)
    with opened_for(
        settings,
        open_model=named,
        surprisal=surprisal,
        reranker=reranker,
        language_model=language_model,
        clock=clock or SystemClock(),
        ids=ids or RandomIds(),
    ) as opened:
        serving = _serving(opened, recipes, named)
        change = last_change(opened.keeping)
        if change is not None and change.stage is not Stage.ENDED:
            serving.take_up(change)
        service = serving.service
        if not opened.sharing.is_shared:
            service.admit.make_first(keep=partial(write_key_file, settings.data))
        for shelf in opened.shelves.all:
            shelf.drop_outdated_snapshots()
        service.enrich.take_over()
        present = service.embedder
        with opened.sharing.one_at_a_time():
            service.tend.at_start(present.fingerprint, tokens=present.token_fingerprint)
            service.tend.after_change_of(makers(opened))
        yield service


def _serving(opened: Opened, recipes: Mapping[str, Recipe], open_model: Opener) -> Serving:
    """Return what lends the service over the present model, with all it takes to change that."""
    pace, keeping = Pace(), opened.keeping

    def side(named: ModelNamed, embedder: Embedder, shelf: IndexShelf) -> Side:
        own = replace(opened, name=named.name, embedder=embedder, shelf=shelf)
        return Side(
            named,
            embedder,
            _recall(own, recipes),
            Embed(keeping, embedder, None, opened.clock),
        )

    def service(serving: Serving, present: Open, beside: Open | None) -> Service:
        named, embedder = present.side.named, present.side.embedder
        own = replace(opened, name=named.name, embedder=embedder, shelf=present.shelf)
        reembed = Reembed(keeping, serving, pace, opened.clock)
        recall = present.side.recall
        made = _composed(own, recipes, reembed=(serving, reembed), recall=recall)
        if beside is None:
            return made
        more = beside_steps(steps_beside(keeping, opened.clock, beside), pace)
        return replace(
            made,
            enrich=replace(made.enrich, steps={**made.enrich.steps, **more}),
            receipts=replace(made.receipts, beside=beside.shelf),
        )

    shelf = partial(
        shelf_of,
        opened.settings,
        opened.views,
        is_beside=True,
        is_shared=opened.sharing.is_shared,
    )
    parts = Parts(open_model, side, shelf, service, opened.shelves, keeping.models)
    last = partial(last_change, keeping)
    return Serving(parts, last, opened.name, opened.embedder, opened.shelf)


def _composed(
    opened: Opened,
    recipes: Mapping[str, Recipe],
    *,
    reembed: tuple[Serving, Reembed],
    recall: Recall,
) -> Service:
    """Return every use case over what is open."""
    settings, keeping, shelf = opened.settings, opened.keeping, opened.shelf
    embedder, analyzer = opened.embedder, opened.analyzer
    clock, ids = opened.clock, opened.ids
    holder = opened.sharing.name
    episodes = _episodes(opened)
    append = Append(embedder, analyzer, ids, episodes)
    remember = Remember(
        keeping,
        append,
        Echoes(keeping, shelf, analyzer),
        clock,
        max_turn_chars=settings.max_turn_chars,
    )
    facts = Facts(keeping, clock, ids)
    return Service(
        remember=remember,
        documents=Documents(
            keeping,
            append,
            _reader(settings),
            clock,
            max_paragraphs=settings.max_document_paragraphs,
        ),
        facts=facts,
        notes=Notes(WriteNote(keeping, append, clock, remember.policies), keeping, append, clock),
        links=Links(keeping, clock, ids, embedder.fingerprint),
        decide_facts=DecideFacts(facts),
        experiences=Experiences(remember, recall),
        feedback=GiveFeedback(keeping, clock, ids),
        pinned=PinQuestions(keeping, clock, ids, recipes),
        profile=recall.profiles,
        recall=recall,
        recall_together=RecallTogether(recall),
        order=Order(Locate(recall), keeping),
        recognise=Recognise(recall),
        find_places=FindPlaces(keeping, shelf, analyzer, clock),
        happened=Happened(keeping, shelf, clock),
        revise=Revise(keeping, clock),
        forget=Forget(keeping, episodes, clock),
        forget_wanted=ForgetWanted(keeping, episodes, clock, ids),
        receipts=Receipts(keeping, shelf, clock),
        quarantine=Quarantine(keeping, append, clock),
        roll_back=RollBack(keeping, episodes, clock, ids, embedder.fingerprint),
        take_digest=TakeDigest(keeping, clock),
        expire=Expire(keeping, episodes, clock),
        settle=Settle(keeping, episodes, clock),
        found=Found(keeping, clock, ids),
        govern=Govern(
            keeping,
            clock,
            has_language_model=episodes.surprisal is not None,
            has_instructed_model=opened.language_model is not None,
            recipes=recipes,
            fingerprint=embedder.fingerprint,
        ),
        inspect=Inspect(keeping, clock),
        recount=Recount(keeping, episodes, clock),
        verify=Verify(keeping),
        canaries=Canaries(keeping, append, clock),
        admit=Admit(keeping, clock, ids, _ring(opened)),
        enrich=Enrich(keeping, _steps(opened, episodes), clock, holder=holder),
        improve=improving(opened, holder=holder),
        tend=Tend(keeping, analyzer, clock),
        export=Export(keeping, clock, embedder.fingerprint),
        imports=Import(
            keeping,
            embedder,
            analyzer,
            episodes,
            clock,
            ids,
            max_turn_chars=settings.max_turn_chars,
        ),
        back_up=BackUp(opened.archive, clock),
        entities=Entities(keeping, shelf, clock),
        merging=Merging(keeping, clock, ids),
        unlinking=Unlink(keeping, clock, ids),
        draw=Draw(recall, clock),
        overlook=Overlook(Draw(recall, clock)),
        survey=Survey(keeping, shelf, clock),
        look_back=LookBack(keeping, shelf, clock),
        serving=reembed[0],
        reembed=reembed[1],
        shelf=shelf,
        sharing=opened.sharing,
        vacuum=opened.vacuum,
        embedder=embedder,
        language_model=opened.language_model,
    )


def _ring(opened: Opened) -> KeyRing:
    """Return what remembers keys: nothing does where another process may revoke one."""
    return KeyRing(0) if opened.sharing.is_shared else KeyRing()


def _episodes(opened: Opened) -> Episodes:
    scorer = None if opened.surprisal is None else opened.surprisal.fingerprint
    return Episodes(opened.embedder.fingerprint, opened.ids, opened.settings.language, scorer)


def _recall(opened: Opened, recipes: Mapping[str, Recipe]) -> Recall:
    keeping, shelf, embedder = opened.keeping, opened.shelf, opened.embedder
    cores = os.cpu_count() or 1
    questions = Questions(embedder, at_once=cores)
    is_english = opened.settings.language.strip().casefold() in ENGLISH
    cues = sorted(set(opened.analyzer.terms(CUES))) if is_english else ()
    return Recall(
        keeping,
        shelf,
        questions,
        opened.analyzer,
        recipes,
        Profiles(keeping, shelf, embedder, opened.clock, cues),
        Rereading(opened.reranker, opened.settings.rerank_wait_s),
        _helping(opened),
        opened.clock,
        wait_limit_s=opened.settings.position_wait_s,
        # Half of a search in a database of its own is waiting for that.
        at_work=Semaphore(2 * cores if opened.settings.database else cores),
    )


def _helping(opened: Opened) -> Helping:
    """Return what has the language model help with questions; nothing does without one."""
    found = opened.language_model
    model = None if found is None else TalliedModel(found)
    return Helping(
        None if model is None else ModelClues(model),
        None if model is None else ModelSifting(model),
        opened.embedder,
        opened.analyzer,
        limit_s=opened.settings.llm_recall_s,
    )


def _reader(settings: Settings) -> ApartReader:
    return ApartReader(
        Limits(
            max_bytes=settings.max_document_bytes,
            max_pages=settings.max_document_pages,
            seconds=settings.document_seconds,
        )
    )


def _steps(
    opened: Opened, episodes: Episodes
) -> Mapping[Step, Callable[[SpaceKey, Sequence[Job]], None]]:
    """Return what pays each step that writes owe, in the order in which steps are taken up."""
    keeping, embedder, analyzer = opened.keeping, opened.embedder, opened.analyzer
    clock = opened.clock
    steps: dict[Step, Callable[[SpaceKey, Sequence[Job]], None]] = {
        Step.EMBED: Embed(keeping, embedder, episodes, clock),
        Step.FACTS: EmbedFacts(keeping, embedder, clock),
        Step.NOTE_VECTORS: EmbedNotes(keeping, embedder, clock),
    }
    if opened.surprisal is not None:
        steps[Step.SURPRISE] = Score(keeping, opened.surprisal, episodes, clock)
    steps[Step.NAMES] = Compare(keeping, opened.shelf, embedder, clock)
    steps[Step.NOTES] = MakeNotes(
        keeping,
        opened.shelf,
        embedder,
        analyzer,
        RuleNotes(analyzer.asked),
        RuleEvolution(),
        clock,
        opened.ids,
    )
    return steps
