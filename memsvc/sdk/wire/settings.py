"""The settings of a space, as they are said and as they are told."""

from pydantic import ConfigDict, Field

from memsvc.sdk.admission import AdmissionFields, InstructionFields
from memsvc.sdk.checked import Days, Name, SingleValued
from memsvc.sdk.forgetting import DecayFields, ForgettingFields
from memsvc.sdk.improving import ImprovingFields
from memsvc.sdk.note_making import NoteMakingFields
from memsvc.sdk.segmentation import SegmentationFields
from memsvc.sdk.synonyms import SynonymFields
from memsvc.sdk.wire.base import Answer, HelpTime, Request


class SegmentationSaid(SegmentationFields, Request):
    """How to cut streams into events; what is left out is as it is by default."""


class SegmentationInfo(SegmentationFields, Answer):
    """How streams are cut into events."""


class DecaySaid(DecayFields, Request):
    """What is left of a turn's strength after a day, by its source; what is left out stays 1."""


class DecayInfo(DecayFields, Answer):
    """What is left of a turn's strength after a day, by its source."""


class ForgettingSaid(ForgettingFields, Request):
    """How turns fade in recalls; what is left out is as it is by default."""

    decay: DecaySaid = Field(default_factory=DecaySaid)


class ForgettingInfo(ForgettingFields, Answer):
    """How turns fade in recalls."""

    decay: DecayInfo = Field(default_factory=DecayInfo)


class SynonymsSaid(SynonymFields, Request):
    """How synonyms of names are sought; what is left out is as it is by default."""


class SynonymsInfo(SynonymFields, Answer):
    """How synonyms of names are sought."""


class InstructionsSaid(InstructionFields, Request):
    """From which sources instructions to a model are held; the rest as it is by default."""


class InstructionsInfo(InstructionFields, Answer):
    """From which sources instructions to a language model are held back."""


class AdmissionSaid(AdmissionFields, Request):
    """What is let in, and how far it is trusted; what is left out is as it is by default."""

    instructions: InstructionsSaid = Field(default_factory=InstructionsSaid)


class AdmissionInfo(AdmissionFields, Answer):
    """What is let in, and how far it is trusted."""

    instructions: InstructionsInfo = Field(default_factory=InstructionsInfo)


class NoteMakingSaid(NoteMakingFields, Request):
    """How notes are made of events; what is left out is as it is by default."""


class NoteMakingInfo(NoteMakingFields, Answer):
    """How notes are made of events."""


class ImprovingSaid(ImprovingFields, Request):
    """What a language model is to make of what is written; what is left out is as by default."""


class ImprovingInfo(ImprovingFields, Answer):
    """What a language model makes of what is written."""


class SpaceSettings(Answer):
    """What may be set for a space."""

    retention_days: int | None = Field(
        default=None,
        description="For how long turns are kept from when they were written; null keeps them.",
    )
    segmentation: SegmentationInfo | None = Field(
        default=None,
        description="How streams are cut into events; null for how it is done by default.",
    )
    forgetting: ForgettingInfo | None = Field(
        default=None, description="How turns fade in recalls; null when they do not."
    )
    synonyms: SynonymsInfo | None = Field(
        default=None, description="How synonyms of names are sought; null when they are not."
    )
    single_valued: list[str] | None = Field(
        default=None,
        description="Predicates that hold one object at a time, beside the well-known ones.",
    )
    admission: AdmissionInfo | None = Field(
        default=None,
        description="What is let in and how far it is trusted; null as it is by default.",
    )
    notes: NoteMakingInfo | None = Field(
        default=None, description="How notes are made of events; null when they are not."
    )
    recipe: str | None = Field(
        default=None,
        description="Which recipe ranks where a question names none; null for `default`.",
    )
    improving: ImprovingInfo | None = Field(
        default=None,
        description="What a language model makes of what is written; null for nothing.",
    )
    clues: HelpTime | None = Field(
        default=None,
        description="When a language model writes clues for a question that does not say it; null "
        "as its recipe has it.",
    )
    sift_facts: HelpTime | None = Field(
        default=None,
        description="When a language model sifts facts for a question that does not say it; null "
        "as its recipe has it.",
    )


class ReviseSpace(Request):
    """New settings of a space; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    retention_days: Days | None = Field(
        default=None,
        description="Keep turns for so many days from when they were written, and delete them "
        "after that; null keeps them.",
    )
    segmentation: SegmentationSaid | None = Field(
        default=None,
        description="Cut streams into events like this from now on; null for how it is done by "
        "default. Events that are closed stay as they are.",
    )
    forgetting: ForgettingSaid | None = Field(
        default=None,
        description="Let turns fade in recalls like this; null for not at all. Nothing is deleted "
        "by it.",
    )
    synonyms: SynonymsSaid | None = Field(
        default=None,
        description="Embed the names in turns, those that are there and those to come, and join "
        "those that mean the same; null for no further ones. That is work for the outbox.",
    )
    single_valued: SingleValued | None = Field(
        default=None,
        description="Predicates that hold one object at a time, so that a later statement ends an "
        "earlier one; beside the well-known ones, and for what was stated before, too.",
    )
    admission: AdmissionSaid | None = Field(
        default=None,
        description="What to let in from now on, and how far to trust it in recalls; null as it "
        "is by default: instructions to a model are held when an untrusted source gives them.",
    )
    notes: NoteMakingSaid | None = Field(
        default=None,
        description="Make a note of every event that closes from now on, and link it; null for no "
        "further ones. That is work for the outbox.",
    )
    recipe: Name | None = Field(
        default=None,
        description="Let this recipe rank where a question names none; null for `default`. See "
        "/v1/recipes.",
    )
    improving: ImprovingSaid | None = Field(
        default=None,
        description="Have a language model read facts, judge them, write notes and read profiles; "
        "null for none of it. That is work for the outbox, and needs a model.",
    )
    clues: HelpTime | None = Field(
        default=None,
        description="Have a language model write clues for questions that do not say it "
        "themselves: never, where the recall is unsure, or always; null as the recipe has it. All "
        "but never need a model.",
    )
    sift_facts: HelpTime | None = Field(
        default=None,
        description="Have a language model sift facts for questions that do not say it "
        "themselves; null as the recipe has it. All but never need a model.",
    )
