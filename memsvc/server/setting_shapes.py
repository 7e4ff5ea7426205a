"""Between a space's settings as they travel and as the use cases speak of them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from memsvc.domain.admission import Admission, Instructions
from memsvc.domain.episode import Segmentation
from memsvc.domain.forgetting import Decay, Forgetting
from memsvc.domain.helping import When
from memsvc.domain.ids import StreamName
from memsvc.domain.improving import Improving
from memsvc.domain.knowledge import SynonymSearch
from memsvc.domain.memory import SpaceSettings
from memsvc.domain.note_making import NoteMaking
from memsvc.sdk import wire
from memsvc.sdk.lines import SettingsSaid

NO_SETTINGS = SpaceSettings()


def settings_from(
    said: wire.ReviseSpace | SettingsSaid, *, held: SpaceSettings = NO_SETTINGS
) -> SpaceSettings:
    """Return the settings with what was said in the place of what is held; the rest stays."""
    given = {name: getattr(said, name) for name in said.model_fields_set}
    for name in given.keys() & MADE.keys():
        if given[name] is not None:
            given[name] = MADE[name](given[name])
    return replace(held, **given)


def settings_shape(settings: SpaceSettings) -> wire.SpaceSettings:
    """Return settings as a space shows them."""
    cut, fades, seeks = settings.segmentation, settings.forgetting, settings.synonyms
    admits, said = settings.admission, settings.single_valued
    improves = settings.improving
    return wire.SpaceSettings(
        retention_days=settings.retention_days,
        segmentation=None if cut is None else wire.SegmentationInfo(**asdict(cut)),
        forgetting=None if fades is None else wire.ForgettingInfo.model_validate(asdict(fades)),
        synonyms=None if seeks is None else wire.SynonymsInfo(**asdict(seeks)),
        single_valued=None if said is None else list(said),
        admission=None if admits is None else wire.AdmissionInfo.model_validate(asdict(admits)),
        notes=None if settings.notes is None else wire.NoteMakingInfo(**asdict(settings.notes)),
        recipe=settings.recipe,
        improving=None if improves is None else wire.ImprovingInfo(**asdict(improves)),
        clues=None if settings.clues is None else settings.clues.value,
        sift_facts=None if settings.sift_facts is None else settings.sift_facts.value,
    )


def settings_said(settings: SpaceSettings) -> SettingsSaid:
    """Return settings as an export says them."""
    return SettingsSaid.model_validate(settings_shape(settings).model_dump())


def admission_from(said: wire.AdmissionSaid) -> Admission:
    """Return what a space lets in."""
    given = {name: getattr(said, name) for name in type(said).model_fields}
    return Admission(**{**given, "instructions": Instructions(**said.instructions.model_dump())})


def forgetting_from(said: wire.ForgettingSaid) -> Forgetting:
    """Return how turns fade."""
    return Forgetting(
        decay=Decay(**said.decay.model_dump()),
        momentum=said.momentum,
        weight=said.weight,
        archive_below=said.archive_below,
        streams=None if said.streams is None else tuple(map(StreamName, said.streams)),
    )


MADE: Mapping[str, Callable[[Any], object]] = {
    "segmentation": lambda said: Segmentation(**said.model_dump()),
    "forgetting": forgetting_from,
    "synonyms": lambda said: SynonymSearch(**said.model_dump()),
    "single_valued": tuple,
    "admission": admission_from,
    "notes": lambda said: NoteMaking(**said.model_dump()),
    "improving": lambda said: Improving(**said.model_dump()),
    "clues": When,
    "sift_facts": When,
}
"""What makes a setting of what was said, for those that are kept as something else."""
