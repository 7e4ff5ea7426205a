"""Govern: set how a space is kept: for how long, how it is cut into events, what is sought."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from memsvc.app.compare import owe_missing_names
from memsvc.app.fingerprints import settings_digest
from memsvc.app.inspect import SpaceSummary
from memsvc.app.look_up import known_recipe, the_space
from memsvc.app.owe_improving import owe_unread
from memsvc.domain.access import Access, Role
from memsvc.domain.episode import SurpriseSource
from memsvc.domain.errors import NoLanguageModel, VersionMismatch
from memsvc.domain.helping import When
from memsvc.domain.ids import SpaceName
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Fingerprint, Space, SpaceSettings
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock

INSTRUCTED = "MEMSVC_LLM_URL and MEMSVC_LLM_MODEL"
"""The settings that name a language model that follows instructions."""

FOR_A_MODEL = ("improving", "clues", "sift_facts")
"""What of a space's settings only such a model can do."""


def refuse_unmet(
    settings: SpaceSettings, *, has_language_model: bool, has_instructed_model: bool
) -> None:
    """Refuse to set what this service cannot honour now. Raises `NoLanguageModel`.

    Settings that come with an import are not refused: a space may move to where no model is, and
    is cut by vectors there; and to where its recipe is not known, and is asked by the default.
    """
    if settings.cutting.source is SurpriseSource.TOKENS and not has_language_model:
        raise NoLanguageModel("segmentation.source")
    if settings.improving is not None and not has_instructed_model:
        raise NoLanguageModel("improving", setting=INSTRUCTED)
    for field, when in (("clues", settings.clues), ("sift_facts", settings.sift_facts)):
        if when not in {None, When.NEVER} and not has_instructed_model:
            raise NoLanguageModel(field, setting=INSTRUCTED)


def set_for(
    unit: Unit, space: Space, settings: SpaceSettings, *, actor: str, at: datetime
) -> Space:
    """Put settings in the place of a space's and enter that; return the space as it is then."""
    digest = settings_digest(settings, secret=space.secret)
    entry = EntryDraft(Change.SPACE_REVISED, space.name, digest)
    position = unit.ledger.append(space.key, [entry], actor=actor, at=at)
    unit.spaces.revise(space.key, settings, version=position)
    return replace(space, settings=settings, version=position, position=position)


def _changed(settings: SpaceSettings, held: SpaceSettings) -> SpaceSettings:
    """Return settings without those for a model that stay; they may have come with an import."""
    same = [name for name in FOR_A_MODEL if getattr(settings, name) == getattr(held, name)]
    return replace(settings, **dict.fromkeys(same))


@dataclass(frozen=True, slots=True)
class Govern:
    """The use case, with what it needs."""

    keeping: Keeping
    clock: Clock
    has_language_model: bool
    has_instructed_model: bool
    """Whether there is one that follows instructions, and not only tells surprise."""
    recipes: Collection[str]
    fingerprint: Fingerprint
    """Of the model of the vectors."""

    def __call__(
        self, access: Access, space: SpaceName, settings: SpaceSettings, *, version: int
    ) -> SpaceSummary:
        """Put these settings in the place of the space's; they hold from now on for every turn.

        Needs an admin: a writer deletes what it names, while a setting deletes what nobody looks
        at. Raises `VersionMismatch` when `version` is no longer the current one,
        `NoLanguageModel`, and `InvalidField` for a recipe that is not known.
        """

        def work(unit: Unit) -> SpaceSummary:
            held = the_space(unit, access, space, Role.ADMIN)
            if settings.recipe not in {None, held.settings.recipe}:
                known_recipe(str(settings.recipe), self.recipes)
            if held.version != version:
                raise VersionMismatch(current=held.version)
            refuse_unmet(
                _changed(settings, held.settings),
                has_language_model=self.has_language_model,
                has_instructed_model=self.has_instructed_model,
            )
            now = self.clock.now()
            revised = set_for(unit, held, settings, actor=access.id, at=now)
            owe_unread(unit, revised, before=held, now=now)
            if held.settings.synonyms is None:
                owe_missing_names(unit, revised, fingerprint=self.fingerprint, now=now)
            return SpaceSummary(revised, unit.spaces.counts(held.key))

        return self.keeping.write(work)
