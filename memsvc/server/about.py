"""What the service says of itself: the page that heads its documentation."""

from memsvc.config import Settings
from memsvc.domain import knowledge, note, receipt
from memsvc.sdk import checked

API_VERSION = "1"
"""The version of the interface, as in /v1; the software's own is in /healthz."""

TAGS = [
    {"name": "turns", "description": "Write what happened, read it back, edit its metadata."},
    {"name": "events", "description": "What streams are cut into where something new began."},
    {"name": "documents", "description": "Files and long texts, replaced whole or by part."},
    {"name": "facts", "description": "What turns say, as triples between entities."},
    {"name": "notes", "description": "One idea each, edited in versions, and links between them."},
    {"name": "experiences", "description": "What agents tried with tools, and what came of it."},
    {"name": "entities", "description": "What turns name, and which of them are one."},
    {"name": "graph", "description": "Who names what, and what a question activates."},
    {"name": "forgetting", "description": "What is to go, and receipts for what went."},
    {"name": "quarantine", "description": "What is held back, and what is decided on it."},
    {"name": "rollback", "description": "Taking changes back, and digests of what stands."},
    {"name": "recall", "description": "Ask, and get the memories that matter with their reasons."},
    {"name": "feedback", "description": "Whether a hit helped, was wrong or is outdated."},
    {"name": "pinned", "description": "Questions asked again, to see what has changed."},
    {"name": "profile", "description": "What should always be known about a user."},
    {"name": "when and where", "description": "Which came first, what happened, who was where."},
    {"name": "spaces", "description": "The isolation boundary: one tenant, user or agent."},
    {"name": "streams", "description": "Ordered sources inside a space: a session, a thread."},
    {"name": "ledger", "description": "Every change, hash-chained, and its check."},
    {"name": "enrichment", "description": "The work after the write, and how far it is."},
    {"name": "moves", "description": "A whole space out of the service, and in again."},
    {"name": "canaries", "description": "Planted to see what leaks and what a deletion leaves."},
    {"name": "keys", "description": "Who may do what."},
    {"name": "backup", "description": "Everything in one file."},
    {"name": "service", "description": "What it stands on, and the settings in force."},
    {"name": "health", "description": "Liveness, readiness, numbers."},
]


def description(settings: Settings) -> str:
    """Return the head of the documentation, with the limits as they are set."""
    return f"""A self-hosted memory service for LLM agents.

Send a key as `Authorization: Bearer <key>`. Readers recall, list and get; writers also make spaces
and write, edit and delete; admins also change a space's settings, delete whole spaces and, when
bound to all spaces, manage keys. A space that a key may not see answers like one that does not
exist.

Every error is an RFC 9457 problem: `type` is a stable code, `detail` says what to do next. Every
answer carries `X-Request-Id`; send one of your own and it is kept. Times are RFC 3339, in UTC when
they name no offset.

| limit | value |
|---|---|
| requests worked on at once | {settings.request_threads} |
| requests waiting | {settings.waiting_requests}, {settings.request_wait_s:g} seconds at most |
| time for a body to come | {settings.body_wait_s:g} seconds |
| request body | {settings.max_body_bytes:,} bytes |
| import | {settings.max_import_bytes:,} bytes, each line a request body |
| text of one turn | {settings.max_turn_chars:,} characters |
| document | {settings.max_document_bytes:,} bytes, {settings.max_document_pages:,} pages, \
{settings.max_document_paragraphs:,} paragraphs |
| parts in one write of a document | {checked.MAX_PARTS:,} |
| turns in one write | {checked.MAX_BATCH:,} |
| facts in one statement | {checked.MAX_BATCH:,}, each said by {knowledge.MAX_FACT_TURNS} turns |
| subject and predicate of a fact, its object | {knowledge.MAX_SUBJECT_CHARS} characters, \
{knowledge.MAX_OBJECT_CHARS} |
| text of a note, its context | {note.MAX_NOTE_CHARS:,} characters, {note.MAX_CONTEXT_CHARS} |
| keywords of a note, tags | {note.MAX_KEYWORDS}, {note.MAX_TAGS}, each of \
{note.MAX_WORD_CHARS} characters |
| reason of an edit or a link | {note.MAX_REASON_CHARS} characters |
| metadata of one turn | {checked.MAX_METADATA_BYTES:,} bytes, {checked.MAX_METADATA_DEPTH} deep |
| question | {checked.MAX_QUESTION_CHARS:,} characters |
| question to the graph | {checked.MAX_GRAPH_QUESTION_CHARS:,} characters |
| steps from a node of the graph | {checked.MAX_DEPTH} |
| turns forgotten by one request | {receipt.MOST_FORGOTTEN:,} |
| name of an entity | {checked.MAX_ENTITY_NAME:,} characters |
| hits | {checked.MAX_K} |
| spaces in one question | {checked.MAX_SPACES_ASKED} |
| context | {checked.MAX_BUDGET_TOKENS:,} tokens of the embedding model |
| page | {checked.MAX_PAGE} items |
| `retention_days` | {checked.MAX_RETENTION_DAYS:,} |
| values of one filter | {checked.MAX_FILTER_VALUES} |
| name of a space, stream, turn, document or part | {checked.MAX_NAME} characters |
| wait for `min_position` | {settings.position_wait_s:g} seconds |
"""
