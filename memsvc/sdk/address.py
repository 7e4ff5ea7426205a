"""Where the service is and with which key to speak to it, when the caller does not say."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from memsvc.domain.errors import InvalidField, KeyRequired

DEFAULT_URL = "http://127.0.0.1:7077"
KEY_FILE = "admin.key"


def service_url(given: str | None, *, environ: Mapping[str, str] = os.environ) -> str:
    """Return the address: the given one, else MEMSVC_URL, else the default on this machine.

    Raises `InvalidField` for what is no http or https address.
    """
    url = (given or environ.get("MEMSVC_URL") or DEFAULT_URL).rstrip("/")
    if not _is_address(url):
        raise InvalidField(
            f"{url!r} is no address of a service; write it like {DEFAULT_URL}.", field="url"
        )
    return url


def is_named(*, environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether MEMSVC_URL says where the service is."""
    return bool(environ.get("MEMSVC_URL"))


def service_key(
    given: str | None, *, url: str, environ: Mapping[str, str] = os.environ
) -> str | None:
    """Return the key: the given one, else MEMSVC_KEY, else the one in the local key file.

    None when there is none. The local file opens the service on this machine, so it is never read
    for another one, who would learn it.
    """
    key = given or environ.get("MEMSVC_KEY")
    if key:
        return key.strip()
    return _key_in(data_directory(environ=environ) / KEY_FILE) if is_local(url) else None


def data_directory(*, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where a local service keeps its data: MEMSVC_DATA, else the user's data folder."""
    if environ.get("MEMSVC_DATA"):
        return Path(environ["MEMSVC_DATA"])
    shared = environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(shared) / "memsvc"


def is_local(url: str) -> bool:
    """Tell whether an address stays on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, not a number
        return host == "localhost"


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port that is no number, a broken IPv6 address
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0


def _key_in(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise KeyRequired(
            f"The key file {file} belongs to another user; set MEMSVC_KEY to a key of your own."
        ) from error
