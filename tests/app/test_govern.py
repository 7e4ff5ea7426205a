"""Settings of a space: compare-and-set, entered in the ledger, checked by it."""

from dataclasses import replace
from pathlib import Path

import pytest

from memsvc.domain.access import Role
from memsvc.domain.episode import Segmentation, SurpriseSource
from memsvc.domain.errors import (
    InvalidField,
    NoLanguageModel,
    RoleTooWeak,
    SpaceNotFound,
    VersionMismatch,
)
from memsvc.domain.ids import Position
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space, SpaceSettings
from memsvc.domain.recall import Question
from tests.app.small import ALICE, BOB, key_of, remember, said, tamper
from tests.worlds import World

MONTH = SpaceSettings(retention_days=30)


def space_of(world: World) -> Space:
    return world.service.inspect.space(world.admin, ALICE).space


def test_a_new_space_keeps_everything_and_stands_at_version_0(world: World) -> None:
    remember(world, said("tea"))

    assert (space_of(world).settings, space_of(world).version) == (SpaceSettings(), 0)


def test_settings_are_answered_with_their_version_and_stay(world: World) -> None:
    remember(world, said("tea"))

    revised = world.service.govern(world.admin, ALICE, MONTH, version=0).space

    assert (revised.settings, revised.version, revised.position) == (MONTH, 4, 4)
    assert space_of(world) == revised


def test_an_edit_of_an_older_version_is_refused_with_the_present_one(world: World) -> None:
    remember(world, said("tea"))
    world.service.govern(world.admin, ALICE, MONTH, version=0)

    with pytest.raises(VersionMismatch) as refused:
        world.service.govern(world.admin, ALICE, SpaceSettings(), version=0)

    assert refused.value.current == 4
    assert space_of(world).settings == MONTH


def test_the_change_is_entered_by_name_and_without_what_was_set(world: World) -> None:
    remember(world, said("tea"))
    world.service.govern(world.admin, ALICE, MONTH, version=0)

    *_, entry = world.service.inspect.ledger(world.admin, ALICE, after=Position(0), limit=9)

    assert (entry.change, entry.subject, entry.actor) == (
        Change.SPACE_REVISED,
        ALICE,
        world.admin.id,
    )


@pytest.mark.parametrize("role", [Role.READER, Role.WRITER])
def test_only_an_admin_may(world: World, role: Role) -> None:
    remember(world, said("tea"))

    with pytest.raises(RoleTooWeak):
        world.service.govern(key_of(role), ALICE, MONTH, version=0)


def test_an_admin_of_another_space_does_not_see_it(world: World) -> None:
    remember(world, said("tea"))

    with pytest.raises(SpaceNotFound):
        world.service.govern(key_of(Role.ADMIN, BOB), ALICE, MONTH, version=0)


def test_the_ledger_holds_with_settings_that_changed_several_times(world: World) -> None:
    remember(world, said("tea"))
    for settings in (MONTH, SpaceSettings(), SpaceSettings(retention_days=1)):
        world.service.govern(world.admin, ALICE, settings, version=space_of(world).version)

    assert world.service.verify(world.admin, ALICE).is_whole


@pytest.mark.parametrize(
    "statement",
    [
        """UPDATE spaces SET settings = '{"retention_days": 1}'""",
        "UPDATE spaces SET settings = '{}'",
        "UPDATE spaces SET version = 0",
        "UPDATE spaces SET version = 2",
    ],
)
def test_settings_changed_behind_the_ledgers_back_are_found(
    world: World, tmp_path: Path, statement: str
) -> None:
    remember(world, said("tea"))
    world.service.govern(world.admin, ALICE, MONTH, version=0)

    tamper(tmp_path, statement)

    assert "settings" in (world.service.verify(world.admin, ALICE).reason or "")


def test_settings_that_nobody_entered_are_found(world: World, tmp_path: Path) -> None:
    remember(world, said("tea"))

    tamper(tmp_path, """UPDATE spaces SET settings = '{"retention_days": 1}'""")

    assert "settings" in (world.service.verify(world.admin, ALICE).reason or "")


def test_how_streams_are_cut_is_a_setting_that_the_ledger_holds_to(world: World) -> None:
    remember(world, said("tea"))
    how = SpaceSettings(segmentation=Segmentation(gamma=2, gap_minutes=7.5))

    world.service.govern(world.admin, ALICE, how, version=0)

    assert space_of(world).settings == how
    assert world.service.verify(world.admin, ALICE).is_whole


def test_nothing_is_cut_by_tokens_where_no_language_model_is_set_up(world: World) -> None:
    remember(world, said("tea"))
    by_tokens = SpaceSettings(segmentation=Segmentation(source=SurpriseSource.TOKENS))

    with pytest.raises(NoLanguageModel) as refused:
        world.service.govern(world.admin, ALICE, by_tokens, version=0)

    assert refused.value.field == "segmentation.source"
    assert space_of(world).settings == SpaceSettings()
    with_one = replace(world.service.govern, has_language_model=True)
    assert with_one(world.admin, ALICE, by_tokens, version=0).space.settings == by_tokens


def test_a_space_set_to_a_recipe_that_is_there_no_more_is_asked_by_the_default(
    world: World,
) -> None:
    """So it is with one that an import brought from a service that knows more."""
    remember(world, said("tea"))
    world.service.govern(world.admin, ALICE, SpaceSettings(recipe="fast"), version=0)
    recall = world.service.recall
    poorer = replace(recall, recipes={"default": recall.recipes["default"]})

    assert recall(world.admin, ALICE, Question("tea")).recipe == "fast"
    assert poorer(world.admin, ALICE, Question("tea")).recipe == "default"


def test_a_recipe_that_is_not_known_is_not_set(world: World) -> None:
    remember(world, said("tea"))

    with pytest.raises(InvalidField, match="'quick'"):
        world.service.govern(world.admin, ALICE, SpaceSettings(recipe="quick"), version=0)

    assert space_of(world).settings == SpaceSettings()
