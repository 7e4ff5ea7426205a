"""The parts of a space, each with the verbs of its twin that waits."""

from typing import TYPE_CHECKING

from memsvc.sdk.aio.verbs import awaited, walked
from memsvc.sdk.canary_verbs import Canaries
from memsvc.sdk.document_verbs import Documents
from memsvc.sdk.entity_verbs import Entities, Merges, Unlinkings
from memsvc.sdk.experience_verbs import Experiences
from memsvc.sdk.fact_verbs import Facts
from memsvc.sdk.feedback_verbs import Feedback
from memsvc.sdk.graph_verbs import Graph
from memsvc.sdk.note_verbs import Links, Notes
from memsvc.sdk.pinned_verbs import Pinned
from memsvc.sdk.quarantine_verbs import Quarantine
from memsvc.sdk.receipt_verbs import Receipts

if TYPE_CHECKING:
    from memsvc.sdk.aio.client import AsyncClient


class Part:
    """A part of a space."""

    def __init__(self, client: "AsyncClient", space: str) -> None:
        self._client = client
        self._space = space


class AsyncDocuments(Part):
    """The documents of a space."""

    write = awaited(Documents.write)
    replace = awaited(Documents.replace)
    replace_part = awaited(Documents.replace_part)
    get = awaited(Documents.get)
    part = awaited(Documents.part)
    list = walked(Documents.list)
    delete = awaited(Documents.delete)


class AsyncFacts(Part):
    """The facts of a space."""

    state = awaited(Facts.state)
    get = awaited(Facts.get)
    list = walked(Facts.list)
    conflicts = walked(Facts.conflicts)
    supersede = awaited(Facts.supersede)
    decide = awaited(Facts.decide)
    take_back = awaited(Facts.take_back)
    delete = awaited(Facts.delete)


class AsyncNotes(Part):
    """The notes of a space."""

    create = awaited(Notes.create)
    get = awaited(Notes.get)
    list = walked(Notes.list)
    edit = awaited(Notes.edit)
    versions = awaited(Notes.versions)
    delete = awaited(Notes.delete)


class AsyncLinks(Part):
    """The links between the notes of a space."""

    create = awaited(Links.create)
    list = walked(Links.list)
    delete = awaited(Links.delete)


class AsyncEntities(Part):
    """What the turns of a space name."""

    list = walked(Entities.list)
    get = awaited(Entities.get)
    merge = awaited(Entities.merge)
    rename = awaited(Entities.rename)
    unlink = awaited(Entities.unlink)


class AsyncUnlinkings(Part):
    """Which turns people say do not name what was found in them."""

    list = walked(Unlinkings.list)
    undo = awaited(Unlinkings.undo)


class AsyncMerges(Part):
    """Which entities people say are one."""

    list = walked(Merges.list)
    undo = awaited(Merges.undo)


class AsyncQuarantine(Part):
    """What a space's admission policy holds back until somebody decides on it."""

    list = walked(Quarantine.list)
    release = awaited(Quarantine.release)
    reject = awaited(Quarantine.reject)


class AsyncReceipts(Part):
    """What was forgotten in a space on request."""

    list = walked(Receipts.list)
    get = awaited(Receipts.get)
    verify = awaited(Receipts.verify)


class AsyncExperiences(Part):
    """What agents tried with tools."""

    keep = awaited(Experiences.keep)
    recall = awaited(Experiences.recall)


class AsyncFeedback(Part):
    """What those who used hits say of them."""

    give = awaited(Feedback.give)
    list = walked(Feedback.list)
    take_back = awaited(Feedback.take_back)


class AsyncPinned(Part):
    """Questions that are asked again, to see whether what should answer them still does."""

    pin = awaited(Pinned.pin)
    list = walked(Pinned.list)
    unpin = awaited(Pinned.unpin)


class AsyncCanaries(Part):
    """Sentences that stand nowhere else, so that a leak can be seen."""

    plant = awaited(Canaries.plant)
    planted = awaited(Canaries.planted)
    check = awaited(Canaries.check)


class AsyncGraph(Part):
    """Who names what, what follows what, and what that says about a question."""

    around = awaited(Graph.around)
    activated = awaited(Graph.activated)
    overview = awaited(Graph.overview)
    stats = awaited(Graph.stats)
    export = walked(Graph.export)
