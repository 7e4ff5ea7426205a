"""What was asked for and is not there, or not for this key."""

from memsvc.domain.errors.root import MemsvcError


class NotFound(MemsvcError):
    """No such thing, or none that this key may see: the two answer alike."""

    code = "not_found"
    title = "Not found"


class SpaceNotFound(NotFound):
    """No space of that name that this key may see."""

    code = "space_not_found"
    title = "No such space"

    def __init__(self, space: str) -> None:
        super().__init__(f"There is no space {space!r} that this key may see; write to it first.")
        self.space = space


class StreamNotFound(NotFound):
    """No stream of that name in the space."""

    code = "stream_not_found"
    title = "No such stream"

    def __init__(self, stream: str) -> None:
        super().__init__(f"There is no stream {stream!r} in this space; list its streams.")
        self.stream = stream


class TurnNotFound(NotFound):
    """No turn of that id in the space."""

    code = "turn_not_found"
    title = "No such turn"

    def __init__(self, turn: str) -> None:
        super().__init__(f"There is no turn {turn!r} in this space; it may have been deleted.")
        self.turn = turn


class EventNotFound(NotFound):
    """No event of that id in the space."""

    code = "event_not_found"
    title = "No such event"

    def __init__(self, event: str) -> None:
        super().__init__(f"There is no event {event!r} in this space; list its events.")
        self.event = event


class FactNotFound(NotFound):
    """No fact of that id in the space, or only turns that have expired say it."""

    code = "fact_not_found"
    title = "No such fact"

    def __init__(self, fact: str) -> None:
        super().__init__(f"There is no fact {fact!r} in this space; list its facts.")
        self.fact = fact


class NoteNotFound(NotFound):
    """No note of that id in the space, or a turn that it hangs on has expired."""

    code = "note_not_found"
    title = "No such note"

    def __init__(self, note: str) -> None:
        super().__init__(f"There is no note {note!r} in this space; list its notes.")
        self.note = note


class LinkNotFound(NotFound):
    """No link of that id stands between two notes of the space."""

    code = "link_not_found"
    title = "No such link"

    def __init__(self, link: str) -> None:
        super().__init__(f"There is no link {link!r} in this space; list its links.")
        self.link = link


class RunNotFound(NotFound):
    """No run of enrichment of that id in the space."""

    code = "run_not_found"
    title = "No such run"

    def __init__(self, run: str) -> None:
        super().__init__(
            f"There is no run {run!r} in this space; list its runs, or see which one a note or the "
            "title of an event names."
        )
        self.run = run


class DocumentNotFound(NotFound):
    """No document of that id in the space."""

    code = "document_not_found"
    title = "No such document"

    def __init__(self, document: str) -> None:
        super().__init__(f"There is no document {document!r} in this space; list its documents.")
        self.document = document


class PartNotFound(NotFound):
    """No part of that name in the document."""

    code = "part_not_found"
    title = "No such part"

    def __init__(self, part: str) -> None:
        super().__init__(f"There is no part {part!r} in this document; read its parts.")
        self.part = part


class EntityNotFound(NotFound):
    """No turn that stands names this."""

    code = "entity_not_found"
    title = "No such entity"

    def __init__(self, entity: str) -> None:
        super().__init__(f"No turn of this space names {entity!r}; list its entities.")
        self.entity = entity


class MergeNotFound(NotFound):
    """No merge of that id in the space."""

    code = "merge_not_found"
    title = "No such merge"

    def __init__(self, merge: str) -> None:
        super().__init__(
            f"There is no merge {merge!r} in this space; it may have been taken back, or gone with "
            "the last turn that named one of its entities."
        )
        self.merge = merge


class UnlinkingNotFound(NotFound):
    """No unlinking of that id in the space."""

    code = "unlinking_not_found"
    title = "No such unlinking"

    def __init__(self, unlinking: str) -> None:
        super().__init__(
            f"There is no unlinking {unlinking!r} in this space; it may have been taken back, or "
            "gone with its turn."
        )
        self.unlinking = unlinking


class RulingNotFound(NotFound):
    """Nobody rules so about this fact, or it was taken back."""

    code = "ruling_not_found"
    title = "No such ruling"

    def __init__(self, ruling: str) -> None:
        super().__init__(
            f"There is no ruling {ruling!r} about this fact; it may have been taken back. Read the "
            "fact for those that stand."
        )
        self.ruling = ruling


class HeldNotFound(NotFound):
    """There is nothing of this id in quarantine, or it has expired."""

    code = "held_not_found"
    title = "Nothing of this id is held"

    def __init__(self, held: str) -> None:
        super().__init__(
            f"The quarantine holds nothing of the id {held!r}; list it to see what it holds."
        )
        self.held = held


class ReceiptNotFound(NotFound):
    """No receipt of that id in the space."""

    code = "receipt_not_found"
    title = "No such receipt"

    def __init__(self, receipt: str) -> None:
        super().__init__(f"There is no receipt {receipt!r} in this space; list its receipts.")
        self.receipt = receipt


class FeedbackNotFound(NotFound):
    """No feedback of that id in the space."""

    code = "feedback_not_found"
    title = "No such feedback"

    def __init__(self, feedback: str) -> None:
        super().__init__(
            f"There is no feedback {feedback!r} in this space; it may have been taken back, or "
            "gone with its turn."
        )
        self.feedback = feedback


class PinNotFound(NotFound):
    """No pinned question of that id in the space."""

    code = "pin_not_found"
    title = "No such pinned question"

    def __init__(self, pin: str) -> None:
        super().__init__(
            f"There is no pinned question {pin!r} in this space; it may have been unpinned, or "
            "pinned again under another id."
        )
        self.pin = pin


class KeyNotFound(NotFound):
    """No key of that id."""

    code = "key_not_found"
    title = "No such key"

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no key {key!r}; list the keys.")
        self.key = key


class RouteNotFound(NotFound):
    """No endpoint at that path, or not for that method."""

    code = "route_not_found"
    title = "No such endpoint"
