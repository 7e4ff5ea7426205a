"""Admit: who may do what, known by a secret that the store never holds."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memsvc.app.admit import KeyRing
from memsvc.domain.access import ALL_SPACES, Access, Role
from memsvc.domain.errors import KeyNotFound, KeyRequired, RoleTooWeak, SpaceNotFound
from memsvc.domain.ids import KeyId, Position, TurnId
from memsvc.world import RandomIds
from store.directory import DATABASE, KEY_FILE
from tests.app.small import ALICE, ANYTHING, CHAT, ask, key_of, remember, rows, said
from tests.worlds import World, open_world


def make(world: World, role: Role = Role.READER, *spaces: str) -> tuple[Access, str]:
    made = world.service.admit.make(world.admin, name="a key", role=role, spaces=spaces)
    return made.access, made.secret


# Keys --------------------------------------------------------------------------------------------


def test_who_bears_the_secret_may_do_what_the_key_says(world: World) -> None:
    access, secret = make(world, Role.WRITER, "alice", "bob")

    assert world.service.admit(secret) == access
    assert (access.role, access.spaces, access.name) == (Role.WRITER, ("alice", "bob"), "a key")


@pytest.mark.parametrize("secret", [None, "", "wrong", "msk_", "\ud800", "ü", "x" * 10_000])
def test_who_bears_no_known_secret_is_nobody(world: World, secret: str | None) -> None:
    with pytest.raises(KeyRequired):
        world.service.admit(secret)


def test_a_secret_is_kept_as_its_hash_alone(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        access, secret = make(world)

    assert rows(tmp_path, "SELECT secret_hash FROM keys WHERE id = ?", access.id) == [
        (hashlib.sha256(secret.encode()).digest(),)
    ]
    for file in tmp_path.glob(f"{DATABASE}*"):
        assert secret.encode() not in file.read_bytes()


def test_two_keys_have_two_secrets(tmp_path: Path) -> None:
    with open_world(tmp_path, ids=RandomIds()) as world:
        assert make(world)[1] != make(world)[1]


def test_a_revoked_key_is_nobodys_from_then_on(world: World) -> None:
    access, secret = make(world)

    world.service.admit.revoke(world.admin, access.id)

    with pytest.raises(KeyRequired):
        world.service.admit(secret)
    with pytest.raises(KeyNotFound):
        world.service.admit.revoke(world.admin, access.id)


def test_a_key_that_is_not_there_cannot_be_revoked(world: World) -> None:
    with pytest.raises(KeyNotFound):
        world.service.admit.revoke(world.admin, KeyId("k_none"))


def test_the_first_start_makes_an_admin_key_that_its_file_holds(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        secret = (tmp_path / KEY_FILE).read_text().strip()
        access = world.service.admit(secret)

    assert (access.role, access.spaces) == (Role.ADMIN, (ALL_SPACES,))
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_later_starts_make_no_key(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        assert not world.service.admit.make_first(keep=pytest.fail)
    secret = (tmp_path / KEY_FILE).read_text()

    with open_world(tmp_path) as world:
        assert (tmp_path / KEY_FILE).read_text() == secret
        assert len(world.service.admit.keys(world.admin, after=None, limit=10).items) == 1


def test_keys_are_listed_page_by_page_in_the_order_they_were_made(world: World) -> None:
    made = [make(world)[0].id for _ in range(4)]

    listed: list[str] = []
    cursor: str | None = None
    while True:
        page = world.service.admit.keys(world.admin, after=cursor, limit=2)
        listed.extend(access.id for access in page.items)
        cursor = page.next_cursor
        if cursor is None:
            break

    assert listed[1:] == made
    assert len(listed) == 5


# Roles -------------------------------------------------------------------------------------------

Attempt = Callable[[World, Access], object]


def first_turn(world: World) -> TurnId:
    page = world.service.inspect.turns(world.admin, ALICE, ANYTHING, after=None, limit=1)
    return page.items[0].id


def revise_first(world: World, access: Access) -> None:
    turn = world.service.inspect.turn(world.admin, ALICE, first_turn(world))
    world.service.revise(access, ALICE, turn.id, version=turn.version, metadata={}, place=None)


def first_key(world: World) -> KeyId:
    return world.service.admit.keys(world.admin, after=None, limit=1).items[0].id


IN_A_SPACE: list[tuple[str, Role, Attempt]] = [
    ("recall", Role.READER, lambda w, a: ask(w, "tea", access=a)),
    ("get a space", Role.READER, lambda w, a: w.service.inspect.space(a, ALICE)),
    (
        "list streams",
        Role.READER,
        lambda w, a: w.service.inspect.streams(a, ALICE, after=None, limit=1),
    ),
    ("get a stream", Role.READER, lambda w, a: w.service.inspect.stream(a, ALICE, CHAT)),
    (
        "list turns",
        Role.READER,
        lambda w, a: w.service.inspect.turns(a, ALICE, ANYTHING, after=None, limit=1),
    ),
    ("get a turn", Role.READER, lambda w, a: w.service.inspect.turn(a, ALICE, first_turn(w))),
    ("versions", Role.READER, lambda w, a: w.service.inspect.versions(a, ALICE, first_turn(w))),
    (
        "ledger",
        Role.READER,
        lambda w, a: w.service.inspect.ledger(a, ALICE, after=Position(0), limit=1),
    ),
    ("enrichment", Role.READER, lambda w, a: w.service.inspect.enrichment(a, ALICE)),
    ("verify", Role.READER, lambda w, a: w.service.verify(a, ALICE)),
    ("found", Role.WRITER, lambda w, a: w.service.found(a, ALICE)),
    ("remember", Role.WRITER, lambda w, a: remember(w, said("two"), access=a)),
    ("revise", Role.WRITER, revise_first),
    ("forget a turn", Role.WRITER, lambda w, a: w.service.forget.turn(a, ALICE, first_turn(w))),
    ("forget a stream", Role.WRITER, lambda w, a: w.service.forget.stream(a, ALICE, CHAT)),
    ("retry", Role.WRITER, lambda w, a: w.service.enrich.retry(a, ALICE)),
    ("forget a space", Role.ADMIN, lambda w, a: w.service.forget.space(a, ALICE)),
]
ON_THE_INSTALLATION: list[tuple[str, Role, Attempt]] = [
    ("list keys", Role.ADMIN, lambda w, a: w.service.admit.keys(a, after=None, limit=1)),
    (
        "make a key",
        Role.ADMIN,
        lambda w, a: w.service.admit.make(a, name="n", role=Role.READER, spaces=["alice"]),
    ),
    ("revoke a key", Role.ADMIN, lambda w, a: w.service.admit.revoke(a, first_key(w))),
]


def outcome(attempt: Attempt, world: World, access: Access) -> Any:
    try:
        attempt(world, access)
    except (RoleTooWeak, SpaceNotFound) as refused:
        return type(refused)
    return None


@pytest.mark.parametrize(
    ("needed", "attempt"),
    [pytest.param(role, attempt, id=name) for name, role, attempt in IN_A_SPACE],
)
def test_which_role_may_do_what_in_a_space(world: World, needed: Role, attempt: Attempt) -> None:
    outcomes = {}
    for role in Role:
        remember(world, said("I like tea."))  # anew: the attempt before may have forgotten it
        outcomes[role] = outcome(attempt, world, key_of(role, "alice"))

    assert outcomes == {role: None if role.allows(needed) else RoleTooWeak for role in Role}


@pytest.mark.parametrize(
    "attempt", [pytest.param(attempt, id=name) for name, _, attempt in IN_A_SPACE]
)
def test_a_key_bound_to_another_space_sees_no_space_whatever_its_role(
    world: World, attempt: Attempt
) -> None:
    remember(world, said("I like tea."))
    before = world.service.inspect.space(world.admin, ALICE)

    for role in Role:
        assert outcome(attempt, world, key_of(role, "bob")) is SpaceNotFound

    assert world.service.inspect.space(world.admin, ALICE) == before


@pytest.mark.parametrize(
    ("needed", "attempt"),
    [pytest.param(role, attempt, id=name) for name, role, attempt in ON_THE_INSTALLATION],
)
def test_only_an_admin_of_all_spaces_manages_keys(
    world: World, needed: Role, attempt: Attempt
) -> None:
    keys = [key_of(Role.READER), key_of(Role.WRITER), key_of(Role.ADMIN, "alice")]

    assert [outcome(attempt, world, key) for key in keys] == [RoleTooWeak] * 3
    assert outcome(attempt, world, key_of(needed)) is None


def test_a_key_may_be_bound_to_a_space_before_it_is_made(world: World) -> None:
    access, _ = make(world, Role.WRITER, "alice")

    remember(world, said("I like tea."), access=access)

    assert ask(world, "tea", access=access).hits[0].turn.content == "I like tea."


def test_a_key_once_admitted_is_remembered_until_any_key_is_revoked(world: World) -> None:
    mine, my_secret = make(world)
    other, _ = make(world)
    admit = world.service.admit

    assert admit.remembered(my_secret) is None
    assert admit(my_secret) == mine == admit.remembered(my_secret)
    admit.revoke(world.admin, other.id)

    assert admit.remembered(my_secret) is None


def test_a_key_that_was_revoked_while_it_was_looked_up_is_not_remembered(world: World) -> None:
    access, _ = make(world)
    ring = KeyRing()

    turn = ring.turn
    ring.empty()
    ring.keep(b"hash", access, turn=turn)

    assert ring.find(b"hash") is None


def test_a_full_ring_makes_room(world: World) -> None:
    access, _ = make(world)
    ring = KeyRing(size=2)
    for number in range(3):
        ring.keep(bytes([number]), access, turn=ring.turn)

    assert [ring.find(bytes([number])) for number in range(3)] == [None, None, access]
