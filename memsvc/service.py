"""The service as a value: every use case, ready to be called, and the same as of earlier."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from memsvc.app.admit import Admit
from memsvc.app.back_up import BackUp
from memsvc.app.canaries import Canaries
from memsvc.app.decide_facts import DecideFacts
from memsvc.app.documents import Documents
from memsvc.app.draw import Draw
from memsvc.app.enrich import Enrich
from memsvc.app.entities import Entities
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
from memsvc.app.imports import Import
from memsvc.app.inspect import Inspect
from memsvc.app.links import Links
from memsvc.app.locate import Locate
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
from memsvc.app.reembed import Reembed, Side
from memsvc.app.remember import Remember
from memsvc.app.revise import Revise
from memsvc.app.roll_back import RollBack
from memsvc.app.settle import Settle
from memsvc.app.state_digest import TakeDigest
from memsvc.app.survey import Survey
from memsvc.app.tend import Tend
from memsvc.app.then import LookBack, Then
from memsvc.app.unlinking import Unlink
from memsvc.app.verify import Verify
from memsvc.app.whereabouts import FindPlaces
from memsvc.domain.reembedding import Reembedding
from memsvc.llm.metered import Metered
from memsvc.ports.models import Embedder
from store.sharing import Sharing
from store.shelf import IndexShelf
from store.vacuuming import Vacuuming


class Serving(Protocol):
    """Tells by which model requests are answered, which may change while the service is open."""

    @property
    def service(self) -> "Service":
        """The service over the present model; a request uses one from beginning to end."""
        ...

    def beside(self, change: Reembedding) -> Side | None:
        """Return the model beside the present one, if it is open."""
        ...

    def tend(self, go_on: Callable[[], bool]) -> int:
        """Look after the indexes of every model; see `IndexShelf.tend`."""
        ...

    def follow_others(self) -> int:
        """Bring everything to where other processes have brought the rows."""
        ...

    @property
    def index_bytes(self) -> int:
        """Bytes of memory that the indexes of every model take."""
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """Every use case, ready to be called, over one embedding model."""

    remember: Remember
    documents: Documents
    facts: Facts
    notes: Notes
    links: Links
    decide_facts: DecideFacts
    experiences: Experiences
    feedback: GiveFeedback
    pinned: PinQuestions
    profile: Profiles
    recall: Recall
    recall_together: RecallTogether
    order: Order
    recognise: Recognise
    find_places: FindPlaces
    happened: Happened
    revise: Revise
    forget: Forget
    forget_wanted: ForgetWanted
    receipts: Receipts
    quarantine: Quarantine
    roll_back: RollBack
    take_digest: TakeDigest
    expire: Expire
    settle: Settle
    found: Found
    govern: Govern
    inspect: Inspect
    recount: Recount
    verify: Verify
    canaries: Canaries
    admit: Admit
    enrich: Enrich
    improve: Enrich
    """What of it a language model does; nothing without one."""
    tend: Tend
    export: Export
    imports: Import
    back_up: BackUp
    entities: Entities
    merging: Merging
    unlinking: Unlink
    draw: Draw
    overlook: Overlook
    survey: Survey
    look_back: LookBack
    reembed: Reembed
    serving: "Serving"
    shelf: IndexShelf
    sharing: Sharing
    vacuum: Vacuuming | None
    """Where the store is one that does not overwrite what is deleted."""
    embedder: Embedder
    language_model: Metered | None

    def at(self, then: Then) -> "Service":
        """Return the service whose reads of memory answer as of then; it writes as ever."""
        keeping, shelf, clock = then.keeping, then.shelf, then.clock
        recall = replace(self.recall, keeping=keeping, shelf=shelf, clock=clock)
        facts = replace(self.facts, keeping=keeping, clock=clock)
        return replace(
            self,
            recall=recall,
            profile=replace(self.profile, keeping=keeping, shelf=shelf, clock=clock),
            experiences=Experiences(self.remember, recall),
            feedback=replace(self.feedback, keeping=keeping, clock=clock),
            recall_together=RecallTogether(recall),
            recognise=Recognise(recall),
            order=Order(Locate(recall), keeping),
            draw=Draw(recall, clock),
            overlook=Overlook(Draw(recall, clock)),
            survey=Survey(keeping, shelf, clock),
            find_places=replace(self.find_places, keeping=keeping, shelf=shelf, clock=clock),
            happened=Happened(keeping, shelf, clock),
            inspect=Inspect(keeping, clock),
            recount=replace(self.recount, keeping=keeping, clock=clock),
            documents=replace(self.documents, keeping=keeping, clock=clock),
            facts=facts,
            decide_facts=DecideFacts(facts),
            notes=replace(self.notes, keeping=keeping, clock=clock),
            links=replace(self.links, keeping=keeping, clock=clock),
            entities=Entities(keeping, shelf, clock),
            merging=replace(self.merging, keeping=keeping, clock=clock),
            unlinking=replace(self.unlinking, keeping=keeping, clock=clock),
            receipts=Receipts(keeping, shelf, clock),
            take_digest=TakeDigest(keeping, clock),
        )
