"""Digests and the chain."""

import hashlib
import hmac
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.ledger import GENESIS, canonical, chain, digest_of
from memsvc.domain.memory import NewTurn

AT = datetime(2026, 1, 1, tzinfo=UTC)
ENTRY: dict[str, Any] = {
    "position": 1,
    "change": "turn.added",
    "subject": "t_1",
    "digest": b"d",
    "actor": "k_1",
    "at": AT,
}


def link(previous: bytes = GENESIS, **changed: Any) -> bytes:
    return chain(previous, **{**ENTRY, **changed})


def test_the_chain_begins_with_32_zero_bytes() -> None:
    assert bytes(32) == GENESIS


def test_equal_entries_hash_alike() -> None:
    assert link() == link()
    assert len(link()) == 32


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("position", 2),
        ("change", "turn.deleted"),
        ("subject", "t_2"),
        ("digest", b"e"),
        ("actor", "k_2"),
        ("at", AT.replace(microsecond=1)),
    ],
)
def test_a_change_to_any_field_changes_the_hash(field: str, other: Any) -> None:
    assert link(**{field: other}) != link()


def test_the_entry_before_counts() -> None:
    assert link(link()) != link()


def test_fields_do_not_run_into_each_other() -> None:
    """Without lengths in front, ("a", "bc") and ("ab", "c") would be the same bytes."""
    assert link(change="a", subject="bc") != link(change="ab", subject="c")
    assert link(change="", subject="a") != link(change="a", subject="")


@given(st.tuples(st.text(), st.text(), st.text()), st.tuples(st.text(), st.text(), st.text()))
def test_two_different_entries_never_hash_alike(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    hashes = [
        link(change=change, subject=subject, actor=actor) for change, subject, actor in (one, other)
    ]
    assert (hashes[0] == hashes[1]) == (one == other)


def test_a_digest_is_an_hmac_of_canonical_json() -> None:
    expected = hmac.new(b"secret", '{"a":"é","b":1}'.encode(), hashlib.sha256).digest()
    assert digest_of({"b": 1, "a": "é"}, secret=b"secret") == expected


def test_a_digest_depends_on_the_secret() -> None:
    assert digest_of({"a": 1}, secret=b"one") != digest_of({"a": 1}, secret=b"two")


def test_the_order_of_keys_does_not_matter_to_canonical_json_and_that_of_lists_does() -> None:
    assert canonical({"a": 1, "b": {"d": 2, "c": 3}}) == canonical({"b": {"c": 3, "d": 2}, "a": 1})
    assert canonical({"a": [1, 2]}) != canonical({"a": [2, 1]})


def test_a_value_is_rendered_as_its_fields_and_those_within_it_too() -> None:
    turn = NewTurn("user", "tea", at=datetime(2026, 1, 1, tzinfo=UTC), metadata={"b": [{"a": 1}]})
    assert canonical({"turns": (turn,)}) == canonical({"turns": [asdict(turn)]})
    assert canonical(turn) != canonical(replace(turn, content="coffee"))
