"""Writes the OpenAPI document: python -m memsvc.server.openapi > docs/openapi.json."""

import json
import sys
from typing import Any

from memsvc.config import Settings
from memsvc.server.factory import build_app


def rendered(document: dict[str, Any]) -> str:
    """Return the document as the text that is committed."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def default_settings() -> Settings:
    """Return the settings as they are documented, whatever this process's environment says."""
    return Settings.model_construct()


if __name__ == "__main__":
    sys.stdout.write(rendered(build_app(default_settings()).openapi()))
