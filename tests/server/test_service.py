"""What a service says it stands on and how it is set, and what it keeps to itself."""

from pathlib import Path

import pytest

from memsvc.config import Settings
from memsvc.sdk.wire import ServiceInfo
from memsvc.server.in_force import ADDRESSES, SECRETS, service_shape, without_secrets
from tests.server.front import Front

PASSWORD = "hush-7f3a"


def test_it_says_what_it_stands_on_and_every_setting(front: Front) -> None:
    told = front.ask("GET", "/v1/service").json()

    assert told["store"]["kind"] == ("postgresql" if front.settings.database else "sqlite")
    assert told["store"]["is_shared"] is False
    held = {each["name"]: each for each in told["settings"]}
    assert list(held) == list(Settings.model_fields)
    assert held["data"]["value"] == str(front.settings.data)
    assert (held["data"]["variable"], held["data"]["is_set"]) == ("MEMSVC_DATA", True)
    assert (held["readers"]["value"], held["readers"]["is_set"]) == (16, False)
    assert all(each["meaning"] for each in held.values())


def test_no_secret_comes_out(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path,
        database=f"postgresql://me:{PASSWORD}@db.test:5432/memory?password={PASSWORD}",
        llm_url=f"https://{PASSWORD}@models.test/v1#{PASSWORD}",
        llm_key=PASSWORD,
        llm_extra={"token": PASSWORD},
    )

    told = service_shape(settings, is_searched_there=True)

    assert PASSWORD not in told.model_dump_json()
    held = {each.name: each for each in told.settings}
    assert held["database"].value == "postgresql://db.test:5432/memory"
    assert held["llm_url"].value == "https://models.test/v1"
    for name in SECRETS:
        assert (held[name].value, held[name].is_secret, held[name].is_set) == (None, True, True)
    assert (told.store.kind, told.store.search) == ("postgresql", "database")


def test_a_secret_that_is_not_set_says_so(tmp_path: Path) -> None:
    told = service_shape(Settings(data=tmp_path, llm_key=""), is_searched_there=False)

    assert {each.name for each in told.settings if each.is_secret and not each.is_set} == SECRETS
    assert (told.store.kind, told.store.search) == ("sqlite", "memory")


def test_what_a_setting_hides_from_its_own_description_is_not_told_either() -> None:
    hidden = {name for name, field in Settings.model_fields.items() if not field.repr}

    assert hidden <= ADDRESSES | SECRETS


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", ""),
        ("postgresql://me:p@h/db", "postgresql://h/db"),
        ("postgresql://me:p%40q@h:1/db?sslmode=require", "postgresql://h:1/db"),
        ("postgresql://me:a@b@h/db", "postgresql://h/db"),
        ("postgresql://me:12/34@h/db", ""),
        ("postgresql://me:12?34@h/db", ""),
        ("postgresql://me:12#34@h/db", ""),
        ("postgresql://me:a@b/c@h/db", ""),
        ("postgresql:///db?host=/run&password=p", "postgresql:///db"),
        ("host=h password=p", ""),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("http://[::1/v1", ""),
        ("http://h:x/v1", ""),
    ],
)
def test_an_address_is_told_without_what_may_be_secret(address: str, told: str) -> None:
    assert without_secrets(address) == told


def test_a_newer_setting_of_any_kind_can_be_told(front: Front) -> None:
    """Each field of the settings is of a kind that the shape has, or is a secret."""
    told = service_shape(front.settings, is_searched_there=False)

    assert ServiceInfo.model_validate_json(told.model_dump_json()) == told
