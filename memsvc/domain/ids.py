"""Names and numbers by which things are known.

Public ids are text and travel over the wire. Keys are integers given by the store; they stay
inside, where indexes need them, and rise in the order in which rows were written.
"""

from typing import NewType

SpaceName = NewType("SpaceName", str)
"""What a caller calls a space. Unique in an installation."""

StreamName = NewType("StreamName", str)
"""What a caller calls a stream. Unique in its space."""

DocumentName = NewType("DocumentName", str)
"""What a caller calls a document. Unique in its space."""

TurnId = NewType("TurnId", str)
"""A turn's public id, given by the service. Unique in its space."""

EventId = NewType("EventId", str)
"""An event's public id, given by the service when it closes. Unique in its space."""

FactId = NewType("FactId", str)
"""A fact's public id, given by the service. Unique in its space."""

MergeId = NewType("MergeId", str)
"""The public id of a merge of two entities, given by the service. Unique in its space."""

UnlinkingId = NewType("UnlinkingId", str)
"""The public id of somebody's word that a turn does not name an entity. Unique in its space."""

RulingId = NewType("RulingId", str)
"""The public id of somebody's ruling about a fact, given by the service. Unique in its space."""

NoteId = NewType("NoteId", str)
"""A note's public id, given by the service. Unique in its space."""

LinkId = NewType("LinkId", str)
"""The public id of a link between two notes, given by the service. Unique in its space."""

RunId = NewType("RunId", str)
"""The public id of one run of enrichment. Unique in its space."""

FeedbackId = NewType("FeedbackId", str)
"""The public id of what somebody says of a turn. Unique in its space."""

PinId = NewType("PinId", str)
"""The public id of a pinned question. Unique in its space."""

CanaryId = NewType("CanaryId", str)
"""The public id of a canary. Unique in an installation."""

ReceiptId = NewType("ReceiptId", str)
"""The public id of the receipt for what a request forgot. Unique in its space."""

KeyId = NewType("KeyId", str)
"""An access key's public id; not the secret."""

SpaceKey = NewType("SpaceKey", int)
"""A space's number inside the store. Part of every row's key."""

StreamKey = NewType("StreamKey", int)
"""A stream's number inside the store."""

DocumentKey = NewType("DocumentKey", int)
"""A document's number inside the store."""

TurnKey = NewType("TurnKey", int)
"""A turn's number inside the store; rises with the order of writing."""

EventKey = NewType("EventKey", int)
"""An event's number inside the store; rises with the order in which events closed."""

FactKey = NewType("FactKey", int)
"""A fact's number inside the store; rises with the order of writing."""

NoteKey = NewType("NoteKey", int)
"""A note's number inside the store; rises with the order of writing."""

Position = NewType("Position", int)
"""A place in a space's ledger: 1, 2, 3 and so on without gaps; 0 is before the first entry."""
