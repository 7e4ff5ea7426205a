"""Roles and what a key may do where."""

from datetime import UTC, datetime

import pytest

from memsvc.domain.access import ALL_SPACES, Access, Role
from memsvc.domain.errors import RoleTooWeak, SpaceNotFound
from memsvc.domain.ids import KeyId, SpaceName

ALICE, BOB = SpaceName("alice"), SpaceName("bob")


def key(role: Role, *spaces: str) -> Access:
    return Access(KeyId("k_1"), "a key", role, spaces, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        (Role.READER, {Role.READER}),
        (Role.WRITER, {Role.READER, Role.WRITER}),
        (Role.ADMIN, {Role.READER, Role.WRITER, Role.ADMIN}),
    ],
)
def test_each_role_includes_the_ones_before_it(held: Role, allowed: set[Role]) -> None:
    assert {role for role in Role if held.allows(role)} == allowed


def test_a_key_sees_the_spaces_it_is_bound_to_and_no_other() -> None:
    access = key(Role.READER, "alice")
    assert access.sees(ALICE)
    assert not access.sees(BOB)
    assert not access.sees_all


def test_a_key_bound_to_all_spaces_sees_any() -> None:
    access = key(Role.READER, ALL_SPACES)
    assert access.sees(BOB)
    assert access.sees_all


def test_a_key_may_act_in_its_space_up_to_its_role() -> None:
    access = key(Role.WRITER, "alice")
    access.require(Role.READER, space=ALICE)
    access.require(Role.WRITER, space=ALICE)
    with pytest.raises(RoleTooWeak, match="admin"):
        access.require(Role.ADMIN, space=ALICE)


def test_a_space_outside_the_binding_looks_as_if_it_were_not_there() -> None:
    """Even to a key whose role is too weak: otherwise the answer would tell that it exists."""
    with pytest.raises(SpaceNotFound):
        key(Role.ADMIN, "alice").require(Role.READER, space=BOB)
    with pytest.raises(SpaceNotFound):
        key(Role.READER, "alice").require(Role.ADMIN, space=BOB)


def test_what_concerns_the_installation_needs_a_key_bound_to_all_spaces() -> None:
    key(Role.ADMIN, ALL_SPACES).require(Role.ADMIN)
    with pytest.raises(RoleTooWeak, match="all spaces"):
        key(Role.ADMIN, "alice", "bob").require(Role.ADMIN)
    with pytest.raises(RoleTooWeak):
        key(Role.WRITER, ALL_SPACES).require(Role.ADMIN)


def test_a_key_bound_to_no_space_may_do_nothing() -> None:
    with pytest.raises(SpaceNotFound):
        key(Role.ADMIN).require(Role.READER, space=ALICE)
