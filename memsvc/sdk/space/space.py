"""A space, with its parts: documents, facts, notes and more, each with verbs of its own."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

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
from memsvc.sdk.space.asking import Asking
from memsvc.sdk.space.turns import Turns
from memsvc.sdk.space.whole import Whole
from memsvc.sdk.then import LookingBack

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Space(Asking, Turns, Whole):
    """One space of a service: the memory of a tenant, user or agent."""

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
    def unlinked(self) -> Unlinkings:
        """Which turns people say do not name what was found in them."""
        return Unlinkings(self._client, self.name)

    @property
    def experiences(self) -> Experiences:
        """What agents tried with tools."""
        return Experiences(self._client, self.name)

    @property
    def feedback(self) -> Feedback:
        """What those who used hits say of them."""
        return Feedback(self._client, self.name)

    @property
    def pinned(self) -> Pinned:
        """Questions that are asked again, to see what has changed."""
        return Pinned(self._client, self.name)

    @property
    def canaries(self) -> Canaries:
        """Sentences that stand nowhere else, so that a leak can be seen."""
        return Canaries(self._client, self.name)

    @property
    def graph(self) -> Graph:
        """Who names what, what follows what, and what that says about a question."""
        return Graph(self._client, self.name)

    @property
    def quarantine(self) -> Quarantine:
        """What the space's admission policy holds back."""
        return Quarantine(self._client, self.name)

    @property
    def receipts(self) -> Receipts:
        """What was forgotten on request."""
        return Receipts(self._client, self.name)
