"""In force: what a service stands on and how it is set, without what must stay secret.

Addresses come without name, password and question, and of a secret is told only whether it is set.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from memsvc.config import Settings
from memsvc.sdk.wire import ServiceInfo, SettingInForce, StoreInfo
from memsvc.server.release import version

ADDRESSES = frozenset({"database", "llm_url"})
"""Settings that may hold a password among other things."""

SECRETS = frozenset({"llm_key", "llm_extra"})
"""Settings that are told of only as set or not; what goes to a model's server may hold a key."""


def service_shape(settings: Settings, *, is_searched_there: bool) -> ServiceInfo:
    """Return what the service stands on; `is_searched_there` says that the database finds."""
    return ServiceInfo(
        version=version(),
        store=StoreInfo(
            kind="postgresql" if settings.database else "sqlite",
            search="database" if is_searched_there else "memory",
            is_shared=settings.replica,
        ),
        settings=list(_settings(settings)),
    )


def without_secrets(address: str) -> str:
    """Return scheme, host, port and path of an address; empty where it cannot be told apart."""
    try:
        parts = urlsplit(address)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return ""
    # An unescaped slash in a password ends it too early, and what follows looks like a path.
    if not parts.scheme or "@" in parts.path + parts.query + parts.fragment:
        return ""
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _settings(settings: Settings) -> Iterator[SettingInForce]:
    for name, field in type(settings).model_fields.items():
        held = getattr(settings, name)
        yield SettingInForce(
            name=name,
            variable=f"MEMSVC_{name.upper()}",
            value=None if name in SECRETS else _told(name, held),
            is_secret=name in SECRETS,
            is_set=name in settings.model_fields_set and held not in ("", {}),
            meaning=field.description or "",
        )


def _told(name: str, held: object) -> str | int | float | bool:
    if isinstance(held, Path):
        return str(held)
    assert isinstance(held, str | int | float | bool)  # noqa: S101  a test looks at every field
    return without_secrets(held) if name in ADDRESSES and isinstance(held, str) else held
