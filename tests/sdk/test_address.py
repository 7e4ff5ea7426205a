from pathlib import Path

import pytest

from memsvc.domain.errors import InvalidField
from memsvc.sdk.address import data_directory, is_local, service_key, service_url

LOCAL = "http://127.0.0.1:7077"


def test_the_given_address_comes_before_the_environment() -> None:
    environ = {"MEMSVC_URL": "http://b"}

    assert service_url("http://a/", environ=environ) == "http://a"
    assert service_url(None, environ=environ) == "http://b"
    assert service_url(None, environ={}) == LOCAL


@pytest.mark.parametrize(
    "url", ["memory", "localhost:7077", "ftp://memory", "http://", "http://a:b", "http://[::1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidField) as caught:
        service_url(url, environ={})

    assert caught.value.field == "url"


def test_the_given_key_comes_before_the_environment_and_that_before_the_file(
    tmp_path: Path,
) -> None:
    (tmp_path / "admin.key").write_text("from-file\n")
    environ = {"MEMSVC_DATA": str(tmp_path), "MEMSVC_KEY": "from-environment"}

    assert service_key("given", url=LOCAL, environ=environ) == "given"
    assert service_key(None, url=LOCAL, environ=environ) == "from-environment"
    assert service_key(None, url=LOCAL, environ={"MEMSVC_DATA": str(tmp_path)}) == "from-file"


def test_without_a_key_file_there_is_no_key(tmp_path: Path) -> None:
    assert service_key(None, url=LOCAL, environ={"MEMSVC_DATA": str(tmp_path)}) is None


def test_the_key_of_this_machine_is_never_sent_to_another(tmp_path: Path) -> None:
    """It opens everything here, and whoever runs that address would learn it."""
    (tmp_path / "admin.key").write_text("from-file")

    assert service_key(None, url="https://far", environ={"MEMSVC_DATA": str(tmp_path)}) is None


def test_the_data_directory_follows_the_environment(tmp_path: Path) -> None:
    home = Path.home() / ".local" / "share" / "memsvc"

    assert data_directory(environ={"MEMSVC_DATA": "/d", "XDG_DATA_HOME": "/x"}) == Path("/d")
    assert data_directory(environ={"XDG_DATA_HOME": "/x"}) == Path("/x/memsvc")
    assert data_directory(environ={}) == home


def test_loopback_is_this_machine() -> None:
    here = ["http://127.0.0.1:7077", "http://127.9.9.9", "http://[::1]:7077", "http://localhost"]

    assert all(is_local(url) for url in here)
    assert not any(is_local(url) for url in ["http://10.0.0.1", "https://memory.test"])
