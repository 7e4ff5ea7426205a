"""What is killed are the processes of docker-compose.yml, and they stand behind its proxy."""

from tests.shape.test_compose import started
from tests.torture.proxying import Proxy
from tests.torture.replicas import lasting


def test_every_command_of_ours_in_the_profile_is_started() -> None:
    """The service without a profile is the one that has a file."""
    ours = {
        name
        for name, service in started({}, "replicas").items()
        if service.get("command", [])[:1] == ["memsvc"]
    }
    assert {"migrate", *lasting()} == ours
    assert lasting() == ["replica-a", "replica-b", "worker"]


def test_the_proxy_does_what_the_compose_file_tells_its_own() -> None:
    assert Proxy.told() == Proxy(
        ("replica-a", "replica-b"),
        "/readyz",
        look_every_s=1.0,
        look_for_s=2.0,
        try_for_s=5.0,
        try_every_s=0.1,
    )
