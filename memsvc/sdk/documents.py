"""The shapes of documents, as they travel. `memsvc.sdk.wire` says what holds for all shapes."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from memsvc.sdk.checked import MAX_METADATA_BYTES, MAX_PARTS, Label, Metadata, Moment, Name, Text
from memsvc.sdk.wire import Answer, Request

TextType = Literal["text/plain", "text/markdown", "text/html"]
Embed = Literal["now", "later"]

_GIVEN_TEXT: JsonDict = {"type": "string"}
_GIVEN_PARTS: JsonDict = {"type": "array"}
_LEFT_OUT: JsonDict = {"type": "null"}


class NewPart(Request):
    """A part of a document, as plain text; blank lines part its paragraphs."""

    name: Name = Field(description="What it is replaced by; unique in the document.")
    text: Text = Field(description="Its text.")
    title: Label | None = Field(
        default=None, description="What it is called, for people; its name when left out."
    )


class ReplaceDocument(Request):
    """A document: one text, or named parts, or (in a form) an uploaded file."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["text"], "properties": {"text": _GIVEN_TEXT, "parts": _LEFT_OUT}},
                {"required": ["parts"], "properties": {"parts": _GIVEN_PARTS, "text": _LEFT_OUT}},
            ]
        }
    )

    text: Text | None = Field(
        default=None, description="The whole text; its headings make the parts."
    )
    media_type: TextType = Field(
        default="text/plain", description="What the text is written in; parts are plain text."
    )
    parts: list[NewPart] | None = Field(
        default=None, min_length=1, max_length=MAX_PARTS, description="The parts in order."
    )
    title: Label | None = Field(
        default=None, description="What it is called; the text's own title when left out."
    )
    metadata: Metadata = Field(
        default_factory=dict,
        description=f"Your own JSON, {MAX_METADATA_BYTES} bytes at most; each paragraph has it.",
    )
    at: Moment | None = Field(
        default=None, description="When it was written; the time of arrival when left out."
    )
    user_id: Label | None = Field(default=None, description="Whose memory this is about.")
    agent_id: Label | None = Field(default=None, description="Which agent wrote it.")
    embed: Embed = Field(
        default="now",
        description="now: found by meaning when the answer comes. later: found by words at once, "
        "by meaning once the outbox is worked off.",
    )


class WriteDocument(ReplaceDocument):
    """A document to write: one text, or named parts, or (in a form) an uploaded file."""

    id: Name | None = Field(
        default=None,
        description="Your own id of it, unique in the space; made up when left out. The same id "
        "again replaces the document.",
    )


class ReplacePart(Request):
    """The new text of a part; in a form it may be an uploaded file."""

    model_config = ConfigDict(
        json_schema_extra={"required": ["text"], "allOf": [{"properties": {"text": _GIVEN_TEXT}}]}
    )

    text: Text | None = Field(default=None, description="The text.")
    media_type: TextType = Field(
        default="text/plain", description="What the text is written in; its headings part nothing."
    )
    title: Label | None = Field(
        default=None, description="What the part is called, for people; as before when left out."
    )
    embed: Embed = Field(default="now", description="As in the writing of a document.")


class WrittenPart(Answer):
    """A part of a document as it stands, without its paragraphs."""

    name: str
    title: str | None = None
    stream: str


class WrittenDocument(Answer):
    """The answer to a write: the document as it stands, and what the write did to its turns."""

    id: str
    title: str | None = None
    media_type: str
    version: int
    parts: list[WrittenPart]
    added: int
    kept: int
    removed: int
    embedded: bool


class DocumentInfo(Answer):
    """A document in a list."""

    id: str
    title: str | None = None
    media_type: str
    version: int
    created_at: datetime
    updated_at: datetime
    parts: int
    turns: int


class PartInfo(Answer):
    """A part with the ids of the turns that are its paragraphs."""

    name: str
    title: str | None = None
    stream: str
    turns: list[str]


class DocumentDetail(Answer):
    """A document with its parts. `version` is what If-Match wants."""

    id: str
    title: str | None = None
    media_type: str
    version: int
    created_at: datetime
    updated_at: datetime
    metadata: dict[str, Any]
    at: datetime | None = None
    user_id: str | None = None
    agent_id: str | None = None
    parts: list[PartInfo]


class Paragraph(Answer):
    """A paragraph of a part."""

    turn: str
    text: str


class PartDetail(Answer):
    """A part with its text. `version` is the document's, and what If-Match wants."""

    document: str
    name: str
    title: str | None = None
    stream: str
    version: int
    paragraphs: list[Paragraph]
