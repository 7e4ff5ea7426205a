"""Secrets are found by their form, and named without being repeated."""

import pytest

from memsvc.ingest.secrets import secrets_in

SECRETS = {
    "AWS": "the key is AKIAIOSFODNN7EXAMPLE",
    "GitHub": "ghp_" + "a1B2" * 9,
    "Private Key": "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
    "Basic Auth": "postgres://ann:hunter22@db.example.com/x",
    "JSON Web Token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0."
    "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "Keyword": "password = 'Xy9$kfjKd'",
}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_found_and_not_repeated(kind: str) -> None:
    found = secrets_in(SECRETS[kind])
    assert any(kind in reason.explanation for reason in found)
    assert SECRETS[kind].split()[-1] not in str(found)


@pytest.mark.parametrize(
    "text",
    [
        "I forgot my password again, can you believe it?",
        "Commit 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c fixes it.",
        "My order is 0222-INV-DPATTERSON and the id is 0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0.",
    ],
)
def test_what_people_talk_about_holds_none(text: str) -> None:
    assert secrets_in(text) == ()
